"""Three idle tasks of one service: what the cloud, its gateway and the container engine cost meanwhile.

As processes, and as containers of a Podman with a storage of its own. What the tasks themselves use (they
sleep) is not counted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.report import Row, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TASKS = 3
SETTLE_S = 10.0
IDLE_S = float(os.environ.get("HATOBA_BENCH_IDLE_SECONDS", "30"))
STEADY_WITHIN_S = 90.0
TARGET = 0.01
SLEEP = ["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 3600 & wait; done"]


def run() -> list[Row]:
    """Measure both; containers need Podman."""
    with tempfile.TemporaryDirectory(prefix="hatoba-bench-") as name:
        scratch = Path(name)
        rows = _row("as processes", _share(scratch / "process", "process", "idle:1", {}))
        try:
            return rows + _containers(scratch)
        except Skipped as reason:
            return [*rows, Row("as containers", f"skipped: {reason}")]


def _containers(scratch: Path) -> list[Row]:
    if shutil.which("podman") is None:
        raise Skipped("there is no podman")
    from tests.support.engine import IMAGE, podman_of_its_own

    storage = scratch / "engine"
    storage.mkdir()
    with podman_of_its_own(storage) as engine:
        around = {"HATOBA_DOCKER_HOST": engine.url}
        return _row(
            "as containers, engine included", _share(scratch / "container", "container", IMAGE, around)
        )


def _row(name: str, share: float) -> list[Row]:
    return [
        Row(f"{TASKS} idle tasks {name}", f"{share:.2%} of a core", f"under {TARGET:.0%}", share < TARGET)
    ]


def _share(folder: Path, runtime: str, image: str, around: Mapping[str, str]) -> float:
    """Return what share of a core everything beside the tasks took."""
    with _cloud(folder, runtime, around) as cloud:
        _serve(cloud, image, folder)
        time.sleep(SETTLE_S)
        before, began_at = _cpu_s(folder.parent), time.monotonic()
        time.sleep(IDLE_S)
        after, took_s = _cpu_s(folder.parent), time.monotonic() - began_at
    return sum(used - before.get(pid, used) for pid, used in after.items()) / took_s


@contextmanager
def _cloud(folder: Path, runtime: str, around: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    folder.mkdir()
    words = ["-m", "hatoba.cloud.server", "--folder", str(folder), "--port", "0", "--runtime", runtime]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *words], stdout=subprocess.PIPE, stderr=log, env={**os.environ, **around}
        )
    assert process.stdout is not None
    try:
        ready: dict[str, Any] = json.loads(process.stdout.readline())["ready"]
        yield ready
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def _serve(cloud: Mapping[str, Any], image: str, folder: Path) -> None:
    """Bring up the service and wait until it is steady."""
    import boto3

    def client(service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # any service
            service,
            endpoint_url=f"http://{cloud['host']}:{cloud['port']}",
            region_name=cloud["region"],
            aws_access_key_id=cloud["account"],
            aws_secret_access_key="local",  # noqa: S106 - the local cloud checks no signature
        )

    _tell(cloud, {"commands": [{"image": image, "command": SLEEP, "directory": str(folder)}]})
    ecs, ec2 = client("ecs"), client("ec2")
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]]
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(
        family="idle",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": image, "command": SLEEP}],
    )
    ecs.create_service(
        cluster="c",
        serviceName="idle",
        taskDefinition="idle",
        desiredCount=TASKS,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets[:1]}},
    )
    deadline = time.monotonic() + STEADY_WITHIN_S
    while ecs.describe_services(cluster="c", services=["idle"])["services"][0]["runningCount"] < TASKS:
        if time.monotonic() > deadline:
            raise Skipped(f"no {TASKS} tasks were running after {STEADY_WITHIN_S:.0f} s")
        time.sleep(0.2)


def _tell(cloud: Mapping[str, Any], commands: Mapping[str, Any]) -> None:
    from urllib.request import Request, urlopen

    url = f"http://{cloud['host']}:{cloud['port']}/_hatoba/local-commands"
    request = Request(url, json.dumps(commands).encode(), {"x-hatoba": "1"}, method="POST")
    with urlopen(request, timeout=10):
        pass


def _cpu_s(scratch: Path) -> dict[int, float]:
    """Return the CPU time of each process that has to do with this folder, but for the tasks."""
    used: dict[int, float] = {}
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            if str(scratch) in f"{words} {process.cwd()}" and "sleep 3600" not in words:
                times = process.cpu_times()
                used[process.pid] = times.user + times.system + times.children_user + times.children_system
        except psutil.Error:
            continue
    return used
