"""The server side: one client connection, its requests read strictly and answered in order.

A request is read whole before anything is done with it. What cannot be read as exactly one request is
refused and the connection closed, so that nobody behind the gateway can read it differently.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, cast, final

import httptools

from hatoba.gateway.answers import refuse, write
from hatoba.gateway.exchange import Exchange
from hatoba.gateway.plain import read_request
from hatoba.gateway.request import (
    LARGEST_BODY,
    LARGEST_HEADERS,
    LARGEST_NAMES,
    Head,
    Refusal,
    Request,
    RequestLine,
)

if TYPE_CHECKING:
    import asyncio

    from hatoba.gateway.serving import Serving

REQUEST_READ_S = 30.0
HEADERS_READ_S = 10.0
IDLE_S = 60.0
ANSWER_WRITTEN_S = 30.0
LINGER_S = 2.0
MOST_PIPELINED = 16
LARGEST_HEAD = LARGEST_HEADERS + LARGEST_NAMES
LARGEST_OVERHEAD = 64 * 1024
"""Bytes of chunk sizes, extensions and trailers that a chunked body may cost beside eight times itself."""


@final
class ClientConnection:
    """One connection. ``port`` is the listener's, ``by_host`` whether the Host name chooses the API."""

    def __init__(self, serving: Serving, port: int, *, by_host: bool) -> None:
        self.port = port
        self.source_ip = "-"
        self.deadline = 0.0
        self._serving = serving
        self._by_host = by_host
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[Request] = deque()
        self._current: Exchange | None = None
        self._keep_alive = True
        self._advancing = False
        self._lingering = False
        self._is_reading = True
        self._is_writable = True
        self._unsent = 0
        self._refusal: Refusal | None = None
        self._request: Request | None = None
        self._head: Head | None = None
        self._at_start = True
        self._begin()

    def _begin(self) -> None:
        self._target = b""
        self._headers: list[tuple[bytes, bytes, bytes]] = []
        self._body: list[bytes] = []
        self._body_size = 0
        self._received = 0
        self._in_request = False

    # The transport's calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock: a client that says nothing is not kept."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not its subclasses
        peer = self._transport.get_extra_info("peername")
        self.source_ip = peer[0] if peer else "-"
        self.deadline = self._serving.loop.time() + HEADERS_READ_S
        self._serving.clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it was lost
        """The client is gone: whatever it asked for is given up."""
        self._transport = None
        self._give_back_unsent()
        self._serving.clients.discard(self)
        current, self._current = self._current, None
        if current is not None:
            current.abort()
        self._drop_pending()

    def eof_received(self) -> bool:
        """A client that stops sending is gone: ``close`` and ``shutdown`` look the same from here."""
        return False

    def pause_writing(self) -> None:
        """The client reads slowly: nothing more is done for it, and not for ever. What waits is counted."""
        self._is_writable = False
        if self._transport is not None:
            self._unsent = self._transport.get_write_buffer_size()
            self._serving.budget.hold(self._unsent)
        self.deadline = self._serving.loop.time() + ANSWER_WRITTEN_S

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._is_writable = True
        self._give_back_unsent()
        self.deadline = self._serving.loop.time() + IDLE_S
        self._advance()

    def _give_back_unsent(self) -> None:
        self._serving.budget.give_back(self._unsent)
        self._unsent = 0

    def data_received(self, data: bytes) -> None:
        """Read on; then do what can be done."""
        if self._refusal is not None or self._lingering or not self._keep_alive:
            return
        if self._at_start and (request := self._read_plain(data)) is not None:
            if self._current is None and self._is_writable and not self._queue and not self._advancing:
                self._start(request)
            else:
                self._queue.append(request)
                self._advance()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._keep_alive = False  # nothing is upgraded: the request is answered as an ordinary one
        except httptools.HttpParserError as error:
            if self._keep_alive:  # else it is what came after a request that was to be the last
                self._refuse(Refusal(400, str(error)))
        if self._in_request:
            self._check_size()
        self._advance()

    def _read_plain(self, data: bytes) -> Request | None:
        """Read a whole request in one go, where it is one; its body is counted."""
        request = read_request(data, self._head, self._serving.time())
        if request is None or (request.body and not self._serving.budget.take(len(request.body))):
            return None
        self._head = request.head
        return request

    def _check_size(self) -> None:
        if self._request is None:
            if self._received > LARGEST_HEAD:
                self._refuse(Refusal(431, "headers too large"))
        elif self._received - self._body_size > LARGEST_HEAD + LARGEST_OVERHEAD + 8 * self._body_size:
            self._refuse(Refusal(400, "the chunks are mostly overhead"))

    # The parser's calls.

    def on_message_begin(self) -> None:
        """From the first byte on the parser must see the rest."""
        self._at_start = False

    def on_url(self, part: bytes) -> None:
        """A request begins, and its headers must follow soon. The target may come in parts."""
        if not self._in_request:
            self._in_request = True
            if self._current is None:
                self.deadline = self._serving.loop.time() + HEADERS_READ_S
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect; trailers are left out."""
        if self._request is None:
            self._headers.append((name, value, name.lower()))

    def on_headers_complete(self) -> None:
        """Check what is known now, before the body is read."""
        parser, now = self._parser, self._serving.time()
        version = parser.get_http_version()
        try:
            head = self._head
            if head is None or head.headers != self._headers or head.version != version:
                head = self._head = Head(self._headers, version)
            line = RequestLine(parser.get_method().decode("ascii"), self._target)
            request = Request(line, head, now)
        except Refusal as refusal:
            self._refusal = refusal
            raise
        self._request = request
        if request.has_body:
            if parser.should_upgrade():
                self._refusal = Refusal(400, "an upgrade with a body")
                raise self._refusal
            self.deadline = now + REQUEST_READ_S
            if request.fields.get(b"expect", b"").lower() == b"100-continue" and self._is_next():
                self._write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, data: bytes) -> None:
        """Collect, within the limits."""
        size = len(data)
        if self._body_size + size > LARGEST_BODY:
            self._refusal = Refusal(413, "body too large")
        elif not self._serving.budget.take(size):
            self._refusal = Refusal(503, "too many large bodies at once")
        if self._refusal is not None:
            raise self._refusal
        self._body_size += size
        self._body.append(data)

    def on_message_complete(self) -> None:
        """Queue the whole request."""
        request = self._request
        assert request is not None
        request.body = b"".join(self._body)
        self._queue.append(request)
        if not self._parser.should_keep_alive():
            self._keep_alive = False
        self._request = None
        self._at_start = True
        self._begin()

    # One after the other.

    def _is_next(self) -> bool:
        return self._current is None and not self._queue

    def _advance(self) -> None:
        """Start the next request unless one is running. Never called from within itself."""
        if self._advancing:
            return
        self._advancing = True
        try:
            while self._transport is not None and self._current is None and self._is_writable:
                if not self._queue:
                    if self._refusal is not None or not self._keep_alive or self._serving.is_draining:
                        self._settle()
                    break
                self._start(self._queue.popleft())
        finally:
            self._advancing = False
        if not self._is_reading or len(self._queue) >= MOST_PIPELINED:
            self._throttle_reading()

    def _start(self, request: Request) -> None:
        picture = self._serving.picture
        api = picture.named(request) if self._by_host else picture.by_port.get(self.port)
        keep_alive = bool(self._queue) or (self._keep_alive and not self._serving.is_draining)
        self.deadline = math.inf
        self._current = current = Exchange(self._serving, self, api, request, keep_alive=keep_alive)
        current.begin()

    def answered(self, data: bytes, now: float) -> None:
        """Write an answer and go on with what is waiting. Called once for each request, if at all."""
        self._current = None
        if self._transport is None:
            return
        self.deadline = now + (HEADERS_READ_S if self._in_request else IDLE_S)
        self._write(data)
        must_see = self._refusal is not None or not self._keep_alive or self._serving.is_draining
        if self._queue or must_see or not self._is_reading:
            self._advance()

    def _settle(self) -> None:
        """Nothing is left to answer: refuse what could not be read, close what is to be closed."""
        if self._lingering:
            return
        if self._refusal is not None:
            self._answer_refusal(self._refusal)
        elif not self._keep_alive or (self._serving.is_draining and not self._in_request):
            assert self._transport is not None
            self._serving.outbox.flush()
            self._transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        self._refusal = self._refusal or refusal
        self._serving.budget.give_back(self._body_size)
        self._body = []
        self._body_size = 0

    def _answer_refusal(self, refusal: Refusal) -> None:
        """Say why, then let the client read it: closing over unread data would reset the connection."""
        now, request_id = self._serving.now(), self._serving.ids.request()
        self._write(write(refuse(refusal.status), request_id, now, head=False, keep_alive=False))
        self._serving.outbox.flush()
        self._lingering = True
        self.deadline = self._serving.loop.time() + LINGER_S
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._serving.outbox.put(self._transport, data)

    def _throttle_reading(self) -> None:
        """Leave further requests in the kernel while many wait here."""
        should_read = len(self._queue) < MOST_PIPELINED
        if self._transport is None or should_read == self._is_reading:
            return
        self._is_reading = should_read
        if should_read:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _drop_pending(self) -> None:
        for request in self._queue:
            self._serving.budget.give_back(len(request.body))
        self._queue.clear()
        self._serving.budget.give_back(self._body_size)
        self._body_size = 0

    # The server's calls.

    def check_deadline(self, now: float) -> None:
        """Close a connection whose client is too slow; tell it, if it was in the middle of a request."""
        if now < self.deadline or self._transport is None:
            return
        if self._lingering or not self._is_writable or not self._in_request:
            self._transport.abort()
        else:
            self._refuse(Refusal(408, "the request came too slowly"))
            self._advance()

    def drain(self) -> None:
        """Close now if nothing is asked for; a running request is finished first."""
        if self._current is None and not self._queue and self._transport is not None:
            self._serving.outbox.flush()
            self._transport.close()
