"""Whether security groups let a connection pass, and which rule is missing where they do not. Pure.

A connection passes when a rule of one of the source's groups lets it out and a rule of one of the target's
groups lets it in; what answers it needs no rule. A rule means its other side by group (its own one too) or
by address block. What has no group at all is not filtered, as a Network Load Balancer without any.
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.ec2.control.rules import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatoba.cloud.ec2.model import Rule


class End(msgspec.Struct, frozen=True):
    """One end of a connection.

    Attributes:
        name: For people: ``service web``, ``the VPC link``.
        groups: The ids of its security groups; none: nothing is filtered there.
        rules: All rules of these groups, inbound and outbound.
        address: Its address in the VPC; None where it has none.
    """

    name: str
    groups: tuple[str, ...]
    rules: tuple[Rule, ...]
    address: str | None

    @property
    def words(self) -> str:
        """Name it with its groups and its address."""
        groups = f"{', '.join(self.groups)} of " if self.groups else ""
        return f"{groups}{self.name}" + (f" ({self.address})" if self.address else "")


def missing_rule(source: End, target: End, protocol: str, port: int) -> str | None:
    """Return which rule is missing for a connection to pass, in a sentence; None when it passes.

    Args:
        source: Who opens the connection.
        target: Who listens.
        protocol: ``tcp`` or ``udp``.
        port: The target's.
    """
    for end, other, is_egress in ((source, target, True), (target, source, False)):
        if end.groups and not any(
            rule.is_egress == is_egress and _covers(rule, protocol, port) and _means(rule, other)
            for rule in end.rules
        ):
            return _missing(end, other, f"{protocol} {port}", is_egress=is_egress)
    return None


def _covers(rule: Rule, protocol: str, port: int) -> bool:
    if rule.protocol == ALL:
        return True
    if rule.protocol != protocol or rule.from_port is None or rule.to_port is None:
        return False
    return rule.from_port <= port <= rule.to_port


def _means(rule: Rule, other: End) -> bool:
    if rule.group_id is not None:
        return rule.group_id in other.groups
    if rule.cidr_ipv4 is None or other.address is None:
        return False
    return ip_address(other.address) in ip_network(rule.cidr_ipv4, strict=False)


def _missing(end: End, other: End, what: str, *, is_egress: bool) -> str:
    kind, direction = ("egress", "out to") if is_egress else ("ingress", "in from")
    verb = "has" if len(end.groups) == 1 else "have"
    said = (
        f"{', '.join(end.groups)} of {end.name} {verb} no {kind} rule that lets {what} {direction}"
        f" {other.words}; add one to {end.groups[0]}"
    )
    unknown = tuple(dict.fromkeys(_unknown(end.rules, is_egress=is_egress)))
    if unknown:
        said += f" (what {', '.join(unknown)} means is not known here: such rules let nothing pass)"
    return said


def _unknown(rules: tuple[Rule, ...], *, is_egress: bool) -> Iterator[str]:
    """Name the prefix lists of rules: their entries are nowhere here."""
    for rule in rules:
        if rule.prefix_list_id is not None and rule.is_egress == is_egress:
            yield f"prefix list {rule.prefix_list_id}"
