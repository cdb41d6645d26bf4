"""Schedules come due by the cloud's clock: tasks are run once for each time, also over a restart."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.schedules import Schedules
from hatoba.cloud.wire import ServiceError
from tests.support.calls import SCOPE
from tests.unit.schedules.dock import CLUSTER, NOON, PARAMETERS, PLACE, Dock, rule, schedule


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


def test_what_a_run_is_called_is_filled_into_the_input_of_a_schedule_and_not_of_a_rule() -> None:
    dock = Dock()
    names = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    words = [f"<aws.scheduler.{name}>" for name in names]
    given = json.dumps({"containerOverrides": [{"name": "app", "command": words}]})

    async def go() -> None:
        async with dock.at_work():
            dock.put_schedules(schedule("cron(0/5 * * * ? *)", Target={"Input": given}))
            dock.put_rules(rule(Input=given))
            await dock.wait(600)

    asyncio.run(go())
    by = {
        starter: [
            each["overrides"]["containerOverrides"][0]["command"]
            for each in dock.asked
            if each["startedBy"].startswith(starter)
        ]
        for starter in ("chronos-schedule", "events-rule")
    }
    assert by["events-rule"] == [words, words]
    first, second = by["chronos-schedule"]
    assert (first[:2], second[:2]) == (
        ["arn:schedule", "2026-11-22T12:05:00Z"],
        ["arn:schedule", "2026-11-22T12:10:00Z"],
    )
    assert len({first[2], second[2], "<aws.scheduler.execution-id>"}) == 3
    assert (len(first[2]), first[3], second[3]) == (16, "1", "1")


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


@pytest.mark.parametrize(("late_s", "runs"), [(60, 1), (61, 0)])
def test_a_time_is_run_up_to_a_minute_late(late_s: int, runs: int) -> None:
    dock = Dock()

    async def go() -> None:
        dock.put_rules(rule())
        dock.clock.advance(300 + late_s)
        async with dock.at_work():
            await dock.rest()

    asyncio.run(go())
    assert len(dock.asked) == runs
    assert (dock.only().last_failure is None) == bool(runs)


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
