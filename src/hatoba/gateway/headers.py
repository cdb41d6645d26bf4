"""Header fields on their way through: what a back end gets, what a client gets back. Without I/O.

Hop-by-hop fields end here, those that ``Connection`` names among them. What is added, and what a private
integration keeps (``Host``), is as observed at API Gateway (``docs/fidelity/gateway.md``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from hatoba.gateway.request import LARGEST_REMEMBERED, REMEMBERED_VALUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.gateway.request import Request

Field: TypeAlias = tuple[bytes, bytes]

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_OURS = HOP_BY_HOP | {b"content-length", b"expect", b"forwarded", b"host", b"http2-settings", b"via"}
_OURS_OR_TRACE: Final = _OURS | {b"x-amzn-trace-id", b"x-forwarded-port"}
_REWRITTEN: Final = frozenset({b"forwarded", b"via", b"x-amzn-trace-id"})
_END_OF_LINE: Final = b"\r\n"
_FROM_BACKEND = HOP_BY_HOP | {b"content-length", b"date", b"proxy-authenticate", b"apigw-requestid"}
_CORS = frozenset(
    b"access-control-" + each
    for each in (
        b"allow-credentials",
        b"allow-headers",
        b"allow-methods",
        b"allow-origin",
        b"expose-headers",
        b"max-age",
    )
)
_FROM_BACKEND_OR_CORS = _FROM_BACKEND | _CORS
_NAMES_NOTHING: Final = frozenset({b"keep-alive", b"close", b"Keep-Alive", b"Close"})
_NEVER_NAMED = frozenset({b"host", b"content-length", b"content-type", b"authorization"})

TRACE = b"X-Amzn-Trace-Id"
_TRACE = b"\0"
"""Stands for a trace in lines that are kept. No header can hold it."""
VIA = b"HTTP/1.1 AmazonAPIGateway"


def trace_id(sent: bytes | None, own: bytes) -> bytes:
    """Return ``X-Amzn-Trace-Id``: a new root, or a new ``Self`` before what the client sent."""
    return b"Root=" + own if not sent else b"Self=" + own + b";" + sent


@lru_cache(maxsize=64)
def forwarded(source_ip: str, host: bytes, scheme: bytes) -> bytes:
    """Return ``Forwarded`` for this hop, see https://www.rfc-editor.org/rfc/rfc7239 section 4."""
    client = f'"[{source_ip}]"' if ":" in source_ip else source_ip
    quoted = b'"' + host + b'"' if b":" in host else host
    return b"for=" + client.encode() + b";host=" + quoted + b";proto=" + scheme


def to_backend(request: Request, source_ip: str, port: int, trace: bytes) -> list[Field]:
    """Return the fields of the request to a back end: ``Host`` first, as the client named it, its trace last.

    ``trace`` is this request's own.
    """
    fields = request.fields
    host = fields[b"host"]
    drop = _OURS_OR_TRACE
    if b"connection" in fields:
        drop = drop | _named(fields[b"connection"])
    out: list[Field] = [(b"Host", host)]
    out += [(name, value) for name, value, lower in request.head.headers if lower not in drop]
    out.append((b"Via", _append(fields.get(b"via"), VIA)))
    out.append((b"Forwarded", _append(fields.get(b"forwarded"), forwarded(source_ip, host, b"http"))))
    out.append((b"X-Forwarded-Port", str(port).encode()))
    out.append((TRACE, trace_id(fields.get(b"x-amzn-trace-id"), trace)))
    return out


def lines_to_backend(request: Request, source_ip: str, port: int) -> tuple[bytes, bytes]:
    """Return the same fields as bytes, what comes before the trace and what after; made once for a head.

    Where none of them changes another, each line is known from the requests before, whoever sent them.
    """
    head = request.head
    if head.lines is None:
        fields = head.fields
        names_nothing = fields.get(b"connection", b"close") in _NAMES_NOTHING
        if names_nothing and head.size <= LARGEST_REMEMBERED and _REWRITTEN.isdisjoint(fields):
            first, last = _hop(source_ip, fields[b"host"], port)
            head.lines = b"".join([first, *[_line(each) for each in head.headers], last]), _END_OF_LINE
        else:
            before, after = lines(to_backend(request, source_ip, port, _TRACE)).rsplit(_TRACE, 1)
            head.lines = before, after
    return head.lines


@lru_cache(maxsize=64)
def _hop(source_ip: str, host: bytes, port: int) -> tuple[bytes, bytes]:
    """Return the lines that are ours, before the client's own and after, up to the trace's own id."""
    ours = (
        (b"Via", VIA),
        (b"Forwarded", forwarded(source_ip, host, b"http")),
        (b"X-Forwarded-Port", b"%d" % port),
        (TRACE, trace_id(None, b"")),
    )
    return lines([(b"Host", host)]), lines(ours).removesuffix(_END_OF_LINE)


@lru_cache(maxsize=REMEMBERED_VALUES)
def _line(header: tuple[bytes, bytes, bytes]) -> bytes:
    """Return a client's own line, or nothing where its place is ours or it ends here."""
    name, value, lower = header
    return b"" if lower in _OURS_OR_TRACE else b"%b: %b\r\n" % (name, value)


def from_backend(headers: Sequence[tuple[bytes, bytes, bytes]], *, drop_cors: bool) -> list[Field]:
    """Return the fields of a back end's response that a client gets."""
    drop: frozenset[bytes] = _FROM_BACKEND_OR_CORS if drop_cors else _FROM_BACKEND
    for _, value, lower in headers:
        if lower == b"connection" and value not in _NAMES_NOTHING:
            drop = drop | _named(value)
    return [(name, value) for name, value, lower in headers if lower not in drop]


def encode(start: bytes, fields: Sequence[Field]) -> bytes:
    """Return a message's head: start line, fields, empty line."""
    return start + b"\r\n" + lines(fields) + b"\r\n"


def lines(fields: Sequence[Field]) -> bytes:
    """Return fields as they stand in a message's head, each with its end of line."""
    return b"".join([b"%b: %b\r\n" % field for field in fields])


def _append(before: bytes | None, value: bytes) -> bytes:
    return value if not before else before + b", " + value


def _named(connection: bytes) -> frozenset[bytes]:
    """Return the fields that ``Connection`` names, save those that no sender may take away."""
    return frozenset(each.strip().lower() for each in connection.split(b",")) - _NEVER_NAMED
