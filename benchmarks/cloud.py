"""The control plane against MiniStack's in the same run: calls, cold start, memory, idle CPU.

Both clouds are up at the same time with the same few resources and are measured in turn, so that a slow
moment of the machine hits both. MiniStack comes from PyPI into a folder of its own for temporary files.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.gateway import free_port, tool
from benchmarks.report import Row, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

PEER = "ministack==1.5.33"
ROUNDS = int(os.environ.get("HATOBA_BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("HATOBA_BENCH_SECONDS", "3"))
CONNECTIONS = 16
START_WITHIN_S = 30
TARGET_RATIO, TARGET_START_S, TARGET_MIB, TARGET_IDLE = 2.0, 0.6, 120, 0.01
IDLE_S = 20.0
EXAMPLE = Path(__file__).parents[1] / "examples" / "sales_support_system"
REGION = "ap-northeast-1"


@dataclass(frozen=True)
class Call:
    """One operation of a JSON protocol, as wrk sends it."""

    operation: str
    service: str
    target: str
    body: dict[str, Any]


CALLS = (
    Call("ListNamespaces", "servicediscovery", "Route53AutoNaming_v20170314.ListNamespaces", {}),
    Call(
        "DescribeServices",
        "ecs",
        "AmazonEC2ContainerServiceV20141113.DescribeServices",
        {"cluster": "bench", "services": ["app"]},
    ),
    Call(
        "DescribeClusters",
        "ecs",
        "AmazonEC2ContainerServiceV20141113.DescribeClusters",
        {"clusters": ["bench"]},
    ),
)


def run() -> list[Row]:
    """Measure; needs wrk, and PyPI for the peer."""
    wrk = tool("wrk")
    peer = _peer()
    with tempfile.TemporaryDirectory(prefix="hatoba-bench-") as name:
        scratch = Path(name)
        starts = [_cold_start_s(scratch / f"start{number}") for number in range(ROUNDS)]
        with _hatoba(scratch / "cloud") as ours, _ministack(peer, scratch / "peer") as theirs:
            for port in (ours, theirs):
                _fill(port)
            rows = [row for call in CALLS for row in _compare(wrk, call, ours, theirs, scratch)]
        start = statistics.median(starts)
        rows.append(
            Row(
                "cold start to the first answer",
                f"{start:.2f} s",
                f"at most {TARGET_START_S} s",
                start <= TARGET_START_S,
            )
        )
        return rows + _idle(scratch)


def _compare(wrk: str, call: Call, ours: int, theirs: int, scratch: Path) -> list[Row]:
    script = scratch / f"{call.operation}.lua"
    script.write_text(_script(call))
    rounds = [(_rate(wrk, script, ours), _rate(wrk, script, theirs)) for _ in range(ROUNDS)]
    ratio = statistics.median(our / their for our, their in rounds)
    our, their = (statistics.median(each) for each in zip(*rounds, strict=True))
    return [
        Row(f"{call.operation}, calls per second", f"{our:,.0f}"),
        Row("  MiniStack's", f"{their:,.0f}"),
        Row(
            "  ratio, median of rounds",
            f"{ratio:.2f}",
            f"at least {TARGET_RATIO:.0f}",
            ratio >= TARGET_RATIO,
        ),
    ]


def _script(call: Call) -> str:
    headers = "\n".join(f'wrk.headers["{name}"] = "{text}"' for name, text in _headers(call).items())
    return f'wrk.method = "POST"\nwrk.body = [[{json.dumps(call.body)}]]\n{headers}\n'


def _headers(call: Call) -> dict[str, str]:
    credential = f"000000000000/20261122/{REGION}/{call.service}/aws4_request"
    return {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": call.target,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
    }


def _rate(wrk: str, script: Path, port: int) -> float:
    command = [
        wrk,
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{SECONDS}s",
        "-s",
        str(script),
        f"http://127.0.0.1:{port}/",
    ]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    assert found is not None, text
    assert "Non-2xx" not in text, text
    return float(found[1])


def _fill(port: int) -> None:
    """Make what the calls ask for."""
    import boto3

    def client(service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # any service
            service,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name=REGION,
            aws_access_key_id="000000000000",
            aws_secret_access_key="local",  # noqa: S106 - the local cloud checks no signature
        )

    ecs, ec2 = client("ecs"), client("ec2")
    ecs.create_cluster(clusterName="bench")
    ecs.register_task_definition(
        family="app",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "app"}],
    )
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    ecs.create_service(
        cluster="bench",
        serviceName="app",
        taskDefinition="app",
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    client("servicediscovery").create_private_dns_namespace(Name="bench.internal", Vpc=vpc)


@contextmanager
def _hatoba(folder: Path) -> Iterator[int]:
    with subprocess.Popen(_server(folder), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())["ready"]
        try:
            yield ready["port"]
        finally:
            process.terminate()
            process.wait(60)


def _server(folder: Path) -> list[str]:
    words = ["--folder", str(folder), "--port", "0", "--runtime", "simulated", "--region", REGION]
    return [sys.executable, "-m", "hatoba.cloud.server", *words]


def _cold_start_s(folder: Path) -> float:
    """Return the time from the process's start to an answer of ECS."""
    port = free_port()
    words = _server(folder)
    words[words.index("--port") + 1] = str(port)
    words += ["--gateway-port", str(free_port()), "--dns-port", str(free_port())]
    began = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _until_answered(port)
            return time.perf_counter() - began
        finally:
            process.terminate()
            process.wait(60)


def _until_answered(port: int) -> None:
    call = CALLS[2]
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_WITHIN_S)
        try:
            connection.request("POST", "/", json.dumps(call.body), _headers(call))
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise Skipped(f"nothing answered on port {port} within {START_WITHIN_S} s")


def _peer() -> Path:
    """Return MiniStack's command, installed once into this machine's folder for temporary files."""
    home = Path(tempfile.gettempdir()) / f"hatoba-bench-{PEER.replace('==', '-')}"
    command = home / "bin" / "ministack"
    if command.exists():
        return command
    venv.create(home, with_pip=True)
    done = subprocess.run(
        [str(home / "bin" / "pip"), "install", "--quiet", PEER], capture_output=True, text=True, check=False
    )
    if done.returncode or not command.exists():
        shutil.rmtree(home, ignore_errors=True)
        raise Skipped(f"{PEER} cannot be installed: {done.stderr.strip()[-200:]}")
    return command


@contextmanager
def _ministack(command: Path, folder: Path) -> Iterator[int]:
    port = free_port()
    folder.mkdir()
    environment = os.environ | {"GATEWAY_PORT": str(port), "EDGE_PORT": str(port), "LOG_LEVEL": "ERROR"}
    with subprocess.Popen(
        [str(command)], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _until_answered(port)
            yield port
        finally:
            process.terminate()
            process.wait(60)


def _idle(scratch: Path) -> list[Row]:
    """Measure the reference system, up with three tasks, while nobody asks anything."""
    import psutil

    folder = scratch / "system"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".hatoba", "__pycache__"))
    values = 'ecs_service = { desired_count = 3, http_methods = ["GET"] }'
    (folder / "environments.toml").write_text(f'[local]\nregion = "{REGION}"\n[local.inputs]\n{values}\n')
    hatoba = [sys.executable, "-m", "hatoba"]
    up = [*hatoba, "up", "--detach", "--port", "0", "--runtime", "process"]
    subprocess.run(up, cwd=folder, capture_output=True, check=True)
    try:
        run = json.loads((folder / ".hatoba" / "run" / "cloud.json").read_text())
        cloud = psutil.Process(run["pid"])
        gateway = [each for each in cloud.children(recursive=True) if "hatoba.gateway" in each.cmdline()]
        ours = [cloud, *gateway]
        resident = sum(each.memory_info().rss for each in ours) / 1024**2
        before = _cpu_s(ours)
        time.sleep(IDLE_S)
        idle = (_cpu_s(ours) - before) / IDLE_S
    finally:
        subprocess.run([*hatoba, "down", "--force"], cwd=folder, capture_output=True, check=True)
    return [
        Row(
            "cloud and gateway, idle",
            f"{resident:.0f} MiB",
            f"within {TARGET_MIB} MiB",
            resident <= TARGET_MIB,
        ),
        Row("CPU with three idle tasks", f"{idle:.2%} of a core", "under 1 %", idle < TARGET_IDLE),
    ]


def _cpu_s(processes: list[Any]) -> float:
    times = [each.cpu_times() for each in processes]
    return float(sum(each.user + each.system for each in times))
