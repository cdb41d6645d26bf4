"""Who may talk to whom: security groups of Amazon EC2's network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from hatoba.definition.construct import Construct, construct
from hatoba.definition.values import Attribute, Text


@construct
class Rule(Construct):
    """Traffic that is let through: a protocol, a range of ports, and the other side's addresses.

    Protocol ``-1`` means all, and then no ports are given.
    """

    protocol: str
    from_port: int | None
    to_port: int | None
    cidr: str
    description: str = ""


def tcp(port: int, cidr: str, description: str = "") -> Rule:
    """One TCP port for the addresses of ``cidr``."""
    return Rule("tcp", port, port, cidr, description)


@construct
class SecurityGroup(Construct):
    """A security group. Without ``egress`` everything may go out, as in every new group."""

    name: str
    vpc: Text
    ingress: Sequence[Rule] = ()
    egress: Sequence[Rule] | None = None
    description: str = "Made by hatoba"
    tags: Mapping[str, str] = Field(default_factory=dict)

    @property
    def id(self) -> Attribute:
        """The group's id."""
        return Attribute(self, "id")
