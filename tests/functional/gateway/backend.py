"""A scripted HTTP back end in a thread: it echoes, waits, cuts, refuses, as each test says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tests.functional.gateway.loops import LoopThread

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

Script: TypeAlias = "Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]"


@dataclass
class Asked:
    """A request as the back end got it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int = 0

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(found) if found else None


@dataclass
class Backend:
    """Listens on its own port. ``script`` answers; None echoes the request as JSON."""

    loop: LoopThread
    script: Script | None = None
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    gone: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def start(self, port: int = 0) -> Backend:
        self.loop.run(self._listen(port))
        return self

    async def _listen(self, port: int) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self._writers.add(writer)
        try:
            while True:
                asked = await _read(reader)
                asked.connection = number
                self.asked.append(asked)
                answering = asyncio.ensure_future((self.script or echo)(asked, writer))
                closing = asyncio.ensure_future(_closed(reader))
                await asyncio.wait({answering, closing}, return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    answering.cancel()
                    break
                closing.cancel()
                await asyncio.gather(closing, return_exceptions=True)
                if writer.is_closing():
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.gone += 1
            self._writers.discard(writer)
            writer.close()

    def drop_connections(self) -> None:
        """Close every connection that stands."""

        def close() -> None:
            for each in tuple(self._writers):
                each.close()

        self.loop.call(close)

    def stop(self) -> None:
        assert self._server is not None
        self.loop.call(self._server.close)
        self.drop_connections()


async def _closed(reader: asyncio.StreamReader) -> None:
    while not reader.at_eof() and not reader._buffer:  # type: ignore[attr-defined]  # noqa: ASYNC110 - a peek
        await asyncio.sleep(0.005)


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    start, *lines = head.strip().split("\r\n")
    method, target, _ = start.split(" ")
    headers = [(name, value.strip()) for name, _, value in (each.partition(":") for each in lines)]
    asked = Asked(method, target, headers, b"")
    asked.body = await reader.readexactly(int(asked.header("content-length") or 0))
    return asked


async def echo(asked: Asked, writer: asyncio.StreamWriter) -> None:
    body = json.dumps(
        {
            "method": asked.method,
            "target": asked.target,
            "headers": asked.headers,
            "body": asked.body.decode("latin-1")[:200],
            "length": len(asked.body),
        }
    ).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + (b"" if asked.method == "HEAD" else body))


def saying(data: bytes, *, close: bool = False) -> Script:
    """Answer with these bytes, then perhaps close."""

    async def say(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        if close:
            await writer.drain()
            writer.close()

    return say


async def never(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing."""
    await asyncio.Event().wait()


def free_port() -> int:
    """Return a port that nobody has just now, and that nobody gets who asks for any port."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
