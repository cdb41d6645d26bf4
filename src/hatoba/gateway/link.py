"""The cloud's end of the control link, as long as one connection lasts."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeVar, cast

from hatoba.gateway.messages import (
    Count,
    Counted,
    Drain,
    Frames,
    Hello,
    Lines,
    NotServed,
    Recall,
    Recalled,
    Serve,
    Serving,
    Taken,
    Welcome,
    decode_to_cloud,
    frame,
)
from hatoba.gateway.protocol import GatewayError

if TYPE_CHECKING:
    from hatoba.gateway.messages import ToCloud, ToGateway
    from hatoba.gateway.protocol import OnLines
    from hatoba.gateway.records import AccessLogLine, Story
    from hatoba.gateway.snapshot import Snapshot

WELCOME_S = 2.0

T = TypeVar("T")

_log = logging.getLogger(__name__)


class LinkLost(Exception):
    """The gateway process cannot be reached any more."""


class Link(asyncio.Protocol):
    """One connection to the gateway process."""

    def __init__(self, on_lines: OnLines) -> None:
        loop = asyncio.get_running_loop()
        self.welcome: asyncio.Future[Welcome] = loop.create_future()
        self.lost = asyncio.Event()
        self.ports: tuple[int, ...] = ()
        self._on_lines = on_lines
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._served: asyncio.Future[None] | None = None
        self._asked: dict[int, asyncio.Future[tuple[Story, ...]]] = {}
        self._counting: dict[int, asyncio.Future[Counted]] = {}
        self._number = 0

    @classmethod
    async def open(cls, port: int, token: str, on_lines: OnLines) -> Link:
        """Connect and be welcomed.

        Raises:
            LinkLost: Nobody there, or nobody who knows this token.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(WELCOME_S):
                _, link = await loop.create_connection(lambda: cls(on_lines), "127.0.0.1", port)
                link._send(Hello(token))  # noqa: SLF001 - this class's own
                await link.welcome
        except (OSError, TimeoutError) as error:
            raise LinkLost(f"the gateway does not answer on its control port {port}: {error}") from error
        return link

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not its subclasses

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake everyone who waits for the other end."""
        self._transport = None
        for future in (self.welcome, self._served, *self._asked.values(), *self._counting.values()):
            if future is not None and not future.done():
                future.set_exception(LinkLost(f"the control link broke: {exc or 'closed'}"))
                future.exception()  # nobody need be waiting
        self.lost.set()

    def data_received(self, data: bytes) -> None:
        """Take what the gateway says."""
        try:
            for body in self._frames.feed(data):
                self._hear(decode_to_cloud(body))
        except ValueError:
            _log.exception("the gateway says what is not understood; the link is closed")
            self.close()

    def _hear(self, message: ToCloud) -> None:
        match message:
            case Welcome():
                self.ports = message.ports
                if not self.welcome.done():
                    self.welcome.set_result(message)
            case Serving():
                if self._served is not None and not self._served.done():
                    self._served.set_result(None)
            case NotServed(_, why):
                if self._served is not None and not self._served.done():
                    self._served.set_exception(GatewayError(why))
            case Recalled(number, stories):
                _settle(self._asked.pop(number, None), stories)
            case Counted():
                _settle(self._counting.pop(message.number, None), message)
            case Lines(number, lines, dropped):
                self._take(lines, dropped)
                self._send(Taken(number))

    def _take(self, lines: tuple[AccessLogLine, ...], dropped: int) -> None:
        if dropped:
            _log.warning("%d access-log lines were lost while the cloud was away", dropped)
        try:
            self._on_lines(lines)
        except Exception:  # noqa: BLE001 - the link's outer edge: a reader's fault must not stop the log
            _log.exception("%d access-log lines could not be taken", len(lines))

    async def serve(self, snapshot: Snapshot) -> None:
        """Have this snapshot served. One at a time.

        Raises:
            GatewayError: The gateway refuses it.
            LinkLost: The link broke; what is served is not known.
        """
        if self._transport is None:
            raise LinkLost("the control link is closed")
        self._served = asyncio.get_running_loop().create_future()
        self._send(Serve(snapshot))
        await self._served

    async def recall(self, request_id: str | None, after: float, limit: int) -> tuple[Story, ...]:
        """Return stories; see :meth:`hatoba.gateway.protocol.Remembering.stories`.

        Raises:
            LinkLost: The link broke.
        """
        if self._transport is None:
            raise LinkLost("the control link is closed")
        self._number += 1
        asked: asyncio.Future[tuple[Story, ...]] = asyncio.get_running_loop().create_future()
        self._asked[self._number] = asked
        self._send(Recall(self._number, request_id, after, limit))
        return await asked

    async def count(self) -> Counted:
        """Return the counts of :class:`hatoba.gateway.protocol.Counting`.

        Raises:
            LinkLost: The link broke.
        """
        if self._transport is None:
            raise LinkLost("the control link is closed")
        self._number += 1
        counting: asyncio.Future[Counted] = asyncio.get_running_loop().create_future()
        self._counting[self._number] = counting
        self._send(Count(self._number))
        return await counting

    def drain(self) -> None:
        """Have the process finish and end."""
        self._send(Drain())

    def close(self) -> None:
        """Hang up; the gateway goes on."""
        if self._transport is not None:
            self._transport.abort()

    def _send(self, message: ToGateway) -> None:
        if self._transport is not None:
            self._transport.write(frame(message))


def _settle(waiting: asyncio.Future[T] | None, answer: T) -> None:
    """Give an answer to who waits for it, if anybody still does."""
    if waiting is not None and not waiting.done():
        waiting.set_result(answer)
