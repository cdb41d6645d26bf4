"""Inputs with limits, and inputs that AWS looks up at each deployment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hatoba import DefinitionError, Input, Inputs, System, apigateway, cloudmap, ecs
from hatoba.definition.check import check
from hatoba.definition.environments import Environment
from hatoba.plan import plan
from hatoba.render import template
from hatoba.render.terraform import module
from tests.unit.definition.parts import container, service, system, task


class Given(Inputs):
    stage = Input.string("dev", allowed=["dev", "prod"], description="The stage")
    owner = Input.string("team-a", pattern="team-[a-z]")
    tasks = Input.number(2, minimum=1, maximum=4)
    vpc_id = Input.vpc().looked_up("/network/vpc-id")
    subnet_ids = Input.subnets().looked_up("/network/subnet-ids")
    most = Input.number(local=3).looked_up("/shop/most")


def using(given: Given) -> System:
    environment: dict[str, Any] = {"STAGE": given.stage, "OWNER": given.owner}
    app = service(
        of=task(container(ports=[80], environment=environment)),
        desired_count=given.tasks,
        subnets=given.subnet_ids,
        registry=cloudmap.Service("app", cloudmap.PrivateDnsNamespace("shop.internal", given.vpc_id)),
        maximum_percent=None,
    )
    return system(inputs=given, services=[app])


def here(**values: object) -> Environment:
    return Environment("dev", "eu-west-1", "111122223333", values, Path("environments.toml"))


def test_limits_become_those_of_the_parameter() -> None:
    parameters = template(plan(using(Given())))["Parameters"]

    assert parameters["Stage"]["AllowedValues"] == ["dev", "prod"]
    assert parameters["Owner"]["AllowedPattern"] == "team-[a-z]"
    assert (parameters["Tasks"]["MinValue"], parameters["Tasks"]["MaxValue"]) == (1, 4)


@pytest.mark.parametrize(
    ("limited", "value", "should_be"),
    [
        (Input.string(allowed=["a", "b"]), "c", "one of a, b"),
        (Input.string(pattern="team-[a-z]"), "team-1", "a text that matches team-"),
        (Input.number(minimum=1), 0, "not less than 1"),
        (Input.number(maximum=4), 5, "not greater than 4"),
        (Input.number(maximum=4), "5", "a whole number"),
        (Input.user_pool(), "pool", "a user pool's id"),
        (Input.table(), "my table", "a table's name"),
        (Input.bucket(), "My-Bucket", "a bucket's name"),
    ],
)
def test_a_value_beyond_its_limits_is_named_with_them(
    limited: Input[Any], value: object, should_be: str
) -> None:
    assert should_be in str(limited.wrong(value))


def test_values_within_their_limits_are_taken() -> None:
    assert Input.user_pool().wrong("ap-northeast-1_Abc123") is None
    assert Input.table().wrong("orders.v1") is None
    assert Input.bucket().wrong("team-a.sums") is None
    assert Input.string(allowed=["a"], pattern=".").wrong("a") is None
    assert Input.number(minimum=1, maximum=1).wrong(1) is None


def test_a_default_beyond_its_limits_is_a_fault() -> None:
    class Wrong(Inputs):
        tasks = Input.number(9, maximum=4)

    given = Wrong()
    found = check(system(inputs=given, services=[service(desired_count=given.tasks)]), here())

    assert [fault.rule for fault in found] == [
        "the default of input tasks is 9: it should be a whole number not greater than 4"
    ]


def test_what_is_looked_up_has_the_type_of_what_is_found() -> None:
    parameters = template(plan(using(Given())))["Parameters"]

    assert parameters["VpcId"] == {
        "Type": "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>",
        "Description": "Input vpc_id",
        "Default": "/network/vpc-id",
    }
    assert parameters["SubnetIds"]["Type"] == "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>"
    assert Given().most.kind.parameter_type == "AWS::SSM::Parameter::Value<String>"


def test_what_is_looked_up_is_known_only_to_the_deployment() -> None:
    given = Given()

    assert check(using(given), here()) == []
    assert given.vpc_id.wrong("vpc 1") == (
        "the name of a parameter of Systems Manager, such as /network/vpc-id"
    )
    assert (given.most.seed, given.vpc_id.kind.looks_up) == (3, "vpc_id")


def test_terraform_has_the_limits_and_looks_up_too() -> None:
    files = module(plan(using(Given())))
    variables = json.loads(files["variables.tf.json"])["variable"]
    main = json.loads(files["main.tf.json"])

    conditions = {name: variables[name]["validation"][0]["condition"] for name in ("stage", "owner", "tasks")}
    assert 'contains(["dev", "prod"], var.stage)' in conditions["stage"]
    assert 'can(regex("^(?:team-[a-z])$", var.owner))' in conditions["owner"]
    assert "var.tasks >= 1 && var.tasks <= 4" in conditions["tasks"]
    assert variables["vpc_id"]["default"] == "/network/vpc-id"
    assert main["data"]["aws_ssm_parameter"]["vpc_id"] == {"name": "${var.vpc_id}"}
    (space,) = main["resource"]["aws_service_discovery_private_dns_namespace"].values()
    assert space["vpc"] == "${data.aws_ssm_parameter.vpc_id.insecure_value}"
    (app,) = main["resource"]["aws_ecs_service"].values()
    assert app["network_configuration"]["subnets"] == (
        '${split(",", data.aws_ssm_parameter.subnet_ids.insecure_value)}'
    )


def test_a_set_of_methods_cannot_be_looked_up() -> None:
    with pytest.raises(DefinitionError, match="cannot be looked up") as refused:
        Input.http_methods().looked_up("/methods")

    assert refused.value.faults[0].place.file == __file__


def test_a_looked_up_list_fits_wherever_a_list_does() -> None:
    link = apigateway.VpcLink("link", Given().subnet_ids)

    assert link.faults == ()
    assert ecs.Size(256, Given().most).faults == ()
