"""The one loop that owns all stack operations: it starts a task for each, and ends it with the cloud."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.act.run import Run
from hatoba.cloud.loop import reconcile_forever
from hatoba.cloud.state import Change

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.resources.registry import Registry
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.world import World

PRUNE_S = 3600.0
"""How often to look for deleted stacks that are old enough to be forgotten."""

_log = logging.getLogger(__name__)


class Engine:
    """Runs the operations that stand in the stacks' records."""

    def __init__(self, world: World, store: Store, registry: Registry) -> None:
        self._world = world
        self._store = store
        self._registry = registry
        self._running: dict[str, tuple[Run, asyncio.Task[None]]] = {}
        self._changes = world.state.feed.subscribe(store.stacks.kind)

    async def loop(self) -> None:
        """Start what stands in the records, then what is added, until cancelled."""
        try:
            await reconcile_forever("cloudformation", self._changes, self._step)
        finally:
            tasks = [task for _, task in self._running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._running.clear()

    async def _step(self, changes: tuple[Change, ...]) -> float:
        if not changes:
            self._store.prune(self._world.clock.now())
            kind = self._store.stacks.kind
            changes = tuple(Change(kind, scope, stack.id) for scope, stack in self._store.stacks.everywhere())
        for change in changes:
            self._look(change)
        return PRUNE_S

    def _look(self, change: Change) -> None:
        stack = self._store.stacks.get(change.scope, change.key)
        running = self._running.get(change.key)
        if running is not None:
            run, _ = running
            operation = stack.operation if stack is not None else None
            is_other = operation is None or operation.id != run.operation_id
            # What goes back because of the cancelling is itself not cancelled.
            if is_other or (operation is not None and operation.cancelled and operation.phase == "apply"):
                run.stop()
            return
        if stack is None or stack.operation is None:
            return
        run = Run(self._world, self._store, self._registry, change.scope, stack)
        task = asyncio.create_task(run.run(), name=f"cloudformation/{stack.name}/{stack.operation.kind}")
        self._running[stack.id] = (run, task)
        task.add_done_callback(lambda done: self._ended(change, done))

    def _ended(self, change: Change, task: asyncio.Task[None]) -> None:
        """Forget a task that ended, and look again: another operation may be waiting for it."""
        self._running.pop(change.key, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            _log.error(
                "an operation of %s ended early; it goes on at the next start", change.key, exc_info=error
            )
            return
        self._changes.deliver(change)
