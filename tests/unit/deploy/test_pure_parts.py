"""What the deployer decides by, each part alone: statuses, the deployment before, the order, saved plans."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hatoba.deploy import Commands, DeployError, Proposal, Stack, StackBusy, StackStuck, StalePlan, saved
from hatoba.deploy.order import going
from hatoba.deploy.previous import HIDDEN, Snapshot, bare, carried, carrying, fingerprint
from hatoba.deploy.states import obstacle

DEV = Commands("dev")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def stack(status: str) -> Stack:
    return Stack("arn:stack", "mz", status, "why", {}, {}, {}, AT)


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"]
)
def test_a_stack_that_takes_a_change_has_no_obstacle(status: str) -> None:
    assert obstacle(stack(status), DEV) is None


@pytest.mark.parametrize(
    ("status", "kind", "next_command"),
    [
        ("CREATE_IN_PROGRESS", StackBusy, "hatoba status --follow --env dev follows it"),
        ("UPDATE_IN_PROGRESS", StackBusy, "hatoba rollback --env dev cancels it"),
        ("DELETE_IN_PROGRESS", StackBusy, "hatoba status --follow --env dev"),
        (
            "ROLLBACK_COMPLETE",
            StackStuck,
            "hatoba destroy --env dev removes it, then hatoba deploy --env dev",
        ),
        ("ROLLBACK_FAILED", StackStuck, "hatoba destroy --env dev"),
        ("CREATE_FAILED", StackStuck, "hatoba destroy --env dev"),
        ("DELETE_FAILED", StackStuck, "hatoba destroy --retain LOGICAL_ID --env dev"),
        ("UPDATE_FAILED", StackStuck, "hatoba rollback --env dev"),
        ("UPDATE_ROLLBACK_FAILED", StackStuck, "hatoba rollback --skip LOGICAL_ID --env dev"),
    ],
)
def test_a_status_that_takes_no_change_names_the_next_command(
    status: str, kind: type[DeployError], next_command: str
) -> None:
    error = obstacle(stack(status), DEV)

    assert type(error) is kind
    assert status in error.what
    assert next_command in error.remedy


def test_a_stack_in_review_with_a_change_set_that_waits_is_left_to_who_made_it() -> None:
    error = obstacle(stack("REVIEW_IN_PROGRESS"), DEV, ("hatoba-1",))

    assert error is not None
    assert "hatoba-1 waits" in error.what
    assert "hatoba deploy --plan FILE --env dev" in error.remedy


def test_commands_for_local_need_no_environment() -> None:
    assert Commands()("deploy") == "hatoba deploy"
    assert Commands("dev")("plan", "--out", "FILE") == "hatoba plan --out FILE --env dev"


TEMPLATE = json.dumps({"Resources": {"A": {"Type": "T"}}}, indent=1)
BEFORE = Snapshot(json.dumps({"Resources": {"B": {"Type": "T"}}}), {"P": "1"}, {"Owner": "team"})


def test_a_template_carries_the_deployment_before_it() -> None:
    text = carrying(TEMPLATE, BEFORE, 51_200)
    found = carried(text)

    assert found is not None
    assert json.loads(found.template) == json.loads(BEFORE.template)
    assert (found.parameters, found.tags) == (BEFORE.parameters, BEFORE.tags)
    assert bare(text) == bare(TEMPLATE)
    assert json.loads(text)["Resources"] == json.loads(TEMPLATE)["Resources"]


def test_only_one_deployment_is_carried_not_a_chain_of_them() -> None:
    first = carrying(TEMPLATE, BEFORE, 51_200)
    second = carrying(TEMPLATE, replace(BEFORE, template=first), 51_200)

    found = carried(second)
    assert found is not None
    assert carried(found.template) is None


def test_a_template_that_would_be_too_large_carries_nothing() -> None:
    assert carrying(TEMPLATE, BEFORE, len(TEMPLATE) + 10) == TEMPLATE


@pytest.mark.parametrize(
    "text", ["Resources: {}", "{}", '{"Metadata": {"Hatoba": {"Previous": "junk"}}}', "[]"]
)
def test_what_carries_nothing_that_can_be_read_is_no_error(text: str) -> None:
    assert carried(text) is None


def test_a_yaml_template_of_another_tool_is_left_as_it_is() -> None:
    assert carrying("Resources: {}", BEFORE, 51_200) == "Resources: {}"


def test_a_parameter_that_is_hidden_bars_the_way_back() -> None:
    assert BEFORE.can_return
    assert not replace(BEFORE, parameters={"P": HIDDEN}).can_return


def test_fingerprints_differ_where_their_parts_do() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint("a") != fingerprint("b")


def test_things_go_before_what_they_need_and_what_is_retained_stays() -> None:
    template: dict[str, dict[str, dict[str, object]]] = {
        "Resources": {
            "Table": {"Type": "T", "DeletionPolicy": "Retain"},
            "Role": {"Type": "R", "Properties": {"On": {"Fn::Sub": "${Table.Arn}/*"}}},
            "Task": {"Type": "D", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Port": 80}},
            "App": {"Type": "S", "DependsOn": ["Log"], "Properties": {"Task": {"Ref": "Task"}}},
            "Log": {"Type": "L"},
        }
    }
    standing = {name: (str(part["Type"]), f"id-{name}") for name, part in template["Resources"].items()}
    found = going(json.dumps(template), standing)

    order = [each.logical_id for each in found]
    assert order.index("App") < order.index("Task") < order.index("Role") < order.index("Table")
    assert order.index("App") < order.index("Log")
    assert [each.logical_id for each in found if each.is_retained] == ["Table"]
    assert found[0].physical_id == "id-App"


def test_a_template_that_is_no_json_still_lists_what_stands() -> None:
    assert [each.logical_id for each in going("Resources: {}", {"A": ("T", "a")})] == ["A"]


PROPOSAL = Proposal("mz", "arn:stack", "arn:set", "UPDATE", ())
BINDING = saved.Binding("dev", "111122223333", "eu-west-1", "definition", "inputs", "stands")


def test_a_saved_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    saved.write(file, PROPOSAL, BINDING, {"stack": "mz", "changes": []})
    plan = saved.read(file)

    assert plan.binding == BINDING
    assert plan.proposal == replace(PROPOSAL, stands="stands")
    saved.check(plan, BINDING, DEV)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"environment": "prod"}, "environment dev, not prod"),
        ({"account": "444455556666"}, "account 111122223333, not 444455556666"),
        ({"region": "us-east-1"}, "region eu-west-1, not us-east-1"),
        ({"definition": "other"}, "another definition"),
        ({"inputs": "other"}, "other values of the inputs"),
        ({"stands": "other"}, "another state of the stack"),
        ({"stands": None}, "another state of the stack"),
    ],
)
def test_a_plan_is_stale_when_what_it_was_made_from_is_another(
    tmp_path: Path, changed: dict[str, str], text: str
) -> None:
    file = tmp_path / "plan.json"
    saved.write(file, PROPOSAL, BINDING, {"stack": "mz"})

    with pytest.raises(StalePlan) as stale:
        saved.check(saved.read(file), replace(BINDING, **changed), DEV)
    assert text in stale.value.what
    assert "hatoba plan --out FILE --env dev" in stale.value.remedy


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "stack": "mz"}', '{"format": 9}'])
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)

    with pytest.raises(DeployError, match=r"plan\.json"):
        saved.read(file)


def test_a_file_that_is_not_there_or_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="No such file"):
        saved.read(tmp_path / "none.json")
    with pytest.raises(DeployError, match="cannot be written"):
        saved.write(tmp_path / "no" / "plan.json", PROPOSAL, BINDING, {"stack": "mz"})
