"""What works and what is refused, read from the code: ``python -m hatoba.cloud.coverage > docs/coverage.md``.

The tables that the dispatcher and CloudFormation themselves ask, against the operations of botocore's
models; so the page cannot claim what the code does not have.
"""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from hatoba.cloud.clock import SystemClock
from hatoba.cloud.cloudformation.resources.catalogue import HANDLERS
from hatoba.cloud.server.assembly import Cloud
from hatoba.cloud.wire.models import service_model
from hatoba.cloud.world import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hatoba.gateway.snapshot import Snapshot

WIDTH = 110
_INTRODUCTION = """\
# What the local cloud answers

Generated from the code by `make coverage`; a test holds this page to it. An operation that *works* is carried
out; members of it that are not supported are refused by name, and [fidelity](fidelity) says what differs from
AWS. One that is *refused* answers `NotImplementedException` with its name. Every AWS service that is not
listed is answered by moto.
"""


class _NoGateway:
    """Stands where a cloud that never runs would have its gateway."""

    async def start(self) -> None: ...

    async def push(self, snapshot: Snapshot) -> None: ...

    async def stop(self) -> None: ...

    async def requests(self) -> Mapping[str, int]:
        return {}

    async def in_flight(self) -> Mapping[str, int]:
        return {}


def still_cloud() -> Cloud:
    """Return a cloud with every service, in memory, that runs nothing and listens nowhere."""
    return Cloud(Settings(folder=Path("unused"), ephemeral=True), SystemClock(), _NoGateway())


def page(cloud: Cloud) -> str:
    """Return the page as Markdown."""
    services = sorted((service.operations for service in cloud.services), key=lambda each: each.service)
    parts = [_INTRODUCTION]
    for operations in services:
        works = set(operations.names())
        refused = set(service_model(operations.service).operation_names) - works
        title = f"{service_model(operations.service).metadata['serviceFullName']} (`{operations.service}`)"
        parts.append(f"## {title}\n\n{len(works)} operations work, {len(refused)} are refused.\n")
        parts.extend(_list("Works", works))
        parts.extend(_list("Refused", refused))
    parts.append("## CloudFormation resource types\n\nEvery other type is refused before anything is made.\n")
    parts.append("\n".join(f"- `{name}`" for name in sorted(handler.schema.type for handler in HANDLERS)))
    return "\n".join(parts) + "\n"


def _list(title: str, names: Iterable[str]) -> Iterator[str]:
    listed = " · ".join(sorted(names))
    if listed:
        yield fill(f"**{title}**: {listed}", WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page(still_cloud()))
