"""The gateway's end of the control link: takes snapshots from one cloud at a time, sends it the log."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections import Counter
from typing import TYPE_CHECKING

from hatoba.gateway.exchange import Exchange
from hatoba.gateway.messages import (
    GENERATION,
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
    Taken,
    Welcome,
    decode_to_gateway,
    frame,
)
from hatoba.gateway.messages import Serving as NowServing
from hatoba.gateway.protocol import GatewayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.gateway.messages import ToCloud, ToGateway
    from hatoba.gateway.serving import Serving

FLUSH_S = 0.05
HELLO_S = 5.0
READ_BYTES = 1 << 20

_log = logging.getLogger(__name__)


class Control:
    """Listens on loopback. A new cloud that knows the token takes over from the one before."""

    def __init__(self, serving: Serving, token: str, drain: Callable[[], None]) -> None:
        self._serving = serving
        self._token = token
        self._drain = drain
        self._server: asyncio.Server | None = None
        self._cloud: asyncio.StreamWriter | None = None
        self._flushing: asyncio.TimerHandle | None = None
        serving.journal.on_waiting = self._flush_soon

    async def listen(self) -> int:
        """Start; return the port."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames()
        try:
            if await self._is_cloud(reader, frames):
                self._take_over(writer)
                while data := await reader.read(READ_BYTES):
                    for body in frames.feed(data):
                        await self._hear(body, writer)
        except (ConnectionError, TimeoutError):
            pass
        except ValueError as error:  # msgspec's errors are such
            _log.warning("control: a message that is not understood: %s", error)
        finally:
            if self._cloud is writer:
                self._cloud = None
                _log.info("control: the cloud is away; requests go on being served")
            writer.close()

    async def _is_cloud(self, reader: asyncio.StreamReader, frames: Frames) -> bool:
        async with asyncio.timeout(HELLO_S):
            while data := await reader.read(READ_BYTES):
                for body in frames.feed(data):
                    first = decode_to_gateway(body)
                    return isinstance(first, Hello) and hmac.compare_digest(first.token, self._token)
        return False

    def _take_over(self, writer: asyncio.StreamWriter) -> None:
        if self._cloud is not None:
            self._cloud.close()
        self._cloud = writer
        self._send(Welcome(GENERATION, self._serving.picture.version, self._serving.ports))
        lost = self._serving.journal.unconfirmed()
        if lost is not None:
            self._send(Lines(lost.number, lost.lines, lost.dropped))
        self._flush_soon()

    async def _hear(self, body: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            message = decode_to_gateway(body)
        except ValueError as error:  # msgspec's errors are such
            _log.warning("control: a message that is not understood: %s", error)
            writer.write(frame(NotServed(-1, f"the snapshot cannot be read by the gateway: {error}")))
        else:
            await self._obey(message, writer)

    async def _obey(self, message: ToGateway, writer: asyncio.StreamWriter) -> None:
        match message:
            case Serve(snapshot):
                try:
                    await self._serving.show(snapshot)
                except GatewayError as error:
                    writer.write(frame(NotServed(snapshot.version, str(error))))
                except Exception as error:  # noqa: BLE001 - a bad snapshot must not break the link
                    _log.exception("snapshot %d cannot be compiled", snapshot.version)
                    why = f"the snapshot cannot be compiled: {error!r}; the gateway's log says where"
                    writer.write(frame(NotServed(snapshot.version, why)))
                else:
                    writer.write(frame(NowServing(snapshot.version)))
            case Taken(number):
                self._serving.journal.confirm(number)
                self._flush_soon()
            case Recall(number, request_id, after, limit):
                told = self._serving.memory.recall(request_id, after, limit)
                writer.write(frame(Recalled(number, told)))
            case Count(number):
                writer.write(frame(Counted(number, dict(self._serving.picture.counts), self._in_flight())))
            case Drain():
                self._drain()
            case Hello():
                pass

    def _in_flight(self) -> dict[str, int]:
        asked = (each.target for each in self._serving.deadlines if isinstance(each, Exchange))
        return dict(Counter(where for where in asked if where is not None))

    def _send(self, message: ToCloud) -> None:
        if self._cloud is not None:
            self._cloud.write(frame(message))

    def _flush_soon(self) -> None:
        if self._flushing is None and self._cloud is not None and self._serving.journal.has_waiting:
            self._flushing = self._serving.loop.call_later(FLUSH_S, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        if self._cloud is None:
            return
        batch = self._serving.journal.next_batch()
        if batch is not None:
            self._send(Lines(batch.number, batch.lines, batch.dropped))

    async def deliver_rest(self, within_s: float) -> None:
        """Send what is left, if a cloud is there to take it; then hang up."""
        deadline = self._serving.loop.time() + within_s
        while self._cloud is not None and not self._serving.journal.is_empty:
            if self._serving.loop.time() > deadline:
                break
            self._flush()
            await asyncio.sleep(0.005)
        if self._cloud is not None:
            self._cloud.close()
        if self._server is not None:
            self._server.close()
