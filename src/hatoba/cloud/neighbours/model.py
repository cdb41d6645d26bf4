"""What is kept of the neighbours, and what is brought to them before they are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hatoba.cloud.state import Scope
from hatoba.cloud.world import HostedZone, UserPool


class Kept(msgspec.Struct, frozen=True):
    """One backend of moto as it is kept: its attributes, and the digests of the large bytes in it."""

    service: str
    account: str
    region: str
    body: bytes
    digests: frozenset[str]
    blobs: Mapping[str, bytes] = msgspec.field(default_factory=dict)

    @property
    def place(self) -> tuple[str, str, str]:
        """Service, account and region."""
        return (self.service, self.account, self.region)


class Brought(msgspec.Struct, frozen=True):
    """What stands in our services and a neighbour must see: empty where it needs nothing.

    Attributes:
        pool: The default user pool, for Cognito.
        zones: All hosted zones of Cloud Map in the account, for Route 53.
        network: EC2's answers by operation, for load balancers.
        containers: The names of ECS's services, by the name of their cluster, for their scaling.
    """

    scope: Scope
    pool: UserPool | None = None
    zones: Sequence[HostedZone] | None = None
    network: Mapping[str, Any] | None = None
    containers: Mapping[str, Sequence[str]] | None = None


class Changed(msgspec.Struct, frozen=True):
    """What a call left behind: backends to keep, the user pools that stand now, and what has companions."""

    kept: Sequence[Kept] = ()
    pools: Mapping[Scope, Sequence[UserPool]] = msgspec.field(default_factory=dict)
    standing: Mapping[tuple[str, Scope], bytes] = msgspec.field(default_factory=dict)
