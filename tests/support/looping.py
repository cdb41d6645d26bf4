"""A control loop under test, with a fake clock that goes on in steps."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import ClassVar

from tests.support.fakes import FakeClock

ROUNDS = 16


class Looping:
    """A test's own world around a loop. ``STEP_S`` is short enough for the loop to miss no time."""

    STEP_S: ClassVar[float]

    clock: FakeClock

    async def run(self) -> None:
        """Run the loop until cancelled."""
        raise NotImplementedError

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        loop = asyncio.create_task(self.run())
        try:
            await self.rest()
            yield
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)

    async def rest(self) -> None:
        """Let the loop do all that it can do now."""
        for _ in range(ROUNDS):
            await asyncio.sleep(0)

    async def wait(self, seconds: float) -> None:
        """Let time go by in steps, as it does."""
        left = seconds
        while left > 0:
            self.clock.advance(min(left, self.STEP_S))
            left -= self.STEP_S
            await self.rest()
