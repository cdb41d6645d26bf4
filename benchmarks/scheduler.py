"""The scheduler at scale: 10,000 simulated tasks in 200 services, and a rolling deployment of 100 tasks.

Real ECS, EC2, Cloud Map and Logs with the state on disk, in one process; only what runs the tasks pretends.
The physical limit it is set against: the writes alone that the tasks' lives are, one transaction each.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.report import Row
from hatoba.cloud.clock import SystemClock
from hatoba.cloud.cloudmap import CloudMap
from hatoba.cloud.ec2 import Ec2
from hatoba.cloud.ecs import Ecs, Pace
from hatoba.cloud.logs import Logs
from hatoba.cloud.server.__main__ import COLLECT_AFTER
from hatoba.cloud.state import Scope, State
from hatoba.cloud.wire import Call, Caller, Dispatcher
from hatoba.cloud.world import Settings, World
from hatoba.runtime.protocol import Choice, Found
from hatoba.runtime.simulated import Script, SimulatedRuntime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from hatoba.runtime.protocol import Listener

HOME = Scope("000000000000", "ap-northeast-1")
SERVICES = 200
TASKS = 10_000
ROLLED = 100
CONVERGED_WITHIN_S = 30.0
MOST_MIB = 500
START_S = 0.5
ROLLED_WITHIN_STARTS = 1.5
"""Of the tasks' own start. The moments that a new task must live and an old one drains come on top:
that RUNNING comes before the old task leaves, and deregistration before SIGTERM, is AWS's order."""
LOOK_EVERY_S = 0.02
WITHIN_S = 600.0


def run() -> list[Row]:
    """Measure each in a process of its own."""
    scale = _child("scale")
    roll = _child("roll")
    pace = Pace()
    ours_s = pace.settle_s + pace.drain_s
    rolled_within_s = ROLLED_WITHIN_STARTS * START_S + ours_s
    return [
        Row(
            f"{TASKS} tasks in {SERVICES} services, until all are steady",
            f"{scale['seconds']:.1f} s",
            f"at most {CONVERGED_WITHIN_S:.0f} s by the clock",
            scale["seconds"] <= CONVERGED_WITHIN_S,
        ),
        Row(
            "  on one core",
            f"{scale['cpu']:.1f} s of CPU",
            f"at most {CONVERGED_WITHIN_S:.0f} s",
            scale["cpu"] <= CONVERGED_WITHIN_S,
        ),
        Row("  most memory", f"{scale['mib']:.0f} MiB", f"at most {MOST_MIB} MiB", scale["mib"] <= MOST_MIB),
        Row("  per task", f"{scale['cpu'] / TASKS * 1000:.2f} ms of CPU"),
        Row(
            f"a rolling deployment of {ROLLED} tasks that start in {START_S} s",
            f"{roll['seconds']:.2f} s",
            f"at most {rolled_within_s:.2f} s: {ROLLED_WITHIN_STARTS} times their start,"
            f" {pace.settle_s} s to live, {pace.drain_s} s to drain",
            roll["seconds"] <= rolled_within_s,
        ),
        Row("  without living and draining", f"{(roll['seconds'] - ours_s) / START_S:.1f} times their start"),
        Row("  per task", f"{roll['cpu'] / ROLLED * 1000:.2f} ms of CPU"),
    ]


def _child(what: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scheduler", what], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


class _Simulated:
    """All runtimes of a machine that only pretends."""

    def __init__(self, runtime: SimulatedRuntime) -> None:
        self._runtime = runtime

    async def choose(self, images: Sequence[str]) -> Choice:
        return Choice(self._runtime, {each: await self._runtime.pull(each) for each in images}, "")

    def by_kind(self, kind: str) -> SimulatedRuntime | None:
        return self._runtime if kind == self._runtime.kind else None

    async def found(self, listener: Listener) -> Found:
        del listener
        return Found()

    async def close(self) -> None:
        await self._runtime.close()


class _Cloud:
    """ECS and what it leans on, in this process."""

    def __init__(self, folder: Path, start_s: float) -> None:
        self._clock = SystemClock()
        self.state = State(folder / "state.db")
        self._dispatcher = Dispatcher({}, self.state.transaction)
        world = World(self.state, self._clock, Settings(folder), self._dispatcher, self._call_as)
        runtime = SimulatedRuntime(self._clock, {"app": Script(start_s=start_s)})
        logs = Logs(world)
        self._services = (Ec2(world), CloudMap(world), logs, Ecs(world, _Simulated(runtime), logs))
        for service in self._services:
            self._dispatcher.services[service.operations.service] = service.operations

    def _call_as(self, scope: Scope, service: str) -> Call:
        return Call(scope, Caller.root(scope.account), self._clock.now(), service)

    async def call(self, service: str, operation: str, /, **params: Any) -> Any:
        return await self._dispatcher(self._call_as(HOME, service), service, operation, params)

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        loops = [asyncio.create_task(_run(loop)) for each in self._services for loop in each.loops()]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            self.state.close()


async def _run(loop: Callable[[], Awaitable[None]]) -> None:
    await loop()


async def _measure(work: Callable[[Any], Awaitable[dict[str, float]]], start_s: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="hatoba-bench-") as folder:
        cloud = _Cloud(Path(folder), start_s)
        async with cloud.at_work():
            await _prepare(cloud.call)
            began, cpu = time.perf_counter(), time.process_time()
            more = await work(cloud.call)
            seconds, used = time.perf_counter() - began, time.process_time() - cpu
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": used, "mib": mib, **more}


async def _prepare(call: Any) -> None:
    await call("ecs", "CreateCluster", clusterName="c")
    for _ in range(2):
        await call(
            "ecs",
            "RegisterTaskDefinition",
            family="app",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "app", "image": "app", "portMappings": [{"containerPort": 80}]}],
        )


async def _make(call: Any, name: str, count: int, task_definition: str = "app:1") -> None:
    subnets = [each["SubnetId"] for each in (await call("ec2", "DescribeSubnets"))["Subnets"]]
    namespaces = (await call("servicediscovery", "ListNamespaces"))["Namespaces"]
    if not namespaces:
        await call("servicediscovery", "CreateHttpNamespace", Name="bench")
        while not namespaces:
            namespaces = (await call("servicediscovery", "ListNamespaces"))["Namespaces"]
            await asyncio.sleep(0.01)
    registry = await call(
        "servicediscovery",
        "CreateService",
        Name=name,
        NamespaceId=namespaces[0]["Id"],
        HealthCheckCustomConfig={"FailureThreshold": 1},
    )
    await call(
        "ecs",
        "CreateService",
        cluster="c",
        serviceName=name,
        taskDefinition=task_definition,
        desiredCount=count,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
        serviceRegistries=[
            {"registryArn": registry["Service"]["Arn"], "containerName": "app", "containerPort": 80}
        ],
    )


async def _until_steady(call: Any, names: Sequence[str]) -> None:
    waiting = list(names)
    deadline = time.monotonic() + WITHIN_S
    while waiting:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(waiting)} services are not steady")
        found = await call("ecs", "DescribeServices", cluster="c", services=waiting[:1])
        service = found["services"][0]
        is_steady = service["runningCount"] == service["desiredCount"] and all(
            each["rolloutState"] == "COMPLETED" for each in service["deployments"]
        )
        if is_steady and len(service["deployments"]) == 1:
            waiting = waiting[1:]
        else:
            await asyncio.sleep(LOOK_EVERY_S)


async def _scale(call: Any) -> dict[str, float]:
    names = [f"s{number}" for number in range(SERVICES)]
    for name in names:
        await _make(call, name, TASKS // SERVICES)
    await _until_steady(call, names)
    return {}


async def _roll(call: Any) -> dict[str, float]:
    await _make(call, "s", ROLLED)
    await _until_steady(call, ["s"])
    began, cpu = time.perf_counter(), time.process_time()
    await call("ecs", "UpdateService", cluster="c", service="s", taskDefinition="app:2")
    await _until_steady(call, ["s"])
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}


def main() -> None:
    """Measure one thing in this process, which looks for garbage as seldom as the cloud's own."""
    gc.set_threshold(*COLLECT_AFTER)
    work, start_s = {"scale": (_scale, 0.0), "roll": (_roll, START_S)}[sys.argv[1]]
    print(json.dumps(asyncio.run(_measure(work, start_s))))


if __name__ == "__main__":
    main()
