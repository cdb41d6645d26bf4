"""A small HTTP server for tasks on this machine: one request a connection, JSON answers, nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hatoba.cloud.ecs.act.listening import Serve

    Answer = Callable[["Request"], Awaitable["Reply"]]

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
REQUEST_WITHIN_S = 10.0
MOST_BYTES = 64 * 1024
"""Of a request's body."""
_WORDS_OF_A_REQUEST = 3


class Request(msgspec.Struct, frozen=True):
    """What is asked. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""


class Reply(msgspec.Struct, frozen=True):
    """What is answered: a status and what becomes JSON."""

    status: int
    body: object


def serving(answer: Answer) -> Serve:
    """Return what serves one connection: ``answer`` gives the reply to its request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_WITHIN_S):
                request = await _received(reader)
                reply = Reply(400, "Bad request") if request is None else await _answered(answer, request)
                writer.write(_written(reply))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    return serve


async def _received(reader: asyncio.StreamReader) -> Request | None:
    request = _read(await reader.readuntil(b"\r\n\r\n"))
    length = request.headers.get("content-length", "0") if request else ""
    if request is None or not length.isdecimal() or int(length) > MOST_BYTES:
        return None
    return replace(request, body=await reader.readexactly(int(length)))


async def _answered(answer: Answer, request: Request) -> Reply:
    try:
        return await answer(request)
    except Exception:  # noqa: BLE001 - the server's outer edge
        _log.exception("%s %s", request.method, request.path)
        return Reply(500, "Internal server error")


def _read(head: bytes) -> Request | None:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != _WORDS_OF_A_REQUEST:
        return None
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Request(words[0], words[1].partition("?")[0], headers)


def _written(reply: Reply) -> bytes:
    body = json.dumps(reply.body).encode()
    head = (
        f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
