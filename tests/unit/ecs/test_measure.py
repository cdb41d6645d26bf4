"""A task's disk is measured for who asks: not each time, and not for long."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs.act.measure import Disks
from hatoba.cloud.ecs.act.outside import Outside, answers
from hatoba.cloud.ecs.pace import Pace
from hatoba.cloud.ecs.store import Store
from tests.support.calls import Bench
from tests.support.fakes import FakeClock
from tests.unit.ecs.test_metadata import TASK
from tests.unit.ecs.yard import OneRuntime, ScriptedRuntime, Streams

MEASURED = replace(TASK, runtime="scripted")


class Scales(ScriptedRuntime):
    """A runtime that measures disks, or does not get it done."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__([], clock)
        self.looks = 0
        self.is_slow = False

    async def written_bytes(self, task_id: str) -> int | None:
        del task_id
        self.looks += 1
        if self.is_slow:
            await asyncio.Event().wait()
        return self.looks * 100


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def scales(clock: FakeClock) -> Scales:
    return Scales(clock)


@pytest.fixture
def disks(clock: FakeClock, scales: Scales) -> Disks:
    bench = Bench(clock=clock)
    outside = Outside(bench.world, Store(bench.state), OneRuntime(scales), Streams(), Pace(), answers)
    return Disks(outside, within_s=0.005)


def test_a_disk_is_measured_anew_after_fifteen_seconds(disks: Disks, clock: FakeClock) -> None:
    async def story() -> list[int | None]:
        seen = []
        for later_s in (0.0, 14.9, 0.2):
            clock.advance(later_s)
            seen.append(await disks.written_bytes(MEASURED))
        clock.advance(-3600.0)
        return [*seen, await disks.written_bytes(MEASURED)]

    assert asyncio.run(story()) == [100, 100, 200, 300]


def test_each_task_has_a_disk_of_its_own(disks: Disks) -> None:
    async def story() -> list[int | None]:
        other = replace(MEASURED, id="f" * 32)
        return [await disks.written_bytes(each) for each in (MEASURED, other, MEASURED)]

    assert asyncio.run(story()) == [100, 200, 100]


def test_a_disk_that_takes_too_long_to_measure_is_not_known_for_a_while(disks: Disks, scales: Scales) -> None:
    scales.is_slow = True

    async def story() -> list[int | None]:
        return [await disks.written_bytes(MEASURED) for _ in range(2)]

    assert asyncio.run(story()) == [None, None]
    assert scales.looks == 1


def test_nothing_is_measured_of_a_task_that_nothing_runs(disks: Disks, scales: Scales) -> None:
    assert asyncio.run(disks.written_bytes(TASK)) is None
    assert scales.looks == 0
