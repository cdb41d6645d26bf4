"""Templates: golden files, what cfn-lint says, and how terms are written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from hatoba import apigateway, cloudmap, ec2, ecs, iam, logs
from hatoba.definition.project import load
from hatoba.definition.system import System
from hatoba.plan import plan
from hatoba.render import template, to_json, to_yaml
from tests.unit.definition.parts import api, authorizer, container, route, service, system, task

GOLDEN = Path(__file__).parent / "golden"
EXAMPLE = Path(__file__).parents[3] / "examples" / "sales_support_system"


def reference() -> System:
    return load(start=EXAMPLE).system


def crowded() -> System:
    """Two services, two containers in one, all that the constructs can say."""
    cluster = ecs.Cluster("shop-cluster", ["FARGATE", "FARGATE_SPOT"])
    space = cloudmap.PrivateDnsNamespace("shop.internal", "vpc-12345678", "The shop's names")
    group = ec2.SecurityGroup(
        "shop-tasks",
        "vpc-12345678",
        [ec2.tcp(8080, "10.0.0.0/16", "from the VPC")],
        [ec2.Rule("-1", None, None, "::/0")],
    )
    log = logs.LogGroup("/shop/orders", 30)
    orders = ecs.Container(
        "orders",
        "public.ecr.aws/docker/library/python:3.13",
        [ecs.Port(8080, name="http")],
        command=["python", "-m", "orders"],
        environment={"STAGE": "test"},
        secrets={"KEY": "arn:aws:ssm:ap-northeast-1:111122223333:parameter/key"},
        health_check=ecs.HealthCheck(["CMD-SHELL", "curl -f http://localhost:8080/"], start_period=10),
        log=logs.LogDriver("awslogs", {"mode": "non-blocking", "max-buffer-size": "4m"}, log),
        stop_timeout=60,
    )
    migrate = ecs.Container("migrate", "busybox", essential=False, sh="true", log=log)
    first = ecs.TaskDefinition(
        "orders",
        [migrate, orders],
        ecs.Size(512, 1024),
        execution_role=iam.ExecutionRole("shop-exec"),
        task_role=iam.TaskRole("shop-orders", {"table": [iam.Allow(["dynamodb:GetItem"], "*")]}),
        cpu_architecture="ARM64",
        ephemeral_storage_gib=30,
    )
    running = service(
        "orders",
        first,
        cluster=cluster,
        security_groups=[group],
        registry=cloudmap.Service("orders", space, ttl=10),
        minimum_healthy_percent=50,
        maximum_percent=150,
    )
    quiet = service(
        "stock",
        task(container()),
        cluster=cluster,
        registry=cloudmap.Service("stock", space, record="A", failure_threshold=None),
        force_new_deployment=False,
        assign_public_ip=True,
        circuit_breaker=ecs.CircuitBreaker(enable=False, rollback=False),
    )
    jwt = authorizer()
    door = api(
        route("/orders/{id}", running, methods=["GET", "PUT"], authorizer=jwt, scopes=["orders/read"]),
        route("/{proxy+}", running, timeout_ms=5000),
        route("$default", running, authorizer=jwt),
        cors=apigateway.Cors(["https://*"], expose_headers=["x-total"]),
        description="The shop's door",
    )
    return system("shop", services=[running, quiet], apis=[door], outputs={"url": door.endpoint + "/orders"})


SYSTEMS = {"sales_support_system": reference, "crowded": crowded}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_template_is_its_golden_file(name: str) -> None:
    """HATOBA_UPDATE_GOLDEN=1 writes the files anew; read the difference as code."""
    written = to_json(template(plan(SYSTEMS[name]())))
    golden = GOLDEN / f"{name}.json"
    if os.environ.get("HATOBA_UPDATE_GOLDEN"):
        golden.write_text(written, encoding="utf-8")

    assert written == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SYSTEMS)
def test_yaml_and_json_say_the_same(name: str) -> None:
    written = template(plan(SYSTEMS[name]()))

    assert yaml.safe_load(to_yaml(written)) == json.loads(to_json(written))
    assert json.loads(to_json(written, compact=True)) == written


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "no", "Yes", "NULL", "1", "1.5", "0x1", "1e3", "2026-11-22", "12:30", "-", "- a",
        "a: b", "a:",
        "a #b", "#", "a ", "é", "tab\there", "two\nlines", "'", '"', "*", "&a", "!x", "|", ">", "%", "@", "`",
        "{a}", "[a]", "a, b", "?", "=", "~", "<<", ".inf", "AWS::ECS::Service", "arn:aws:s3:::b/*",
        "(a)", "+1",
    ],
)  # fmt: skip
def test_any_text_is_the_same_text_in_yaml(text: str) -> None:
    written = to_yaml({text: text, "list": [text, [text], {"in": text}], "none": [{}, []], "n": 1, "b": True})

    assert yaml.safe_load(written) == {
        text: text,
        "list": [text, [text], {"in": text}],
        "none": [{}, []],
        "n": 1,
        "b": True,
    }


def test_yaml_reads_in_the_order_of_the_template() -> None:
    tops = [line[:-1] for line in to_yaml(template(plan(reference()))).splitlines() if line[:1].isalpha()]

    assert tops[2:] == ["Parameters", "Conditions", "Resources", "Outputs"]


def resources(of: System) -> dict[str, Any]:
    found: dict[str, Any] = template(plan(of))["Resources"]
    return found


def test_free_form_keys_stay_as_they_are() -> None:
    definition = task(
        container(
            log=logs.LogDriver("splunk", {"splunk-token": "t", "splunk-url": "u"}), environment={"a_b": "c"}
        )
    )
    written = resources(system(services=[service(of=definition, registry=None)]))
    one = written["FamilyTaskDefinition"]["Properties"]["ContainerDefinitions"][0]

    assert one["LogConfiguration"] == {
        "LogDriver": "splunk",
        "Options": {"splunk-token": "t", "splunk-url": "u"},
    }
    assert one["Environment"] == [{"Name": "a_b", "Value": "c"}]


def test_text_that_looks_like_a_reference_stays_text_when_joined() -> None:
    held = api(route())
    outputs = template(plan(system(apis=[held], outputs={"x": "${a}" + held.endpoint})))["Outputs"]

    assert outputs["X"]["Value"] == {"Fn::Sub": "${!a}${Api.ApiEndpoint}"}


def test_tags_are_a_map_for_api_gateway_and_a_list_elsewhere() -> None:
    written = resources(system(tags={"Owner": "team"}, apis=[api(route())]))

    assert written["Api"]["Properties"]["Tags"] == {"Owner": "team"}
    assert written["Cluster"]["Properties"]["Tags"] == [{"Key": "Owner", "Value": "team"}]


def test_a_system_of_nothing_has_no_empty_sections() -> None:
    assert template(plan(system())).keys() == {"AWSTemplateFormatVersion", "Description"}
