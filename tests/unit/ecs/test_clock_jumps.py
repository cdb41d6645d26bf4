"""The machine's clock is set forward or back, by an hour: services end where they should all the same."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from hatoba.cloud.clock import SystemClock
from hatoba.runtime.protocol import Executed
from hatoba.runtime.simulated import Script
from tests.unit.ecs.yard import QUICK, Yard, wait_for

HOUR = 3600.0


class JumpingClock(SystemClock):
    """The machine's clock, which somebody sets."""

    offset = 0.0

    def now(self) -> float:
        return super().now() + self.offset


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_steady_service_stays_so(jump: float) -> None:
    async def story() -> None:
        clock = JumpingClock()
        yard = Yard(clock=clock, pace=replace(QUICK, early_check_s=0.01))
        await yard.register(healthCheck={"command": ["CMD-SHELL", "true"], "interval": 5, "retries": 1})
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            (before,) = await yard.tasks()
            clock.offset = jump
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=2)
            await yard.steady()
            after = [each["taskArn"] for each in await yard.tasks()]
        assert before["taskArn"] in after
        assert await yard.tasks("STOPPED") == []

    asyncio.run(story())


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_service_that_pauses_goes_on_when_its_cause_is_gone(jump: float) -> None:
    async def story() -> None:
        clock = JumpingClock()
        yard = Yard(clock=clock)
        yard.runtime.scripts["httpd"] = Script(exits_after_s=0.0, exit_code=1)
        await yard.register()
        async with yard.at_work():
            await yard.create()

            async def has_failed() -> bool:
                return bool((await yard.describe())["deployments"][0]["failedTasks"] >= 3)

            await wait_for(has_failed)
            clock.offset = jump
            yard.runtime.scripts.clear()
            await yard.steady()

    asyncio.run(story())


def test_a_health_check_is_looked_at_again_in_time() -> None:
    async def story() -> None:
        clock = JumpingClock()
        yard = Yard(clock=clock, pace=replace(QUICK, early_check_s=0.02))
        yard.runtime.scripts["httpd"] = Script(executes=Executed(1, "not yet"))
        await yard.register(healthCheck={"command": ["CMD-SHELL", "true"], "interval": 5})
        async with yard.at_work():
            await yard.create()
            await wait_for(lambda: _has_checked(yard, 1))
            clock.offset = -HOUR
            seen = yard.runtime.checked
            await wait_for(lambda: _has_checked(yard, seen + 1), within_s=10)

    asyncio.run(story())


async def _has_checked(yard: Yard, times: int) -> bool:
    return yard.runtime.checked >= times
