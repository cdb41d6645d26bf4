"""What the gateway's benchmarks share: an upstream and proxies, the load, a snapshot, a token."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.report import Skipped
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
    from pathlib import Path

ROUNDS = int(os.environ.get("HATOBA_BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("HATOBA_BENCH_SECONDS", "3"))
CONNECTIONS = 16
ISSUER = "https://issuer.example/pool"
NAMES = (
    *("requestId", "identity.sourceIp", "requestTime", "httpMethod", "routeKey"),
    *("path", "status", "protocol", "responseLength", "integrationErrorMessage"),
)
LOG_FORMAT = "{" + ",".join(f'"{name}":"$context.{name}"' for name in NAMES) + "}"

NGINX = """
worker_processes {workers}; daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.log;
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
  access_log {folder}/access-{port}.log j buffer=64k flush=1s;
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
    total: float


def load(wrk: str, where: int | str, token: str, pids: Iterable[int], script: Path | None = None) -> Load:
    """Have wrk ask for some seconds, and watch the CPU time of the processes that answer.

    ``where`` is a port of this machine, or a URL.
    """
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency"]
    command += ["-H", f"Authorization: Bearer {token}"] if script is None else ["-s", str(script)]
    command.append(where if isinstance(where, str) else f"http://127.0.0.1:{where}/pets/1")
    pids = tuple(pids)
    before_s = _cpu_s(pids)
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    errors = sum(int(each) for each in re.findall(r"(?:responses:|connect|read|write|timeout) (\d+)", text))
    assert rate is not None, text
    used_s = max(_cpu_s(pids) - before_s, 0.01)
    total = float(rate[1]) * SECONDS
    return Load(float(rate[1]), _latency(text, 50), _latency(text, 99), errors, total / used_s, total)


def _latency(text: str, percent: int) -> float:
    found = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", text)
    assert found is not None, text
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


def key_and_token() -> tuple[dict[str, str], str]:
    """Return a public key as a JWK, and a token that it verifies."""
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


def proxy_http(folder: Path, upstream: int, port: int) -> str:
    """Return the configuration of an nginx that passes requests on and logs them as JSON."""
    return PROXY.format(folder=folder, upstream=upstream, port=port)


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
def nginx_serving(
    program: str, folder: Path, name: str, http: str, port: int, *, workers: int = 1
) -> Iterator[int]:
    """Run an nginx with this configuration; yields its pid."""
    config = folder / f"{name}.conf"
    config.write_text(NGINX.format(folder=folder, name=name, http=http, workers=workers))
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


def _cpu_s(pids: Iterable[int]) -> float:
    """Return the CPU seconds of processes and their children: nginx works in those."""
    import psutil

    found = [psutil.Process(pid) for pid in pids]
    times = [each.cpu_times() for process in found for each in (process, *process.children())]
    return sum(each.user + each.system for each in times)


def resident_mib(pids: Iterable[int]) -> int:
    """Return the memory of processes."""
    import psutil

    return sum(int(psutil.Process(pid).memory_info().rss / 1024 / 1024) for pid in pids)


def snapshot(
    version: int, port: int, jwk: dict[str, str], endpoints: Sequence[int], routes: int = 1
) -> Snapshot:
    """Return one API with JWT, CORS and a JSON access log; of ``routes`` the last takes the load."""
    authorizer = JwtAuthorizer("a", "jwt", "$request.header.Authorization", ISSUER, ("client",), (jwk,))
    integration = Integration("i", target="t")
    made = [
        Route(str(each), f"GET /r{each}/{{proxy+}}", integration, authorizer) for each in range(routes - 1)
    ]
    made.append(Route("r", "GET /{proxy+}", integration, authorizer))
    cors = Cors(("https://a.example",), ("GET",), ("authorization",), allow_credentials=True, max_age=80_000)
    stage = Stage("$default", tuple(made), cors, AccessLog("arn", LOG_FORMAT))
    api = Api("abc1234567", "000000000000", "r", port, (), (stage,))
    target = Target("arn", tuple(Endpoint(str(each), "127.0.0.1", each) for each in endpoints))
    return Snapshot(version, "127.0.0.1", 0, (api,), {"t": target})
