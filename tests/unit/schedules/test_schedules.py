"""Schedules come due by the cloud's clock: tasks are run once for each time, also over a restart."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.schedules import Schedules
from hatoba.cloud.schedules.model import Schedule
from hatoba.cloud.wire import Call, NotImplementedHere, Operations, ServiceError
from tests.support.calls import SCOPE, Bench
from tests.support.fakes import FakeClock
from tests.support.looping import Looping

CLUSTER = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}:cluster/c"
PLACE = {"awsvpcConfiguration": {"Subnets": ["subnet-a"], "SecurityGroups": ["sg-1"]}}
PARAMETERS = {"TaskDefinitionArn": "job", "LaunchType": "FARGATE", "NetworkConfiguration": PLACE}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()


class Dock(Looping):
    """Schedules over a fake clock, and an ECS that writes down what it is asked to run."""

    STEP_S = 30.0

    def __init__(self) -> None:
        self.clock = FakeClock(NOON)
        self.bench = Bench(clock=self.clock)
        self.asked: list[Mapping[str, Any]] = []
        self.deleted: list[Mapping[str, Any]] = []
        self.letters: list[Mapping[str, Any]] = []
        self.failure: ServiceError | None = None
        for service, answers in {
            "ecs": {"RunTask": self._run},
            "scheduler": {"DeleteSchedule": self._delete},
            "sqs": {"GetQueueUrl": self._queue, "SendMessage": self._send},
        }.items():
            table = Operations(service)
            for name, function in answers.items():
                table.add(name, function)
            self.bench.add(table)
        self.schedules = Schedules(self.bench.world)

    def _run(self, call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        del call
        if self.failure is not None:
            raise self.failure
        self.asked.append(request)
        return {"tasks": [{"taskArn": f"task-{len(self.asked)}"}], "failures": []}

    def _delete(self, call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        del call
        self.deleted.append(request)
        return {}

    def _queue(self, call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        del call
        return {"QueueUrl": f"http://queue/{request['QueueName']}"}

    def _send(self, call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        del call
        self.letters.append(request)
        return {}

    def put_rules(self, *rules: Mapping[str, Any]) -> None:
        self.schedules.keep(SCOPE, "events", json.dumps({"Rules": rules}).encode())

    def put_schedules(self, *schedules: Mapping[str, Any]) -> None:
        self.schedules.keep(SCOPE, "scheduler", json.dumps({"Schedules": schedules}).encode())

    def only(self) -> Schedule:
        [found] = self.schedules.table.list(SCOPE)
        return found

    async def run(self) -> None:
        await self.schedules.run()


def rule(expression: str = "rate(5 minutes)", state: str = "ENABLED", **target: Any) -> dict[str, Any]:
    targets = [{"Id": "1", "Arn": CLUSTER, "EcsParameters": PARAMETERS, **target}]
    return {
        "Arn": "arn:rule",
        "Name": "nightly",
        "ScheduleExpression": expression,
        "State": state,
        "Targets": targets,
    }


def schedule(expression: str = "rate(5 minutes)", **members: Any) -> dict[str, Any]:
    return {
        "Arn": "arn:schedule",
        "Name": "nightly",
        "GroupName": "default",
        "ScheduleExpression": expression,
        "State": "ENABLED",
        "Target": {"Arn": CLUSTER, "EcsParameters": PARAMETERS, **members.pop("Target", {})},
        **members,
    }


def test_a_rule_runs_tasks_after_each_interval() -> None:
    dock = Dock()

    async def go() -> None:
        async with dock.at_work():
            dock.put_rules(rule())
            await dock.wait(290)
            assert dock.asked == []
            await dock.wait(20)
            assert len(dock.asked) == 1
            await dock.wait(600)

    asyncio.run(go())
    assert len(dock.asked) == 3
    assert len({each["clientToken"] for each in dock.asked}) == 3
    asked = dict(dock.asked[0])
    del asked["clientToken"]
    assert asked == {
        "cluster": CLUSTER,
        "taskDefinition": "job",
        "count": 1,
        "startedBy": "events-rule/nightly",
        "launchType": "FARGATE",
        "networkConfiguration": {
            "awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-1"]}
        },
    }


def test_a_rate_of_the_scheduler_runs_at_once_and_a_cron_at_its_time() -> None:
    dock = Dock()

    async def go() -> None:
        async with dock.at_work():
            dock.put_schedules(
                schedule(),
                schedule("cron(0 22 * * ? *)", Arn="arn:x", ScheduleExpressionTimezone="Asia/Tokyo"),
            )
            await dock.rest()
            assert len(dock.asked) == 1
            await dock.wait(3600)
            assert dock.clock.now() == NOON + 3600  # 22:00 in Tokyo

    asyncio.run(go())
    found = {each.arn: each for each in dock.schedules.table.list(SCOPE)}
    assert found["arn:schedule"].last_at == NOON + 3600
    assert found["arn:x"].last_at == NOON + 3600
    assert found["arn:x"].occurs_at == NOON + 25 * 3600


@pytest.mark.parametrize("machine", ["Asia/Tokyo", "America/New_York"])
def test_where_no_zone_is_named_times_are_utc(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", machine)
    time.tzset()
    try:
        dock = Dock()
        dock.put_rules(rule("cron(0 13 * * ? *)"))
        dock.put_schedules(schedule("at(2026-11-22T13:00:00)"))
        assert {each.occurs_at for each in dock.schedules.table.list(SCOPE)} == {NOON + 3600}
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_a_target_says_reaches_the_tasks() -> None:
    dock = Dock()
    overrides = {"containerOverrides": [{"name": "app", "command": ["sync"]}]}
    parameters = PARAMETERS | {
        "TaskCount": 3,
        "Group": "batch",
        "PropagateTags": "TASK_DEFINITION",
        "EnableECSManagedTags": True,
        "EnableExecuteCommand": True,
        "PlatformVersion": "1.4.0",
        "Tags": [{"Key": "a", "Value": "b"}],
        "NetworkConfiguration": {
            "awsvpcConfiguration": {
                "Subnets": ["subnet-a"],
                "SecurityGroups": ["sg-1"],
                "AssignPublicIp": "ENABLED",
            }
        },
    }

    async def go() -> None:
        async with dock.at_work():
            dock.put_schedules(
                schedule(
                    Name="a-name-that-is-longer-than-fits",
                    Target={"EcsParameters": parameters, "Input": json.dumps(overrides)},
                )
            )
            await dock.rest()

    asyncio.run(go())
    [asked] = dock.asked
    assert asked["overrides"] == overrides
    assert (asked["count"], asked["group"], asked["propagateTags"]) == (3, "batch", "TASK_DEFINITION")
    assert asked["tags"] == [{"key": "a", "value": "b"}]
    assert (asked["enableECSManagedTags"], asked["enableExecuteCommand"]) == (True, True)
    assert asked["platformVersion"] == "1.4.0"
    assert asked["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-a"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "ENABLED",
    }
    assert asked["startedBy"] == "chronos-schedule/a-name-that-is-long"
    assert dock.only().last_tasks == ("task-1",)


def test_a_target_may_have_a_strategy_in_place_of_a_launch_type_and_tags_as_a_schedule_writes_them() -> None:
    dock = Dock()
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 2}]
    parameters = {
        "TaskDefinitionArn": "job",
        "NetworkConfiguration": PLACE,
        "CapacityProviderStrategy": strategy,
        "Tags": [{"team": "shop"}],
    }

    async def go() -> None:
        async with dock.at_work():
            dock.put_schedules(schedule(Target={"EcsParameters": parameters}))
            await dock.rest()

    asyncio.run(go())
    [asked] = dock.asked
    assert "launchType" not in asked
    assert asked["capacityProviderStrategy"] == strategy
    assert asked["tags"] == [{"key": "team", "value": "shop"}]


def test_nothing_runs_twice_when_the_cloud_is_killed_and_started_again() -> None:
    dock = Dock()

    async def go() -> None:
        dock.put_rules(rule())
        async with dock.at_work():
            await dock.wait(300)
        assert len(dock.asked) == 1
        # Killed after the tasks were started and before that was noted: the same token runs nothing anew.
        with dock.bench.state.transaction():
            dock.schedules.table.put(SCOPE, replace(dock.only(), occurs_at=NOON + 300))
        dock.schedules = Schedules(dock.bench.world)
        async with dock.at_work():
            await dock.rest()

    asyncio.run(go())
    first, again = dock.asked
    assert first == again
    assert dock.only().occurs_at == NOON + 600


def test_a_time_that_passed_while_no_cloud_ran_is_not_made_up_for() -> None:
    dock = Dock()

    async def go() -> None:
        dock.put_rules(rule())
        dock.clock.advance(7000)
        async with dock.at_work():
            await dock.rest()

    asyncio.run(go())
    assert dock.asked == []
    assert dock.only().last_failure == "missed: no cloud ran at its time"
    assert dock.only().occurs_at == NOON + 7200


def test_a_disabled_schedule_rests_until_it_is_enabled() -> None:
    dock = Dock()

    async def go() -> None:
        async with dock.at_work():
            dock.put_rules(rule(state="DISABLED"))
            await dock.wait(900)
            assert dock.asked == []
            dock.put_rules(rule())
            await dock.wait(300)
            assert len(dock.asked) == 1
            dock.put_rules(rule(state="DISABLED"))
            await dock.wait(900)
            dock.put_rules()

    asyncio.run(go())
    assert len(dock.asked) == 1
    assert dock.schedules.table.list(SCOPE) == ()


def test_a_changed_target_leaves_the_times_as_they_are() -> None:
    dock = Dock()

    async def go() -> None:
        async with dock.at_work():
            dock.put_rules(rule())
            await dock.wait(200)
            dock.put_rules(rule(Id="2"))
            await dock.wait(100)

    asyncio.run(go())
    assert len(dock.asked) == 1


def test_a_schedule_runs_between_its_dates_only_and_may_delete_itself() -> None:
    dock = Dock()
    dates: dict[str, Any] = {
        "StartDate": NOON + 600,
        "EndDate": NOON + 1200,
        "ActionAfterCompletion": "DELETE",
    }

    async def go() -> None:
        async with dock.at_work():
            dock.put_schedules(schedule(**dates))
            await dock.wait(590)
            assert dock.asked == []
            await dock.wait(3000)

    asyncio.run(go())
    assert len(dock.asked) == 3  # at 600, 900 and 1200
    assert dock.deleted == [{"Name": "nightly", "GroupName": "default"}]


def test_a_flexible_window_moves_the_run_and_not_the_times() -> None:
    dock = Dock()
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 10}

    async def go() -> None:
        async with dock.at_work():
            dock.put_schedules(schedule("at(2026-11-22T12:30:00)", FlexibleTimeWindow=window))
            await dock.wait(1790)
            assert dock.asked == []
            await dock.wait(620)

    asyncio.run(go())
    assert len(dock.asked) == 1
    assert (dock.only().last_at, dock.only().occurs_at) == (NOON + 1800, None)


def test_a_time_of_just_now_is_run_at_once_and_one_of_long_ago_never() -> None:
    dock = Dock()

    async def go() -> None:
        async with dock.at_work():
            dock.put_schedules(
                schedule("at(2026-11-22T11:59:30)"), schedule("at(2026-11-22T11:58:30)", Arn="arn:old")
            )
            await dock.wait(600)

    asyncio.run(go())
    assert len(dock.asked) == 1


def test_what_an_older_cloud_let_through_never_comes_due_and_says_why() -> None:
    dock = Dock()
    dock.put_rules(rule("cron(0 9 * * *)"))
    assert dock.only().occurs_at is None
    assert "has 5 fields" in (dock.only().last_failure or "")
    dock.put_schedules(schedule(ScheduleExpressionTimezone="Asia/Nowhere"))
    found = {each.kind: each for each in dock.schedules.table.list(SCOPE)}
    assert "no time zone" in (found["schedule"].last_failure or "")


def test_a_failure_is_kept_and_told_to_the_dead_letter_queue() -> None:
    dock = Dock()
    dock.failure = ServiceError("ClusterNotFoundException", "Cluster not found.")

    async def go() -> None:
        async with dock.at_work():
            dock.put_schedules(schedule(Target={"DeadLetterConfig": {"Arn": "arn:aws:sqs:r:a:letters"}}))
            await dock.rest()

    asyncio.run(go())
    assert dock.only().last_failure == "ClusterNotFoundException: Cluster not found."
    [letter] = dock.letters
    assert letter["QueueUrl"] == "http://queue/letters"
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "ClusterNotFoundException"
    assert dock.only().occurs_at == NOON + 300


TARGET: dict[str, Any] = {
    "Arn": CLUSTER,
    "RoleArn": "arn:aws:iam::000000000000:role/r",
    "EcsParameters": PARAMETERS,
}
WANTED: dict[str, Any] = {
    "Name": "n",
    "ScheduleExpression": "rate(5 minutes)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": TARGET,
}


def ask(dock: Dock, operation: str, params: Mapping[str, Any]) -> None:
    service = "events" if operation.startswith("Put") else "scheduler"
    call = dock.bench.call_as(SCOPE, service).of(service, operation)
    asyncio.run(dock.schedules.answer(call, params))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"ScheduleExpression": "rate(5 fortnights)"}, "Invalid Schedule Expression"),
        ({"ScheduleExpressionTimezone": "Asia/Nowhere"}, "ScheduleExpressionTimezone"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes"),
        ({"Target": TARGET | {"Input": "["}}, "not JSON"),
        ({"Target": TARGET | {"Input": "[]"}}, "JSON object"),
        ({"Target": TARGET | {"Input": '{"containerOverrides": 5}'}}, "containerOverrides"),
        ({"Target": {**TARGET, "EcsParameters": None}}, "EcsParameters must be specified"),
        ({"Target": TARGET | {"EcsParameters": PARAMETERS | {"LaunchType": "EC2"}}}, "LaunchType EC2"),
        (
            {"Target": TARGET | {"EcsParameters": PARAMETERS | {"NetworkConfiguration": {}}}},
            "must name the subnets",
        ),
        ({"Target": TARGET | {"EcsParameters": {"LaunchType": "FARGATE"}}}, "taskDefinitionArn"),
        ({"Target": TARGET | {"EcsParameters": PARAMETERS | {"TaskCount": 11}}}, "less than or equal to 10"),
        ({"Target": TARGET | {"EcsParameters": PARAMETERS | {"TaskCount": 0}}}, "greater than or equal to 1"),
        ({"Target": TARGET | {"EcsParameters": PARAMETERS | {"PropagateTags": "SERVICE"}}}, "enum"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441}}, "1440"),
        ({"Name": "not a name"}, "pattern"),
        ({"Target": TARGET | {"SqsParameters": {"MessageGroupId": "x"}}}, "SqsParameters"),
        ({"Target": TARGET | {"Arn": "arn:aws:sqs:r:a:q"}}, "only clusters of ECS"),
        (
            {"Target": TARGET | {"EcsParameters": PARAMETERS | {"ReferenceId": "x"}}},
            "EcsParameters.ReferenceId",
        ),
    ],
)
def test_a_schedule_that_nobody_would_run_is_refused(changed: dict[str, Any], told: str) -> None:
    ask(Dock(), "CreateSchedule", WANTED)
    for operation in ("CreateSchedule", "UpdateSchedule"):
        with pytest.raises(ServiceError, match=told):
            ask(Dock(), operation, WANTED | changed)


@pytest.mark.parametrize("expression", ["rate(1 minutes)", "at(2026-12-24T00:00:00)", "cron(0 9 * * *)"])
def test_a_rule_that_cannot_be_read_is_refused(expression: str) -> None:
    with pytest.raises(ServiceError, match="Parameter ScheduleExpression is not valid"):
        ask(Dock(), "PutRule", {"Name": "n", "ScheduleExpression": expression})


def test_targets_of_a_scheduled_rule_are_held_to_what_is_run() -> None:
    dock = Dock()
    queue = {"Rule": "nightly", "Targets": [{"Id": "q", "Arn": "arn:aws:sqs:r:a:q"}]}
    ask(dock, "PutTargets", queue)  # of a rule for events
    dock.put_rules(rule())
    with pytest.raises(NotImplementedHere, match="only clusters of ECS"):
        ask(dock, "PutTargets", queue)
    transformed = {"Id": "1", "Arn": CLUSTER, "EcsParameters": PARAMETERS, "InputPath": "$"}
    with pytest.raises(NotImplementedHere, match="InputPath"):
        ask(dock, "PutTargets", {"Rule": "nightly", "Targets": [transformed]})
    for parameters, told in (
        ({"LaunchType": "FARGATE"}, "taskDefinitionArn"),
        (PARAMETERS | {"TaskCount": 0}, "greater than or equal to 1"),
        (PARAMETERS | {"LaunchType": "EXTERNAL"}, "LaunchType EXTERNAL"),
        (PARAMETERS | {"NetworkConfiguration": None}, "must name the subnets"),
    ):
        target = {"Id": "1", "Arn": CLUSTER, "EcsParameters": parameters}
        with pytest.raises(ServiceError, match=told):
            ask(dock, "PutTargets", {"Rule": "nightly", "Targets": [target]})


def test_what_happens_after_the_last_time_cannot_be_changed() -> None:
    dock = Dock()
    dock.put_schedules(schedule())
    with pytest.raises(NotImplementedHere, match="ActionAfterCompletion"):
        ask(dock, "UpdateSchedule", WANTED | {"Name": "nightly", "ActionAfterCompletion": "DELETE"})
