"""The gateway with JWT and JSON access log against nginx as reverse proxy to the same nginx upstream.

Both proxies are up at the same time and are measured in turn, so that a slow moment of the machine hits
both; the ratio is taken within each round, and its median is what counts.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.report import Row, Skipped
from hatoba.gateway.process import GatewayProcess
from hatoba.gateway.snapshot import (
    AccessLog,
    Api,
    Cors,
    Endpoint,
    Integration,
    JwtAuthorizer,
    Route,
    Snapshot,
    Stage,
    Target,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROUNDS = int(os.environ.get("HATOBA_BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("HATOBA_BENCH_SECONDS", "3"))
CONNECTIONS = 16
CHANGES = 60
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
ISSUER = "https://issuer.example/pool"
NAMES = (
    *("requestId", "identity.sourceIp", "requestTime", "httpMethod", "routeKey"),
    *("path", "status", "protocol", "responseLength", "integrationErrorMessage"),
)
LOG_FORMAT = "{" + ",".join(f'"{name}":"$context.{name}"' for name in NAMES) + "}"

NGINX = """
worker_processes 1; daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/{name}-body;
  proxy_temp_path {folder}/{name}-proxy; fastcgi_temp_path {folder}/{name}-f;
  uwsgi_temp_path {folder}/{name}-u; scgi_temp_path {folder}/{name}-s;
  {http}
}}
"""
UPSTREAM = 'server {{ listen 127.0.0.1:{port}; location / {{ return 200 "{body}"; }} }}'
PROXY = """
  log_format j escape=json
    '{{"ip":"$remote_addr","t":"$time_local","m":"$request_method","p":"$uri","s":"$status"}}';
  access_log {folder}/access.log j buffer=64k flush=1s;
  upstream u {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port};
    location / {{ proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
"""


@dataclass(frozen=True)
class Load:
    """What wrk measured."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int
    per_cpu_second: float


class Round(NamedTuple):
    """The three loads of one round: nginx, the gateway, the gateway with requests all different."""

    proxy: Load
    own: Load
    varied: Load


def run() -> list[Row]:
    """Measure; needs nginx and wrk."""
    nginx, wrk = tool("nginx"), tool("wrk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        upstream, proxy, own, shared = (free_port() for _ in range(4))
        with (
            nginx_serving(nginx, folder, "upstream", upstream_http(upstream), upstream),
            nginx_serving(
                nginx, folder, "proxy", PROXY.format(folder=folder, upstream=upstream, port=proxy), proxy
            ) as pid,
        ):
            return asyncio.run(_measure(folder, wrk, Ports(upstream, proxy, own, shared, pid)))


@dataclass(frozen=True)
class Ports:
    """Who listens where, and the proxy's process."""

    upstream: int
    proxy: int
    own: int
    shared: int
    proxy_pid: int


async def _measure(folder: Path, wrk: str, ports: Ports) -> list[Row]:
    lines = 0

    def count(batch: Sequence[object]) -> None:
        nonlocal lines
        lines += len(batch)

    began = time.perf_counter()
    gateway = GatewayProcess(folder, count)
    await gateway.start()
    started_s = time.perf_counter() - began
    jwk, token = _key_and_token()
    try:
        await gateway.push(_snapshot(1, ports, jwk, (ports.upstream,)))
        before = _resident_mib(gateway.pid)
        script = folder / "varied.lua"
        script.write_text(VARIED.format(token=token))
        rounds = [await _round(wrk, ports, token, gateway.pid or 0, script) for _ in range(ROUNDS)]
        after = _resident_mib(gateway.pid)
        changes = await _changes(gateway, ports, jwk, token)
        return _rows(rounds, started_s, changes, (before, after), lines)
    finally:
        await gateway.stop()


async def _round(wrk: str, ports: Ports, token: str, pid: int, script: Path) -> Round:
    proxy = await asyncio.to_thread(load, wrk, ports.proxy, token, ports.proxy_pid)
    own = await asyncio.to_thread(load, wrk, ports.own, token, pid)
    varied = await asyncio.to_thread(load, wrk, ports.own, token, pid, script)
    return Round(proxy, own, varied)


def _rows(
    rounds: list[Round],
    started_s: float,
    changes: list[float],
    resident: tuple[int, int],
    lines: int,
) -> list[Row]:
    ratios = [own.per_second / proxy.per_second for proxy, own, _ in rounds]
    ratio = statistics.median(ratios)
    added = statistics.median(own.p99_ms - proxy.p99_ms for proxy, own, _ in rounds)
    changes.sort()
    p50, p99 = changes[len(changes) // 2], changes[int(len(changes) * 0.99)]
    errors = sum(own.errors + varied.errors for _, own, varied in rounds)
    return [
        Row(
            "nginx, requests per second",
            f"{statistics.median(each.per_second for each, _, _ in rounds):,.0f}",
        ),
        Row(
            "gateway, requests per second",
            f"{statistics.median(each.per_second for _, each, _ in rounds):,.0f}",
        ),
        Row("gateway / nginx, median of rounds", f"{ratio:.2f}", "0.5 now, 0.7 by design", ratio >= 0.5),  # noqa: PLR2004
        Row("gateway / nginx, each round", " ".join(f"{each:.2f}" for each in ratios)),
        Row("nginx, requests per CPU second", f"{_cpu(each for each, _, _ in rounds):,.0f}"),
        Row("gateway, requests per CPU second", f"{_cpu(each for _, each, _ in rounds):,.0f}"),
        Row("the same, no two requests alike", f"{_cpu(each for _, _, each in rounds):,.0f}"),
        Row("gateway p50", f"{statistics.median(each.p50_ms for _, each, _ in rounds):.2f} ms"),
        Row("gateway p99 beyond nginx's", f"{added:.2f} ms", "under 3 ms", added < 3),  # noqa: PLR2004
        Row("gateway errors", str(errors), "none", errors == 0),
        Row("access-log lines delivered", f"{lines:,}"),
        Row("gateway memory before and after", f"{resident[0]} → {resident[1]} MiB"),
        Row("start to ready", f"{started_s * 1000:.0f} ms", "200 ms", started_s < 0.2),  # noqa: PLR2004
        Row("snapshot to first answer by it, p50", f"{p50 * 1000:.1f} ms"),
        Row("snapshot to first answer by it, p99", f"{p99 * 1000:.1f} ms", "100 ms", p99 < 0.1),  # noqa: PLR2004
    ]


def _cpu(loads: Iterable[Load]) -> float:
    return statistics.median(each.per_cpu_second for each in loads)


def load(wrk: str, port: int, token: str, pid: int, script: Path | None = None) -> Load:
    """Have wrk ask for some seconds, and watch the CPU time of the process that answers."""
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency"]
    command += ["-H", f"Authorization: Bearer {token}"] if script is None else ["-s", str(script)]
    command.append(f"http://127.0.0.1:{port}/pets/1")
    before_s = _cpu_s(pid)
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    errors = sum(
        int(each)
        for each in re.findall(r"Non-2xx or 3xx responses: (\d+)|timeout (\d+)", text)[0:1]
        for each in each
        if each
    )
    assert rate is not None, text
    used_s = max(_cpu_s(pid) - before_s, 0.01)
    total = float(rate[1]) * SECONDS
    return Load(float(rate[1]), _latency(text, 50), _latency(text, 99), errors, total / used_s)


def _latency(text: str, percent: int) -> float:
    found = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", text)
    assert found is not None, text
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


async def _changes(gateway: GatewayProcess, ports: Ports, jwk: dict[str, str], token: str) -> list[float]:
    """Take the instance away and bring it back; time from the push to the first request that sees it."""
    times: list[float] = []
    for number in range(CHANGES):
        present = number % 2 == 1
        began = time.perf_counter()
        await gateway.push(_snapshot(number + 2, ports, jwk, (ports.upstream,) if present else ()))
        while await _status(ports.own, token) != (200 if present else 500):
            pass
        times.append(time.perf_counter() - began)
    return times


async def _status(port: int, token: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: {token}\r\n\r\n".encode())
    status = int((await reader.read()).split(b" ", 2)[1])
    writer.close()
    return status


def _snapshot(version: int, ports: Ports, jwk: dict[str, str], endpoints: tuple[int, ...]) -> Snapshot:
    authorizer = JwtAuthorizer("a", "jwt", "$request.header.Authorization", ISSUER, ("client",), (jwk,))
    route = Route("r", "GET /{proxy+}", Integration("i", target="t"), authorizer)
    cors = Cors(("https://a.example",), ("GET",), ("authorization",), allow_credentials=True, max_age=80_000)
    stage = Stage("$default", (route,), cors, AccessLog("arn", LOG_FORMAT))
    api = Api("abc1234567", "000000000000", "r", ports.own, (), (stage,))
    target = Target("arn", tuple(Endpoint(str(port), "127.0.0.1", port) for port in endpoints))
    return Snapshot(version, "127.0.0.1", ports.shared, (api,), {"t": target})


def _key_and_token() -> tuple[dict[str, str], str]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    modulus = key.public_key().public_numbers().n.to_bytes(256, "big")
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "client", "sub": "me", "exp": now + 3600, "iat": now}
    signed = ".".join(_encode(json.dumps(each).encode()) for each in ({"alg": "RS256", "kid": "k"}, claims))
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return {"kty": "RSA", "kid": "k", "n": _encode(modulus), "e": "AQAB"}, f"{signed}.{_encode(signature)}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def upstream_http(port: int) -> str:
    """Return the configuration of an nginx that answers with 80 bytes."""
    return UPSTREAM.format(port=port, body="x" * 80)


def tool(name: str) -> str:
    """Return where a program is."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if path is None:
        raise Skipped(f"{name} is not installed (apt install {name})")
    return path


@contextmanager
def nginx_serving(program: str, folder: Path, name: str, http: str, port: int) -> Iterator[int]:
    """Run an nginx with this configuration; yields its pid."""
    config = folder / f"{name}.conf"
    config.write_text(NGINX.format(folder=folder, name=name, http=http))
    process = subprocess.Popen([program, "-c", str(config), "-p", str(folder)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise Skipped(f"nginx did not listen on port {port}")


def free_port() -> int:
    """Return a port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and its children: nginx works in one."""
    import psutil

    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children())]
    return sum(each.user + each.system for each in times)


def _resident_mib(pid: int | None) -> int:
    import psutil

    return int(psutil.Process(pid).memory_info().rss / 1024 / 1024)
