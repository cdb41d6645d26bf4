"""Housekeeping: what is past its retention goes, and what belongs to deleted streams."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hatoba.cloud.logs.control import oldest_kept
from hatoba.cloud.loop import reconcile_forever

if TYPE_CHECKING:
    from hatoba.cloud.logs.store import LogStore
    from hatoba.cloud.state import Change
    from hatoba.cloud.world import Loop, World

# Small enough that a call which comes meanwhile waits some ten milliseconds at the most.
BATCH = 5_000
TICK_S = 60.0


class Housekeeping:
    """Removes events in small batches and lets others run between them."""

    def __init__(self, world: World, store: LogStore) -> None:
        self._world = world
        self._store = store

    def loops(self) -> tuple[Loop, ...]:
        """Return one loop for changes of groups and one for the passing of time."""
        return (self._on_change, self._on_time)

    async def sweep(self) -> int:
        """Remove all that has to go now; return how many events went."""
        gone = 0
        while True:
            with self._world.state.transaction():
                batch = self._remove_batch()
            if not batch:
                return gone
            gone += batch
            await asyncio.sleep(0)

    def _remove_batch(self) -> int:
        now_ms = int(self._world.clock.now() * 1000)
        for _, group in self._store.groups.everywhere():
            before = oldest_kept(group, now_ms)
            if before is not None:
                gone = self._store.remove_older(group, before, BATCH)
                if gone:
                    return gone
        return self._store.purge_dropped(BATCH)

    async def _on_change(self) -> None:
        changes = self._world.state.feed.subscribe("logs.group")
        try:
            await reconcile_forever("logs: retention", changes, self._step)
        finally:
            self._world.state.feed.unsubscribe(changes)

    async def _step(self, _: tuple[Change, ...]) -> float | None:
        await self.sweep()
        return None

    async def _on_time(self) -> None:
        while True:
            await self._world.clock.sleep(TICK_S)
            await self.sweep()
