"""A gateway of several processes that share its ports: the kernel deals connections out to them.

Each worker is a :class:`hatoba.gateway.process.GatewayProcess`, started again by itself when it dies, with
the same snapshots. ::

    the cloud ── workers ─┬─ process 0 ─ link ══ worker 0 ──┐
                          ├─ process 1 ─ link ══ worker 1 ──┤ one port each API, SO_REUSEPORT
                          └─ …                              ┘ one file of token buckets

Sockets that share a port do so silently, so that a stranger of the same user could share ours, and get a
part of the requests: a port is looked at before the workers take it.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import Counter
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from hatoba.gateway import runfile
from hatoba.gateway.ending import end
from hatoba.gateway.process import GatewayProcess
from hatoba.gateway.protocol import GatewayError, taken
from hatoba.gateway.runfile import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Mapping, Sequence
    from pathlib import Path

    from hatoba.gateway.protocol import OnLines
    from hatoba.gateway.records import Story
    from hatoba.gateway.snapshot import Snapshot


class GatewayWorkers:
    """Implements :class:`hatoba.gateway.protocol.Gateway` by ``workers`` processes; one shares nothing."""

    def __init__(self, folder: Path, on_lines: OnLines, workers: int = 1) -> None:
        self._folder = folder
        self._buckets = folder / "run" / BUCKETS
        self._processes = tuple(
            GatewayProcess(folder, on_lines, number, workers) for number in range(workers)
        )
        self._ports: frozenset[int] = frozenset()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes' ids."""
        return tuple(each.pid for each in self._processes if each.pid is not None)

    async def start(self) -> None:
        """Start or take back all; see :meth:`hatoba.gateway.protocol.Gateway.start`."""
        for content in runfile.all_in(self._folder):
            if content.worker >= len(self._processes) or content.workers != len(self._processes):
                await end(self._folder, content)
        if not any(runfile.is_alive(each) for each in runfile.all_in(self._folder)):
            self._buckets.unlink(missing_ok=True)  # its times may be another boot's
        await _all(*(each.start() for each in self._processes))
        self._ports = frozenset().union(*(each.ports for each in self._processes))

    async def push(self, snapshot: Snapshot) -> None:
        """Serve this snapshot by all; see :meth:`hatoba.gateway.protocol.Gateway.push`."""
        if len(self._processes) > 1:
            self._claim(snapshot)
        await _all(*(each.push(snapshot) for each in self._processes))

    async def stories(
        self, request_id: str | None = None, after: float = 0.0, limit: int = 100
    ) -> Sequence[Story]:
        """Tell what became of requests; see :meth:`hatoba.gateway.protocol.Remembering.stories`."""
        told = await asyncio.gather(*(each.stories(request_id, after, limit) for each in self._processes))
        return sorted(chain.from_iterable(told), key=attrgetter("ended_at"))[-limit:]

    async def requests(self) -> Mapping[str, int]:
        """Count requests by target group; see :meth:`hatoba.gateway.protocol.Counting.requests`."""
        return _total(await asyncio.gather(*(each.requests() for each in self._processes)))

    async def in_flight(self) -> Mapping[str, int]:
        """Count running requests; see :meth:`hatoba.gateway.protocol.Counting.in_flight`."""
        return _total(await asyncio.gather(*(each.in_flight() for each in self._processes)))

    async def stop(self) -> None:
        """Drain and end all; see :meth:`hatoba.gateway.protocol.Gateway.stop`."""
        await _all(*(each.stop() for each in self._processes))
        self._buckets.unlink(missing_ok=True)

    def _claim(self, snapshot: Snapshot) -> None:
        """See that nobody else has the ports that are new."""
        wanted = {api.port for api in snapshot.apis} | {snapshot.port}
        for port in sorted(wanted - self._ports - {0}):
            family = socket.AF_INET6 if ":" in snapshot.host else socket.AF_INET
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((snapshot.host, port))
                except OSError as error:
                    if error.errno == errno.EADDRINUSE:
                        raise GatewayError(taken(snapshot, port, error)) from error
        self._ports = frozenset(wanted)


async def _all(*works: Awaitable[None]) -> None:
    """Let all come to their end, then tell what went wrong first."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _total(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total
