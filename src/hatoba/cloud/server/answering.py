"""uvicorn's HTTP protocol, with each answer sent in one piece.

uvicorn writes the head of an answer and its body one after the other. We answer in a fraction of a
millisecond, before Go's client has seen its own request off: when the head is there, AWS's SDK for Go closes
the request's body; Go's writer, which still looks whether that body is longer than it said, takes this for a
failed write and closes the connection. A body that comes a moment after its head is lost then, and the SDK
sends the request again: a second CreateRoute meets what the first one made. In one piece, head and body are
both read before that.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from asyncio.transports import BaseTransport

LONGEST_JOINED = 64 * 1024


class WholeAnswers(HttpToolsProtocol):
    """One connection of a client."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Take a connection."""
        # uvloop's transports are no subclasses of asyncio's, they only behave so.
        super().connection_made(Joined(cast("asyncio.Transport", transport), self.loop))


class Joined(asyncio.Transport):
    """A transport that joins what is written in one turn of the event loop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._pieces: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write at the end of the turn; what is long at once, after what was written before."""
        self._pieces.append(bytes(data))
        if len(data) > LONGEST_JOINED:
            self._flush()
        elif len(self._pieces) == 1:
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        pieces, self._pieces = self._pieces, []
        if pieces and not self._transport.is_closing():
            self._transport.write(b"".join(pieces) if len(pieces) > 1 else pieces[0])

    def close(self) -> None:
        """Close after all that was written."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what asyncio knows of the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Stop taking bytes."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on taking bytes."""
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the connection to another protocol."""
        self._transport.set_protocol(protocol)
