"""The rules of scaling, jobs, schedules, load balancers, calls by name, secrets and raw resources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hatoba import Input, Inputs, Raw, apigateway, cloudmap, ec2, ecs, existing, iam, scheduler
from hatoba.definition.autoscaling import AutoScaling
from hatoba.definition.check import check
from hatoba.definition.environments import Environment
from hatoba.definition.rules import RULES, later, names, outside, reach
from tests.unit.definition.parts import (
    api,
    balanced,
    container,
    discovery,
    findings,
    job,
    namespace,
    route,
    schedule,
    service,
    system,
    task,
)

SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-AbCdEf"
PARAMETER = existing.Parameter("/shop/key")
OWN = ec2.SecurityGroup("tasks", "vpc-12345678")
CLUSTER = ecs.Cluster("shared")
MANY = [service(f"s{n}", security_groups=[OWN]) for n in range(51)]


def reading(*allowed: str, secrets: Any) -> ecs.TaskDefinition:
    role = iam.ExecutionRole("exec", {"read": iam.Allow(allowed)} if allowed else {})
    return task(container(secrets=secrets), execution_role=role)


def calling(value: Any, *services: ecs.Service) -> Any:
    caller = service("caller", task(container(environment={"STOCK": value})), registry=None, cluster=CLUSTER)
    return system(services=[caller, *services])


def stock(record: Any = "A", port: int = 9090) -> ecs.Service:
    registry = cloudmap.Service("stock", namespace(), record=record)
    return service(
        "stock",
        ecs.TaskDefinition("stock", [container(ports=[port])], ecs.Size(256, 512)),
        registry=registry,
        cluster=CLUSTER,
    )


def registry(of: ecs.Service) -> cloudmap.Service:
    assert of.registry is not None
    return of.registry


ADDRESSED, LISTED = stock(), stock("SRV")

BROKEN: list[tuple[Callable[..., Any], object, str]] = [
    (later.scaling_range, AutoScaling(-1, 3, cpu=60), "at least -1 tasks"),
    (later.scaling_range, AutoScaling(4, 3, cpu=60), "between 4 and 3 tasks"),
    (later.scaling_range, AutoScaling(0, 0, cpu=60), "between 0 and 0 tasks"),
    (later.scaling_targets, AutoScaling(1, 3), "no target"),
    (later.scaling_targets, AutoScaling(1, 3, cpu=0), "CPU target of 0 %"),
    (later.scaling_targets, AutoScaling(1, 3, memory=101), "memory target of 101 %"),
    (later.scaling_targets, AutoScaling(1, 3, cpu=50, scale_in_cooldown=-1), "scale-in cooldown is -1 s"),
    (later.scaled_count, service(desired_count=2, autoscaling=AutoScaling(1, 3, cpu=60)), "would undo"),
    (later.spot, ecs.Spot(0), "0 % of the tasks"),
    (later.spot, ecs.Spot(101), "101 % of the tasks"),
    (later.spot, ecs.Spot(50, base=-1), "base of -1"),
    (later.spot_cluster, service(spot=ecs.Spot(50)), "has only FARGATE"),
    (later.spot_cluster, job(spot=ecs.Spot(50)), "report runs tasks on Spot"),
    (later.health, service(health_check_path="health"), "health_check_path of service app is 'health'"),
    (later.health, service(health_check_grace_period=-1), "grace period of service app is -1 s"),
    (names.job_name, job("a job"), "job name 'a job'"),
    (later.job, job(count=11), "starts 11 tasks"),
    (later.job, job(subnets=[]), "0 subnets"),
    (later.job, job(security_groups=["sg-12345678"] * 6), "6 security groups"),
    (later.schedule, schedule("a b"), "schedule name 'a b'"),
    (later.schedule, schedule("x" * 55), "up to 54 letters"),
    (later.schedule, schedule(flexible_minutes=1441), "1441 minutes later"),
    (later.schedule, schedule(retries=186), "tries 186 times"),
    (later.schedule, schedule(description="x" * 513), "longer than 512"),
    (later.expression, scheduler.rate(0, "hours"), "'rate(0 hours)'"),
    (later.expression, scheduler.When("every day"), "'every day' is not when"),
    (later.expression, scheduler.cron("0 9 * * *"), "has 5 fields"),
    (later.expression, scheduler.cron("0 9 * * * *"), "exactly one day as ?"),
    (later.expression, scheduler.cron("0 9 ? * ? *"), "exactly one day as ?"),
    (later.expression, scheduler.cron("? 9 ? * * *"), "'?' is no minutes"),
    (later.expression, scheduler.cron("0 9 ? * MON_FRI *"), "'MON_FRI' is no day of week"),
    (later.expression, scheduler.at("2027-04-01"), "is not a time"),
    (later.expression, scheduler.at("2027-13-01T00:00:00"), "is not a time"),
    (later.expression, scheduler.rate(5, "minutes").__class__("rate(5 minutes)", "Tokyo"), "no time zone"),
    (reach.route_targets, api(route(to=service(registry=None))), "not in Cloud Map"),
    (reach.route_targets, api(route(to=service(registry=discovery(record="A")))), "carry no port"),
    (
        reach.route_targets,
        balanced(route(to=service(of=task(container()), security_groups=[OWN]))),
        "which port of service app the ALB",
    ),
    (reach.route_targets, balanced(route(), ingress="nlb"), "nothing from the NLB could enter"),
    (
        reach.balancer_network,
        balanced(route(to=service(registry=None, security_groups=["sg-12345678"]))),
        "which VPC the ALB",
    ),
    (
        reach.balancer_network,
        balanced(vpc_link=apigateway.VpcLink("link", ["subnet-12345678", "subnet-87654321"])),
        "which has none",
    ),
    (
        reach.balancer_network,
        balanced(vpc_link=apigateway.VpcLink("link", ["subnet-12345678"], ["sg-12345678"])),
        "two zones",
    ),
    (
        reach.balancer_network,
        balanced(*(route(f"/{each.name}", each) for each in MANY)),
        "more than 50 services",
    ),
    (reach.calls_by_name, calling(registry(ADDRESSED).host), "where no service of the system registers"),
    (reach.calls_by_name, calling(registry(LISTED).url(9090), LISTED), "has SRV records"),
    (reach.calls_by_name, calling(registry(ADDRESSED).url(80), ADDRESSED), "listens on 9090"),
    (outside.raw_words, Raw("My_Table", "AWS::DynamoDB::Table"), "not a logical id"),
    (outside.raw_words, Raw("Table", "DynamoDB Table"), "not a type"),
    (outside.existing_names, existing.Table("my table"), "name of existing.Table is 'my table'"),
    (outside.existing_names, existing.Bucket("Sums"), "a bucket's name"),
    (outside.existing_names, existing.Parameter("a b"), "name of a parameter"),
    (outside.existing_names, existing.Secret("db"), "a secret's whole ARN"),
    (outside.existing_names, existing.UserPool("pool"), "a user pool's id"),
    (
        outside.raw_order,
        Raw("Queue", "AWS::SQS::Queue", depends_on=[container()]),
        "depends on ecs.Container, which is no resource",
    ),
    (
        outside.raw_names,
        system(resources=[Raw("A", "AWS::SQS::Queue"), Raw("A", "AWS::SNS::Topic")]),
        "2 raw resources are named 'A'",
    ),
    (outside.secrets_are_references, container(secrets={"KEY": "hunter2!"}), "secret KEY of container app"),
    (outside.secrets_may_be_read, reading(secrets={"K": SECRET_ARN}), "secretsmanager:GetSecretValue"),
    (outside.secrets_may_be_read, reading(secrets={"K": PARAMETER.arn}), "does not allow ssm:GetParameters"),
    (outside.secrets_may_be_read, reading("ssm:Put*", secrets={"K": "/shop/key"}), "ssm:GetParameters"),
]


@pytest.mark.parametrize(("rule", "construct", "word"), BROKEN)
def test_a_broken_rule_says_which_and_what_to_do(
    rule: Callable[..., Any], construct: object, word: str
) -> None:
    found = findings(rule, construct)

    assert word in " ".join(finding.rule for finding in found)
    assert all(finding.remedy for finding in found)


class Range(Inputs):
    least = Input.number()


GOOD: list[object] = [
    AutoScaling(0, 1, cpu=100, memory=1, scale_in_cooldown=0),
    AutoScaling(Range().least, 3, cpu=60),
    service(autoscaling=AutoScaling(2, 3, cpu=60)),
    service(cluster=ecs.Cluster("c", ["FARGATE", "FARGATE_SPOT"]), spot=ecs.Spot(100, base=2)),
    ecs.Spot(1),
    job(count=10),
    schedule("x" * 54, scheduler.cron("0/5 8-17 L * ? 2027"), flexible_minutes=1440, retries=0),
    scheduler.rate(1, "hours"),
    scheduler.cron("15 10 ? * 6L 2026-2027", "Asia/Tokyo"),
    scheduler.at("2027-04-01T09:00:00", "Europe/Berlin"),
    balanced(),
    balanced(ingress="nlb"),
    balanced(
        route(to=service(registry=discovery(record="A"), security_groups=[OWN])),
    ),
    calling(registry(ADDRESSED).url(9090, "/items"), ADDRESSED),
    calling(registry(ADDRESSED).host, ADDRESSED),
    calling(registry(LISTED).host, LISTED),
    existing.Table("orders.v1"),
    existing.Bucket("team-a.sums"),
    existing.Secret(SECRET_ARN, "password"),
    existing.UserPool("ap-northeast-1_Abc123"),
    Raw("Orders", "AWS::DynamoDB::Table"),
    Raw("Mine", "Custom::My-Thing", depends_on=[CLUSTER, OWN]),
    container(secrets={"A": SECRET_ARN, "B": "/shop/key", "C": "key", "D": PARAMETER.arn}),
    reading("ssm:Get*", "secretsmanager:GetSecretValue", secrets={"A": SECRET_ARN, "B": PARAMETER.arn}),
]


@pytest.mark.parametrize("construct", GOOD)
def test_what_aws_takes_is_not_refused(construct: Any) -> None:
    found = [
        finding
        for kind, rule in RULES
        if isinstance(construct, kind)
        for finding in findings(rule, construct)
    ]

    assert found == []


def test_what_stands_already_is_checked_as_soon_as_it_is_used() -> None:
    reads = iam.TaskRole("reads", {"all": iam.Allow("dynamodb:GetItem", existing.Table("my table").arn)})
    using = system(services=[service(of=task(container(), task_role=reads), registry=None)])
    here = Environment("local", "eu-west-1", None, {}, Path("environments.toml"))

    (fault,) = check(using, here)
    assert fault.rule.startswith("name of existing.Table is 'my table': it should be a table's name")
