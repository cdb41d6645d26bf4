"""A fast route of the gateway while 200 requests wait for a slow back end: how much it loses."""

from __future__ import annotations

import asyncio
import socket
import statistics
import tempfile
from pathlib import Path

from benchmarks import gateway_load as fast
from benchmarks.report import Row
from hatoba.gateway.process import GatewayProcess
from hatoba.gateway.snapshot import Api, Endpoint, Integration, Route, Snapshot, Stage, Target

SLOW_REQUESTS = 200
MOST_LOST = 0.1


def run() -> list[Row]:
    """Measure; needs nginx and wrk."""
    nginx, wrk = fast.tool("nginx"), fast.tool("wrk")
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), fast.free_port()
        with fast.nginx_serving(nginx, folder, "upstream", fast.upstream_http(port), port):
            return asyncio.run(_measure(folder, wrk, port))


async def _measure(folder: Path, wrk: str, upstream: int) -> list[Row]:
    server = await asyncio.start_server(_never_answer, "127.0.0.1", 0)
    slow = server.sockets[0].getsockname()[1]
    own = fast.free_port()
    gateway = GatewayProcess(folder, lambda _lines: None)
    await gateway.start()
    try:
        await gateway.push(_snapshot(own, upstream, slow))
        ratios = [await _round(wrk, own, [gateway.pid or 0]) for _ in range(fast.ROUNDS)]
    finally:
        await gateway.stop()
        server.close()
    kept = statistics.median(ratios)
    text = " ".join(f"{each:.2f}" for each in ratios)
    return [
        Row(
            f"fast route beside {SLOW_REQUESTS} waiting requests", f"{kept:.2f}", "0.9", kept >= 1 - MOST_LOST
        ),
        Row("each round", text),
    ]


async def _round(wrk: str, port: int, pids: list[int]) -> float:
    alone = await asyncio.to_thread(fast.load, wrk, port, "x", pids)
    waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(SLOW_REQUESTS)]
    for each in waiting:
        each.sendall(b"GET /slow/1 HTTP/1.1\r\nHost: a\r\n\r\n")
    beside = await asyncio.to_thread(fast.load, wrk, port, "x", pids)
    for each in waiting:
        each.close()
    return beside.per_second / alone.per_second


async def _never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def _snapshot(own: int, upstream: int, slow: int) -> Snapshot:
    routes = (
        Route("fast", "GET /{proxy+}", Integration("fast", target="fast")),
        Route("slow", "GET /slow/{proxy+}", Integration("slow", target="slow")),
    )
    targets = {
        name: Target(name, (Endpoint(name, "127.0.0.1", port),))
        for name, port in (("fast", upstream), ("slow", slow))
    }
    api = Api("abc1234567", "000000000000", "r", own, (), (Stage("$default", routes),))
    return Snapshot(1, "127.0.0.1", 0, (api,), targets)
