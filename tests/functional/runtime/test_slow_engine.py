"""An engine that takes calls and does not answer them in time, and one that refuses to stop a container."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import pytest

from hatoba.runtime import engine
from hatoba.runtime.container_task import RunningContainer
from hatoba.runtime.containers import ContainerRuntime
from hatoba.runtime.engine import EngineError, EngineGone, EngineTimedOut
from hatoba.runtime.protocol import CannotStart, CannotStop, ContainerSpec, StartTimedOut, TaskSpec
from tests.support.listening import Heard

TASK = TaskSpec("0123abcd", (ContainerSpec("app", "shop:1"),), 256, 512)


class Stub:
    """An engine as far as one container needs it."""

    def __init__(self) -> None:
        self.trouble: EngineError | None = None
        self.removed: list[str] = []

    async def cpus(self) -> int:
        return 1

    async def create(self, name: str, config: Any) -> str:
        del name, config
        return "c1"

    async def start(self, container_id: str) -> None:
        del container_id
        if self.trouble:
            raise self.trouble

    async def stop(self, container_id: str, timeout_s: int) -> None:
        del container_id, timeout_s
        if self.trouble:
            raise self.trouble

    async def remove(self, container_id: str) -> None:
        self.removed.append(container_id)

    async def close(self) -> None:
        """Nothing is open."""


def stubbed(folder: Path) -> tuple[ContainerRuntime, Stub]:
    runtime, stub = ContainerRuntime(folder, "unix:///nowhere", "none"), Stub()
    runtime._opened = stub  # type: ignore[assignment]  # only what one container needs
    return runtime, stub


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (TimeoutError(), EngineTimedOut),
        (aiohttp.ServerTimeoutError(), EngineTimedOut),
        (aiohttp.ConnectionTimeoutError("not there"), EngineGone),
        (ConnectionRefusedError("not there"), EngineGone),
    ],
)
def test_an_engine_that_is_not_there_is_told_from_one_that_is_slow(
    trouble: Exception, kind: type[EngineError]
) -> None:
    def call() -> NoReturn:
        with engine._translated():
            raise trouble
        raise AssertionError

    with pytest.raises(EngineError) as told:
        call()
    assert type(told.value) is kind


def test_a_start_that_is_not_answered_in_time_is_told_as_by_fargate(tmp_path: Path) -> None:
    async def story() -> None:
        runtime, stub = stubbed(tmp_path)
        await runtime.prepare(TASK, Heard())
        stub.trouble = EngineTimedOut("it did not answer in time")
        with pytest.raises(
            StartTimedOut, match=r"^Could not transition to running; timed out after waiting 1m: "
        ):
            await runtime.start("0123abcd", "app")
        stub.trouble = EngineError("no such program")
        with pytest.raises(CannotStart, match="the container engine said: no such program"):
            await runtime.start("0123abcd", "app")
        assert stub.removed == ["c1"]
        await runtime.close()

    asyncio.run(story())


def test_a_stop_that_the_engine_refuses_is_to_be_asked_again(tmp_path: Path) -> None:
    async def story() -> None:
        runtime, stub = stubbed(tmp_path)
        await runtime.prepare(TASK, Heard())
        runtime._tasks["0123abcd"].running["app"] = RunningContainer("c1")
        stub.trouble = EngineError("cannot signal it")
        with pytest.raises(CannotStop, match="the container engine said: cannot signal it"):
            await runtime.stop("0123abcd", "app", timeout_s=30)
        runtime._tasks.clear()
        await runtime.close()

    asyncio.run(story())
