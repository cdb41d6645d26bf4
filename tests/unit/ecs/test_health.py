"""Container health checks: what they mean, and what follows from them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.clock import SystemClock
from hatoba.cloud.ecs.control.health import Look, Wellness, command, judge, pause_s
from hatoba.cloud.ecs.definition import HealthCheck
from hatoba.runtime.protocol import CannotExecute, Executed
from hatoba.runtime.simulated import Script
from tests.unit.ecs.yard import Yard, wait_for

CHECK = HealthCheck(("CMD", "look"), interval=10, timeout=5, retries=3, start_period=0)
NEW = Wellness(started_at=100.0)
SPEED = 500
CHECKED = {"command": ["CMD-SHELL", "look"], "interval": 5, "timeout": 2, "retries": 1}
SICK = Script(executes=Executed(1, "sick"))


class SwiftClock(SystemClock):
    """A clock whose seconds are short."""

    def __init__(self) -> None:
        self._start = time.time()

    def now(self) -> float:
        return self._start + (time.time() - self._start) * SPEED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)


def failed(at: float) -> Look:
    return Look(at, at, passed=False, output="no")


def passed(at: float) -> Look:
    return Look(at, at, passed=True)


def after(check: HealthCheck, *looks: Look) -> Wellness:
    seen = NEW
    for look in looks:
        seen = judge(check, seen, look)
    return seen


def test_a_shell_command_runs_in_the_containers_shell_and_another_as_it_stands() -> None:
    assert command(HealthCheck(("CMD", "curl", "-f"))) == ("curl", "-f")
    assert command(HealthCheck(("CMD-SHELL", "a || b"))) == ("/bin/sh", "-c", "a || b")


def test_a_container_is_unhealthy_after_as_many_failures_in_a_row_as_retries() -> None:
    assert after(CHECK, failed(110), failed(120)).health == "UNKNOWN"
    assert after(CHECK, failed(110), failed(120), failed(130)) == Wellness(100.0, "UNHEALTHY", 130, 3, "no")
    assert after(CHECK, failed(110), failed(120), passed(130), failed(140), failed(150)).health == "HEALTHY"


def test_one_pass_makes_a_container_healthy_again() -> None:
    sick = (failed(110), failed(120), failed(130))
    assert after(CHECK, *sick, passed(140)) == Wellness(100.0, "HEALTHY", 140)
    assert after(CHECK, *sick, failed(140)).since == 130


def test_failures_in_the_start_period_do_not_count_and_a_pass_ends_it() -> None:
    check = changed(start_period=100, retries=1)
    assert after(check, failed(110), failed(199)).health == "UNKNOWN"
    assert after(check, failed(110), failed(200)).health == "UNHEALTHY"
    assert after(check, passed(110), failed(120)).health == "UNHEALTHY"


def test_an_early_look_counts_only_when_it_passes() -> None:
    check = changed(retries=1)
    assert after(check, failed(101)).health == "UNKNOWN"
    assert after(check, passed(101)).health == "HEALTHY"


@pytest.mark.parametrize(
    ("health", "age_s", "expected"),
    [("UNKNOWN", 0.0, 0.25), ("UNKNOWN", 2.0, 2.0), ("UNKNOWN", 8.0, 2.0), ("UNKNOWN", 12.0, 10.0)],
)
def test_a_new_container_is_looked_at_early_and_then_at_the_interval(
    health: Any, age_s: float, expected: float
) -> None:
    assert pause_s(CHECK, replace(NEW, health=health), 100.0 + age_s, 0.25) == expected


def test_a_healthy_container_is_looked_at_after_the_interval() -> None:
    assert pause_s(CHECK, replace(NEW, health="HEALTHY"), 101.0, 0.25) == 10.0


def changed(*, start_period: int = 0, retries: int = 3) -> HealthCheck:
    return HealthCheck(CHECK.command, CHECK.interval, CHECK.timeout, retries, start_period)


def test_a_task_is_healthy_in_cloud_map_only_when_its_check_passed() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        yard.runtime.scripts["httpd"] = SICK
        await yard.register(healthCheck={**CHECKED, "startPeriod": 300})
        async with yard.at_work():
            await yard.create()

            async def is_registered() -> bool:
                return bool(yard.registry.health)

            await wait_for(is_registered)
            assert set(yard.registry.health.values()) == {"UNHEALTHY"}
            yard.runtime.scripts["httpd"] = Script()
            await yard.steady()
            task = (await yard.tasks())[0]
        assert set(yard.registry.health.values()) == {"HEALTHY"}
        assert (task["healthStatus"], task["containers"][0]["healthStatus"]) == ("HEALTHY", "HEALTHY")

    asyncio.run(story())


def test_a_service_replaces_a_task_whose_check_fails_and_says_so() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        await yard.register(healthCheck=CHECKED)
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            first = (await yard.tasks())[0]["taskArn"]
            task_id = first.rsplit("/", 1)[-1]
            yard.runtime.sick.add(task_id)

            async def is_replaced() -> bool:
                stopped = await yard.tasks("STOPPED")
                return bool(stopped) and stopped[0]["lastStatus"] == "STOPPED"

            await wait_for(is_replaced)
            await yard.steady()
            stopped = (await yard.tasks("STOPPED"))[0]
            messages = await yard.messages()
        assert stopped["taskArn"] == first
        assert stopped["stoppedReason"] == "Task failed container health checks"
        assert stopped["containers"][0]["healthStatus"] == "UNHEALTHY"
        assert f"(service s) (task {task_id}) failed container health checks." in messages
        assert any("replaced 1 tasks due to an unhealthy status" in each for each in messages)

    asyncio.run(story())


def test_a_deployment_whose_tasks_fail_their_checks_is_rolled_back() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        await yard.register(healthCheck=CHECKED)
        async with yard.at_work():
            breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
            await yard.create(deploymentConfiguration=breaker)
            await yard.steady()
            yard.runtime.scripts["sick"] = SICK
            await yard.register(image="sick", healthCheck=CHECKED)
            await yard.call("UpdateService", cluster="c", service="s", taskDefinition="app")
            service = await yard.steady()
            messages = await yard.messages()
        assert service["taskDefinition"].endswith("app:1")
        assert any("deployment failed: tasks failed to start." in each for each in messages)
        assert sum("failed container health checks." in each for each in messages) == 3

    asyncio.run(story())


def test_a_standalone_task_goes_on_when_it_is_unhealthy() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        yard.runtime.scripts["httpd"] = SICK
        await yard.register(healthCheck=CHECKED)
        await yard.call("CreateCluster", clusterName="c")
        async with yard.at_work():
            await yard.run()

            async def is_unhealthy() -> bool:
                return bool((await yard.tasks())[0]["healthStatus"] == "UNHEALTHY")

            await wait_for(is_unhealthy)
            assert (await yard.tasks())[0]["lastStatus"] == "RUNNING"

    asyncio.run(story())


def test_a_container_starts_once_what_it_depends_on_is_healthy() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        yard.runtime.scripts["base"] = SICK
        base = {"name": "base", "image": "base", "healthCheck": {**CHECKED, "startPeriod": 300}}
        needs = [{"containerName": "base", "condition": "HEALTHY"}]
        await yard.register_all("app", base, {"name": "app", "image": "httpd", "dependsOn": needs})
        await yard.call("CreateCluster", clusterName="c")
        async with yard.at_work():
            await yard.run()

            async def is_checked() -> bool:
                return yard.runtime.checked > 1

            await wait_for(is_checked)
            assert yard.journal == ["start base"]
            yard.runtime.scripts["base"] = Script()

            async def is_running() -> bool:
                return bool((await yard.tasks())[0]["lastStatus"] == "RUNNING")

            await wait_for(is_running)
        assert yard.journal == ["start base", "start app"]

    asyncio.run(story())


def test_a_check_that_hangs_counts_as_failed() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        yard.runtime.scripts["httpd"] = Script(execute_s=1000)
        await yard.register(healthCheck=CHECKED)
        await yard.call("CreateCluster", clusterName="c")
        async with yard.at_work():
            await yard.run()

            async def is_unhealthy() -> bool:
                return bool((await yard.tasks())[0]["healthStatus"] == "UNHEALTHY")

            await wait_for(is_unhealthy)

    asyncio.run(story())


def test_while_nobody_can_look_the_last_known_health_stands() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        await yard.register(healthCheck=CHECKED)
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            yard.runtime.cannot = CannotExecute("the engine is away")
            count = yard.runtime.checked

            async def is_tried_again() -> bool:
                return yard.runtime.checked > count + 2

            await wait_for(is_tried_again)
            assert (await yard.tasks())[0]["healthStatus"] == "HEALTHY"

    asyncio.run(story())


def test_a_restarted_cloud_goes_on_checking_what_it_takes_back() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        await yard.register(healthCheck=CHECKED)
        async with yard.at_work():
            await yard.create()
            await yard.steady()
        count = yard.runtime.checked
        async with yard.at_work(yard.new_ecs()):

            async def is_checked() -> bool:
                return yard.runtime.checked > count

            await wait_for(is_checked)
            assert (await yard.describe())["runningCount"] == 1

    asyncio.run(story())
