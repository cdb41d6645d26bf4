"""Messages of the plain shape, which nearly all are, read in one go instead of by a callback for each part.

A message is plain when it has arrived whole and alone, in the strictest spelling of HTTP/1.1, with a body
of told length or none, on a connection that stays open. Whatever else comes is None here, and left to the
general parser: so this reader never refuses, and what it reads the general parser reads the same way.

A header line is matched once and then known again, whoever sends it: most lines are those of the request
or response before. What is kept is bounded, in number and, as larger heads are not plain, in length.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, TypeAlias, final

from hatoba.gateway.request import Head, Refusal, Request, RequestLine

Header: TypeAlias = tuple[bytes, bytes, bytes]
"""Name, value and lower-case name."""

LARGEST_HEAD: Final = 4_096
REMEMBERED_LINES: Final = 1_024

_IN_NAMES: Final = b"!#$%&'*+-.^_`|~abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_IN_VALUES: Final = bytes(range(0x20, 0x7F))
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9]) [ -~]*+\Z")
_END_OF_LINE: Final = b"\r\n"
_END_OF_HEAD: Final = b"\r\n\r\n"
_METHODS: Final = {
    each.encode(): each for each in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
}
_REQUEST_LINE_PARTS: Final = 3
_SPECIAL: Final = frozenset({b"expect", b"proxy-connection", b"transfer-encoding", b"upgrade"})
_STAYS_OPEN: Final = frozenset({None, b"keep-alive", b"Keep-Alive"})
_WITHOUT_BODY: Final = frozenset({b"204", b"304"})


class _NotPlain(Exception):
    """A line in another spelling. It is not remembered."""


@final
class ReplyHead:
    """A response's head. A back end repeats it on its connection, so it is kept for it.

    Attributes:
        status: Final.
        headers: Name as sent, value, lower-case name.
        length: Its Content-Length as sent, which HEAD and 304 have without a body.
        block: The head as it arrived, where it was read in one go.
        size: Bytes of the whole response, with it.
        lines: What a client gets of it, by whether CORS is the gateway's own, once it was made.
    """

    __slots__ = ("block", "headers", "length", "lines", "size", "status")

    def __init__(
        self, status: int, headers: list[Header], length: bytes | None, block: bytes = b"", size: int = 0
    ) -> None:
        self.status = status
        self.headers = headers
        self.length = length
        self.block = block
        self.size = size
        self.lines: dict[bool, bytes] = {}


@final
class Reply:
    """A whole response. ``held`` bytes of its body are taken from the budget."""

    __slots__ = ("body", "head", "held")

    def __init__(self, head: ReplyHead, body: bytes, held: int = 0) -> None:
        self.head = head
        self.body = body
        self.held = held


def read_request(data: bytes, head: Head | None, now: float) -> Request | None:
    """Read a plain request.

    Args:
        data: All that arrived.
        head: The one before on this connection: a client that repeats its headers has them read once.
        now: When they arrived, by the event loop's clock.
    """
    at = data.find(_END_OF_LINE) + 2
    if at > LARGEST_HEAD:
        return None
    try:
        line = _request_line(data[:at])
        if head is None or head.block is None or not data.startswith(head.block, at):
            head = _head(data[at:])
        body = data[at + len(head.block or b"") :]
        if head.length != len(body):
            return None
        return Request(line, head, now, body)
    except (Refusal, _NotPlain):
        return None


@lru_cache(maxsize=REMEMBERED_LINES)
def _request_line(line: bytes) -> RequestLine:
    parts = line.split(b" ")
    method = _METHODS.get(parts[0])
    if method is None or len(parts) != _REQUEST_LINE_PARTS or parts[2] != b"HTTP/1.1\r\n":
        raise _NotPlain
    return RequestLine(method, parts[1], line)


def _head(data: bytes) -> Head:
    block, end, _ = data.partition(_END_OF_HEAD)
    if not end or len(block) > LARGEST_HEAD:
        raise _NotPlain
    head = Head([_header(line) for line in block.split(_END_OF_LINE)], "1.1", block + end)
    length = head.fields.get(b"content-length")
    if length is not None:
        head.length = int(length)
        if length != b"%d" % head.length:
            raise _NotPlain
    if not _is_plain(head.fields):
        raise _NotPlain
    return head


def read_response(data: bytes, head: ReplyHead | None = None) -> Reply | None:
    """Read a plain response to a request other than HEAD.

    Args:
        data: All that arrived.
        head: The one before on this connection.
    """
    if head is not None and len(data) == head.size and data.startswith(head.block):
        return Reply(head, data[len(head.block) :])
    block, end, body = data.partition(_END_OF_HEAD)
    if not end or len(block) > LARGEST_HEAD:
        return None
    start, *lines = block.split(_END_OF_LINE)
    try:
        status = _status(start)
        headers = [_header(line) for line in lines]
    except _NotPlain:
        return None
    fields = {lower: value for _, value, lower in headers}
    length = fields.get(b"content-length")
    if length != b"%d" % len(body) or len(fields) != len(headers) or not _is_plain(fields):
        return None
    return Reply(ReplyHead(status, headers, length, block + end, len(data)), body)


def _is_plain(fields: dict[bytes, bytes]) -> bool:
    return _SPECIAL.isdisjoint(fields) and fields.get(b"connection") in _STAYS_OPEN


@lru_cache(maxsize=REMEMBERED_LINES)
def _header(line: bytes) -> Header:
    name, _, value = line.partition(b": ")
    if not name or not value or value.startswith(b" "):
        raise _NotPlain
    if name.translate(None, _IN_NAMES) or value.translate(None, _IN_VALUES):  # anything else in them
        raise _NotPlain
    return name, value, name.lower()


@lru_cache(maxsize=64)
def _status(line: bytes) -> int:
    found = _STATUS_LINE.match(line)
    if found is None or found[1] in _WITHOUT_BODY:
        raise _NotPlain
    return int(found[1])
