"""Schedules over a fake clock, an ECS that writes down what it is asked to run, and rules and schedules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hatoba.cloud.schedules import Schedules
from hatoba.cloud.schedules.model import Schedule
from hatoba.cloud.wire import Call, Operations, ServiceError
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
