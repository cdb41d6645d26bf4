"""Task scale-in protection: the operations, and what the scheduler leaves alone."""

from __future__ import annotations

import asyncio

import pytest

from hatoba.cloud.ecs.control.decisions import Tell, Wait
from hatoba.cloud.ecs.control.service import decide
from hatoba.cloud.ecs.model import Task
from hatoba.cloud.ecs.store import Store
from hatoba.cloud.wire import ServiceError
from tests.support.calls import SCOPE
from tests.support.fakes import FakeClock
from tests.unit.ecs.harbour import Harbour
from tests.unit.ecs.yard import Yard, wait_for


def protect(harbour: Harbour, task: Task, for_s: float = 10_000.0) -> float:
    until = harbour.now + for_s
    harbour.store.update_task(SCOPE, task.key, protected_until=until)
    return until


def test_scale_in_takes_the_tasks_that_are_not_protected() -> None:
    harbour = Harbour(3)
    harbour.sail(6)
    youngest = harbour.live[-1]
    protect(harbour, youngest)
    harbour.scale(1)
    harbour.keep()
    assert [task.id for task in harbour.live] == [youngest.id]
    assert not any("under protection" in each for each in harbour.messages())


def test_protected_tasks_beyond_the_wish_stay_and_the_service_says_so_once() -> None:
    harbour = Harbour(2)
    harbour.sail(6)
    until = harbour.now + 10_000.0
    for task in harbour.live:
        protect(harbour, task)
    harbour.scale(0)
    harbour.keep()
    harbour.keep()
    assert len(harbour.live) == 2
    deployment = harbour.service.primary.id
    told = [each for each in harbour.messages() if "under protection" in each]
    why = f"(taskSet {deployment}) was unable to scale in due to (reason 2 tasks under protection)"
    assert told == [f"(service s) was unable to reach steady state because {why}"]
    decisions = decide(harbour.service, harbour.tasks, harbour.now)
    assert not [each for each in decisions if isinstance(each, Tell)]
    assert Wait(until, "the protection of a task ends") in decisions


def test_protection_ends_by_itself() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    harbour.now = protect(harbour, harbour.live[0], for_s=60)
    harbour.scale(0)
    harbour.keep()
    assert not harbour.live


def test_a_deployment_leaves_protected_tasks_running_and_waits_for_them() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    old = harbour.live[0]
    protect(harbour, old, for_s=100_000)
    harbour.now += 1.0
    harbour.deploy(2)
    harbour.keep()
    assert not any("under protection" in each for each in harbour.messages())
    harbour.sail(6)
    assert harbour.task(old.id).is_live
    assert harbour.service.primary.rollout_state == "IN_PROGRESS"
    assert harbour.messages()[-1].endswith("(reason 1 tasks under protection)")
    harbour.now += 100_000
    harbour.sail(6)
    assert not harbour.task(old.id).is_live
    assert harbour.service.primary.rollout_state == "COMPLETED"


def test_an_unhealthy_task_is_replaced_though_it_is_protected() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    sick = harbour.live[0]
    protect(harbour, sick, for_s=100_000)
    harbour.sicken(sick)
    harbour.sail(6)
    assert not harbour.task(sick.id).is_live


def test_protection_is_set_read_and_taken_away() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            arn = (await yard.tasks())[0]["taskArn"]
            set_ = await yard.call(
                "UpdateTaskProtection", cluster="c", tasks=[arn], protectionEnabled=True, expiresInMinutes=5
            )
            (protected,) = set_["protectedTasks"]
            left_s = protected["expirationDate"].timestamp() - yard.bench.clock.now()
            assert (protected["taskArn"], protected["protectionEnabled"]) == (arn, True)
            assert 290 < left_s <= 300
            for given in ({}, {"tasks": [arn]}):
                read = await yard.call("GetTaskProtection", cluster="c", **given)
                assert read["protectedTasks"] == [protected]
            ended = await yard.call("UpdateTaskProtection", cluster="c", tasks=[arn], protectionEnabled=False)
            assert ended["protectedTasks"] == [{"taskArn": arn, "protectionEnabled": False}]
            assert ended["failures"] == []

    asyncio.run(story())


def test_a_task_of_no_service_or_none_at_all_is_a_failure() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        async with yard.at_work():
            arn = (await yard.run())["taskArn"]

            async def is_running() -> bool:
                return bool((await yard.tasks())[0]["lastStatus"] == "RUNNING")

            await wait_for(is_running)
            answer = await yard.call(
                "UpdateTaskProtection", cluster="c", tasks=[arn, "0" * 32], protectionEnabled=True
            )
        assert answer["protectedTasks"] == []
        assert [each["reason"] for each in answer["failures"]] == ["TASK_NOT_VALID", "MISSING"]

    asyncio.run(story())


@pytest.mark.parametrize(("minutes", "seconds"), [(None, 7200), (1, 60), (2880, 172_800)])
def test_protection_lasts_two_hours_or_as_long_as_is_said(minutes: int | None, seconds: int) -> None:
    async def story() -> None:
        clock = FakeClock()
        yard = Yard(clock=clock)
        await yard.call("CreateCluster", clusterName="c")
        harbour = Harbour(1)
        harbour.keep()
        (task,) = harbour.tasks
        Store(yard.bench.state).add_task(SCOPE, task)
        asked = {} if minutes is None else {"expiresInMinutes": minutes}
        set_ = await yard.call(
            "UpdateTaskProtection", cluster="c", tasks=[task.id], protectionEnabled=True, **asked
        )
        (protected,) = set_["protectedTasks"]
        assert protected["expirationDate"].timestamp() == clock.now() + seconds

    asyncio.run(story())


@pytest.mark.parametrize("minutes", [-1, 0, 2881])
def test_protection_lasts_between_a_minute_and_two_days(minutes: int) -> None:
    async def story() -> None:
        yard = Yard()
        await yard.call("CreateCluster", clusterName="c")
        with pytest.raises(ServiceError) as refused:
            await yard.call(
                "UpdateTaskProtection",
                cluster="c",
                tasks=["a"],
                protectionEnabled=True,
                expiresInMinutes=minutes,
            )
        assert refused.value.code == "InvalidParameterException"

    asyncio.run(story())


def test_a_task_that_serves_is_not_taken_for_a_protected_one_that_does_not_yet() -> None:
    harbour = Harbour(2)
    harbour.keep()
    serving, starting = harbour.live
    for _ in range(3):
        harbour.advance(harbour.task(serving.id))
    protect(harbour, starting)
    harbour.scale(1)
    harbour.keep()
    assert [task.id for task in harbour.serving] == [serving.id]
    for _ in range(3):
        harbour.advance(harbour.task(starting.id))
    harbour.keep()
    assert [task.id for task in harbour.live] == [starting.id]


def test_the_end_of_a_protection_is_waited_for_while_the_new_tasks_do_not_serve_yet() -> None:
    harbour = Harbour(1)
    harbour.keep()
    until = protect(harbour, harbour.live[0], for_s=60)
    harbour.deploy(2)
    assert harbour.keep() == until
