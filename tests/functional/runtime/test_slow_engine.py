"""An engine in trouble: it does not answer in time, or does not stop or remove a container."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import pytest
from msgspec.structs import replace

from hatoba.runtime import engine
from hatoba.runtime.container_task import RunningContainer
from hatoba.runtime.containers import ContainerRuntime
from hatoba.runtime.engine import ContainerState, EngineError, EngineGone, EngineTimedOut, Frame, Listed
from hatoba.runtime.protocol import CannotStart, CannotStop, ContainerSpec, StartTimedOut, TaskSpec
from tests.support.listening import Heard

TASK = TaskSpec("0123abcd", (ContainerSpec("app", "shop:1"),), 256, 512)


class Stub:
    """An engine as far as one container needs it."""

    def __init__(self) -> None:
        self.trouble: EngineError | None = None
        self.removed: list[str] = []
        self.tasks: list[str] = []
        self.broken: dict[str, int] = {}

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

    async def containers(self, labels: Mapping[str, str]) -> tuple[Listed, ...]:
        del labels
        return tuple(
            Listed(f"c-{each}", {"hatoba.task": each, "hatoba.container": "app"}, running=False)
            for each in self.tasks
        )

    async def state(self, container_id: str) -> ContainerState | None:
        if self.broken.get(container_id, 0) > 0:
            self.broken[container_id] -= 1
            raise EngineError("its state cannot be read")
        return ContainerState(running=False, exit_code=3, out_of_memory=False)

    async def output(self, container_id: str, since_s: int, **_: object) -> AsyncIterator[list[Frame]]:
        del container_id, since_s
        nothing: tuple[list[Frame], ...] = ()
        for each in nothing:
            yield each

    async def remove_all(self, containers: object, label: str) -> None:
        del containers, label
        if self.trouble:
            raise self.trouble

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


def test_a_container_that_cannot_be_removed_does_not_hide_the_tasks_that_run(tmp_path: Path) -> None:
    async def story() -> None:
        runtime, stub = stubbed(tmp_path)
        stub.tasks = ["forgotten"]
        stub.trouble = EngineError("device or resource busy")
        assert await runtime.found(Heard()) == ()
        stub.trouble = EngineGone("not there")
        with pytest.raises(EngineGone):
            await runtime.found(Heard())
        await runtime.close()

    asyncio.run(story())


@pytest.mark.parametrize(("times", "expected"), [(1, ["one", "two"]), (99, ["two"])])
def test_a_task_whose_container_cannot_be_looked_at_does_not_hide_the_others(
    tmp_path: Path, times: int, expected: list[str]
) -> None:
    async def story() -> list[str]:
        before, _ = stubbed(tmp_path)
        for name in ("one", "two"):
            await before.prepare(replace(TASK, task_id=name), Heard())
        await before.close()
        runtime, stub = stubbed(tmp_path)
        stub.tasks, stub.broken = ["one", "two"], {"c-one": times}
        stub.trouble = EngineError("device or resource busy")
        found = await runtime.found(Heard())
        await runtime.close()
        return [each.task_id for each in found]

    assert asyncio.run(story()) == expected
