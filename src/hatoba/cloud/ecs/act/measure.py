"""What tasks use: those of a service for its scaling, one for itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.world import TaskUsage

if TYPE_CHECKING:
    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.state import Scope

DISK_IS_KNOWN_FOR_S = 15.0
"""An engine walks through a disk's files to measure it: agents that ask often must not make it busy."""

MEASURED_WITHIN_S = 2.0
"""Whoever asks waits for the rest of the answer meanwhile."""


class _Seen(msgspec.Struct, frozen=True):
    at: float
    written_bytes: int | None

    def is_fresh(self, now: float) -> bool:
        return 0 <= now - self.at < DISK_IS_KNOWN_FOR_S


class Disks:
    """What tasks have written to their own disks, measured when somebody asks, and not too often."""

    def __init__(self, outside: Outside, *, within_s: float = MEASURED_WITHIN_S) -> None:
        self._outside = outside
        self._within_s = within_s
        self._seen: dict[str, _Seen] = {}

    async def written_bytes(self, task: Task) -> int | None:
        """Return what the task has written, as of some seconds ago; None where it cannot be measured."""
        now = self._outside.now()
        seen = self._seen.get(task.id)
        if seen is None or not seen.is_fresh(now):
            seen = _Seen(now, await self._measured(task))
            fresh = {each: other for each, other in self._seen.items() if other.is_fresh(now)}
            self._seen = {**fresh, task.id: seen}
        return seen.written_bytes

    async def _measured(self, task: Task) -> int | None:
        runtime = self._outside.runtimes.by_kind(task.runtime or "")
        if runtime is None:
            return None
        try:
            async with asyncio.timeout(self._within_s):
                return await runtime.written_bytes(task.id)
        except TimeoutError:
            return None


async def usages(outside: Outside, scope: Scope, cluster: str, service: str) -> tuple[TaskUsage, ...]:
    """Measure the running tasks of a service; see :class:`hatoba.cloud.world.Meter`."""
    tasks = [
        task
        for task in outside.store.tasks_of(scope, f"{cluster}/{service}")
        if task.last_status == "RUNNING"
    ]
    found = await asyncio.gather(*(_usage(outside, task) for task in tasks))
    return tuple(each for each in found if each is not None)


async def _usage(outside: Outside, task: Task) -> TaskUsage | None:
    runtime = outside.runtimes.by_kind(task.runtime or "")
    if runtime is None:
        return None
    # At once: an engine may take a second for each.
    seen = await asyncio.gather(*(runtime.usage(task.id, each.name) for each in task.containers))
    known = [each for each in seen if each is not None]
    if not known:
        return None
    return TaskUsage(
        task=task.id,
        at=max(each.at for each in known),
        cpu_ns=sum(each.cpu_ns for each in known),
        memory_bytes=sum(each.memory_bytes for each in known),
        cpu_units=int(task.cpu),
        memory_mib=int(task.memory),
    )
