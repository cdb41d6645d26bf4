"""Why a task or a container ended, and where that is said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.runtime.protocol import CannotCreateVolume, CannotStart, CannotStop, Listener, StartTimedOut
from hatoba.runtime.simulated import Script
from tests.unit.ecs.test_tasks import reaches, run_one
from tests.unit.ecs.yard import HastyClock, Yard, wait_for


def test_containers_that_were_never_started_have_no_exit_code() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["once"] = Script(exits_after_s=0.01, exit_code=3)
        need = [{"containerName": "migrate", "condition": "SUCCESS"}]
        await yard.register_all(
            "app",
            {"name": "web", "image": "httpd", "dependsOn": need},
            {"name": "migrate", "image": "once", "essential": False},
        )
        async with yard.at_work():
            task = await reaches(yard, await run_one(yard), "STOPPED")
        web, migrate = task["containers"]
        assert (migrate["exitCode"], web["lastStatus"]) == (3, "STOPPED")
        assert not {"exitCode", "runtimeId", "reason"} & web.keys()

    asyncio.run(story())


@pytest.mark.parametrize("fails", ["ends", "cannot start"])
def test_a_containers_reason_has_at_most_1024_characters(fails: str) -> None:
    async def story() -> None:
        yard = Yard()
        long = "x" * 3000
        if fails == "cannot start":
            yard.runtime.scripts["httpd"] = Script(cannot_start=long)
        await yard.register()
        async with yard.at_work():
            arn = await run_one(yard)
            if fails == "ends":
                await reaches(yard, arn, "RUNNING")
                yard.runtime.end(arn.rsplit("/", 1)[-1], "app", 1, long)
            task = await reaches(yard, arn, "STOPPED")
        assert len(task["containers"][0]["reason"]) == 1024

    asyncio.run(story())


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CannotStart("no free port"), "CannotStartContainerError: no free port"),
        (CannotCreateVolume("the volume data"), "CannotCreateVolumeError: the volume data"),
        (StartTimedOut("timed out"), "ContainerRuntimeTimeoutError: timed out"),
    ],
)
def test_what_cannot_be_made_for_a_task_stops_it_in_awss_words(error: CannotStart, text: str) -> None:
    async def story() -> None:
        yard = Yard()

        async def prepare(task: Any, listener: Listener) -> Any:
            del task, listener
            raise error

        yard.runtime.prepare = prepare  # type: ignore[method-assign]  # a runtime without room
        await yard.register()
        async with yard.at_work():
            task = await reaches(yard, await run_one(yard), "STOPPED")
        assert (task["stopCode"], task["stoppedReason"]) == ("TaskFailedToStart", text)
        assert yard.network.interfaces == {}

    asyncio.run(story())


def test_a_container_that_is_not_stopped_says_why_until_it_is() -> None:
    async def story() -> None:
        yard = Yard(clock=HastyClock())
        stop, is_stuck = yard.runtime.stop, True

        async def stuck(task_id: str, container: str, *, timeout_s: float) -> None:
            if is_stuck:
                raise CannotStop("failed sending SIGTERM")
            await stop(task_id, container, timeout_s=timeout_s)

        yard.runtime.stop = stuck  # type: ignore[method-assign]  # a runtime whose engine is in trouble
        await yard.register()
        async with yard.at_work():
            arn = await run_one(yard)
            await reaches(yard, arn, "RUNNING")
            await yard.call("StopTask", cluster="c", task=arn)
            stopping: list[Mapping[str, Any]] = []

            async def is_told() -> bool:
                stopping[:] = (await yard.call("DescribeTasks", cluster="c", tasks=[arn]))["tasks"]
                return "reason" in stopping[0]["containers"][0]

            await wait_for(is_told)
            is_stuck = False
            task = await reaches(yard, arn, "STOPPED")
        assert stopping[0]["lastStatus"] == "STOPPING"
        (container,) = stopping[0]["containers"]
        assert container["reason"] == "CannotStopContainerError: failed sending SIGTERM"
        assert (task["containers"][0]["exitCode"], "reason" in task["containers"][0]) == (143, False)

    asyncio.run(story())
