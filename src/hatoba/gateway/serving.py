"""All that one gateway process serves with: the picture, the connections, the limits, the journal."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from time import time as epoch
from typing import TYPE_CHECKING, cast, final

from hatoba.gateway.budget import MOST_BYTES, Budget
from hatoba.gateway.client import ClientConnection
from hatoba.gateway.deadlines import Deadlines
from hatoba.gateway.ids import Ids
from hatoba.gateway.journal import Journal
from hatoba.gateway.memory import Memory
from hatoba.gateway.outbox import Outbox
from hatoba.gateway.picture import compile_picture
from hatoba.gateway.pool import Pool
from hatoba.gateway.protocol import GatewayError, taken
from hatoba.gateway.served import Picture
from hatoba.gateway.throttle import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hatoba.gateway.shared_buckets import SharedBuckets
    from hatoba.gateway.snapshot import Snapshot

TICK_S = 0.5
BACKLOG = 1024


@final
class Serving:
    """The data plane. One event loop owns it; nothing in it is shared between threads."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        workers: int = 1,
        buckets: SharedBuckets | None = None,
        time: Callable[[], float] | None = None,
    ) -> None:
        self.loop = loop
        self.time = time or loop.time
        """The loop's clock, or one that agrees with it and does not stand still while the loop works."""
        self.picture = Picture()
        self.budget = Budget(MOST_BYTES // workers)
        self._shares_ports = workers > 1
        self._buckets = buckets
        self.ids = Ids()
        self.outbox = Outbox(loop)
        self.pool = Pool(loop, self.budget, self.outbox)
        self.journal = Journal()
        self.memory = Memory()
        self.deadlines = Deadlines(loop)
        self.clients: set[ClientConnection] = set()
        self.is_draining = False
        self._listeners: dict[tuple[str, int], asyncio.Server] = {}
        self._is_idle = asyncio.Event()

    @property
    def ports(self) -> tuple[int, ...]:
        """Where it listens."""
        return tuple(port for _, port in self._listeners)

    def now(self) -> float:
        """Return epoch seconds."""
        return epoch()

    def finished(self) -> None:
        """An exchange is over."""
        if self.is_draining and not self.deadlines:
            self._is_idle.set()

    async def show(self, snapshot: Snapshot) -> None:
        """Serve this snapshot: all of it or, where a port cannot be had, nothing of it.

        Raises:
            GatewayError: Which port, why, and what to try. The picture before goes on being served.
        """
        make_bucket = Bucket if self._buckets is None else self._buckets.bucket
        picture = compile_picture(snapshot, self.picture, self.loop.time(), make_bucket)
        wanted = {(picture.host, port) for port in picture.by_port}
        if picture.shared_port:
            wanted.add((picture.host, picture.shared_port))
        shared = (picture.host, picture.shared_port)
        opened: dict[tuple[str, int], asyncio.Server] = {}
        for place in wanted - self._listeners.keys():
            try:
                opened[place] = await self._listen(place, by_host=place == shared)
            except OSError as error:
                close_all(opened.values())
                raise GatewayError(taken(snapshot, place[1], error)) from error
        self.picture = picture
        self._listeners |= opened
        for place in self._listeners.keys() - wanted:
            self._listeners.pop(place).close()
        self.pool.keep_only(picture.addresses)

    async def _listen(self, place: tuple[str, int], *, by_host: bool) -> asyncio.Server:
        host, port = place
        return await self.loop.create_server(
            lambda: cast("asyncio.Protocol", ClientConnection(self, port, by_host=by_host)),
            host,
            port,
            backlog=BACKLOG,
            reuse_port=self._shares_ports or None,
            family=socket.AF_INET6 if ":" in host else socket.AF_INET,
        )

    async def keep_time(self) -> None:
        """End what takes too long, for ever: one timer for all connections instead of one for each."""
        while True:
            await asyncio.sleep(TICK_S)
            now = self.loop.time()
            for client in tuple(self.clients):
                client.check_deadline(now)
            self.pool.close_expired()

    async def drain(self, within_s: float) -> None:
        """Take no new connection, finish the running requests within the time, then close all."""
        self.is_draining = True
        close_all(self._listeners.values())
        for client in tuple(self.clients):
            client.drain()
        if self.deadlines:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_idle.wait(), within_s)
        self.outbox.flush()
        self.pool.close()


def close_all(listeners: Iterable[asyncio.Server]) -> None:
    """Stop listening; the connections that stand are not touched."""
    for each in listeners:
        each.close()
