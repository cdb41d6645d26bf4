"""IPv4 ranges and addresses of VPCs and subnets.

https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from hatoba.cloud.ec2.errors import error, invalid_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LARGEST_PREFIX, SMALLEST_PREFIX = 16, 28
RESERVED_AT_START, RESERVED_AT_END = 4, 1
"""AWS keeps the network address, the router, the DNS server, one for later, and the broadcast address."""


def vpc_range(cidr: str) -> str:
    """Return a VPC's range as AWS keeps it: without host bits.

    Raises:
        ServiceError: InvalidParameterValue; InvalidVpc.Range for one that is too large or too small.
    """
    network = _network(cidr)
    if not LARGEST_PREFIX <= network.prefixlen <= SMALLEST_PREFIX:
        raise error("InvalidVpc.Range", f"The CIDR '{cidr}' is invalid.")
    return str(network)


def subnet_range(cidr: str, vpc_cidr: str, others: Iterable[str]) -> str:
    """Return a subnet's range.

    Raises:
        ServiceError: InvalidSubnet.Range outside of the VPC; InvalidSubnet.Conflict with another subnet.
    """
    network = _network(cidr)
    fits = LARGEST_PREFIX <= network.prefixlen <= SMALLEST_PREFIX
    if not fits or not network.subnet_of(ipaddress.IPv4Network(vpc_cidr)):
        raise error("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
    if any(network.overlaps(ipaddress.IPv4Network(other)) for other in others):
        raise error("InvalidSubnet.Conflict", f"The CIDR '{cidr}' conflicts with another subnet")
    return str(network)


def usable_count(cidr: str) -> int:
    """Return how many addresses of a subnet can be given out."""
    return ipaddress.IPv4Network(cidr).num_addresses - RESERVED_AT_START - RESERVED_AT_END


def free_address(cidr: str, turn: int, is_taken: Callable[[str], bool]) -> str | None:
    """Return an address that is free, or None when all are taken.

    Args:
        cidr: The subnet's range.
        turn: 1, 2, 3 …: where to begin, so that an address just given back is not given out again at once.
        is_taken: Whether an address is in use.
    """
    first = ipaddress.IPv4Network(cidr).network_address + RESERVED_AT_START
    count = usable_count(cidr)
    for step in range(count):
        address = str(first + (turn - 1 + step) % count)
        if not is_taken(address):
            return address
    return None


def is_usable(address: str, cidr: str) -> bool:
    """Say whether an address of the subnet may be given out."""
    try:
        offset = int(ipaddress.IPv4Address(address)) - int(ipaddress.IPv4Network(cidr).network_address)
    except ValueError:
        return False
    return RESERVED_AT_START <= offset < RESERVED_AT_START + usable_count(cidr)


def host_name(address: str, region: str) -> str:
    """Return the private DNS name that EC2 gives to an address."""
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"


def _network(cidr: str) -> ipaddress.IPv4Network:
    address, _, length = cidr.partition("/")
    try:
        return ipaddress.IPv4Network((address, int(length)), strict=False)
    except ValueError:
        raise invalid_value(
            f"Value ({cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ) from None
