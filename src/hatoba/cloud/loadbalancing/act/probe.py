"""One check of a target: a real connection, and for HTTP a real request. The one door to the targets."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from hatoba.cloud.loadbalancing.control.health import FAILED, TIMED_OUT, Look, status_look

if TYPE_CHECKING:
    from hatoba.cloud.loadbalancing.model import HealthCheck

Probe = Callable[["HealthCheck", str, int], Awaitable[Look]]
"""Checks one address."""

CLOSED_AT_ONCE_S = 0.03
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r\n]")


async def probe(check: HealthCheck, host: str, port: int) -> Look:
    """Check an address; whatever goes wrong there is its trouble, never an exception."""
    try:
        async with asyncio.timeout(check.timeout_s):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                if check.protocol == "TCP":
                    return await _stays_open(reader)
                return await _asks(check, host, port, reader, writer)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except TimeoutError:
        return Look(TIMED_OUT)
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return Look(FAILED)


async def _stays_open(reader: asyncio.StreamReader) -> Look:
    """Say whether the peer keeps the connection: an engine's proxy closes it when nobody listens behind."""
    try:
        async with asyncio.timeout(CLOSED_AT_ONCE_S):
            return Look() if await reader.read(1) else Look(FAILED)
    except TimeoutError:
        return Look()


async def _asks(
    check: HealthCheck, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Look:
    request = (
        f"GET {check.path or '/'} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n"
        "User-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n"
    )
    writer.write(request.encode("ascii"))
    found = _STATUS_LINE.match(await reader.readuntil(b"\n"))
    return Look(FAILED) if found is None else status_look(check, int(found[1]))
