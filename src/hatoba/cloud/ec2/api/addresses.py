"""Elastic IP addresses."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from hatoba.cloud.ec2.api.lists import described
from hatoba.cloud.ec2.control.ids import random_ids
from hatoba.cloud.ec2.control.tags import listed, specified
from hatoba.cloud.ec2.errors import error, invalid_value, missing
from hatoba.cloud.ec2.model import Address

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import (
        AllocateAddressRequestTypeDef,
        DescribeAddressesAttributeRequestTypeDef,
        DescribeAddressesRequestTypeDef,
        DisassociateAddressRequestTypeDef,
        ReleaseAddressRequestTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.store import Network, Store
    from hatoba.cloud.wire import Call, Result

FIRST_PUBLIC_ADDRESS = ipaddress.IPv4Address("198.51.100.0")
"""Elastic IPs are given out of the ranges that RFC 5737 keeps for documents: nobody else has them."""
PUBLIC_ADDRESSES = 256

_ADDRESS_FIELDS: Fields[Address] = {
    "allocation-id": lambda each: each.id,
    "public-ip": lambda each: each.public_ip,
    "association-id": lambda each: each.association_id,
    "network-interface-id": lambda each: each.interface_id,
    "private-ip-address": lambda each: each.private_ip,
    "domain": lambda _: "vpc",
    "instance-id": lambda _: None,
}


class AddressesApi:
    """The operations on Elastic IP addresses. They are numbers only: no packet reaches them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def allocate_address(self, call: Call, request: AllocateAddressRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html."""
        network = self._store.network(call)
        _check_border_group(call.region, request.get("NetworkBorderGroup"))
        if request.get("Domain", "vpc") != "vpc":
            raise error("UnsupportedOperation", "Domain: only vpc is supported; EC2-Classic was retired.")
        address = network.addresses.put(
            Address(
                id=random_ids("eipalloc"),
                owner=call.account,
                public_ip=_free_public_ip(network),
                tags=specified(request.get("TagSpecifications", ()), "elastic-ip"),
            )
        )
        return {
            "AllocationId": address.id,
            "PublicIp": address.public_ip,
            "PublicIpv4Pool": "amazon",
            "NetworkBorderGroup": call.region,
            "Domain": "vpc",
        }

    def describe_addresses(self, call: Call, request: DescribeAddressesRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html."""
        found = self._store.network(call).addresses.named(request.get("AllocationIds", ()))
        wanted = request.get("PublicIps")
        if wanted:
            found = tuple(each for each in found if each.public_ip in wanted)
        page, _ = described(found, {}, request.get("Filters", ()), _ADDRESS_FIELDS)
        return {"Addresses": [_address_shown(each, call.region) for each in page]}

    def describe_addresses_attribute(
        self, call: Call, request: DescribeAddressesAttributeRequestTypeDef
    ) -> Result:
        """Return no reverse names: none can be set.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddressesAttribute.html
        """
        found = self._store.network(call).addresses.named(request.get("AllocationIds", ()))
        page, token = described(found, request, (), {})
        shown = [{"AllocationId": each.id, "PublicIp": each.public_ip} for each in page]
        return {"Addresses": shown, "NextToken": token}

    def release_address(self, call: Call, request: ReleaseAddressRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html."""
        network = self._store.network(call)
        _check_border_group(call.region, request.get("NetworkBorderGroup"))
        if "AllocationId" not in request:
            raise missing("allocationId")
        address = network.addresses.get(request["AllocationId"])
        if address.association_id:
            raise error("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")
        network.addresses.delete(address.id)
        return {}

    def disassociate_address(self, call: Call, request: DisassociateAddressRequestTypeDef) -> Result:
        """Refuse: an address is only ever associated with a NAT gateway, which keeps it.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateAddress.html
        """
        wanted = request.get("AssociationId") or ""
        if any(each.association_id == wanted for each in self._store.network(call).addresses):
            raise error("AuthFailure", "You do not have permission to access the specified resource.")
        raise error("InvalidAssociationID.NotFound", f"The association ID '{wanted}' does not exist")


def _check_border_group(region: str, group: str | None) -> None:
    if group and group != region:
        raise invalid_value(f"Network border group {group} is not supported: {region} has only its own.")


def _free_public_ip(network: Network) -> str:
    taken = {each.public_ip for each in network.addresses}
    for offset in range(1, PUBLIC_ADDRESSES - 1):
        address = str(FIRST_PUBLIC_ADDRESS + offset)
        if address not in taken:
            return address
    raise error("AddressLimitExceeded", "The maximum number of addresses has been reached.")


def _address_shown(address: Address, region: str) -> dict[str, Any]:
    return {
        "AllocationId": address.id,
        "PublicIp": address.public_ip,
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": region,
        "Domain": "vpc",
        "AssociationId": address.association_id,
        "NetworkInterfaceId": address.interface_id,
        "NetworkInterfaceOwnerId": address.owner if address.interface_id else None,
        "PrivateIpAddress": address.private_ip,
        "Tags": listed(address.tags),
    }
