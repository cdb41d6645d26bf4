"""The gateway's own answers, and how any answer is written. Without I/O."""

from __future__ import annotations

import time
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, final

from hatoba.gateway.headers import lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.gateway.headers import Field

_MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_TYPES = {
    401: "UNAUTHORIZED",
    403: "ACCESS_DENIED",
    413: "REQUEST_TOO_LARGE",
    429: "THROTTLED",
    500: "INTEGRATION_FAILURE",
    503: "INTEGRATION_FAILURE",
}
_REASONS = {int(status): status.phrase.encode() for status in HTTPStatus}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STAYS_OPEN = b"Connection: keep-alive\r\napigw-requestid: "
_CLOSES = b"Connection: close\r\napigw-requestid: "
_WITHOUT_BODY = frozenset({204, 304})


@final
class Answer:
    """What a client gets, before it is written: ``lines`` are its headers but length, date and request id.

    ``length`` is set where the length told differs from the body's, as for HEAD.
    """

    __slots__ = ("body", "length", "lines", "message", "status")

    def __init__(
        self,
        status: int,
        lines: bytes = b"",
        body: bytes = b"",
        message: str | None = None,
        length: bytes | None = None,
    ) -> None:
        self.status = status
        self.lines = lines
        self.body = body
        self.message = message
        self.length = length


def refuse(status: int, headers: Sequence[Field] = ()) -> Answer:
    """Return an error answer, with ``{"message": …}`` as API Gateway words it."""
    message = _MESSAGES[status]
    return Answer(
        status,
        lines(((b"Content-Type", b"application/json"), *headers)),
        b'{"message":"' + message.encode() + b'"}',
        message,
    )


def response_type(status: int) -> str:
    """Return ``$context.error.responseType`` for a status that the gateway itself answered."""
    return _TYPES.get(status, "DEFAULT_5XX" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "DEFAULT_4XX")


def write(answer: Answer, request_id: str, now: float, *, head: bool, keep_alive: bool) -> bytes:
    """Return the answer's bytes.

    Args:
        answer: What to say.
        request_id: For ``apigw-requestid``.
        now: Epoch seconds.
        head: The request was HEAD: the length is told and the body left out.
        keep_alive: Whether the connection stays open.
    """
    status, body, length = answer.status, answer.body, b""
    if answer.length is not None:
        length = b"Content-Length: %b\r\n" % answer.length
    elif status not in _WITHOUT_BODY and (body or not head):
        length = b"Content-Length: %d\r\n" % len(body)
    return b"".join(
        (
            _start(status, int(now)),
            answer.lines,
            length,
            _STAYS_OPEN if keep_alive else _CLOSES,
            request_id.encode("ascii"),
            b"\r\n\r\n",
            b"" if head or status in _WITHOUT_BODY else body,
        )
    )


@lru_cache(maxsize=64)
def _start(status: int, second: int) -> bytes:
    return b"HTTP/1.1 %d %b\r\nDate: %b\r\n" % (status, _REASONS.get(status, b""), http_date(second))


@lru_cache(maxsize=4)
def http_date(second: int) -> bytes:
    """Return ``Sun, 06 Nov 1994 08:49:37 GMT``, in English whatever the locale."""
    at = time.gmtime(second)
    clock = f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"
    day, month = _DAYS[at.tm_wday], _MONTHS[at.tm_mon - 1]
    return f"{day}, {at.tm_mday:02} {month} {at.tm_year} {clock} GMT".encode()
