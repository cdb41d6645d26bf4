"""VPCs and their attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.ec2.api.lists import described
from hatoba.cloud.ec2.control.addresses import vpc_range
from hatoba.cloud.ec2.control.defaults import DEFAULT_GROUP, parts_of
from hatoba.cloud.ec2.control.ids import derived_id, random_ids
from hatoba.cloud.ec2.control.tags import listed, specified
from hatoba.cloud.ec2.errors import error, in_use, invalid_value, missing
from hatoba.cloud.ec2.model import Vpc

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import (
        CreateVpcRequestTypeDef,
        DeleteVpcRequestTypeDef,
        DescribeVpcAttributeRequestTypeDef,
        DescribeVpcsRequestTypeDef,
        ModifyVpcAttributeRequestTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.store import Network, Store
    from hatoba.cloud.wire import Call, Result

_FIELDS: Fields[Vpc] = {
    "vpc-id": lambda each: each.id,
    "cidr": lambda each: each.cidr,
    "cidr-block-association.association-id": lambda each: each.cidr_association_id,
    "cidr-block-association.cidr-block": lambda each: each.cidr,
    "cidr-block-association.state": lambda _: "associated",
    "dhcp-options-id": lambda each: each.dhcp_options_id,
    "is-default": lambda each: each.is_default,
    "isDefault": lambda each: each.is_default,
    "owner-id": lambda each: each.owner,
    "state": lambda _: "available",
}


class VpcsApi:
    """The operations on VPCs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_vpc(self, call: Call, request: CreateVpcRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html."""
        if request.get("InstanceTenancy", "default") != "default":
            raise error("UnsupportedOperation", "InstanceTenancy: only default is implemented by hatoba.")
        if "CidrBlock" not in request:
            raise missing("cidrBlock")
        network = self._store.network(call)
        vpc = Vpc(
            id=random_ids("vpc"),
            owner=call.account,
            cidr=vpc_range(request["CidrBlock"]),
            cidr_association_id=random_ids("vpc-cidr-assoc"),
            dhcp_options_id=_dhcp_options(network),
            tags=specified(request.get("TagSpecifications", ()), "vpc"),
        )
        for resource in (vpc, *parts_of(vpc, random_ids)):
            network.put(resource)
        return {"Vpc": {**_shown(vpc), "State": "pending"}}

    def describe_vpcs(self, call: Call, request: DescribeVpcsRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html."""
        found = self._store.network(call).vpcs.named(request.get("VpcIds", ()))
        page, token = described(found, request, request.get("Filters", ()), _FIELDS)
        return {"Vpcs": [_shown(each) for each in page], "NextToken": token}

    def delete_vpc(self, call: Call, request: DeleteVpcRequestTypeDef) -> Result:
        """Delete a VPC and what came with it; anything else in it is a DependencyViolation.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
        """
        network = self._store.network(call)
        vpc = network.vpcs.get(request["VpcId"])
        if _has_dependencies(network, vpc):
            raise in_use(f"The vpc '{vpc.id}' has dependencies and cannot be deleted.")
        for table in [each for each in network.route_tables if each.vpc_id == vpc.id]:
            network.route_tables.delete(table.id)
        for acl in [each for each in network.acls if each.vpc_id == vpc.id]:
            network.acls.delete(acl.id)
        network.groups.delete(network.default_group(vpc.id).id)
        network.vpcs.delete(vpc.id)
        return {}

    def modify_vpc_attribute(self, call: Call, request: ModifyVpcAttributeRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html."""
        network = self._store.network(call)
        vpc = network.vpcs.get(request["VpcId"])
        network.vpcs.put(
            replace(
                vpc,
                dns_support=request.get("EnableDnsSupport", {}).get("Value", vpc.dns_support),
                dns_hostnames=request.get("EnableDnsHostnames", {}).get("Value", vpc.dns_hostnames),
                address_usage_metrics=request.get("EnableNetworkAddressUsageMetrics", {}).get(
                    "Value", vpc.address_usage_metrics
                ),
            )
        )
        return {}

    def describe_vpc_attribute(self, call: Call, request: DescribeVpcAttributeRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html."""
        vpc = self._store.network(call).vpcs.get(request["VpcId"])
        attributes = {
            "enableDnsSupport": ("EnableDnsSupport", vpc.dns_support),
            "enableDnsHostnames": ("EnableDnsHostnames", vpc.dns_hostnames),
            "enableNetworkAddressUsageMetrics": (
                "EnableNetworkAddressUsageMetrics",
                vpc.address_usage_metrics,
            ),
        }
        wanted: str = request["Attribute"]
        if wanted not in attributes:
            raise invalid_value(f"Value ({wanted}) for parameter attribute is invalid. Unknown attribute.")
        member, value = attributes[wanted]
        return {"VpcId": vpc.id, member: {"Value": value}}


def _dhcp_options(network: Network) -> str:
    """Return the id of the region's default DHCP options, which all VPCs share."""
    default = network.default_vpc()
    scope = network.scope
    return default.dhcp_options_id if default else derived_id("dopt", f"{scope.account}/{scope.region}/1")


def _has_dependencies(network: Network, vpc: Vpc) -> bool:
    kept_with_it = (
        [each for each in network.groups if each.vpc_id == vpc.id and each.name != DEFAULT_GROUP],
        [
            each
            for each in network.route_tables
            if each.vpc_id == vpc.id and not any(part.is_main for part in each.associations)
        ],
        [each for each in network.subnets if each.vpc_id == vpc.id],
        [each for each in network.internet_gateways if each.vpc_id == vpc.id],
        [each for each in network.endpoints if each.vpc_id == vpc.id],
    )
    return any(kept_with_it)


def _shown(vpc: Vpc) -> dict[str, Any]:
    return {
        "VpcId": vpc.id,
        "OwnerId": vpc.owner,
        "State": "available",
        "CidrBlock": vpc.cidr,
        "CidrBlockAssociationSet": [
            {
                "AssociationId": vpc.cidr_association_id,
                "CidrBlock": vpc.cidr,
                "CidrBlockState": {"State": "associated"},
            }
        ],
        "DhcpOptionsId": vpc.dhcp_options_id,
        "InstanceTenancy": "default",
        "IsDefault": vpc.is_default,
        "Tags": listed(vpc.tags),
    }
