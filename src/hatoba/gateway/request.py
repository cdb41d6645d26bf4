"""One client request as read from the wire, and the rules that a strict reader holds it to."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, final
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGEST_HEADERS: Final = 10_240
"""Bytes of request line and header values: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
LARGEST_NAMES: Final = 20_480
LARGEST_BODY: Final = 10 * 1024 * 1024
REMEMBERED_VALUES: Final = 1_024
LARGEST_REMEMBERED: Final = 4_096
"""Bytes of a value, or of all of a head, that is kept because another request may have the same."""

_IN_TARGETS: Final = bytes(each for each in range(0x21, 0x7F) if each != ord("#"))
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?\Z")
_ONCE: Final = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect"})
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_REFUSED_METHODS: Final = frozenset({"CONNECT", "TRACE"})


class Refusal(Exception):
    """The request is not read further: it is answered with ``status`` and the connection closes."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@final
class Head:
    """A request's headers, checked. A client repeats them on its connection, so they are kept for it.

    They are given as name, value and lower-case name.

    Attributes:
        fields: Each header's value by lower-case name; several of one name are joined with a comma.
        headers: Name as sent, value, lower-case name.
        protocol: ``HTTP/1.1`` or ``HTTP/1.0``.
        length: Bytes of the body that they announce, where they were read in one go.
        size: Bytes of all values.
        lines: What a back end gets of them, before and after its trace's own id, once it was made.
        block: All of them as they arrived, where they were read in one go.
    """

    __slots__ = ("block", "fields", "headers", "length", "lines", "protocol", "size", "version")

    def __init__(
        self, headers: Sequence[tuple[bytes, bytes, bytes]], version: str, block: bytes | None = None
    ) -> None:
        if version not in _VERSIONS:
            raise Refusal(400, f"HTTP/{version}")
        self.version = version
        self.protocol = f"HTTP/{version}"
        self.block = block
        self.length = 0
        self.lines: tuple[bytes, bytes] | None = None
        self.headers = headers
        self.fields = {lower: value for _, value, lower in headers}
        if len(self.fields) != len(headers):
            self.fields = _joined(headers)
        self.size = sum([len(value) for _, value, _ in headers])
        names = sum([len(name) + 4 for name, _, _ in headers])
        if self.size > LARGEST_HEADERS or names > LARGEST_NAMES:
            raise Refusal(431, "headers too large")
        _check_framing(self.fields, version)

    @classmethod
    def of(cls, pairs: Iterable[tuple[bytes, bytes]], version: str) -> Head:
        """Check headers given as name and value."""
        return cls([(name, value, name.lower()) for name, value in pairs], version)


@final
class RequestLine:
    """A request's first line, checked. The same line is asked for again and again, so it is kept.

    Attributes:
        method: As sent.
        path: Percent-encoded, with the stage, as sent.
        query: What follows ``?``, as sent, or None.
        start: The line as a back end gets it, with its end.
        size: Bytes of the line.
    """

    __slots__ = ("method", "path", "query", "size", "start")

    def __init__(self, method: str, target: bytes, start: bytes | None = None) -> None:
        """Check it. ``start`` is all of it, where it arrived as a back end gets it."""
        if not target.startswith(b"/") or target.translate(None, _IN_TARGETS) or method in _REFUSED_METHODS:
            raise Refusal(400, f"request line: {method} {target!r}")
        path, mark, query = target.decode("ascii").partition("?")
        self.method = method
        self.path = path
        self.query = query if mark else None
        self.start = start or b"%b %b HTTP/1.1\r\n" % (method.encode("ascii"), target)
        self.size = len(self.start) - 2


@final
class Request:
    """A whole request.

    Attributes:
        line: The request line; ``method``, ``path`` and ``query`` are its.
        head: The headers.
        fields: The headers' values by lower-case name.
        body: Whole and decoded from chunks.
        received_at: When its headers were read, by the event loop's clock.
    """

    __slots__ = ("body", "fields", "head", "line", "method", "path", "received_at")

    def __init__(self, line: RequestLine, head: Head, received_at: float = 0.0, body: bytes = b"") -> None:
        if line.size + head.size > LARGEST_HEADERS:
            raise Refusal(431, "headers too large")
        self.line = line
        self.method = line.method
        self.path = line.path
        self.head = head
        self.fields = head.fields
        self.body = body
        self.received_at = received_at

    @property
    def version(self) -> str:
        """``1.1`` or ``1.0``."""
        return self.head.version

    @property
    def query(self) -> str | None:
        """What follows ``?``, as sent, or None."""
        return self.line.query

    def text(self, name: bytes) -> str | None:
        """Return a header's value by lower-case name."""
        value = self.fields.get(name)
        if value is None:
            return None
        return _text(value) if len(value) <= LARGEST_REMEMBERED else value.decode("latin-1")

    def parameter(self, name: str) -> str | None:
        """Return a query string parameter, decoded; several are joined with a comma."""
        query = self.line.query
        if not query:
            return None
        found = [
            unquote_plus(value)
            for key, _, value in (pair.partition("=") for pair in query.split("&"))
            if unquote_plus(key) == name
        ]
        return ",".join(found) if found else None

    @property
    def host(self) -> str:
        """The Host name in lower case, without port."""
        return host_name(self.fields[b"host"].decode("latin-1"))

    @property
    def has_body(self) -> bool:
        """Whether the headers announce a body."""
        return self.fields.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in self.fields


@lru_cache(maxsize=REMEMBERED_VALUES)
def _text(value: bytes) -> str:
    """Return the same text for the same value, so that each is made and hashed once."""
    return value.decode("latin-1")


def _joined(headers: Iterable[tuple[bytes, bytes, bytes]]) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for name, value, lower in headers:
        if lower not in fields:
            fields[lower] = value
        elif lower in _ONCE:
            raise Refusal(400, f"header {name!r} occurs twice")
        else:
            fields[lower] = fields[lower] + b"," + value
    return fields


def host_name(authority: str) -> str:
    """Return the name in ``name:port``, in lower case; an IPv6 address keeps its brackets."""
    name = authority.strip(" \t").lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]


@lru_cache(maxsize=64)
def _is_host(value: bytes) -> bool:
    return _HOST.match(value.strip(b" \t")) is not None


def _check_framing(fields: dict[bytes, bytes], version: str) -> None:
    """Refuse what two HTTP readers in a row could cut into requests differently, and what has no host."""
    if not _is_host(fields.get(b"host", b"")):
        raise Refusal(400, "the Host header is missing or wrong")
    length = fields.get(b"content-length")
    coding = fields.get(b"transfer-encoding")
    if coding is not None:
        if length is not None or version == "1.0" or coding.strip(b" \t").lower() != b"chunked":
            raise Refusal(400, "the body's length is ambiguous")
    elif length is not None:
        if not length.strip(b" \t").isdigit():
            raise Refusal(400, "the body's length is not a number")
        if int(length.strip(b" \t")[:20]) > LARGEST_BODY:
            raise Refusal(413, "body too large")
