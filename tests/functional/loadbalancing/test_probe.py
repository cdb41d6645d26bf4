"""Checks of real sockets: what a target does, and what AWS calls it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from hatoba.cloud.loadbalancing.act.probe import probe
from hatoba.cloud.loadbalancing.control.health import FAILED, TIMED_OUT, Look
from hatoba.cloud.loadbalancing.model import HealthCheck

HTTP = HealthCheck("HTTP", "traffic-port", 5, 1, 2, 2, "/health", "200-299")
TCP = HealthCheck("TCP", "traffic-port", 5, 1, 2, 2)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def says(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    return serve


async def hangs_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def keeps_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def look(check: HealthCheck, serve: Serve) -> Look:
    async def run() -> Look:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port: int = server.sockets[0].getsockname()[1]
            return await probe(check, "127.0.0.1", port)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", Look()),
        (b"HTTP/1.0 200\r\n\r\n", Look()),
        (
            b"HTTP/1.1 503 Service Unavailable\r\n\r\n",
            Look(("Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")),
        ),
        (b"SSH-2.0-OpenSSH\r\n", Look(FAILED)),
        (b"", Look(FAILED)),
        (b"x" * 100_000, Look(FAILED)),
    ],
)
def test_an_answer_is_judged_by_its_status(answer: bytes, expected: Look) -> None:
    assert look(HTTP, says(answer)) == expected


def test_no_answer_in_time_is_a_time_out() -> None:
    assert look(HTTP, keeps_silent) == Look(TIMED_OUT)


def test_tcp_wants_a_connection_that_stays() -> None:
    assert look(TCP, keeps_silent) == Look()
    assert look(TCP, hangs_up) == Look(FAILED)


@pytest.mark.parametrize("check", [HTTP, TCP])
def test_a_refused_connection_fails(check: HealthCheck) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert asyncio.run(probe(check, "127.0.0.1", closed.getsockname()[1])) == Look(FAILED)


def test_the_check_asks_as_awss_checker_does() -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    assert look(HTTP, serve) == Look()
    lines = heard[0].split(b"\r\n")
    assert lines[0] == b"GET /health HTTP/1.1"
    assert b"User-Agent: ELB-HealthChecker/2.0" in lines
