"""The client side: one connection to a back end, and one request on it at a time.

A response counts only when it is whole: one that is cut short is a failure, never a short answer.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol, cast, final

import httptools

from hatoba.gateway.plain import Reply, ReplyHead, read_response
from hatoba.gateway.request import LARGEST_BODY

if TYPE_CHECKING:
    import asyncio

    from hatoba.gateway.budget import Budget
    from hatoba.gateway.outbox import Outbox
    from hatoba.gateway.pool import Pool
    from hatoba.gateway.served import Address

LARGEST_RESPONSE_HEADERS = 64 * 1024

_FIRST_FINAL = 200
_WITHOUT_BODY = frozenset({204, 304})


class Failure(Enum):
    """Why there is no response, in words for ``$context.integration.error``."""

    STALE = "The connection to the integration was closed before it was used"
    CUT = "The integration closed the connection before its response was complete"
    MALFORMED = "The integration's response is not HTTP/1.1"
    TOO_LARGE = "The integration's response is larger than 10 MB"
    OVERLOADED = "The gateway holds too many large bodies at once"


class Waiting(Protocol):
    """Who sent a request and waits. Exactly one of the two is called, once, unless the wait was given up."""

    def replied(self, reply: Reply) -> None:
        """The response is whole. What it holds is still taken from the budget."""

    def failed(self, failure: Failure) -> None:
        """There will be no response."""


@final
class BackendConnection:
    """One connection. Idle connections stand in the pool, busy ones belong to a request."""

    def __init__(self, address: Address, pool: Pool, budget: Budget, outbox: Outbox) -> None:
        self.address = address
        self.idle_since = 0.0
        self._pool = pool
        self._budget = budget
        self._outbox = outbox
        self._known: ReplyHead | None = None
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiting: Waiting | None = None
        self._reused = False
        self._is_head = False
        self._begin()

    def _begin(self) -> None:
        self._received = 0
        self._status = 0
        self._headers: list[tuple[bytes, bytes, bytes]] = []
        self._length: bytes | None = None
        self._until_close = False
        self._head_read = False
        self._body: list[bytes] = []
        self._body_size = 0
        self._done = False
        self._keep = False
        self._failure: Failure | None = None

    @property
    def is_open(self) -> bool:
        """Whether a request may be sent on it."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, waiting: Waiting, data: bytes, *, head: bool) -> None:
        """Send a whole request; the waiting one is told how it went."""
        assert self._transport is not None
        if self._received:
            self._begin()
        self._is_head = head
        self._waiting = waiting
        self._outbox.put(self._transport, data)

    def give_up(self) -> None:
        """Nobody waits any more: the back end sees the connection closed."""
        self._waiting = None
        self._budget.give_back(self._body_size)
        self._body_size = 0
        self.close()

    def close(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not its subclasses

    def data_received(self, data: bytes) -> None:
        """Parse; deliver when the response is whole."""
        if self._waiting is None:  # nobody asked: not a connection to use again
            self._pool.drop(self)
            self.close()
            return
        if not self._received and not self._is_head:
            reply = read_response(data, self._known)
            if reply is not None:
                self._known = reply.head
                self._hand_over(reply, keep=True)
                return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if not self._done:
                self._fail(self._failure or Failure.MALFORMED)
                return
            self._keep = False
        if self._done:
            self._deliver()
        elif not self._head_read and self._received > LARGEST_RESPONSE_HEADERS:
            self._fail(Failure.MALFORMED)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits: a response that ends with the connection is whole, any other is not."""
        self._transport = None
        self._pool.drop(self)
        if self._waiting is None:
            return
        if self._until_close and self._head_read and exc is None:
            self._deliver()
        else:
            self._fail(Failure.STALE if self._reused and not self._received else Failure.CUT)

    def on_message_begin(self) -> None:
        """A second response to one request spoils the connection, its first byte does."""
        if self._done:
            raise ValueError("a response that nobody asked for")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect; trailers are left out."""
        if not self._head_read:
            self._headers.append((name, value, name.lower()))

    def on_headers_complete(self) -> None:
        """Find out how the body ends."""
        self._status = self._parser.get_status_code()
        if self._status < _FIRST_FINAL:
            return
        self._head_read = True
        self._keep = self._parser.should_keep_alive()
        chunked = False
        for _, value, lower in self._headers:
            if lower == b"content-length":
                self._length = value.strip(b" \t")
            elif lower == b"transfer-encoding":
                chunked = value.strip(b" \t").lower() == b"chunked"
                if not chunked:
                    raise ValueError("a transfer coding that is not understood")
        if self._is_head or self._status in _WITHOUT_BODY:
            self._done = True
            self._parser = httptools.HttpResponseParser(self)  # it would wait for HEAD's missing body
        elif self._length is None and not chunked:
            self._until_close = True

    def on_body(self, data: bytes) -> None:
        """Collect, within the limits."""
        if self._done:
            raise ValueError("a body where there is none")
        size = len(data)
        if self._body_size + size > LARGEST_BODY:
            self._failure = Failure.TOO_LARGE
        elif not self._budget.take(size):
            self._failure = Failure.OVERLOADED
        if self._failure is not None:
            raise ValueError(self._failure.value)
        self._body_size += size
        self._body.append(data)

    def on_message_complete(self) -> None:
        """The end of an interim response is not the end."""
        if self._status < _FIRST_FINAL:
            self._headers = []
        else:
            self._done = True

    def _deliver(self) -> None:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        held = self._body_size
        self._body = []
        self._body_size = 0
        head = ReplyHead(self._status, self._headers, self._length)
        self._hand_over(Reply(head, body, held), keep=self._keep)

    def _hand_over(self, reply: Reply, *, keep: bool) -> None:
        waiting, self._waiting = self._waiting, None
        transport = self._transport
        if transport is not None:
            if keep and not transport.is_closing() and not transport.get_write_buffer_size():
                self._reused = True
                self._pool.give(self)
            else:
                transport.close()
        if waiting is not None:
            waiting.replied(reply)

    def _fail(self, failure: Failure) -> None:
        waiting, self._waiting = self._waiting, None
        self._budget.give_back(self._body_size)
        self._body_size = 0
        self._body = []
        self.close()
        if waiting is not None:
            waiting.failed(failure)
