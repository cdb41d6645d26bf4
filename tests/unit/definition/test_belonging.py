"""What a system uses belongs to it; and every rule of the table has a test."""

from __future__ import annotations

from hatoba import Input, Inputs, ecs
from hatoba.definition.rules import RULES, belonging, names, tags
from tests.unit.definition.parts import container, findings, service, system, task
from tests.unit.definition.test_rules import BROKEN
from tests.unit.definition.test_rules_of_more import BROKEN as GROWN_UP


class Count(Inputs):
    tasks = Input.number(1)


def test_an_input_in_use_is_declared() -> None:
    given = Count()
    using = service(desired_count=given.tasks)

    assert findings(belonging.inputs_are_declared, system(services=[using], inputs=given)) == []
    found = findings(belonging.inputs_are_declared, system(services=[using]))
    assert [finding.rule for finding in found] == ["input tasks is used but is not among the system's inputs"]


def test_an_input_outside_of_a_class_has_no_name() -> None:
    found = findings(belonging.inputs_are_declared, system(services=[service(desired_count=Input.number(1))]))

    assert [finding.rule for finding in found] == ["an input is used that was never given a name"]


def test_an_input_joined_into_text_counts_as_used() -> None:
    class Where(Inputs):
        host = Input.string()

    using = service(
        of=ecs.TaskDefinition("f", [ecs.Container("a", "registry/" + Where().host)], ecs.Size(256, 512))
    )

    assert len(findings(belonging.inputs_are_declared, system(services=[using]))) == 1


def test_inputs_stay_different_without_punctuation() -> None:
    class Twins(Inputs):
        ab_c = Input.number(1)
        a_bc = Input.number(1)

    assert "'abc'" in findings(belonging.input_names, system(inputs=Twins()))[0].rule


def test_the_nonce_keeps_its_name_for_itself() -> None:
    class Mine(Inputs):
        force_new_deployment_nonce = Input.string("x")

    assert len(findings(belonging.input_names, system(inputs=Mine()))) == 1


def test_there_are_at_most_two_hundred_inputs() -> None:
    many = type("Many", (Inputs,), {f"i{n}": Input.number(1) for n in range(201)})
    for name, member in vars(many).items():
        if isinstance(member, Input):
            member.__set_name__(many, name)

    assert "there are 201 inputs" in findings(belonging.input_names, system(inputs=many()))[0].rule


def test_an_output_speaks_of_what_the_system_has() -> None:
    stranger = ecs.Cluster("other")
    found = findings(belonging.attributes_belong, system(outputs={"arn": stranger.arn}))

    assert "output arn speaks of a Cluster" in found[0].rule


def test_a_variable_speaks_of_what_the_system_has() -> None:
    stranger = ecs.Cluster("other")
    using = service(of=task(container(environment={"CLUSTER": stranger.arn})))
    found = findings(belonging.attributes_belong, system(services=[using]))

    assert [finding.rule for finding in found] == [
        "environment of app speaks of a Cluster that the system does not use"
    ]


def test_every_rule_of_the_table_has_a_test() -> None:
    tested = {rule for rule, _, _ in (*BROKEN, *GROWN_UP)} | {
        names.names_are_unique,
        tags.number_of_tags,
        belonging.inputs_are_declared,
        belonging.input_names,
        belonging.attributes_belong,
    }

    assert {rule for _, rule in RULES} == tested
