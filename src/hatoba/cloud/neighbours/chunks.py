"""S3's ``aws-chunked`` bodies, taken out of their frames, as moto expects them whole.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.wire.errors import ServiceError

if TYPE_CHECKING:
    from hatoba.cloud.wire.http import HttpRequest

_LINE_END = b"\r\n"
_OF_THE_FRAMES = {"x-amz-decoded-content-length", "x-amz-trailer", "transfer-encoding"}


def unframed(request: HttpRequest) -> HttpRequest:
    """Return the request with its body whole and its trailers as headers; others as they are.

    Raises:
        ServiceError: ``IncompleteBody``: the frames do not fit the body.
    """
    if not request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        return request
    content, trailers = _unframe(request.body)
    headers = {name: value for name, value in request.headers.items() if name not in _OF_THE_FRAMES}
    codings = [each.strip() for each in headers.pop("content-encoding", "").split(",")]
    kept = ", ".join(each for each in codings if each not in {"", "aws-chunked"})
    if kept:
        headers["content-encoding"] = kept
    headers |= {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "content-length": str(len(content)), **trailers}
    return replace(request, body=content, headers=headers)


def _unframe(body: bytes) -> tuple[bytes, dict[str, str]]:
    pieces: list[bytes] = []
    position = 0
    while True:
        end = body.find(_LINE_END, position)
        try:
            size = int(body[position:end].partition(b";")[0], 16)
        except ValueError:
            size = -1
        start = end + len(_LINE_END)
        if end < 0 or size < 0 or start + size > len(body):
            raise ServiceError(
                "IncompleteBody", "The body is shorter than its aws-chunked frames say.", status=400
            )
        if size == 0:
            return b"".join(pieces), _trailers(body[start:])
        pieces.append(body[start : start + size])
        position = start + size + len(_LINE_END)


def _trailers(rest: bytes) -> dict[str, str]:
    """Return the checksums that follow the last chunk; its signature is of no use here."""
    found = {}
    for line in rest.decode("latin-1").split("\r\n"):
        name, separator, value = line.partition(":")
        if separator and name.lower().startswith("x-amz-checksum-"):
            found[name.lower()] = value.strip()
    return found
