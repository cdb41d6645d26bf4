"""Time-outs of running requests: one timer for all that wait equally long, instead of one for each.

Those with the same time-out expire in the order in which they began, so only the first is watched.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol, final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator


class Expiring(Protocol):
    """What waits. Compared by identity."""

    def time_out(self) -> None:
        """The time is over. Called once, unless it was removed before."""


@final
class Deadlines:
    """All that wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queues: dict[float, dict[Expiring, float]] = {}

    def add(self, waiting: Expiring, now: float, timeout_s: float) -> None:
        """Call ``waiting.time_out`` after ``timeout_s`` from ``now`` (the loop's time)."""
        queue = self._queues.get(timeout_s)
        if queue is None:
            queue = self._queues[timeout_s] = {}
            self._loop.call_at(now + timeout_s, self._expire, timeout_s)
        queue[waiting] = now + timeout_s

    def remove(self, waiting: Expiring, timeout_s: float) -> None:
        """It waits no more."""
        queue = self._queues.get(timeout_s)
        if queue is not None:
            queue.pop(waiting, None)

    def __iter__(self) -> Iterator[Expiring]:
        """Go through all that wait."""
        return chain.from_iterable(self._queues.values())

    def __len__(self) -> int:
        """Return how many wait."""
        return sum([len(queue) for queue in self._queues.values()])

    def _expire(self, timeout_s: float) -> None:
        queue = self._queues[timeout_s]
        now = self._loop.time()
        while queue:
            waiting, at = next(iter(queue.items()))
            if at > now:
                self._loop.call_at(at, self._expire, timeout_s)
                return
            del queue[waiting]
            waiting.time_out()
        del self._queues[timeout_s]
