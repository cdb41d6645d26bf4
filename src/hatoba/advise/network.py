"""The network as the doctor sees it, and the few questions that rules ask of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal, TypeAlias

WayOut: TypeAlias = Literal["nat", "internet gateway", "other", "none"]
"""Where a subnet's default route leads; ``other`` is a transit gateway or an appliance."""


@dataclass(frozen=True, slots=True)
class SubnetSeen:
    """A subnet. ``zone_id`` is the same zone in every account, such as ``apne1-az4``."""

    subnet_id: str
    vpc_id: str
    cidr: str
    zone_id: str
    way_out: WayOut


@dataclass(frozen=True, slots=True)
class GroupRule:
    """A rule of a security group. Ports None mean all; ``peers`` are CIDR blocks and groups."""

    protocol: str
    first: int | None
    last: int | None
    peers: tuple[str, ...]

    def covers(self, port: int) -> bool:
        """Whether TCP to this port is meant."""
        if self.protocol not in ("tcp", "6", "-1"):
            return False
        return self.protocol == "-1" or self.first is None or self.first <= port <= (self.last or self.first)


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """A security group."""

    group_id: str
    name: str
    ingress: tuple[GroupRule, ...]
    egress: tuple[GroupRule, ...]


@dataclass(frozen=True, slots=True)
class VpcSeen:
    """A VPC with the services that it has endpoints of, such as ``ecr.dkr`` and ``s3``."""

    vpc_id: str
    is_default: bool = False
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkSeen:
    """All of the network that the system touches."""

    subnets: tuple[SubnetSeen, ...] = ()
    groups: tuple[GroupSeen, ...] = ()
    vpcs: tuple[VpcSeen, ...] = ()

    def subnet(self, subnet_id: str) -> SubnetSeen | None:
        """A subnet by its id."""
        return next((each for each in self.subnets if each.subnet_id == subnet_id), None)

    def group(self, group_id: str) -> GroupSeen | None:
        """A security group by its id."""
        return next((each for each in self.groups if each.group_id == group_id), None)

    def vpc(self, vpc_id: str) -> VpcSeen | None:
        """A VPC by its id."""
        return next((each for each in self.vpcs if each.vpc_id == vpc_id), None)

    def lets_in(
        self, groups: tuple[str, ...], port: int, of: tuple[str, ...], subnets: tuple[str, ...]
    ) -> bool:
        """Whether one of these groups admits TCP to a port from an interface of other groups in subnets."""
        rules = [rule for each in groups if (group := self.group(each)) for rule in group.ingress]
        return self._allows(rules, port, of, subnets)

    def lets_out(
        self, groups: tuple[str, ...], port: int, to: tuple[str, ...], subnets: tuple[str, ...]
    ) -> bool:
        """The same for what leaves an interface of these groups."""
        rules = [rule for each in groups if (group := self.group(each)) for rule in group.egress]
        return self._allows(rules, port, to, subnets)

    def _allows(
        self, rules: list[GroupRule], port: int, groups: tuple[str, ...], subnets: tuple[str, ...]
    ) -> bool:
        fitting = [rule for rule in rules if rule.covers(port)]
        if any(peer in groups for rule in fitting for peer in rule.peers):
            return True
        blocks = [found.cidr for each in subnets if (found := self.subnet(each))]
        return bool(blocks) and all(
            any(contains(peer, block) for rule in fitting for peer in rule.peers) for block in blocks
        )


def contains(outer: str, inner: str) -> bool:
    """Whether one CIDR block holds all of another; a group's id holds nothing."""
    try:
        wide, narrow = ip_network(outer, strict=False), ip_network(inner, strict=False)
    except ValueError:
        return False
    return wide.version == narrow.version and narrow.subnet_of(wide)  # type: ignore[arg-type] # same version
