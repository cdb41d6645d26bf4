"""Terraform modules: golden files, how terms and names are written, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from hatoba import REGION, Input, Inputs, System, apigateway, ecs, iam
from hatoba.definition.raw import Raw
from hatoba.plan import Plan, plan
from hatoba.plan import resources as aws
from hatoba.plan.terms import Joined, PseudoParameter, Reference
from hatoba.render.terraform import Uncarried, module, variable_values
from hatoba.render.terraform.kinds import KINDS, SHAPES
from hatoba.render.terraform.names import labels, snake
from hatoba.render.terraform.writer import NOT_PROPERTIES, Scribe
from tests.support.grown import grown
from tests.unit.definition.parts import api, container, route, service, system, task
from tests.unit.render.test_cloudformation import SYSTEMS

FILES = ("main", "variables", "outputs", "providers", "versions")


class Golden(SingleFileSnapshotExtension):
    """One file of a module, as it is written; ``pytest --snapshot-update`` writes them anew."""

    _write_mode = WriteMode.TEXT
    file_extension = "json"


MODULES = {**SYSTEMS, "grown": grown}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_its_golden_files(name: str, snapshot: SnapshotAssertion) -> None:
    files = module(plan(MODULES[name]()))
    golden = snapshot.use_extension(Golden)

    assert files.keys() == {"README.md", *(f"{each}.tf.json" for each in FILES)}
    for each in FILES:
        assert files[f"{each}.tf.json"] == golden(name=each)


def document(of: System | Plan, file: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(module(of if isinstance(of, Plan) else plan(of))[f"{file}.tf.json"])
    return read


def resources(of: System | Plan) -> dict[str, Any]:
    found: dict[str, Any] = document(of, "main")["resource"]
    return found


def variables(given: Inputs, **used: Any) -> dict[str, Any]:
    found: dict[str, Any] = document(
        system(inputs=given, services=[service(of=task(container(**used)))]), "variables"
    )["variable"]
    return found


def test_text_that_looks_like_a_template_stays_text() -> None:
    command = ["echo ${HOME} %{if} $5"]
    written = document(system(services=[service(of=task(container(command=command)))]), "main")

    assert written["locals"]["family_containers"][0]["command"] == ["echo $${HOME} %%{if} $5"]


def test_a_tag_of_the_system_is_said_once() -> None:
    held = ecs.Cluster("shop", tags={"Owner": "team", "Cost": "shop"})
    of = system(tags={"Owner": "team"}, services=[service(cluster=held)])

    assert resources(of)["aws_ecs_cluster"]["shop"]["tags"] == {"Cost": "shop"}
    assert document(of, "providers")["provider"]["aws"]["default_tags"] == {"tags": {"Owner": "team"}}


def test_a_role_has_no_other_inline_policies() -> None:
    bare = task(container(), task_role=iam.TaskRole("bare"))
    written = resources(system(services=[service(of=bare)]))

    assert written["aws_iam_role_policies_exclusive"]["bare"] == {
        "role_name": "${aws_iam_role.bare.name}",
        "policy_names": [],
    }


def test_what_uses_a_role_stands_after_its_policies() -> None:
    role = iam.TaskRole("app", {"first": iam.Allow("s3:GetObject"), "second": iam.Allow("s3:PutObject")})
    written = resources(system(services=[service(of=task(container(), task_role=role))]))

    (definition,) = written["aws_ecs_task_definition"].values()
    assert definition["depends_on"] == [
        "aws_iam_role_policy.app",
        "aws_iam_role_policy.app_2",
        "aws_iam_role_policies_exclusive.app",
    ]


def test_methods_of_an_input_are_one_block() -> None:
    class Given(Inputs):
        methods = Input.http_methods({"GET", "PUT"})

    held = Given()
    written = system(inputs=held, apis=[api(route("/a", methods=held.methods), route("/b", methods=["GET"]))])
    routes = resources(written)["aws_apigatewayv2_route"]

    assert {name: (body.get("for_each"), body["route_key"]) for name, body in routes.items()} == {
        "api_a": ("${var.methods}", "${each.value} /a"),
        "api_get_b": (None, "GET /b"),
    }
    assert document(written, "variables")["variable"]["methods"]["default"] == ["GET", "PUT"]


def test_an_object_variable_needs_only_what_has_no_default() -> None:
    class Sized(Inputs):
        size = ecs.TaskInputs(cpu=256)

    given = Sized()
    definition = ecs.TaskDefinition("family", [container()], given.size)
    held = system(inputs=given, services=[service(of=definition)])
    written = document(held, "variables")["variable"]["size"]

    assert written["type"] == "object({ memory = number, cpu = optional(number, 256) })"
    assert "default" not in written


@pytest.mark.parametrize(
    ("given", "kind", "default"),
    [
        (Input.string("a"), "string", "a"),
        (Input.string(), "string", None),
        (Input.string('say "${x}"'), "string", 'say "${x}"'),
    ],
)
def test_a_variable_has_the_type_and_default_of_its_input(given: Any, kind: str, default: str | None) -> None:
    group = type("Given", (Inputs,), {"image": given})
    given.__set_name__(group, "image")
    held = group()
    written = variables(held, image=held.image)["image"]

    assert (written["type"], written.get("default")) == (kind, default)


def test_values_of_an_environment_are_nested_as_the_variables_are() -> None:
    parameters = plan(SYSTEMS["sales_support_system"]()).parameters
    values = {"ecs_task.memory": 1024, "ecs_service.http_methods": {"PUT", "GET"}, "unused": 1}

    assert variable_values(parameters, values, region="eu-west-1", account="111122223333") == {
        "aws_region": "eu-west-1",
        "allowed_account_ids": ["111122223333"],
        "ecs_task": {"memory": 1024},
        "ecs_service": {"http_methods": ["GET", "PUT"]},
    }


def test_two_ids_of_one_name_have_two_labels() -> None:
    ids = [
        ("AbRole", "AbRole", "t", "Role"),
        ("ABRole", "ABRole", "t", "Role"),
        ("Role", "Role", "t", "Role"),
    ]

    assert labels(ids) == {"AbRole": "ab", "ABRole": "ABRole", "Role": "role"}
    assert snake("EcsTaskHTTPRole2") == "ecs_task_http_role2"


@dataclass(frozen=True, kw_only=True)
class Bucket(aws.Resource):
    """A type that no table has."""

    TYPE: ClassVar[str] = "AWS::S3::Bucket"


def with_more(*more: aws.Resource, outputs: Mapping[str, Any] | None = None) -> Plan:
    of = plan(system(services=[service()], outputs=outputs or {}))
    return replace(of, resources=(*of.resources, *more))


def refused(of: Plan | System) -> list[str]:
    with pytest.raises(Uncarried) as error:
        module(of if isinstance(of, Plan) else plan(of))
    return [f"{refusal.place}: {refusal.what}" for refusal in error.value.refusals]


def all_types(of: type[aws.Resource] = aws.Resource) -> list[type[aws.Resource]]:
    """Every type that a plan may have, less those of tests."""
    below = [each for child in of.__subclasses__() for each in (child, *all_types(child))]
    return [each for each in below if each.__module__.startswith("hatoba.")]


@pytest.mark.parametrize("kind", all_types(), ids=lambda kind: kind.__name__)
def test_every_type_and_property_that_a_plan_has_is_carried(kind: type[aws.Resource]) -> None:
    carried = KINDS[kind].fields.keys() | KINDS[kind].special.keys()

    assert {each.name for each in fields(kind)} - {*NOT_PROPERTIES} == carried


@pytest.mark.parametrize("record", SHAPES, ids=lambda record: record.__name__)
def test_every_member_of_a_nested_record_is_carried(record: type[Any]) -> None:
    shape = SHAPES[record]

    assert callable(shape) or {each.name for each in fields(record)} == shape.keys()


def test_a_type_that_is_not_known_is_refused_by_name() -> None:
    assert refused(with_more(Bucket(id="Pictures"))) == [
        "Pictures (AWS::S3::Bucket): Terraform's export does not know this type"
    ]


@dataclass(frozen=True, kw_only=True)
class NewCluster(aws.Cluster):
    """A property that the table does not name."""

    service_connect_defaults: str | None = None


def test_a_property_that_is_not_known_is_refused_by_name() -> None:
    new = NewCluster(id="New", cluster_name="new", service_connect_defaults="x")
    scribe = Scribe({NewCluster: KINDS[aws.Cluster]}, {}, {"New": new}, {"New": "new"}, {}, {})
    scribe.add(new)

    assert [refusal.what for refusal in scribe.refusals] == [
        "the property ServiceConnectDefaults is not carried"
    ]


def test_conditions_attributes_and_pseudo_parameters_without_counterpart_are_refused() -> None:
    name = Joined((Reference("Cluster", "Odd"), PseudoParameter("StackId")))
    more = aws.LogGroup(id="Odd", condition="IsOn", log_group_name=name)

    assert refused(with_more(more)) == [
        "Odd (AWS::Logs::LogGroup): its condition IsOn is not carried",
        "Odd (AWS::Logs::LogGroup): Cluster's Odd is not known to Terraform's export",
        "Odd (AWS::Logs::LogGroup): AWS::StackId has no counterpart in Terraform",
    ]


def with_raw(properties: Mapping[str, Any], **more: Any) -> System:
    held = Raw("Pictures", "AWS::S3::Bucket", properties, **more)
    return system(services=[service()], resources=[held], outputs={"arn": held.get("Arn")})


def test_a_raw_resource_is_a_stack_of_its_own_whose_outputs_are_what_others_want() -> None:
    of = with_raw(
        {"BucketName": "pictures-" + REGION, "Note": "${a}"}, deletion_policy="RetainExceptOnCreate"
    )
    template = document(of, "main")["locals"]["pictures_template"]

    assert template == {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "Pictures": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "BucketName": "pictures-${data.aws_region.current.name}",
                    "Note": "$${a}",
                },
                "DeletionPolicy": "RetainExceptOnCreate",
                "UpdateReplacePolicy": "Retain",
            }
        },
        "Outputs": {
            "Ref": {"Value": {"Ref": "Pictures"}},
            "Arn": {"Value": {"Fn::GetAtt": ["Pictures", "Arn"]}},
        },
    }
    assert resources(of)["aws_cloudformation_stack"]["pictures"]["name"] == "shop-Pictures"
    assert document(of, "outputs")["output"]["arn"]["value"] == (
        '${aws_cloudformation_stack.pictures.outputs["Arn"]}'
    )


@pytest.mark.parametrize(
    ("properties", "what"),
    [
        ({"A": {"Ref": "Cluster"}}, "Ref of Cluster"),
        ({"A": [{"Fn::GetAtt": ["Cluster", "Arn"]}]}, "Fn::GetAtt"),
        ({"A": {"Fn::Sub": "${AWS::Region}-${Cluster}"}}, "${Cluster}"),
        ({"A": {"Fn::If": ["IsOn", "a", "b"]}}, "Fn::If"),
    ],
)
def test_a_raw_resource_that_looks_at_the_rest_of_the_template_is_refused(
    properties: Mapping[str, Any], what: str
) -> None:
    assert refused(with_raw(properties)) == [
        f"Pictures (AWS::S3::Bucket): {what} in its properties looks at the rest of the template"
    ]


def test_rules_that_are_made_beside_a_group_are_not_in_it_too() -> None:
    written = resources(grown())

    assert "ingress" not in written["aws_security_group"]["tasks"]
    assert written["aws_security_group_rule"].keys() == {"tasks_1", "tasks_2", "web_tasks80", "feed_tasks80"}


def test_a_service_that_scales_keeps_its_count() -> None:
    written = resources(grown())["aws_ecs_service"]["web"]

    assert written["lifecycle"] == {"ignore_changes": ["desired_count"]}


def test_cooldowns_that_nobody_says_are_awss_own() -> None:
    (policy,) = resources(grown())["aws_appautoscaling_policy"].values()
    tracking = policy["target_tracking_scaling_policy_configuration"]

    assert (tracking["scale_in_cooldown"], tracking["scale_out_cooldown"]) == (60, 300)


def test_limits_of_an_input_are_validation() -> None:
    class Given(Inputs):
        tag = Input.string("v1", pattern=r'v\d+"?')
        tasks = Input.number(2, minimum=1, maximum=9)

    given = Given()
    held = service(of=task(container(image="shop:" + given.tag)), desired_count=given.tasks)
    written = document(system(inputs=given, services=[held]), "variables")["variable"]

    assert written["tag"]["validation"][0]["condition"] == (
        r'${length(var.tag) > 0 && can(regex("^(?:v\\d+\"?)$", var.tag))}'
    )
    assert written["tasks"]["validation"][0]["condition"] == (
        "${floor(var.tasks) == var.tasks && var.tasks >= 1 && var.tasks <= 9}"
    )


def test_a_pattern_that_terraform_has_not_is_refused() -> None:
    class Given(Inputs):
        tag = Input.string("v1", pattern="(?!a)v1")

    given = Given()
    held = service(of=task(container(image="a" + given.tag)))

    assert refused(system(inputs=given, services=[held])) == [
        "input tag: Terraform has no such pattern: (?!a)v1"
    ]


def test_an_input_that_is_looked_up_is_a_data_source() -> None:
    class Given(Inputs):
        subnets = Input.subnets().looked_up("/network/subnets")

    given = Given()
    of = system(inputs=given, services=[service(subnets=given.subnets)])

    assert document(of, "main")["data"]["aws_ssm_parameter"] == {"subnets": {"name": "${var.subnets}"}}
    assert resources(of)["aws_ecs_service"]["app"]["network_configuration"]["subnets"] == (
        '${split(",", data.aws_ssm_parameter.subnets.insecure_value)}'
    )


def test_a_job_is_an_output_that_starts_it() -> None:
    job = document(grown(), "outputs")["output"]["jobs"]["value"]["migrate"]

    assert job["taskDefinition"] == "${aws_ecs_task_definition.stock.arn}"
    assert job["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    assert job["launchType"] == "FARGATE"


def test_names_that_terraform_reserves_are_refused() -> None:
    class Given(Inputs):
        version = Input.string("1")

    given = Given()
    held = service(of=task(container(image="busybox:" + given.version)))

    assert refused(system(inputs=given, services=[held], outputs={"a b": held.arn})) == [
        "input version: a variable of Terraform cannot have this name",
        "output a b: Terraform takes no such name of an output",
    ]


def test_cors_without_credentials_says_nothing_of_them() -> None:
    held = api(route(), cors=apigateway.Cors(["https://*"]))

    assert resources(system(apis=[held]))["aws_apigatewayv2_api"]["api"]["cors_configuration"] == {
        "allow_origins": ["https://*"]
    }
