"""What the tasks of a service use, for its scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.world import TaskUsage

if TYPE_CHECKING:
    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.state import Scope


async def usages(outside: Outside, scope: Scope, cluster: str, service: str) -> tuple[TaskUsage, ...]:
    """Measure the running tasks of a service; see :class:`hatoba.cloud.world.Meter`."""
    tasks = [
        task
        for task in outside.store.tasks_of(scope, f"{cluster}/{service}")
        if task.last_status == "RUNNING"
    ]
    found = [await _usage(outside, task) for task in tasks]
    return tuple(each for each in found if each is not None)


async def _usage(outside: Outside, task: Task) -> TaskUsage | None:
    runtime = outside.runtimes.by_kind(task.runtime or "")
    if runtime is None:
        return None
    seen = [await runtime.usage(task.id, each.name) for each in task.containers]
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
