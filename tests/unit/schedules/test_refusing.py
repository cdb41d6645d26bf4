"""Rules, targets and schedules that are refused when they are written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.wire import NotImplementedHere, ServiceError
from tests.support.calls import SCOPE
from tests.unit.schedules.dock import CLUSTER, PARAMETERS, Dock, rule, schedule

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


def test_a_target_that_names_no_capacity_may_have_no_network_yet() -> None:
    bare = TARGET | {"EcsParameters": {"TaskDefinitionArn": "job"}}
    ask(Dock(), "CreateSchedule", WANTED | {"Target": bare})


def test_what_happens_after_the_last_time_cannot_be_changed() -> None:
    dock = Dock()
    dock.put_schedules(schedule())
    with pytest.raises(NotImplementedHere, match="ActionAfterCompletion"):
        ask(dock, "UpdateSchedule", WANTED | {"Name": "nightly", "ActionAfterCompletion": "DELETE"})
