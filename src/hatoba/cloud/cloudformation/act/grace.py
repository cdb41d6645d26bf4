"""A moment for an operation to end before the call that began it returns.

AWS CLI and botocore's waiters look once at once, and then only after thirty seconds. Most operations end
here within a fraction of one, on a busy machine within one or two: who waits that long with the answer saves
its client the thirty.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import World

GRACE_S = 1.5


class Grace:
    """Waits for operations, up to ``seconds``; 0 does not wait at all."""

    def __init__(self, world: World, store: Store, seconds: float = GRACE_S) -> None:
        self._world = world
        self._store = store
        self._seconds = seconds

    async def give(self, scope: Scope, stack_id: str) -> None:
        """Return when the stack's operation has ended, or when the moment is over."""
        if not self._seconds:
            return
        ended = asyncio.ensure_future(self._until_ended(scope, stack_id))
        over = asyncio.ensure_future(self._world.clock.sleep(self._seconds))
        try:
            await asyncio.wait({ended, over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            over.cancel()

    async def _until_ended(self, scope: Scope, stack_id: str) -> None:
        feed = self._world.state.feed
        changes = feed.subscribe(self._store.stacks.kind)
        try:
            while (stack := self._store.stacks.get(scope, stack_id)) and stack.operation is not None:
                await changes.wait()
        finally:
            feed.unsubscribe(changes)
