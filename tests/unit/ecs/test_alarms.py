"""CloudWatch alarms that fail a deployment (facts: ecs.md section 3.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs.control import alarms, making
from hatoba.cloud.ecs.model import Alarms, Rollout
from hatoba.cloud.wire import Call, Operations, ServiceError
from tests.unit.ecs.harbour import Harbour
from tests.unit.ecs.yard import QUICK, Yard, wait_for

WATCHED = Rollout(alarms=Alarms(("errors", "latency"), enable=True, rollback=True))


def look(harbour: Harbour, *ringing: str) -> None:
    service = harbour.service
    harbour.put(making.with_changed(service, alarms.looked_at(service.primary, ringing)))
    harbour.keep()


def sailed(rollout: Rollout) -> Harbour:
    """Return a service whose first deployment is done and whose second one begins."""
    harbour = Harbour(1, rollout)
    look(harbour)
    harbour.sail()
    assert harbour.service.primary.rollout_state == "COMPLETED"
    harbour.deploy(2)
    return harbour


def test_an_alarm_that_goes_off_fails_the_deployment_and_brings_back_the_last_completed_one() -> None:
    harbour = sailed(WATCHED)
    completed, failing = harbour.service.last_completed, harbour.service.primary
    assert completed is not None
    look(harbour)
    look(harbour, "errors")

    back, failed, *_ = harbour.service.deployments
    assert (failed.id, failed.rollout_state) == (failing.id, "FAILED")
    assert failed.rollout_reason == "ECS deployment alarm: alarm detected."
    assert (back.rolls_back, back.revision) == (failing.id, completed.revision)
    told = [
        f"(service s) (deployment {failing.id}) deployment failed: alarm detected.",
        f"(service s) rolling back to deployment {completed.id}.",
    ]
    assert [each for each in harbour.messages() if each in told] == told


def test_the_way_back_is_not_watched_for_its_alarms_still_ring() -> None:
    harbour = sailed(WATCHED)
    look(harbour)
    look(harbour, "errors")
    assert alarms.watched(harbour.service) is None
    harbour.sail()
    assert harbour.service.primary.rollout_state == "COMPLETED"


def test_an_alarm_that_rings_when_the_deployment_begins_does_not_count_for_it() -> None:
    harbour = sailed(WATCHED)
    look(harbour, "errors")
    look(harbour)
    look(harbour, "errors")
    assert harbour.service.primary.rollout_state == "IN_PROGRESS"
    look(harbour, "errors", "latency")
    assert harbour.service.deployments[1].alarms_gone_off == ("latency",)


def test_without_a_rollback_the_deployment_stays_failed() -> None:
    harbour = sailed(replace(WATCHED, alarms=Alarms(("errors",), enable=True, rollback=False)))
    look(harbour)
    look(harbour, "errors")
    harbour.sail()
    assert harbour.service.primary.rollout_state == "FAILED"
    assert not any("rolling back" in each for each in harbour.messages())


def test_alarms_that_are_not_enabled_are_not_watched() -> None:
    harbour = sailed(replace(WATCHED, alarms=Alarms(("errors",), enable=False, rollback=True)))
    assert alarms.watched(harbour.service) is None


def test_a_deployment_with_alarms_is_done_only_when_it_was_watched_for_a_while() -> None:
    harbour = Harbour(1, WATCHED)
    while not harbour.serving:
        harbour.keep()
        for task in harbour.tasks:
            harbour.advance(task)
    until = harbour.now + harbour.pace.bake_s
    assert harbour.keep() == until
    assert harbour.service.primary.rollout_state == "IN_PROGRESS"
    harbour.now = until
    harbour.keep()
    assert harbour.service.primary.rollout_state == "COMPLETED"


class CloudWatch:
    """Says which alarms ring."""

    def __init__(self) -> None:
        self.ringing: list[str] = []
        self.looks = 0

    @property
    def operations(self) -> Operations:
        table = Operations("cloudwatch")

        def describe(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call
            self.looks += 1
            found = [name for name in self.ringing if name in request["AlarmNames"]]
            return {"MetricAlarms": [{"AlarmName": name, "StateValue": "ALARM"} for name in found]}

        table.add("DescribeAlarms", describe)
        return table


CONFIGURATION = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}


def test_a_service_whose_alarm_rings_in_a_deployment_is_rolled_back_and_tells_so() -> None:
    async def story() -> None:
        yard, watch = Yard(pace=replace(QUICK, bake_s=30.0, alarms_every_s=0.01)), CloudWatch()
        yard.bench.add(watch.operations)
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            await yard.register()
            change = {"taskDefinition": "app:2", "deploymentConfiguration": CONFIGURATION}
            updated = await yard.call("UpdateService", cluster="c", service="s", **change)
            told = updated["service"]["deploymentConfiguration"]["alarms"]
            assert told == CONFIGURATION["alarms"]

            async def has_looked() -> bool:
                return watch.looks > 1

            await wait_for(has_looked, what="a look at the alarms")
            watch.ringing = ["errors"]

            async def is_back() -> bool:
                return "app:1" in (await yard.describe())["taskDefinition"]

            await wait_for(is_back, what="the rollback")
            await yard.steady()
            arn = updated["service"]["currentServiceDeployment"]
            answer = await yard.call("DescribeServiceDeployments", serviceDeploymentArns=[arn])
            (deployment,) = answer["serviceDeployments"]
        assert deployment["status"] == "ROLLBACK_SUCCESSFUL"
        assert deployment["alarms"] == {
            "status": "TRIGGERED",
            "alarmNames": ["errors"],
            "triggeredAlarmNames": ["errors"],
        }

    asyncio.run(story())


def test_alarms_that_are_enabled_have_names() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        nameless = {"alarms": {"alarmNames": [], "enable": True, "rollback": True}}
        with pytest.raises(ServiceError) as refused:
            await yard.create(deploymentConfiguration=nameless)
        assert refused.value.code == "InvalidParameterException"

    asyncio.run(story())
