"""A definition of a hundred services: how long until it is checked and its template written.

The second row of the issue is what every command pays first: ``import hatoba``, in an interpreter of its own,
over what the interpreter takes by itself. The best of several runs counts: others only measure the machine.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba import System

SERVICES = 100
TARGET_MS, IMPORT_TARGET_MS = 500.0, 150.0
RUNS = 5


def run() -> list[Row]:
    """Measure."""
    validate, synth = _best(lambda: _validate(hundred())), _best(lambda: _synth(hundred()))
    imported = _import("import hatoba") - _import("pass")
    constructs = _import("from hatoba import System, apigateway, ecs") - _import("pass")
    return [
        Row(f"validate, {SERVICES} services", f"{validate:.0f} ms"),
        Row(f"synth as YAML, {SERVICES} services", f"{synth:.0f} ms"),
        Row(
            "both",
            f"{validate + synth:.0f} ms",
            f"at most {TARGET_MS:.0f} ms",
            validate + synth <= TARGET_MS,
        ),
        Row(
            "import hatoba",
            f"{imported:.0f} ms",
            f"at most {IMPORT_TARGET_MS:.0f} ms",
            imported <= IMPORT_TARGET_MS,
        ),
        Row("import with all constructs", f"{constructs:.0f} ms"),
    ]


def hundred() -> System:
    """Services with log, role, group, name, scaling and route each; every tenth runs by the clock too."""
    from hatoba import (
        System,
        apigateway,
        autoscaling,
        cloudmap,
        ec2,
        ecs,
        iam,
        logs,
        scheduler,
    )

    vpc, subnets = "vpc-12345678", ["subnet-12345678", "subnet-87654321"]
    cluster, space = ecs.Cluster("hundred"), cloudmap.PrivateDnsNamespace("hundred.internal", vpc)
    executor = iam.ExecutionRole("executor")

    def task(name: str) -> ecs.TaskDefinition:
        container = ecs.Container(
            name, f"registry.example.com/{name}:1", [8080], log=logs.LogGroup(f"/hundred/{name}", 30)
        )
        role = iam.TaskRole(name, {"read": iam.Allow("s3:GetObject", f"arn:aws:s3:::{name}/*")})
        return ecs.TaskDefinition(
            name, [container], ecs.Size(256, 512), execution_role=executor, task_role=role
        )

    services = [
        ecs.Service(
            name,
            task(name),
            cluster=cluster,
            subnets=subnets,
            security_groups=[ec2.SecurityGroup(name, vpc, [ec2.tcp(8080, "10.0.0.0/16")])],
            registry=cloudmap.Service(name, space),
            autoscaling=autoscaling.AutoScaling(1, 4, cpu=60),
        )
        for name in (f"service-{number}" for number in range(SERVICES))
    ]
    api = apigateway.HttpApi(
        "hundred",
        [apigateway.Route(f"/{each.name}/{{proxy+}}", each) for each in services],
        vpc_link=apigateway.VpcLink("hundred", subnets),
    )
    schedules = [
        scheduler.Schedule(
            f"nightly-{each.name}",
            scheduler.cron("0 3 * * ? *"),
            ecs.Job(each.name, each.task_definition, cluster=cluster, subnets=subnets),
        )
        for each in services[::10]
    ]
    return System("hundred", services=services, apis=[api], schedules=schedules)


def _validate(system: System) -> None:
    from hatoba.definition.check import check
    from hatoba.definition.environments import Environment

    faults = check(system, Environment("local", "ap-northeast-1", None, {}, Path("environments.toml")))
    assert faults == [], faults


def _synth(system: System) -> None:
    from hatoba.plan import plan
    from hatoba.render import template, to_yaml

    assert to_yaml(template(plan(system)))


def _best(work: Callable[[], None]) -> float:
    """The time of the fastest run, in milliseconds; writing the definition down counts as well."""
    times: list[float] = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def _import(line: str) -> float:
    def once() -> None:
        subprocess.run([sys.executable, "-c", line], check=True)

    return _best(once)
