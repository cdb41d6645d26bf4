"""The gateway with JWT and JSON access log against nginx as reverse proxy to the same nginx upstream.

Both proxies are up at the same time and are measured in turn, so that a slow moment of the machine hits
both; the ratio is taken within each round, and its median is what counts. They are measured with one worker
each, and with one for each processor each, as either would be deployed: client, upstream and proxy then
share the processors, and what counts is how much of the machine a request costs in all.

The gateway is measured twice: as the pure Python that runs everywhere, and with its request path compiled to
C (``make wheel``), which is compiled here first, where there is a C compiler.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tools.compile_gateway import NothingToCompileWith, compile_into

from benchmarks.gateway_load import (
    ROUNDS,
    Load,
    free_port,
    key_and_token,
    load,
    nginx_serving,
    proxy_http,
    resident_mib,
    snapshot,
    tool,
    upstream_http,
)
from benchmarks.report import Row
from hatoba.gateway.workers import GatewayWorkers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["free_port", "run", "tool"]

WORKERS = max(2, os.cpu_count() or 1)
CHANGES = 60
PURE, COMPILED = "pure", "compiled"
TARGETS = {PURE: 0.5, COMPILED: 0.7}
"""Parts of nginx's requests per second, with a worker for each processor each."""
VARIED = """
local count = 0
request = function()
  count = count + 1
  return wrk.format("GET", "/pets/" .. count, {{
    ["Authorization"] = "Bearer {token}", ["Accept"] = "application/json",
    ["User-Agent"] = "wrk", ["Traceparent"] = string.format("00-%032x-%016x-01", count, count)
  }})
end
"""
"""Requests of which no two are the same, as a traced client sends them."""


@dataclass(frozen=True)
class Proxy:
    """One that is measured: by its name in the table, its port and its processes."""

    name: str
    workers: int
    port: int
    pids: Sequence[int]


Loads: TypeAlias = "dict[tuple[str, int], list[Load]]"
"""Those of all rounds by proxy and number of workers; 0 workers is one that gets requests all different."""


def run() -> list[Row]:
    """Measure; needs nginx and wrk, and a C compiler for the rows of the compiled gateway."""
    nginx, wrk = tool("nginx"), tool("wrk")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        upstream, one, many = (free_port() for _ in range(3))

        def serve(label: str, http: str, port: int, workers: int = 1) -> Proxy:
            pid = stack.enter_context(nginx_serving(nginx, folder, label, http, port, workers=workers))
            return Proxy("nginx", workers, port, (pid,))

        serve("upstream", upstream_http(upstream), upstream)
        proxies = (
            serve("one", proxy_http(folder, upstream, one), one),
            serve("all", proxy_http(folder, upstream, many), many, WORKERS),
        )
        try:
            compile_into(folder / COMPILED)
        except NothingToCompileWith as reason:
            missing = [Row("compiled gateway", f"not measured: {reason}")]
            return [*asyncio.run(_measure(folder, wrk, upstream, proxies, (PURE,))), *missing]
        return asyncio.run(_measure(folder, wrk, upstream, proxies, (PURE, COMPILED)))


class Own:
    """A gateway of some workers with a port of its own; compiled, if its code is in a folder of its own."""

    def __init__(self, folder: Path, workers: int, code: Path | None = None) -> None:
        folder.mkdir()
        self.lines = 0
        self.port = free_port()
        self.workers = workers
        self.gateway = GatewayWorkers(folder, self._count, workers)
        self._code = code

    def _count(self, batch: Sequence[object]) -> None:
        self.lines += len(batch)

    async def start(self) -> float:
        """Start it; return the seconds until it was ready."""
        began = time.perf_counter()
        before = os.environ.copy()
        if self._code is not None:
            os.environ["PYTHONPATH"] = str(self._code)  # where its processes look before anywhere else
        try:
            await self.gateway.start()
        finally:
            os.environ.pop("PYTHONPATH", None)
            os.environ.update(before)
        return time.perf_counter() - began


async def _measure(
    folder: Path, wrk: str, upstream: int, proxies: Sequence[Proxy], names: Sequence[str]
) -> list[Row]:
    owns = {
        (name, workers): Own(folder / f"{name}-{workers}", workers, folder / name if name != PURE else None)
        for name in names
        for workers in (1, WORKERS)
    }
    jwk, token = key_and_token()
    script = folder / "varied.lua"
    script.write_text(VARIED.format(token=token))
    one = owns[PURE, 1]
    try:
        started_s = [await own.start() for own in owns.values()]
        for own in owns.values():
            await own.gateway.push(snapshot(1, own.port, jwk, (upstream,)))
        mine = [Proxy(name, own.workers, own.port, own.gateway.pids) for (name, _), own in owns.items()]
        before = resident_mib(one.gateway.pids)
        loads: Loads = {}
        for _ in range(ROUNDS):
            for proxy in sorted((*proxies, *mine), key=lambda each: each.workers):
                await _load(loads, wrk, token, proxy)
            for proxy in mine:
                if proxy.workers == 1:
                    await _load(loads, wrk, token, proxy, script)
        after = resident_mib(one.gateway.pids)
        changes = await _changes(one, upstream, jwk, token)
    finally:
        for own in owns.values():
            await own.gateway.stop()
    return [
        *_rate_rows(loads, names),
        Row("access-log lines delivered", f"{sum(own.lines for own in owns.values()):,}"),
        Row("memory of one worker before and after", f"{before} → {after} MiB"),
        Row("start to ready", f"{started_s[0] * 1000:.0f} ms", "200 ms", started_s[0] < 0.2),  # noqa: PLR2004
        *_change_rows(changes),
    ]


async def _load(loads: Loads, wrk: str, token: str, proxy: Proxy, script: Path | None = None) -> None:
    got = await asyncio.to_thread(load, wrk, proxy.port, token, proxy.pids, script)
    loads.setdefault((proxy.name, proxy.workers if script is None else 0), []).append(got)


def _rate_rows(loads: Loads, names: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for workers in (1, WORKERS):
        count = "one worker" if workers == 1 else f"{workers} workers"
        rows.append(Row(f"{count} each: nginx, requests per second", _rate(loads["nginx", workers])))
        for name in names:
            rows += _ratio_rows(name, loads[name, workers], loads["nginx", workers], judged=workers > 1)
    rows.append(Row("nginx, requests per CPU second", _cpu(loads["nginx", 1])))
    for name in names:
        rows.append(Row(f"{name} gateway, requests per CPU second", _cpu(loads[name, 1])))
        rows.append(Row("  the same, no two requests alike", _cpu(loads[name, 0])))
        rows.append(Row("  p50", f"{statistics.median(each.p50_ms for each in loads[name, 1]):.2f} ms"))
        added = _median(loads[name, 1], loads["nginx", 1], lambda own, nginx: own.p99_ms - nginx.p99_ms)
        rows.append(Row("  p99 beyond nginx's", f"{added:.2f} ms", "under 3 ms", added < 3))  # noqa: PLR2004
    errors = sum(each.errors for (name, _), all_ in loads.items() if name != "nginx" for each in all_)
    return [*rows, Row("gateway errors", str(errors), "none", errors == 0)]


def _ratio_rows(name: str, own: list[Load], nginx: list[Load], *, judged: bool) -> list[Row]:
    ratio = _median(own, nginx, lambda own, nginx: own.per_second / nginx.per_second)
    each = " ".join(f"{a.per_second / b.per_second:.2f}" for a, b in zip(own, nginx, strict=True))
    target, is_met = (f"{TARGETS[name]}", ratio >= TARGETS[name]) if judged else ("", None)
    return [
        Row(f"  {name} gateway, requests per second", _rate(own)),
        Row(f"  {name} gateway / nginx, median of rounds", f"{ratio:.2f}", target, is_met),
        Row(f"  {name} gateway / nginx, each round", each),
    ]


def _median(own: list[Load], nginx: list[Load], compare: Callable[[Load, Load], float]) -> float:
    return statistics.median(compare(one, other) for one, other in zip(own, nginx, strict=True))


def _change_rows(changes: list[float]) -> list[Row]:
    changes.sort()
    p50, p99 = changes[len(changes) // 2], changes[int(len(changes) * 0.99)]
    return [
        Row("snapshot to first answer by it, p50", f"{p50 * 1000:.1f} ms"),
        Row("snapshot to first answer by it, p99", f"{p99 * 1000:.1f} ms", "100 ms", p99 < 0.1),  # noqa: PLR2004
    ]


def _rate(loads: Iterable[Load]) -> str:
    return f"{statistics.median(each.per_second for each in loads):,.0f}"


def _cpu(loads: Iterable[Load]) -> str:
    return f"{statistics.median(each.per_cpu_second for each in loads):,.0f}"


async def _changes(own: Own, upstream: int, jwk: dict[str, str], token: str) -> list[float]:
    """Take the instance away and bring it back; time from the push to the first request that sees it."""
    times: list[float] = []
    for number in range(CHANGES):
        present = number % 2 == 1
        began = time.perf_counter()
        await own.gateway.push(snapshot(number + 2, own.port, jwk, (upstream,) if present else ()))
        while await _status(own.port, token) != (200 if present else 500):
            pass
        times.append(time.perf_counter() - began)
    return times


async def _status(port: int, token: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: {token}\r\n\r\n".encode())
    status = int((await reader.read()).split(b" ", 2)[1])
    writer.close()
    return status
