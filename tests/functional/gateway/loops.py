"""An event loop in a thread, so that tests may speak to it with plain blocking sockets."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class LoopThread:
    """Started at once, stopped by :meth:`close`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[object, object, T], within_s: float = 60) -> T:
        """Run a coroutine there and return its result here."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)

    def call(self, function: Callable[[], object]) -> None:
        """Call a function there, and wait for it."""

        async def called() -> None:
            function()

        self.run(called())

    def close(self) -> None:
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
