"""A command in a container, by the beginning of its task's id: what is found, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hatoba.cloud.wire import ServiceError
from hatoba.runtime.protocol import CannotExecute, Executed
from hatoba.runtime.simulated import Script
from tests.unit.ecs.yard import Yard, wait_for

SIDE = {"name": "side", "image": "side", "essential": False}


async def running(yard: Yard, *more: dict[str, object]) -> str:
    """Run a task; return its id."""
    await yard.register_all("app", {"name": "app", "image": "httpd"}, *more)
    await yard.call("CreateCluster", clusterName="c")
    arn: str = (await yard.run())["taskArn"]

    async def is_running() -> bool:
        return bool((await yard.tasks())[0]["lastStatus"] == "RUNNING")

    await wait_for(is_running)
    return arn.rsplit("/", 1)[-1]


def at_work(story: Callable[[Yard], Awaitable[None]]) -> None:
    async def whole() -> None:
        yard = Yard()
        async with yard.at_work():
            await story(yard)

    asyncio.run(whole())


async def refusal(yard: Yard, task_id: str, container: str | None = None) -> str:
    with pytest.raises(ServiceError) as refused:
        await yard.ecs.execute(task_id, container, ["true"], 1.0)
    return refused.value.message


def test_the_beginning_of_a_tasks_id_is_enough() -> None:
    async def story(yard: Yard) -> None:
        task_id = await running(yard)
        yard.runtime.scripts["httpd"] = Script(executes=Executed(3, "said"))
        assert await yard.ecs.execute(task_id[:6], None, ["true"], 1.0) == Executed(3, "said")

    at_work(story)


def test_of_several_containers_one_is_to_be_named() -> None:
    async def story(yard: Yard) -> None:
        task_id = await running(yard, SIDE)
        yard.runtime.scripts["side"] = Script(executes=Executed(0, "aside"))
        assert "name one of app, side" in await refusal(yard, task_id)
        assert "has no container x; it has app, side" in await refusal(yard, task_id, "x")
        assert (await yard.ecs.execute(task_id, "side", ["true"], 1.0)).output == "aside"

    at_work(story)


def test_an_unknown_task_and_an_ambiguous_id_are_refused() -> None:
    async def story(yard: Yard) -> None:
        await running(yard)
        await yard.run()
        assert await refusal(yard, "none") == "No task none runs. `hatoba ps` lists those that do."
        assert "2 tasks begin with" in await refusal(yard, "")

    at_work(story)


def test_what_cannot_be_run_or_takes_too_long_says_so() -> None:
    async def story(yard: Yard) -> None:
        task_id = await running(yard)
        yard.runtime.cannot = CannotExecute("the engine is away")
        assert "the engine is away" in await refusal(yard, task_id)
        yard.runtime.cannot = None
        yard.runtime.scripts["httpd"] = Script(execute_s=0.02)
        with pytest.raises(ServiceError, match=r"did not end within 0\.01 s"):
            await yard.ecs.execute(task_id, None, ["true"], 0.01)

    at_work(story)
