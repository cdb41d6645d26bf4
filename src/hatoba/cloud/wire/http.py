"""One HTTP request read whole, and one answer: the only place that speaks ASGI.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from hatoba.cloud.wire.errors import ServiceError

AsgiScope = MutableMapping[str, Any]
AsgiReceive = Callable[[], Awaitable[MutableMapping[str, Any]]]
AsgiSend = Callable[[MutableMapping[str, Any]], Awaitable[None]]

NO_CONTENT = 204

LONGEST_BODY = 5 * 1024**3
"""Bytes of the longest body that is read at all: S3's longest single PutObject."""

LONGEST_CALL = 16 * 1024**2
"""Bytes of the longest body, also when unpacked, of a call of one of our services."""


class ClientGone(Exception):
    """The client hung up before it had sent its request."""


class HttpRequest(msgspec.Struct, frozen=True, dict=True):
    """A request as it came.

    Attributes:
        path: Still percent-encoded, as labels may hold an encoded slash.
        query: Without the question mark, still encoded.
        headers: Names in lower case; the last one of a name stands.
        scheme: ``http`` or ``https``.
        client: The address it came from.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""
    scheme: str = "http"
    client: str = ""

    @property
    def host(self) -> str:
        """The Host header, with its port when it has one."""
        return self.headers.get("host", "")

    @cached_property
    def query_items(self) -> tuple[tuple[str, str], ...]:
        """The query string's names and values, decoded, in order."""
        return tuple(parse_qsl(self.query, keep_blank_values=True)) if self.query else ()

    @cached_property
    def form_items(self) -> tuple[tuple[str, str], ...]:
        """The query string's and then the form body's names and values, as Query services read them."""
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not self.body or content_type not in {"application/x-www-form-urlencoded", ""}:
            return self.query_items
        try:
            text = self.content.decode()
        except UnicodeDecodeError as error:
            raise ServiceError("MalformedQueryString", f"The body is not UTF-8: {error}.") from error
        return (*self.query_items, *parse_qsl(text, keep_blank_values=True))

    @cached_property
    def content(self) -> bytes:
        """The body, unpacked when its ``Content-Encoding`` is gzip.

        Raises:
            ServiceError: It is too long, or not what its encoding says.
        """
        encoding = self.headers.get("content-encoding", "").strip().lower()
        if encoding in {"", "identity", "aws-chunked"}:
            return self.body
        if encoding != "gzip":
            raise ServiceError(
                "UnsupportedMediaType",
                f"Content-Encoding {encoding} is not known. Use gzip or none.",
                status=415,
            )
        unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            content = unpack.decompress(self.body, LONGEST_CALL + 1)
        except zlib.error as error:
            raise ServiceError("InvalidRequest", f"The body is not gzip: {error}.") from error
        if len(content) <= LONGEST_CALL and not unpack.eof:
            raise ServiceError("InvalidRequest", "The gzip body ends too early.")
        return content


class HttpResponse(msgspec.Struct, frozen=True):
    """An answer, whole."""

    status: int
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""
    cookies: tuple[str, ...] = ()
    """``Set-Cookie`` values, the one header that may come more than once."""
    stream: AsyncIterator[bytes] | None = None
    """Pieces of a body that goes on until it ends or the client hangs up; instead of ``body``."""


async def read_request(scope: AsgiScope, receive: AsgiReceive) -> HttpRequest:
    """Read a request to its end. Chunked bodies and ``Expect: 100-continue`` are the server's matter.

    Raises:
        ClientGone: There is nobody to answer.
        ServiceError: The body is longer than any call may be.
    """
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    client = scope.get("client")
    return HttpRequest(
        method=scope["method"],
        path=raw_path.partition(b"?")[0].decode("latin-1") or "/",
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        body=await _read_body(receive),
        scheme=scope.get("scheme", "http"),
        client=client[0] if client else "",
    )


async def _read_body(receive: AsgiReceive) -> bytes:
    pieces: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        length += len(piece)
        if length > LONGEST_BODY:
            raise ServiceError("EntityTooLarge", f"A body holds at most {LONGEST_BODY} bytes.", status=413)
        pieces.append(piece)
        if not message.get("more_body", False):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def send_response(receive: AsgiReceive, send: AsgiSend, response: HttpResponse) -> None:
    """Send an answer: whole with its length, or piece by piece until the client hangs up."""
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()
    ]
    headers += [(b"set-cookie", cookie.encode("latin-1")) for cookie in response.cookies]
    has_length = any(name == b"content-length" for name, _ in headers)  # HEAD's, of the body it leaves out
    if response.stream is None and response.status != NO_CONTENT and not has_length:
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.stream is not None:
        await _send_pieces(receive, send, response.stream)
    await send({"type": "http.response.body", "body": response.body})


async def _send_pieces(receive: AsgiReceive, send: AsgiSend, pieces: AsyncIterator[bytes]) -> None:
    async def pump() -> None:
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def until_the_client_is_gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    pumping, gone = asyncio.ensure_future(pump()), asyncio.ensure_future(until_the_client_is_gone())
    try:
        await asyncio.wait((pumping, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        pumping.cancel()
        gone.cancel()
        outcomes = await asyncio.gather(pumping, gone, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
