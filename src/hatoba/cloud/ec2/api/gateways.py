"""Ways out of a VPC: internet gateways and NAT gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.ec2.api.interfaces import delete_interface, new_interface
from hatoba.cloud.ec2.api.lists import described
from hatoba.cloud.ec2.control.ids import random_ids
from hatoba.cloud.ec2.control.tags import listed, specified
from hatoba.cloud.ec2.errors import error, in_use, invalid_value, missing
from hatoba.cloud.ec2.model import InternetGateway, NatGateway

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_ec2.type_defs import (
        AttachInternetGatewayRequestTypeDef,
        CreateInternetGatewayRequestTypeDef,
        CreateNatGatewayRequestTypeDef,
        DeleteInternetGatewayRequestTypeDef,
        DeleteNatGatewayRequestTypeDef,
        DescribeInternetGatewaysRequestTypeDef,
        DescribeNatGatewaysRequestTypeDef,
        DetachInternetGatewayRequestTypeDef,
        FilterTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.model import Address
    from hatoba.cloud.ec2.store import Network, Store
    from hatoba.cloud.wire import Call, Result

_GATEWAY_FIELDS: Fields[InternetGateway] = {
    "internet-gateway-id": lambda each: each.id,
    "attachment.vpc-id": lambda each: each.vpc_id,
    "attachment.state": lambda each: "available" if each.vpc_id else None,
    "owner-id": lambda each: each.owner,
}
_NAT_FIELDS: Fields[NatGateway] = {
    "nat-gateway-id": lambda each: each.id,
    "vpc-id": lambda each: each.vpc_id,
    "subnet-id": lambda each: each.subnet_id,
    "state": lambda _: "available",
    "connectivity-type": lambda each: each.connectivity,
}


class InternetGatewaysApi:
    """The operations on internet gateways."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_internet_gateway(self, call: Call, request: CreateInternetGatewayRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html."""
        gateway = self._store.network(call).internet_gateways.put(
            InternetGateway(
                id=random_ids("igw"),
                owner=call.account,
                tags=specified(request.get("TagSpecifications", ()), "internet-gateway"),
            )
        )
        return {"InternetGateway": _gateway_shown(gateway)}

    def describe_internet_gateways(
        self, call: Call, request: DescribeInternetGatewaysRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html."""
        found = self._store.network(call).internet_gateways.named(request.get("InternetGatewayIds", ()))
        page, token = described(found, request, request.get("Filters", ()), _GATEWAY_FIELDS)
        return {"InternetGateways": [_gateway_shown(each) for each in page], "NextToken": token}

    def attach_internet_gateway(self, call: Call, request: AttachInternetGatewayRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html."""
        network = self._store.network(call)
        gateway = network.internet_gateways.get(request["InternetGatewayId"])
        vpc = network.vpcs.get(request["VpcId"])
        if gateway.vpc_id:
            raise error(
                "Resource.AlreadyAssociated",
                f"resource {gateway.id} is already attached to network {gateway.vpc_id}",
            )
        if any(each.vpc_id == vpc.id for each in network.internet_gateways):
            raise invalid_value(f"Network {vpc.id} already has an internet gateway attached")
        network.internet_gateways.put(replace(gateway, vpc_id=vpc.id))
        return {}

    def detach_internet_gateway(self, call: Call, request: DetachInternetGatewayRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html."""
        network = self._store.network(call)
        gateway = network.internet_gateways.get(request["InternetGatewayId"])
        vpc = network.vpcs.get(request["VpcId"])
        if gateway.vpc_id != vpc.id:
            raise error("Gateway.NotAttached", f"resource {gateway.id} is not attached to network {vpc.id}")
        if any(each.vpc_id == vpc.id and each.public_ip for each in network.nat_gateways):
            raise in_use(
                f"Network {vpc.id} has some mapped public address(es)."
                " Please unmap those public address(es) before detaching the gateway."
            )
        network.internet_gateways.put(replace(gateway, vpc_id=None))
        return {}

    def delete_internet_gateway(self, call: Call, request: DeleteInternetGatewayRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInternetGateway.html."""
        network = self._store.network(call)
        gateway = network.internet_gateways.get(request["InternetGatewayId"])
        if gateway.vpc_id:
            raise in_use(f"The internetGateway '{gateway.id}' has dependencies and cannot be deleted.")
        network.internet_gateways.delete(gateway.id)
        return {}


class NatGatewaysApi:
    """The operations on NAT gateways. A gateway is available at once, and gone once deleted."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_nat_gateway(self, call: Call, request: CreateNatGatewayRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html."""
        network = self._store.network(call)
        token = request.get("ClientToken")
        gateway = network.nat_gateways.made_with(token) or _new_nat_gateway(network, call, request)
        return {"NatGateway": {**_nat_shown(gateway), "State": "pending"}, "ClientToken": token}

    def describe_nat_gateways(self, call: Call, request: DescribeNatGatewaysRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html."""
        found = self._store.network(call).nat_gateways.named(request.get("NatGatewayIds", ()))
        # The member is Filter; the type definitions have boto3's own name for it.
        filters = cast("Sequence[FilterTypeDef]", request.get("Filter", ()))
        page, token = described(found, request, filters, _NAT_FIELDS)
        return {"NatGateways": [_nat_shown(each) for each in page], "NextToken": token}

    def delete_nat_gateway(self, call: Call, request: DeleteNatGatewayRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html."""
        network = self._store.network(call)
        gateway = network.nat_gateways.get(request["NatGatewayId"])
        delete_interface(network, network.interfaces.get(gateway.interface_id))
        if gateway.address_id is not None:
            address = network.addresses.get(gateway.address_id)
            network.addresses.put(replace(address, association_id=None, interface_id=None, private_ip=None))
        network.nat_gateways.delete(gateway.id)
        return {"NatGatewayId": gateway.id}


def _new_nat_gateway(network: Network, call: Call, request: CreateNatGatewayRequestTypeDef) -> NatGateway:
    if "SubnetId" not in request:
        raise missing("subnetId")
    subnet = network.subnets.get(request["SubnetId"])
    connectivity = request.get("ConnectivityType", "public")
    address = _nat_address(network, connectivity, request.get("AllocationId"))
    new_id = random_ids("nat")
    interface = new_interface(
        network,
        subnet,
        address=request.get("PrivateIpAddress"),
        description=f"Interface for NAT Gateway {new_id}",
        interface_type="nat_gateway",
    )
    if address is not None:
        address = network.addresses.put(
            replace(
                address,
                association_id=random_ids("eipassoc"),
                interface_id=interface.id,
                private_ip=interface.private_ip,
            )
        )
    return network.nat_gateways.add(
        NatGateway(
            id=new_id,
            owner=call.account,
            vpc_id=subnet.vpc_id,
            subnet_id=subnet.id,
            connectivity=connectivity,
            interface_id=interface.id,
            private_ip=interface.private_ip,
            created_at=call.now,
            address_id=address.id if address else None,
            association_id=address.association_id if address else None,
            public_ip=address.public_ip if address else None,
            tags=specified(request.get("TagSpecifications", ()), "natgateway"),
            client_token=request.get("ClientToken"),
        )
    )


def _nat_address(network: Network, connectivity: str, allocation_id: str | None) -> Address | None:
    if connectivity == "private":
        if allocation_id:
            raise invalid_value("AllocationId cannot be specified for a private NAT gateway.")
        return None
    if not allocation_id:
        raise missing("allocationId")
    address = network.addresses.get(allocation_id)
    if address.association_id:
        raise error(
            "Resource.AlreadyAssociated",
            f"Elastic IP address [{address.id}] is already associated",
        )
    return address


def _gateway_shown(gateway: InternetGateway) -> dict[str, Any]:
    attached = [{"State": "available", "VpcId": gateway.vpc_id}] if gateway.vpc_id else []
    return {
        "InternetGatewayId": gateway.id,
        "OwnerId": gateway.owner,
        "Attachments": attached,
        "Tags": listed(gateway.tags),
    }


def _nat_shown(gateway: NatGateway) -> dict[str, Any]:
    return {
        "NatGatewayId": gateway.id,
        "VpcId": gateway.vpc_id,
        "SubnetId": gateway.subnet_id,
        "State": "available",
        "ConnectivityType": gateway.connectivity,
        "CreateTime": timestamp(gateway.created_at),
        "NatGatewayAddresses": [
            {
                "AllocationId": gateway.address_id,
                "AssociationId": gateway.association_id,
                "NetworkInterfaceId": gateway.interface_id,
                "PrivateIp": gateway.private_ip,
                "PublicIp": gateway.public_ip,
                "IsPrimary": True,
                "Status": "succeeded",
            }
        ],
        "Tags": listed(gateway.tags),
    }
