"""The world around a task fails for a while: the task still ends where it should."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from hatoba.cloud.ecs.model import TaskDefinition
from hatoba.cloud.wire import Call, Operations, ServiceError
from hatoba.runtime.simulated import Script
from tests.unit.ecs.yard import HastyClock, Yard, wait_for


class Failing:
    """Stands before another service's operations and fails some calls of one of them."""

    def __init__(self, inner: Operations, operation: str, times: int, code: str = "InternalFailure") -> None:
        self.left = times
        self._inner = inner
        self._operation = operation
        self._code = code

    @property
    def operations(self) -> Operations:
        table = Operations(self._inner.service)
        for name in self._inner.names():
            table.add(name, self._failing(name) if name == self._operation else self._get(name))
        return table

    def _get(self, name: str) -> Any:
        return self._inner.get(name)

    def _failing(self, name: str) -> Any:
        def operation(call: Call, request: Mapping[str, Any]) -> Any:
            if self.left:
                self.left -= 1
                raise ServiceError(self._code, "not now")
            return self._get(name)(call, request)

        return operation


async def inactive(yard: Yard) -> None:
    async def is_inactive() -> bool:
        return bool((await yard.describe())["status"] == "INACTIVE")

    await wait_for(is_inactive, within_s=10.0)


def test_a_deregistration_that_fails_is_tried_again_before_the_task_is_stopped() -> None:
    async def story() -> None:
        yard = Yard(clock=HastyClock())
        yard.bench.add(Failing(yard.registry.operations, "DeregisterInstance", 2).operations)
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            await yard.call("DeleteService", cluster="c", service="s", force=True)
            await inactive(yard)
        assert yard.journal[-3:] == ["deregister", "stop app 30", "remove"]

    asyncio.run(story())


def test_an_interface_that_cannot_be_made_fails_the_task_and_the_service_tries_again() -> None:
    async def story() -> None:
        yard = Yard()
        code = "InsufficientFreeAddressesInSubnet"
        yard.bench.add(Failing(yard.network.operations, "CreateNetworkInterface", 2, code).operations)
        await yard.register()
        async with yard.at_work():
            await yard.create()
            service = await yard.steady()
            failed = await yard.tasks("STOPPED")
        assert len(failed) == 2
        assert {each["stopCode"] for each in failed} == {"TaskFailedToStart"}
        assert code in failed[0]["stoppedReason"]
        assert service["deployments"][0]["failedTasks"] == 0

    asyncio.run(story())


def test_a_registration_that_is_refused_fails_the_task() -> None:
    async def story() -> None:
        yard = Yard()
        yard.bench.add(Failing(yard.registry.operations, "RegisterInstance", 1, "InvalidInput").operations)
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            failed = (await yard.tasks("STOPPED"))[0]
        assert (failed["stopCode"], failed["stoppedReason"]) == (
            "TaskFailedToStart",
            "ResourceInitializationError: not now",
        )

    asyncio.run(story())


def test_a_task_waits_for_a_runtime_that_went_away_and_is_stopped_when_it_is_back() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            yard.runtime.is_away = True
            await yard.call("DeleteService", cluster="c", service="s", force=True)

            async def is_deregistered() -> bool:
                return not yard.registry.instances

            await wait_for(is_deregistered)
            yard.runtime.is_away = False
            await inactive(yard)
        assert yard.journal[-2:] == ["stop app 30", "remove"]

    asyncio.run(story())


def test_a_container_that_ignores_sigterm_is_killed_after_its_stop_timeout() -> None:
    async def story() -> None:
        yard = Yard(clock=HastyClock())
        yard.runtime.scripts["httpd"] = Script(stop_s=3600.0)
        await yard.register(stopTimeout=2)
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=0)

            async def has_stopped() -> bool:
                stopped = await yard.tasks("STOPPED")
                return bool(stopped) and bool(stopped[0]["lastStatus"] == "STOPPED")

            await wait_for(has_stopped)
            stopped = (await yard.tasks("STOPPED"))[0]
        assert stopped["containers"][0]["exitCode"] == 137

    asyncio.run(story())


def test_one_broken_service_does_not_stop_the_others() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.register("other")
        async with yard.at_work():
            await yard.create(serviceName="broken", taskDefinition="other", desiredCount=0)
            table = yard.bench.state.table("ecs.task_definition", TaskDefinition)
            for scope, definition in table.everywhere():
                if definition.family == "other":
                    table.delete(scope, definition.key)
            await yard.call("UpdateService", cluster="c", service="broken", desiredCount=1)
            await yard.create()
            service = await yard.steady()
        assert service["runningCount"] == 1

    asyncio.run(story())


def test_an_alarm_wakes_a_service_that_pauses() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["httpd"] = Script(exits_after_s=0.0, exit_code=1)
        await yard.register()
        async with yard.at_work():
            await yard.create()

            async def has_failed_often() -> bool:
                return bool((await yard.describe())["deployments"][0]["failedTasks"] >= 4)

            await wait_for(has_failed_often)
            assert "(service s) is unable to consistently start tasks successfully." in await yard.messages()
            yard.runtime.scripts.clear()
            service = await yard.steady()
        assert service["deployments"][0]["failedTasks"] == 0

    asyncio.run(story())
