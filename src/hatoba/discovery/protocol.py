"""What a DNS server asks of the cloud: the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

Status = Literal["NOERROR", "NXDOMAIN", "REFUSED"]


class Record(msgspec.Struct, frozen=True):
    """One resource record. ``data`` is written as in a zone file: ``1 1 8080 i-1.app.internal.``."""

    name: str
    type: str
    ttl: int
    data: str


class Answer(msgspec.Struct, frozen=True):
    """What a name has.

    Attributes:
        status: NXDOMAIN where nothing stands at or below the name; REFUSED where it is in no zone.
        records: The answer section; empty with NOERROR says that the name has no record of the type.
        additional: Addresses of the targets in ``records``.
        soa: The zone's SOA record, with the seconds that a negative answer may be kept as its TTL.
    """

    status: Status
    records: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    soa: Record | None = None


class Resolver(Protocol):
    """Who knows the names."""

    def resolve(self, name: str, record_type: str) -> Answer:
        """Answer a question. Called on the event loop's thread, for each query; must not wait.

        Args:
            name: In lower case, without the dot at the end.
            record_type: ``A``, ``SRV`` …; ``TYPE65`` for one that has no name.
        """


class QueryLine(msgspec.Struct, frozen=True):
    """One query, answered. ``status`` is the DNS response code; ``seconds`` the time the answer took."""

    client: str
    transport: Literal["udp", "tcp"]
    name: str
    type: str
    status: str
    answers: tuple[str, ...]
    seconds: float


OnQuery = Callable[[QueryLine], None]
"""Gets each query after its answer was sent. Must not wait."""
