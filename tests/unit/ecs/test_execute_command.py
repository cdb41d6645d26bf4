"""ExecuteCommand before there is a session: what it needs, and the agents that a task tells of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from hatoba.runtime.simulated import Script
from tests.unit.ecs.yard import Yard, wait_for

SIDE = {"name": "side", "image": "side", "essential": False}


def at_work(story: Callable[[Yard], Awaitable[None]]) -> None:
    async def whole() -> None:
        yard = Yard()
        await yard.register_all("app", {"name": "app", "image": "httpd"}, SIDE)
        await yard.call("CreateCluster", clusterName="c")
        async with yard.at_work():
            await story(yard)

    asyncio.run(whole())


async def refusal(yard: Yard, task: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(ServiceError) as refused:
        await yard.call(
            "ExecuteCommand", **{"cluster": "c", "task": task, "command": "sh", "interactive": True, **params}
        )
    return refused.value.code, refused.value.message


async def until(yard: Yard, arn: str, status: str) -> list[str | None]:
    """Wait for a task's status; return those of the agents of its containers."""
    found: dict[str, Any] = {}

    async def is_there() -> bool:
        found.update((await yard.call("DescribeTasks", cluster="c", tasks=[arn]))["tasks"][0])
        return bool(found["lastStatus"] == status)

    await wait_for(is_there, what=status)
    agents = [each.get("managedAgents") or [{}] for each in found["containers"]]
    assert all(each.get("name", "ExecuteCommandAgent") == "ExecuteCommandAgent" for (each,) in agents)
    return [each.get("lastStatus") for (each,) in agents]


def test_of_several_containers_one_must_be_named() -> None:
    async def story(yard: Yard) -> None:
        task = (await yard.run(enableExecuteCommand=True))["taskArn"]
        await until(yard, task, "RUNNING")
        assert await refusal(yard, task) == (
            "InvalidParameterException",
            "The task has several containers: name one of app, side.",
        )
        assert (await refusal(yard, task, container="x"))[1].startswith("The task has no container x")

    at_work(story)


def test_only_interactive_commands_of_tasks_that_were_run_for_it_are_taken() -> None:
    async def story(yard: Yard) -> None:
        task = (await yard.run(enableExecuteCommand=True))["taskArn"]
        assert await refusal(yard, task, interactive=False) == (
            "InvalidParameterException",
            "Interactive is the only mode supported currently.",
        )
        plain = (await yard.run())["taskArn"]
        code, message = await refusal(yard, plain)
        assert code == "InvalidParameterException"
        assert message.startswith("The execute command failed because execute command was not enabled")

    at_work(story)


def test_a_container_that_does_not_run_yet_is_not_connected() -> None:
    async def story(yard: Yard) -> None:
        yard.runtime.scripts["httpd"] = Script(pull_s=3600.0)
        task = (await yard.run(enableExecuteCommand=True))["taskArn"]
        code, _ = await refusal(yard, task, container="app")
        assert code == "TargetNotConnectedException"

    at_work(story)


def test_a_container_that_ended_is_not_connected_though_its_task_runs() -> None:
    async def story(yard: Yard) -> None:
        yard.runtime.scripts["side"] = Script(exits_after_s=0.01)
        task = (await yard.run(enableExecuteCommand=True))["taskArn"]

        async def has_ended() -> bool:
            (found,) = (await yard.call("DescribeTasks", cluster="c", tasks=[task]))["tasks"]
            return [each["lastStatus"] for each in found["containers"]] == ["RUNNING", "STOPPED"]

        await wait_for(has_ended, what="the end of the container beside")
        code, _ = await refusal(yard, task, container="side")
        assert code == "TargetNotConnectedException"

    at_work(story)


def test_the_agents_of_a_tasks_containers_run_while_these_do() -> None:
    async def story(yard: Yard) -> None:
        made = await yard.run(enableExecuteCommand=True)
        assert made["enableExecuteCommand"] is True
        assert [each["managedAgents"][0]["lastStatus"] for each in made["containers"]] == ["PENDING"] * 2
        assert await until(yard, made["taskArn"], "RUNNING") == ["RUNNING", "RUNNING"]
        await yard.call("StopTask", cluster="c", task=made["taskArn"])
        assert await until(yard, made["taskArn"], "STOPPED") == ["STOPPED", "STOPPED"]
        plain = await yard.run()
        assert await until(yard, plain["taskArn"], "RUNNING") == [None, None]

    at_work(story)


def test_the_tasks_of_a_service_are_run_for_commands_where_it_says_so() -> None:
    async def story(yard: Yard) -> None:
        await yard.create(registered=False, enableExecuteCommand=True)
        await yard.steady()
        (task,) = await yard.tasks()
        assert task["enableExecuteCommand"] is True
        assert await until(yard, task["taskArn"], "RUNNING") == ["RUNNING", "RUNNING"]

    at_work(story)
