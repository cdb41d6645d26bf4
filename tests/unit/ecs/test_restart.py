"""A cloud that ends in the middle of things: the next one goes on where it was."""

from __future__ import annotations

import asyncio

import pytest

from hatoba.cloud.ecs.model import Task
from hatoba.runtime.protocol import CannotStop
from tests.unit.ecs.yard import HastyClock, Yard, wait_for


def test_running_tasks_are_taken_back_and_not_doubled() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create(desiredCount=2)
            await yard.steady()
            before = {task["taskArn"] for task in await yard.tasks()}
        yard.journal.clear()
        async with yard.at_work(yard.new_ecs()):
            await yard.steady()
            assert {task["taskArn"] for task in await yard.tasks()} == before
            yard.runtime.end(next(iter(before)).rsplit("/", 1)[-1], "app", 1)

            async def is_replaced() -> bool:
                running = [task for task in await yard.tasks() if task["lastStatus"] == "RUNNING"]
                return len(running) == 2 and {task["taskArn"] for task in running} != before

            await wait_for(is_replaced)
        assert yard.journal.count("start app") == 1

    asyncio.run(story())


@pytest.mark.parametrize(("blind_looks", "unseen"), [(3, ""), (0, "the engine is away")])
def test_what_can_be_seen_is_taken_back_late_or_without_the_rest(blind_looks: int, unseen: str) -> None:
    async def story() -> None:
        yard = Yard(clock=HastyClock())
        await yard.register()
        async with yard.at_work():
            await yard.create(desiredCount=2)
            await yard.steady()
            before = await yard.tasks()
        yard.journal.clear()
        yard.runtime.blind_looks, yard.runtime.unseen = blind_looks, unseen
        async with yard.at_work(yard.new_ecs()):
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=3)
            await yard.steady()
            after = {task["taskArn"]: task["lastStatus"] for task in await yard.tasks()}
        assert len(after) == 3
        assert all(after.get(task["taskArn"]) == "RUNNING" for task in before)
        assert yard.journal.count("start app") == 1

    asyncio.run(story())


def test_a_task_that_is_gone_from_the_machine_is_stopped_and_replaced() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            lost = (await yard.tasks())[0]["taskArn"]
        yard.runtime._tasks.clear()
        async with yard.at_work(yard.new_ecs()):

            async def is_replaced() -> bool:
                running = await yard.tasks()
                return [task["lastStatus"] for task in running] == ["RUNNING"] and running[0][
                    "taskArn"
                ] != lost

            await wait_for(is_replaced)
            gone = (await yard.call("DescribeTasks", cluster="c", tasks=[lost]))["tasks"][0]
        assert gone["stopCode"] == "TerminationNotice"
        assert lost.rsplit("/", 1)[-1] not in yard.registry.instances
        assert len(yard.network.interfaces) == 1

    asyncio.run(story())


def test_an_exit_that_is_told_while_the_cloud_still_looks_around_is_not_missed() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            first = (await yard.tasks())[0]["taskArn"].rsplit("/", 1)[-1]
        yard.runtime.ends_when_found = first
        async with yard.at_work(yard.new_ecs()):

            async def is_replaced() -> bool:
                running = await yard.tasks()
                return [task["lastStatus"] for task in running] == ["RUNNING"] and first not in running[0][
                    "taskArn"
                ]

            await wait_for(is_replaced)
            gone = (await yard.call("DescribeTasks", cluster="c", tasks=[first]))["tasks"][0]
        assert gone["containers"][0]["exitCode"] == 9

    asyncio.run(story())


def test_what_stands_on_the_machine_without_a_task_is_removed() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
        table = yard.bench.state.table("ecs.task", Task)
        for scope, task in table.everywhere():
            table.delete(scope, task.key)
        yard.journal.clear()
        async with yard.at_work(yard.new_ecs()):
            await yard.steady()
        assert "remove" in yard.journal

    asyncio.run(story())


def test_what_cannot_be_removed_from_the_machine_does_not_keep_the_cloud_from_its_work() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
        table = yard.bench.state.table("ecs.task", Task)
        for scope, task in table.everywhere():
            table.delete(scope, task.key)

        async def remove(task_id: str) -> None:
            raise CannotStop(f"{task_id} is busy")

        yard.runtime.remove = remove  # type: ignore[method-assign]  # an engine in trouble
        async with yard.at_work(yard.new_ecs()):
            await yard.steady()

    asyncio.run(story())


@pytest.mark.parametrize("steps", range(0, 120, 6))
def test_a_cloud_killed_at_any_step_ends_with_the_tasks_that_are_wanted(steps: int) -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create(desiredCount=2)
            for _ in range(steps):
                await asyncio.sleep(0)
        async with yard.at_work(yard.new_ecs()):
            await yard.steady()
            running = {task["taskArn"].rsplit("/", 1)[-1] for task in await yard.tasks()}

            async def nothing_is_left_over() -> bool:
                return set(yard.registry.instances) == running and len(yard.network.interfaces) == 2

            await wait_for(nothing_is_left_over)
        assert len(running) == 2
        assert set(yard.runtime._tasks) == running

    asyncio.run(story())


@pytest.mark.parametrize("steps", range(0, 120, 6))
def test_a_cloud_killed_while_it_deletes_a_service_still_ends_empty(steps: int) -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create(desiredCount=2)
            await yard.steady()
            await yard.call("DeleteService", cluster="c", service="s", force=True)
            for _ in range(steps):
                await asyncio.sleep(0)
        async with yard.at_work(yard.new_ecs()):

            async def is_inactive() -> bool:
                return bool((await yard.describe())["status"] == "INACTIVE")

            await wait_for(is_inactive)
        assert yard.registry.instances == {}
        assert yard.network.interfaces == {}
        assert yard.runtime._tasks == {}

    asyncio.run(story())
