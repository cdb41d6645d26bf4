"""botocore's own waiters judge what ECS answers here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.waiter import WaiterModel

from hatoba.runtime.simulated import Script
from tests.unit.ecs.yard import Yard, wait_for

ENDLESS = Script()
NEVER = Script(pull_s=3600.0)


@cache
def waiters() -> WaiterModel:
    return botocore.session.get_session().get_waiter_model("ecs")


def verdict(waiter: str, answer: Mapping[str, Any]) -> str:
    """Return what the waiter makes of an answer: success, failure, or to ask again."""
    matching = [each for each in waiters().get_waiter(waiter).acceptors if each.matcher_func(answer)]
    return str(matching[0].state) if matching else "retry"


def run(story: Callable[[Yard], Awaitable[None]]) -> None:
    async def whole() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await story(yard)

    asyncio.run(whole())


async def judged(yard: Yard, waiter: str, name: str = "s") -> str:
    return verdict(waiter, await yard.call("DescribeServices", cluster="c", services=[name]))


@pytest.mark.parametrize(
    ("waiter", "every_s", "times"),
    [
        ("ServicesStable", 15, 40),
        ("ServicesInactive", 15, 40),
        ("TasksRunning", 6, 100),
        ("TasksStopped", 6, 100),
    ],
)
def test_the_waiters_are_those_that_ecs_is_built_for(waiter: str, every_s: int, times: int) -> None:
    config = waiters().get_waiter(waiter)
    assert (config.delay, config.max_attempts) == (every_s, times)


def test_a_service_is_stable_with_one_deployment_and_as_many_tasks_as_desired() -> None:
    async def story(yard: Yard) -> None:
        yard.runtime.scripts["httpd"] = NEVER
        await yard.create(desiredCount=2)
        assert await judged(yard, "ServicesStable") == "retry"
        assert await judged(yard, "ServicesStable", "x") == "failure"
        yard.runtime.scripts["httpd"] = ENDLESS
        await yard.call("UpdateService", cluster="c", service="s", forceNewDeployment=True)
        assert await judged(yard, "ServicesStable") == "retry"
        assert len((await yard.steady())["deployments"]) == 1
        assert await judged(yard, "ServicesStable") == "success"

    run(story)


def test_a_service_that_was_rolled_back_is_stable() -> None:
    async def story(yard: Yard) -> None:
        breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
        made = await yard.create(deploymentConfiguration=breaker)
        await yard.steady()
        yard.runtime.scripts["broken"] = Script(exits_after_s=0.0, exit_code=1)
        await yard.register(image="broken")
        updated = await yard.call("UpdateService", cluster="c", service="s", taskDefinition="app")
        ids = {made["deployments"][0]["id"], updated["service"]["deployments"][0]["id"]}

        async def is_back() -> bool:
            return (await yard.steady())["deployments"][0]["id"] not in ids

        await wait_for(is_back, within_s=20.0, what="the rollback")
        assert await judged(yard, "ServicesStable") == "success"

    run(story)


def test_a_deleted_service_is_never_stable_and_at_last_inactive() -> None:
    async def story(yard: Yard) -> None:
        await yard.create()
        await yard.steady()
        assert await judged(yard, "ServicesInactive") == "retry"
        answer = await yard.call("DeleteService", cluster="c", service="s", force=True)
        told = {"services": [answer["service"]], "failures": []}
        assert (answer["service"]["status"], answer["service"]["desiredCount"]) == ("DRAINING", 0)
        assert verdict("ServicesStable", told) == "failure"
        assert verdict("ServicesInactive", told) == "retry"

        async def is_inactive() -> bool:
            return await judged(yard, "ServicesInactive") == "success"

        await wait_for(is_inactive, within_s=20.0)
        assert await judged(yard, "ServicesStable") == "failure"
        assert await judged(yard, "ServicesInactive", "x") == "failure"

    run(story)


def test_tasks_are_waited_for_until_they_run_and_until_they_have_stopped() -> None:
    async def story(yard: Yard) -> None:
        yard.runtime.scripts["slow"] = Script(pull_s=3600.0)
        await yard.register("slow", image="slow")
        await yard.call("CreateCluster", clusterName="c")
        pulled, running = await yard.run(taskDefinition="slow"), await yard.run()
        gone = "arn:aws:ecs:ap-northeast-1:000000000000:task/c/" + "0" * 32

        async def told(waiter: str, *tasks: str) -> str:
            return verdict(waiter, await yard.call("DescribeTasks", cluster="c", tasks=list(tasks)))

        async def runs() -> bool:
            return await told("TasksRunning", running["taskArn"]) == "success"

        assert await told("TasksRunning", pulled["taskArn"]) == "retry"
        assert await told("TasksRunning", gone) == "failure"
        await wait_for(runs, within_s=20.0)
        assert await told("TasksStopped", running["taskArn"]) == "retry"
        assert await told("TasksRunning", running["taskArn"], pulled["taskArn"]) == "retry"
        await yard.call("StopTask", cluster="c", task=running["taskArn"])

        async def has_stopped() -> bool:
            return await told("TasksStopped", running["taskArn"]) == "success"

        await wait_for(has_stopped, within_s=20.0)
        assert await told("TasksRunning", running["taskArn"]) == "failure"

    run(story)
