"""Whatever is given to a construct, checking ends with faults, never with a crash."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from hatoba import Input, Raw, System, apigateway, cloudmap, ec2, ecs, existing, iam, logs, scheduler
from hatoba.definition.autoscaling import AutoScaling
from hatoba.definition.check import check
from hatoba.definition.construct import Construct, what_it_is
from hatoba.definition.environments import Environment
from tests.unit.definition.parts import (
    authorizer,
    balanced,
    container,
    discovery,
    job,
    namespace,
    route,
    schedule,
    service,
    system,
    task,
)

WHOLE: list[Construct] = [
    ecs.Cluster("c"),
    container(ports=[80], log=logs.LogGroup("/g")),
    ecs.Port(80),
    ecs.HealthCheck(["CMD", "true"]),
    ecs.DependsOn("app"),
    ecs.Size(256, 512),
    task(),
    ecs.CircuitBreaker(),
    service(autoscaling=AutoScaling(1, 4, cpu=60), spot=ecs.Spot(50)),
    namespace(),
    discovery(),
    ec2.tcp(80, "10.0.0.0/16"),
    ec2.SecurityGroup("g", "vpc-12345678"),
    iam.Allow("s3:GetObject"),
    iam.TaskRole("r", {"p": iam.Allow("s3:GetObject")}),
    logs.LogGroup("/g", 7),
    logs.LogDriver("awslogs", group=logs.LogGroup("/g")),
    apigateway.Cors(["*"]),
    authorizer(),
    apigateway.VpcLink("l", ["subnet-12345678"]),
    route(),
    apigateway.HttpApi("a", [route()], vpc_link=apigateway.VpcLink("l", ["subnet-12345678"])),
    AutoScaling(1, 4, cpu=60, memory=70, scale_in_cooldown=60, scale_out_cooldown=0),
    ecs.Spot(50, base=1),
    job(spot=ecs.Spot(100)),
    scheduler.cron("0 9 ? * MON-FRI *", "Asia/Tokyo"),
    schedule(flexible_minutes=5, retries=3),
    balanced(),
    Raw("Orders", "AWS::SQS::Queue", {"QueueName": "orders"}, depends_on=[ecs.Cluster("c")]),
    existing.Table("orders"),
    existing.Secret("arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-AbCdEf", "password"),
    system(services=[service()], jobs=[job()], schedules=[schedule()]),
]
JUNK: list[Any] = [
    None, True, -1, 10**20, 1.5, "", "x" * 5000, "\0é€", b"b", [], [None], ["", ""], [[]], {}, {"": ""},
    {1: 2}, set(), object(), Input.number(), Input.strings(), int, cloudmap, ecs.Cluster("\n"),
    [ecs.Cluster("")],
]  # fmt: skip
HERE = Environment("local", "eu-west-1", None, {}, Path("environments.toml"))


@pytest.mark.parametrize("construct", WHOLE, ids=lambda construct: what_it_is(type(construct)))
def test_junk_in_any_argument_ends_in_faults(construct: Any) -> None:
    names = [field.name for field in dataclasses.fields(construct)]
    whole = {name: getattr(construct, name) for name in names}
    for name in names:
        for junk in JUNK:
            broken = type(construct)(**(whole | {name: junk}))
            holder = broken if isinstance(broken, System) else System("s", services=[broken])

            assert all(fault.rule and fault.remedy and fault.place.line for fault in check(holder, HERE))
