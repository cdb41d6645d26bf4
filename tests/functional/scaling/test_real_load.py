"""A service whose process burns CPU gets company: measured by the runtime, decided, done."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hatoba.cloud.clock import SystemClock
from hatoba.cloud.ec2 import Ec2
from hatoba.cloud.ecs import Ecs
from hatoba.cloud.logs import Logs
from hatoba.cloud.scaling import Pace, Scaling
from hatoba.runtime.machine import LocalCommands, MachineRuntimes
from hatoba.runtime.protocol import LocalCommand
from tests.support.calls import SCOPE, Bench
from tests.support.waiting import eventually

BURN = "while True: pass"
METRIC = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
STANDING: dict[str, Any] = {
    "Targets": [{"ServiceNamespace": "ecs", "ResourceId": "service/c/s", "MinCapacity": 1, "MaxCapacity": 2}],
    "Policies": [
        {
            "PolicyName": "cpu",
            "ServiceNamespace": "ecs",
            "ResourceId": "service/c/s",
            "TargetTracking": {"TargetValue": 1.0, "PredefinedMetricSpecification": METRIC},
            "Alarms": ["high", "low"],
        }
    ],
}


async def run(loop: Callable[[], Awaitable[None]]) -> None:
    await loop()


def test_a_busy_process_is_measured_and_scaled_out(tmp_path: Path) -> None:
    async def go() -> None:
        bench = Bench(folder=tmp_path, clock=SystemClock())
        world = bench.world
        logs = Logs(world)
        commands = LocalCommands([LocalCommand("burner", (sys.executable, "-c", BURN), str(tmp_path))])
        ecs = Ecs(world, MachineRuntimes(tmp_path, "process", commands), logs)
        for service in (Ec2(world), logs, ecs):
            bench.add(service.operations)
        scaling = Scaling(world, ecs, Pace(period_s=0.1))
        loops = [asyncio.create_task(run(loop)) for loop in (*ecs.loops(), *scaling.loops())]
        try:
            await prepare(bench)
            scaling.keep(SCOPE, "application-autoscaling", json.dumps(STANDING).encode())
            await eventually(
                lambda: len(scaling.activities.list(SCOPE)) == 1, within_s=60, what="a scaling activity"
            )
            described = await bench.acall("ecs", "DescribeServices", cluster="c", services=["s"])
            assert described["services"][0]["desiredCount"] == 2
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(30):
                    await ecs.stop_everything()
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    asyncio.run(go())


async def prepare(bench: Bench) -> None:
    subnets = (await bench.acall("ec2", "DescribeSubnets"))["Subnets"]
    await bench.acall("ecs", "CreateCluster", clusterName="c")
    await bench.acall(
        "ecs",
        "RegisterTaskDefinition",
        family="burner",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "c", "image": "burner", "stopTimeout": 2}],
    )
    await bench.acall(
        "ecs",
        "CreateService",
        cluster="c",
        serviceName="s",
        taskDefinition="burner",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnets[0]["SubnetId"]]}},
    )
