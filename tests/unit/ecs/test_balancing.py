"""A service behind target groups: who is a target, when a task is ready, when it is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from hatoba.cloud.ecs import texts
from hatoba.cloud.state import Change
from hatoba.cloud.wire import Call, Operations, ServiceError
from hatoba.runtime.simulated import Script
from tests.support.calls import SCOPE
from tests.unit.ecs.harbour import Harbour
from tests.unit.ecs.test_health import CHECKED, SICK, SwiftClock
from tests.unit.ecs.yard import Yard, wait_for

GROUP = "arn:aws:elasticloadbalancing:ap-northeast-1:000000000000:targetgroup/web/0123456789abcdef"
BALANCER = {"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}
STEADY = "(service s) has reached a steady state."
CODES = "Health checks failed with these codes: [503]"


class Targets:
    """Elastic Load Balancing as far as ECS calls it: one target group, whose health the test decides."""

    def __init__(self, yard: Yard) -> None:
        self._yard = yard
        self.states: dict[int, str] = {}
        self.new = "healthy"
        yard.bench.add(self.operations)

    def tell(self, state: str) -> None:
        """Let all targets be in this state, and tell it."""
        self.states = dict.fromkeys(self.states, state)
        with self._yard.bench.state.transaction():
            self._yard.bench.state.changed(Change("loadbalancing.target", SCOPE, f"{GROUP}/any"))

    @property
    def operations(self) -> Operations:
        table = Operations("elbv2")

        @table.on("DescribeTargetGroups")
        def groups(_: Call, request: Mapping[str, Any]) -> dict[str, object]:
            if request["TargetGroupArns"] != [GROUP]:
                raise ServiceError("TargetGroupNotFound", "One or more target groups not found")
            return {"TargetGroups": [{"TargetGroupArn": GROUP, "LoadBalancerArns": ["arn"]}]}

        @table.on("RegisterTargets")
        def register(_: Call, request: Mapping[str, Any]) -> dict[str, object]:
            self.states[request["Targets"][0]["Port"]] = self.new
            self._yard.journal.append("target in")
            return {}

        @table.on("DeregisterTargets")
        def deregister(_: Call, request: Mapping[str, Any]) -> dict[str, object]:
            self.states[request["Targets"][0]["Port"]] = "draining"
            self._yard.journal.append("target out")
            return {}

        @table.on("DescribeTargetHealth")
        def health(_: Call, request: Mapping[str, Any]) -> dict[str, object]:
            target = request["Targets"][0]
            state = self.states.get(target["Port"], "unused")
            if state == "draining":
                del self.states[target["Port"]]
                self._yard.journal.append("drained")
            found = {"State": state, "Description": CODES if state == "unhealthy" else None}
            return {"TargetHealthDescriptions": [{"Target": target, "TargetHealth": found}]}

        return table


def test_a_task_is_a_target_while_it_runs_and_drains_before_it_is_stopped() -> None:
    async def story() -> None:
        yard = Yard()
        targets = Targets(yard)
        await yard.register()
        async with yard.at_work():
            await yard.create(registered=False, loadBalancers=[BALANCER])
            service = await yard.steady()
            assert list(targets.states.values()) == ["healthy"]
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=0)

            async def is_steady_again() -> bool:
                return "remove" in yard.journal and (await yard.messages()).count(STEADY) == 2

            await wait_for(is_steady_again)
            told = [each["message"] for each in (await yard.describe())["events"]][::-1]
        order = ["start app", "target in", "target out", "drained", "stop app 30", "remove"]
        assert [each for each in yard.journal if each in order] == order
        (task,) = yard.runtime.specs
        deployment = service["deployments"][0]["id"]
        assert told == [
            f"(service s) has started 1 tasks: (task {task}).",
            f"(service s) registered 1 targets in (target-group {GROUP})",
            f"(service s) (deployment {deployment}) deployment completed.",
            STEADY,
            f"(service s) has stopped 1 running tasks: (task {task}).",
            f"(service s) deregistered 1 targets in (target-group {GROUP})",
            f"(service s, taskSet {deployment}) has begun draining connections on 1 tasks.",
            STEADY,
        ]

    asyncio.run(story())


def test_a_deployment_is_done_only_when_its_targets_are_healthy() -> None:
    async def story() -> None:
        yard = Yard()
        targets = Targets(yard)
        targets.new = "initial"
        await yard.register()
        async with yard.at_work():
            await yard.create(registered=False, loadBalancers=[BALANCER])

            async def is_running() -> bool:
                return bool((await yard.describe())["runningCount"] == 1)

            await wait_for(is_running)
            assert (await yard.describe())["deployments"][0]["rolloutState"] == "IN_PROGRESS"
            targets.tell("healthy")
            await yard.steady()

    asyncio.run(story())


def test_a_target_alone_does_not_make_a_task_healthy_whose_check_has_not_passed() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        yard.runtime.scripts["httpd"] = SICK
        targets = Targets(yard)
        await yard.register(healthCheck={**CHECKED, "startPeriod": 300})
        async with yard.at_work():
            await yard.create(registered=False, loadBalancers=[BALANCER])

            async def is_checked() -> bool:
                return yard.runtime.checked > 2 and bool((await yard.describe())["runningCount"])

            await wait_for(is_checked)
            assert list(targets.states.values()) == ["healthy"]
            assert (await yard.describe())["deployments"][0]["rolloutState"] == "IN_PROGRESS"
            yard.runtime.scripts["httpd"] = Script()
            await yard.steady()

    asyncio.run(story())


def test_other_load_balancers_are_another_deployment_and_none_takes_them_away() -> None:
    async def story() -> None:
        yard = Yard()
        Targets(yard)
        await yard.register()
        await yard.create(registered=False, loadBalancers=[BALANCER])
        answer = await yard.call("UpdateService", cluster="c", service="s", loadBalancers=[])
        assert len(answer["service"]["deployments"]) == 2
        assert answer["service"]["loadBalancers"] == []

    asyncio.run(story())


def with_trouble(harbour: Harbour) -> str:
    (task,) = harbour.serving
    harbour.store.update_task(
        SCOPE, task.key, target_health="UNHEALTHY", target_trouble=(GROUP, 80, CODES), is_ready=False
    )
    return task.id


def test_a_task_with_an_unhealthy_target_is_replaced_and_the_events_say_why() -> None:
    harbour = Harbour()
    harbour.sail()
    sick = with_trouble(harbour)
    harbour.sail(rounds=8)
    assert harbour.task(sick).stopped_reason == f"Task failed ELB health checks in (target-group {GROUP})"
    assert (
        f"(service s) (task {sick}) (port 80) is unhealthy in (target-group {GROUP}) due to (reason {CODES})."
    ) in harbour.messages()
    assert len(harbour.serving) == 1


def test_an_unhealthy_target_is_ignored_during_the_grace_period() -> None:
    harbour = Harbour()
    harbour.sail()
    harbour.put(replace(harbour.service, health_check_grace_s=100_000))
    sick = with_trouble(harbour)
    harbour.sail(rounds=5)
    assert harbour.task(sick).is_live


def test_failed_checks_of_targets_count_for_the_circuit_breaker() -> None:
    assert texts.is_failed_check(texts.failed_target_checks(GROUP))
    assert texts.is_failed_check(texts.FAILED_HEALTH_CHECKS)
    assert not texts.is_failed_check(texts.scaling_activity("ecs-svc/1"))
    assert not texts.is_failed_check(None)


def test_a_task_is_in_cloud_map_and_behind_a_load_balancer() -> None:
    async def story() -> None:
        yard = Yard()
        targets = Targets(yard)
        targets.new = "initial"
        await yard.register()
        async with yard.at_work():
            made = await yard.create(loadBalancers=[BALANCER])
            assert len(made["serviceRegistries"]) == len(made["loadBalancers"]) == 1

            async def is_known() -> bool:
                return bool(targets.states) and bool(yard.registry.instances)

            await wait_for(is_known, within_s=20.0)
            assert set(yard.registry.health.values()) == {"UNHEALTHY"}
            targets.tell("healthy")
            await yard.steady(within_s=20.0)
            assert set(yard.registry.health.values()) == {"HEALTHY"}
            ((_, attributes),) = yard.registry.instances.items()
            assert [int(attributes["AWS_INSTANCE_PORT"])] == list(targets.states)

    asyncio.run(story())
