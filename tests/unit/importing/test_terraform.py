"""Drafts from Terraform: in JSON syntax, which needs no parser of its own."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from hatoba.definition.project import Project, load
from hatoba.importing import Draft, ImportFailed
from hatoba.importing.terraform import draft
from hatoba.importing.terraform.read import Expression, Template, arguments, choice, template
from hatoba.plan import plan
from hatoba.render import template as cloudformation
from hatoba.render.terraform import module
from tests.support.grown import grown
from tests.unit.importing.test_compose import what_comes
from tests.unit.render.test_cloudformation import reference


def drafted(folder: Path, **files: dict[str, Any]) -> Draft:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.tf.json").write_text(json.dumps(content))
    return draft(folder)


def loaded(made: Draft, folder: Path) -> Project:
    file = folder / "hatobafile.py"
    file.write_text(made.text())
    return load(file)


def left(made: Draft) -> list[str]:
    return [str(each) for each in made.left]


def test_a_module_that_hatoba_wrote_comes_back_as_the_system_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "mz-dev"
    files = {
        name.partition(".")[0]: json.loads(text)
        for name, text in module(plan(reference())).items()
        if name != "README.md"
    }
    made = drafted(folder, **files)
    project = loaded(made, tmp_path)

    project.validate(project.environment())
    before, after = cloudformation(plan(reference())), cloudformation(plan(project.system))
    assert after["Resources"] == before["Resources"]
    assert after["Outputs"] == before["Outputs"]
    assert after["Parameters"].keys() == before["Parameters"].keys()


def test_the_draft_of_a_system_with_more_than_can_be_carried_is_valid_all_the_same(
    tmp_path: Path,
) -> None:
    files = {
        name.partition(".")[0]: json.loads(text)
        for name, text in module(plan(grown())).items()
        if name != "README.md"
    }
    made = drafted(tmp_path / "shop", **files)
    project = loaded(made, tmp_path)

    project.validate(project.environment())
    assert made.left


def test_what_has_no_construct_is_told_by_name(tmp_path: Path) -> None:
    made = drafted(
        tmp_path,
        main={
            "module": {"network": {"source": "./network"}},
            "resource": {
                "aws_db_instance": {"main": {"engine": "postgres"}},
                "aws_ecs_cluster": {
                    "many": {"name": "many", "count": 2},
                    "main": {"name": "main", "setting": {"name": "containerInsights", "value": "enabled"}},
                },
            },
        },
    )

    assert left(made) == [
        "module network: hatoba has nothing of this kind",
        "aws_ecs_cluster.many: count and for_each are not carried",
        "aws_ecs_cluster.main: setting: no construct has it",
        "aws_db_instance.main: hatoba has no construct for it",
    ]
    assert 'ecs.Cluster("main")' in made.text()


def test_an_expression_without_words_is_told_and_not_guessed(tmp_path: Path) -> None:
    made = drafted(
        tmp_path,
        main={
            "variable": {"vpc_id": {"type": "string"}},
            "resource": {"aws_security_group": {"app": {"name": '${upper("a")}', "vpc_id": "${var.vpc_id}"}}},
        },
    )

    assert left(made) == ['aws_security_group.app: name: hatoba has no words for upper("a")']
    assert 'ec2.SecurityGroup("app", given.vpc_id, egress=[])' not in made.text()
    assert "vpc_id = Input.vpc()" in made.text()


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ({"type": "string", "default": "a"}, 'Input.string("a")'),
        ({"type": "number"}, "Input.number(local=1)"),
        ({"type": "list(string)", "default": ["a"]}, 'Input.strings(["a"])'),
        (
            {"type": "set(string)", "description": "Names"},
            'Input.strings(local=["local"], description="Names")',
        ),
        ({"type": "object({ size = optional(number, 3) })"}, "AInputs()"),
    ],
)
def test_a_variable_is_the_input_of_its_type(declared: Any, written: str, tmp_path: Path) -> None:
    used = "${var.a.size}" if "object" in declared["type"] else "${var.a}"
    made = drafted(tmp_path, main={"variable": {"a": declared}, "output": {"b": {"value": "x${" + used[2:]}}})

    assert f"    a = {written}\n" in made.text()


def test_variables_that_no_input_holds_give_their_default(tmp_path: Path) -> None:
    made = drafted(
        tmp_path,
        main={
            "variable": {
                "big": {"type": "bool", "default": True},
                "unused": {"type": "string", "default": "x"},
            },
            "locals": {"name": 'shop-${var.big ? "big" : "small"}'},
            "resource": {"aws_ecs_cluster": {"main": {"name": "${local.name}"}}},
        },
    )

    assert 'ecs.Cluster("shop-big")' in made.text()
    assert left(made) == [
        "var.big: no input holds bool: its default stands where it is used",
        "var.unused: nothing that is drafted uses it",
    ]


def test_statements_that_are_more_than_allow_are_told(tmp_path: Path) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}
    denied = {"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
    role = {"name": "app", "assume_role_policy": json.dumps(trust)}
    made = drafted(
        tmp_path,
        main={
            "locals": {"trust": trust, "denied": denied},
            "resource": {
                "aws_iam_role": {"app": {**role, "assume_role_policy": "${jsonencode(local.trust)}"}},
                "aws_iam_role_policy": {
                    "app": {"role": "${aws_iam_role.app.id}", "policy": "${jsonencode(local.denied)}"}
                },
            },
        },
    )

    assert left(made)[0] == "aws_iam_role_policy.app: a statement with Effect Deny is not carried"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("plain $5", "plain $5"),
        ("$${a} %%{b}", "${a} %{b}"),
        ("${var.a}", Expression("var.a")),
        ('a-${f("}", {})}-b', Template(("a-", Expression('f("}", {})'), "-b"))),
    ],
)
def test_templates_are_text_and_expressions(text: str, read: object) -> None:
    assert template(text) == read


def test_arguments_and_conditionals_are_split_outside_of_brackets_and_quotes() -> None:
    assert arguments('a, f(b, c), "d,e", {x = [1, 2]}') == ["a", "f(b, c)", '"d,e"', "{x = [1, 2]}"]
    assert choice('var.a ? "b:c" : d') == ("var.a", '"b:c"', "d")
    assert choice("f(a ? b : c)") is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (
            "aws_ecs_task_definition",
            {"cpu": 1, "memory": 2, "container_definitions": [{"portMappings": [80]}]},
        ),
        ("aws_iam_role", {"assume_role_policy": {"Statement": ["a"]}}),
        ("aws_security_group", {"vpc_id": "vpc-1", "ingress": [1, "a"]}),
        ("aws_ecs_service", {"network_configuration": [], "task_definition": 3}),
        ("aws_apigatewayv2_api", {"protocol_type": ["HTTP"]}),
        ("aws_ecs_cluster", []),
        ("aws_ecs_cluster", {"name": {"a": 1}}),
    ],
)
def test_a_resource_of_another_form_is_a_clear_error_or_is_told(kind: str, body: Any, tmp_path: Path) -> None:
    said = what_comes(lambda: drafted(tmp_path, main={"resource": {kind: {"it": body}}}))

    assert "has not the form" in said or ast.parse(said).body


def test_a_directory_that_is_not_there_or_empty_is_a_clear_error(tmp_path: Path) -> None:
    for folder, what in ((tmp_path / "none", "no such directory"), (tmp_path, r"no \*\.tf")):
        with pytest.raises(ImportFailed, match=what):
            draft(folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"a": }'])
def test_json_that_is_broken_is_a_clear_error_with_its_place(text: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf.json").write_text(text)

    with pytest.raises(ImportFailed, match=r"main\.tf\.json.*not (JSON|a JSON object)"):
        draft(tmp_path)
