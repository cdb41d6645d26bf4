"""Subnets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.ec2.api.lists import described
from hatoba.cloud.ec2.control.addresses import subnet_range, usable_count
from hatoba.cloud.ec2.control.ids import random_ids
from hatoba.cloud.ec2.control.tags import listed, specified
from hatoba.cloud.ec2.control.zones import zone_id_of, zones_of
from hatoba.cloud.ec2.errors import in_use, invalid_value, missing
from hatoba.cloud.ec2.model import Subnet

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import (
        CreateSubnetRequestTypeDef,
        DeleteSubnetRequestTypeDef,
        DescribeSubnetsRequestTypeDef,
        ModifySubnetAttributeRequestTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.store import Network, Store
    from hatoba.cloud.wire import Call, Result


class SubnetsApi:
    """The operations on subnets."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_subnet(self, call: Call, request: CreateSubnetRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html."""
        network = self._store.network(call)
        vpc = network.vpcs.get(request["VpcId"])
        if "CidrBlock" not in request:
            raise missing("cidrBlock")
        others = [each.cidr for each in network.subnets if each.vpc_id == vpc.id]
        subnet = network.subnets.put(
            Subnet(
                id=random_ids("subnet"),
                owner=call.account,
                vpc_id=vpc.id,
                cidr=subnet_range(request["CidrBlock"], vpc.cidr, others),
                zone=_zone(call.region, request),
                tags=specified(request.get("TagSpecifications", ()), "subnet"),
            )
        )
        return {"Subnet": _shown(network, subnet)}

    def describe_subnets(self, call: Call, request: DescribeSubnetsRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html."""
        network = self._store.network(call)
        found = network.subnets.named(request.get("SubnetIds", ()))
        page, token = described(found, request, request.get("Filters", ()), _fields(network))
        return {"Subnets": [_shown(network, each) for each in page], "NextToken": token}

    def delete_subnet(self, call: Call, request: DeleteSubnetRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html."""
        network = self._store.network(call)
        subnet = network.subnets.get(request["SubnetId"])
        if network.taken_count(subnet.id) or any(subnet.id in each.subnet_ids for each in network.endpoints):
            raise in_use(f"The subnet '{subnet.id}' has dependencies and cannot be deleted.")
        for table in network.route_tables:
            kept = tuple(each for each in table.associations if each.subnet_id != subnet.id)
            if kept != table.associations:
                network.route_tables.put(replace(table, associations=kept))
        network.subnets.delete(subnet.id)
        return {}

    def modify_subnet_attribute(self, call: Call, request: ModifySubnetAttributeRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html."""
        network = self._store.network(call)
        subnet = network.subnets.get(request["SubnetId"])
        wanted = request.get("MapPublicIpOnLaunch", {}).get("Value", subnet.public_ip_on_launch)
        network.subnets.put(replace(subnet, public_ip_on_launch=wanted))
        return {}


def _zone(region: str, request: CreateSubnetRequestTypeDef) -> str:
    """Return the zone that a request names by name or id; AWS chooses one when it names none."""
    zones = zones_of(region)
    wanted = request.get("AvailabilityZone") or request.get("AvailabilityZoneId")
    if wanted is None:
        return zones[0].name
    for zone in zones:
        if wanted in {zone.name, zone.id}:
            return zone.name
    raise invalid_value(
        f"Value ({wanted}) for parameter availabilityZone is invalid."
        f" Subnets can currently only be created in the following availability zones:"
        f" {', '.join(zone.name for zone in zones)}."
    )


def _available(network: Network, subnet: Subnet) -> int:
    return usable_count(subnet.cidr) - network.taken_count(subnet.id)


def _fields(network: Network) -> Fields[Subnet]:
    return {
        "subnet-id": lambda each: each.id,
        "vpc-id": lambda each: each.vpc_id,
        "availability-zone": lambda each: each.zone,
        "availabilityZone": lambda each: each.zone,
        "availability-zone-id": lambda each: zone_id_of(each.zone),
        "available-ip-address-count": lambda each: _available(network, each),
        "cidr-block": lambda each: each.cidr,
        "cidr": lambda each: each.cidr,
        "cidrBlock": lambda each: each.cidr,
        "default-for-az": lambda each: each.is_default,
        "defaultForAz": lambda each: each.is_default,
        "map-public-ip-on-launch": lambda each: each.public_ip_on_launch,
        "owner-id": lambda each: each.owner,
        "state": lambda _: "available",
        "subnet-arn": lambda each: _arn(network, each),
    }


def _arn(network: Network, subnet: Subnet) -> str:
    return f"arn:aws:ec2:{network.scope.region}:{subnet.owner}:subnet/{subnet.id}"


def _shown(network: Network, subnet: Subnet) -> dict[str, Any]:
    return {
        "SubnetId": subnet.id,
        "SubnetArn": _arn(network, subnet),
        "VpcId": subnet.vpc_id,
        "OwnerId": subnet.owner,
        "State": "available",
        "CidrBlock": subnet.cidr,
        "AvailableIpAddressCount": _available(network, subnet),
        "AvailabilityZone": subnet.zone,
        "AvailabilityZoneId": zone_id_of(subnet.zone),
        "DefaultForAz": subnet.is_default,
        "MapPublicIpOnLaunch": subnet.public_ip_on_launch,
        "MapCustomerOwnedIpOnLaunch": False,
        "AssignIpv6AddressOnCreation": False,
        "Ipv6Native": False,
        "EnableDns64": False,
        "Ipv6CidrBlockAssociationSet": [],
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": False,
            "EnableResourceNameDnsAAAARecord": False,
        },
        "Tags": listed(subnet.tags),
    }
