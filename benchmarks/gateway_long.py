"""The gateway over time and size: many routes, many requests, many snapshots while it is asked."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from benchmarks.gateway_load import (
    ROUNDS,
    free_port,
    key_and_token,
    load,
    nginx_serving,
    resident_mib,
    snapshot,
    tool,
    upstream_http,
)
from benchmarks.report import Row
from hatoba.gateway.process import GatewayProcess

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Push: TypeAlias = "Callable[[int], Awaitable[None]]"
Ask: TypeAlias = "Callable[[], Awaitable[tuple[float, int]]]"

FEW_ROUTES, MANY_ROUTES = 10, 1_000
MOST_LOST = 0.1
REQUESTS = int(os.environ.get("HATOBA_BENCH_REQUESTS", "1000000"))
WARM = 100_000
MOST_GROWN_MIB = 4
SWAPS_EACH_S = 0.02


def run() -> list[Row]:
    """Measure; needs nginx and wrk."""
    nginx, wrk = tool("nginx"), tool("wrk")
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        with nginx_serving(nginx, folder, "upstream", upstream_http(port), port):
            return asyncio.run(_measure(folder, wrk, port))


async def _measure(folder: Path, wrk: str, upstream: int) -> list[Row]:
    gateway, own = GatewayProcess(folder, lambda _lines: None), free_port()
    jwk, token = key_and_token()
    await gateway.start()
    pid = gateway.pid or 0
    version = 0

    async def push(routes: int) -> None:
        nonlocal version
        version += 1
        await gateway.push(snapshot(version, own, jwk, (upstream,), routes))

    async def ask() -> tuple[float, int]:
        done = await asyncio.to_thread(load, wrk, own, token, [pid])
        return done.per_cpu_second, done.errors

    try:
        kept: list[float] = []
        for _ in range(ROUNDS):
            await push(FEW_ROUTES)
            few, _ = await ask()
            await push(MANY_ROUTES)
            many, _ = await ask()
            kept.append(many / few)
        swaps, errors = await _swapped(push, ask)
        grown = await _grown(wrk, own, token, pid)
    finally:
        await gateway.stop()
    ratio = statistics.median(kept)
    return [
        Row(
            f"{MANY_ROUTES:,} routes against {FEW_ROUTES}, requests per CPU second",
            f"{ratio:.2f}",
            "0.9",
            ratio >= 1 - MOST_LOST,
        ),
        Row(f"requests lost in {swaps} swaps of snapshots", str(errors), "none", errors == 0),
        Row(
            f"memory grown over {REQUESTS:,} requests",
            f"{grown:+d} MiB",
            f"at most {MOST_GROWN_MIB}",
            grown <= MOST_GROWN_MIB,
        ),
    ]


async def _swapped(push: Push, ask: Ask) -> tuple[int, int]:
    """Push snapshots while requests run; return how many, and how many requests had no good answer."""
    asking = asyncio.ensure_future(ask())
    swaps = 0
    while not asking.done():
        await push((FEW_ROUTES, FEW_ROUTES + 1)[swaps % 2])
        swaps += 1
        await asyncio.sleep(SWAPS_EACH_S)
    return swaps, (await asking)[1]


async def _grown(wrk: str, port: int, token: str, pid: int) -> int:
    """Ask a million times; return by how much the memory has grown since the first hundred thousand."""
    asked, before = 0.0, 0
    while asked < REQUESTS:
        done = await asyncio.to_thread(load, wrk, port, token, [pid])
        asked += done.total
        if not before and asked >= WARM:
            before = resident_mib([pid])
    return resident_mib([pid]) - before
