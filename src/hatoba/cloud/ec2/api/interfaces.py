"""Network interfaces. They are records with an address of their subnet; nothing is attached to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.ec2.api.lists import described
from hatoba.cloud.ec2.control.addresses import free_address, host_name, is_usable
from hatoba.cloud.ec2.control.ids import random_ids
from hatoba.cloud.ec2.control.tags import listed, specified
from hatoba.cloud.ec2.control.zones import zone_id_of
from hatoba.cloud.ec2.errors import error, invalid_value
from hatoba.cloud.ec2.model import NetworkInterface
from hatoba.cloud.wire.call import random_hex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_ec2.type_defs import (
        CreateNetworkInterfaceRequestTypeDef,
        DeleteNetworkInterfaceRequestTypeDef,
        DescribeNetworkInterfacesRequestTypeDef,
        ModifyNetworkInterfaceAttributeRequestTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.model import Subnet
    from hatoba.cloud.ec2.store import Network, Store
    from hatoba.cloud.wire import Call, Result


class InterfacesApi:
    """The operations on network interfaces."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_network_interface(self, call: Call, request: CreateNetworkInterfaceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html."""
        network = self._store.network(call)
        token = request.get("ClientToken")
        interface = network.interfaces.made_with(token) or new_interface(
            network,
            network.subnets.get(request["SubnetId"]),
            groups=request.get("Groups", ()),
            address=request.get("PrivateIpAddress"),
            description=request.get("Description", ""),
            tags=specified(request.get("TagSpecifications", ()), "network-interface"),
            client_token=token,
        )
        return {"NetworkInterface": _shown(network, interface), "ClientToken": token}

    def describe_network_interfaces(
        self, call: Call, request: DescribeNetworkInterfacesRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html."""
        network = self._store.network(call)
        found = network.interfaces.named(request.get("NetworkInterfaceIds", ()))
        page, token = described(found, request, request.get("Filters", ()), _fields(network))
        return {"NetworkInterfaces": [_shown(network, each) for each in page], "NextToken": token}

    def delete_network_interface(self, call: Call, request: DeleteNetworkInterfaceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInterface.html."""
        network = self._store.network(call)
        interface = network.interfaces.get(request["NetworkInterfaceId"])
        if interface.requester_managed:
            raise error(
                "InvalidParameterValue",
                f"Network interface '{interface.id}' is currently in use: {interface.description}.",
            )
        delete_interface(network, interface)
        return {}

    def modify_network_interface_attribute(
        self, call: Call, request: ModifyNetworkInterfaceAttributeRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html."""
        network = self._store.network(call)
        interface = network.interfaces.get(request["NetworkInterfaceId"])
        groups = request.get("Groups")
        network.interfaces.put(
            replace(
                interface,
                description=request.get("Description", {}).get("Value", interface.description),
                source_dest_check=request.get("SourceDestCheck", {}).get(
                    "Value", interface.source_dest_check
                ),
                group_ids=_group_ids(network, interface.vpc_id, groups) if groups else interface.group_ids,
            )
        )
        return {}


def new_interface(
    network: Network,
    subnet: Subnet,
    *,
    groups: Sequence[str] = (),
    address: str | None = None,
    description: str = "",
    interface_type: str = "interface",
    tags: dict[str, str] | None = None,
    client_token: str | None = None,
) -> NetworkInterface:
    """Make an interface with an address of the subnet. One that is not of type interface is AWS's own.

    Raises:
        ServiceError: InvalidGroup.NotFound; InvalidIPAddress.InUse; InsufficientFreeAddressesInSubnet.
    """
    is_ours = interface_type == "interface"
    interface = NetworkInterface(
        id=random_ids("eni"),
        owner=subnet.owner,
        vpc_id=subnet.vpc_id,
        subnet_id=subnet.id,
        zone=subnet.zone,
        mac=":".join(["06", *(random_hex(2) for _ in range(5))]),
        private_ip=_address(network, subnet, address),
        description=description,
        group_ids=_group_ids(network, subnet.vpc_id, groups) if is_ours else (),
        interface_type=interface_type,
        requester_managed=not is_ours,
        tags=tags or {},
        client_token=client_token,
    )
    network.take(subnet.id, interface.private_ip, interface.id)
    return network.interfaces.add(interface)


def delete_interface(network: Network, interface: NetworkInterface) -> None:
    """Forget an interface and free its address."""
    network.give_back(interface.subnet_id, interface.private_ip)
    network.interfaces.delete(interface.id)


def _address(network: Network, subnet: Subnet, wanted: str | None) -> str:
    if wanted is None:
        found = free_address(
            subnet.cidr,
            network.next_turn(subnet.id),
            lambda address: network.is_taken(subnet.id, address),
        )
        if found is None:
            raise error(
                "InsufficientFreeAddressesInSubnet",
                "The specified subnet does not have enough free addresses to satisfy the request.",
            )
        return found
    if not is_usable(wanted, subnet.cidr):
        raise invalid_value(
            f"Value ({wanted}) for parameter privateIpAddress is invalid."
            f" It is no free address of {subnet.id} ({subnet.cidr})."
        )
    if network.is_taken(subnet.id, wanted):
        raise error("InvalidIPAddress.InUse", f"Address {wanted} is in use.")
    return wanted


def _group_ids(network: Network, vpc_id: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the groups of an interface: the VPC's default one where none is given."""
    if not wanted:
        return (network.default_group(vpc_id).id,)
    for group in map(network.groups.get, wanted):
        if group.vpc_id != vpc_id:
            raise error(
                "InvalidParameter",
                f"You have specified two resources that belong to different networks: {group.id} is in"
                f" {group.vpc_id}, not in {vpc_id}.",
            )
    return tuple(dict.fromkeys(wanted))


def _fields(network: Network) -> Fields[NetworkInterface]:
    return {
        "network-interface-id": lambda each: each.id,
        "group-id": lambda each: each.group_ids,
        "group-name": lambda each: [network.groups.get(group).name for group in each.group_ids],
        "subnet-id": lambda each: each.subnet_id,
        "vpc-id": lambda each: each.vpc_id,
        "availability-zone": lambda each: each.zone,
        "description": lambda each: each.description,
        "interface-type": lambda each: each.interface_type,
        "mac-address": lambda each: each.mac,
        "owner-id": lambda each: each.owner,
        "private-ip-address": lambda each: each.private_ip,
        "addresses.private-ip-address": lambda each: each.private_ip,
        "private-dns-name": lambda each: host_name(each.private_ip, network.scope.region),
        "requester-managed": lambda each: each.requester_managed,
        "source-dest-check": lambda each: each.source_dest_check,
        "status": _status,
        "attachment.instance-id": lambda _: None,
        "attachment.instance-owner-id": lambda _: None,
        "attachment.attachment-id": lambda _: None,
        "attachment.status": lambda _: None,
    }


def _status(interface: NetworkInterface) -> str:
    return "in-use" if interface.requester_managed else "available"


def _shown(network: Network, interface: NetworkInterface) -> dict[str, Any]:
    vpc = network.vpcs.get(interface.vpc_id)
    name = host_name(interface.private_ip, network.scope.region) if vpc.dns_hostnames else None
    return {
        "NetworkInterfaceId": interface.id,
        "OwnerId": interface.owner,
        "VpcId": interface.vpc_id,
        "SubnetId": interface.subnet_id,
        "AvailabilityZone": interface.zone,
        "AvailabilityZoneId": zone_id_of(interface.zone),
        "Description": interface.description,
        "Groups": [
            {"GroupId": each, "GroupName": network.groups.get(each).name} for each in interface.group_ids
        ],
        "InterfaceType": interface.interface_type,
        "MacAddress": interface.mac,
        "PrivateDnsName": name,
        "PrivateIpAddress": interface.private_ip,
        "PrivateIpAddresses": [
            {"Primary": True, "PrivateDnsName": name, "PrivateIpAddress": interface.private_ip}
        ],
        "Ipv6Addresses": [],
        "RequesterManaged": interface.requester_managed,
        "SourceDestCheck": interface.source_dest_check,
        "Status": _status(interface),
        "TagSet": listed(interface.tags),
    }
