"""What a person reads while a deployment runs, in lines as CI gets them; and questions before it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from hatoba.cli import asking
from hatoba.cli.deployed.narrating import Narrator
from hatoba.cli.exits import Exit, Failure
from hatoba.deploy import Change, Clients, Proposed, ResourceEvent, Waiting

AT = datetime(2026, 1, 1, tzinfo=UTC)
ARN = "arn:aws:ecs:eu-west-1:111122223333:service/shop/app"


def event(name: str, status: str, reason: str = "", kind: str = "AWS::ECS::Service") -> ResourceEvent:
    return ResourceEvent(name, kind, ARN, status, reason, AT)


class FakeEcs:
    """A service with events, whose last task stopped."""

    def describe_services(self, **_: Any) -> dict[str, Any]:
        said = ["(service app) has started 1 tasks", "(service app) was made"]
        events = [
            {"message": text, "createdAt": AT + timedelta(seconds=2 - number)}
            for number, text in enumerate(said)
        ]
        return {"services": [{"events": events}]}

    def list_tasks(self, **_: Any) -> dict[str, Any]:
        return {"taskArns": ["arn:task/shop/t1"]}

    def describe_tasks(self, **_: Any) -> dict[str, Any]:
        task = {
            "taskArn": "arn:task/shop/t1",
            "taskDefinitionArn": "arn:td",
            "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited",
            "createdAt": AT,
            "containers": [{"name": "app", "exitCode": 3}],
        }
        return {"tasks": [task]}

    def describe_task_definition(self, **_: Any) -> dict[str, Any]:
        options = {"awslogs-group": "/app", "awslogs-stream-prefix": "p"}
        containers = [{"name": "app", "logConfiguration": {"options": options}}]
        return {"taskDefinition": {"containerDefinitions": containers}}


class FakeLogs:
    def get_log_events(self, **given: Any) -> dict[str, Any]:
        return {"events": [{"message": f"the end of {given['logStreamName']}"}]}


class FakeClients:
    ecs = FakeEcs()
    logs = FakeLogs()


CLIENTS = cast("Clients", FakeClients())


def test_each_resource_that_ends_is_a_line_and_a_rollback_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with Narrator() as narrator:
        narrator.on_event(Proposed("mz", "UPDATE", (Change("Add", "A", "T"),)))
        narrator.on_event(event("A", "CREATE_IN_PROGRESS"))
        narrator.on_event(event("A", "CREATE_COMPLETE"))
        narrator.on_event(event("B", "CREATE_FAILED", "no"))
        narrator.on_event(event("mz", "UPDATE_ROLLBACK_IN_PROGRESS", kind="AWS::CloudFormation::Stack"))

    assert capsys.readouterr().err.splitlines() == [
        "Update stack mz: 1 change",
        "  CREATE_COMPLETE  A (AWS::ECS::Service)",
        "  CREATE_FAILED    B (AWS::ECS::Service)  no",
        "  UPDATE_ROLLBACK_IN_PROGRESS: what was changed goes back",
    ]


def test_a_service_that_takes_long_tells_what_ecs_says_each_thing_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Narrator(CLIENTS, look_every_s=0) as narrator:
        narrator.on_event(event("App", "CREATE_IN_PROGRESS"))
        narrator.on_event(Waiting())
        narrator.on_event(Waiting())
        narrator.on_event(event("App", "CREATE_COMPLETE"))
        narrator.on_event(Waiting())

    assert capsys.readouterr().err.splitlines() == [
        "    (service app) was made",
        "    (service app) has started 1 tasks",
        "  CREATE_COMPLETE  App (AWS::ECS::Service)",
    ]


def test_a_service_that_fails_is_looked_into_at_once() -> None:
    with Narrator(CLIENTS) as narrator:
        narrator.on_event(event("App", "UPDATE_FAILED", "circuit breaker"))

    assert narrator.found.splitlines() == [
        "       What ECS said:",
        "         (service app) was made",
        "         (service app) has started 1 tasks",
        "       Task t1 stopped: Essential container in task exited",
        "       Container app: exit code 3",
        "       Its last lines:",
        "         the end of p/app/t1",
    ]
    assert "hatoba logs" in narrator.remedy


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("typed", ["y\n", "YES\n"])
def test_a_yes_is_taken(typed: str) -> None:
    asking.confirm("Deploy?", yes=False, person=Terminal(typed))


@pytest.mark.parametrize("typed", ["\n", "n\n", "yess\n", ""])
def test_anything_else_is_a_no(typed: str) -> None:
    with pytest.raises(Failure, match="Nothing was changed") as refused:
        asking.confirm("Deploy?", yes=False, person=Terminal(typed))
    assert refused.value.code == Exit.REFUSED


def test_what_cannot_be_brought_back_needs_the_environments_name() -> None:
    asking.confirm_by_name("All of this is deleted.", "dev", yes=False, person=Terminal("dev\n"))
    with pytest.raises(Failure, match="Nothing was changed"):
        asking.confirm_by_name("All of this is deleted.", "dev", yes=False, person=Terminal("y\n"))


def test_where_nobody_can_be_asked_the_answer_is_no() -> None:
    nobody = io.StringIO("y\n")

    with pytest.raises(Failure, match="Nobody is here") as refused:
        asking.confirm("Deploy?", yes=False, person=nobody)
    assert refused.value.code == Exit.REFUSED
    assert "--yes" in refused.value.remedy
    asking.confirm("Deploy?", yes=True, person=nobody)
