"""A command in a running container, for the command line: what ECS Exec does, without a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.api import errors
from hatoba.runtime.protocol import CannotExecute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Task
    from hatoba.runtime.protocol import Executed, Runtime

NOT_RUNNING = "The container {} of task {} does not run."


async def execute(
    outside: Outside, task_id: str, container: str | None, command: Sequence[str], timeout_s: float
) -> Executed:
    """Run a command in a container of a task, named by its id or the beginning of it.

    Args:
        outside: The world.
        task_id: Of a task that has not stopped, in whatever cluster.
        container: Needed where the task has several.
        command: A program and its words; no shell is in between.
        timeout_s: How long it may take.

    Raises:
        ServiceError: No such task or container, it does not run, or the command took too long.
    """
    runtime, task, name = place(outside, task_id, container)
    try:
        return await runtime.execute(task.id, name, command, timeout_s=timeout_s)
    except CannotExecute as error:
        raise errors.invalid(f"The command cannot be executed: {error}.") from error
    except TimeoutError as error:
        raise errors.invalid(f"The command did not end within {timeout_s:g} s.") from error


def place(outside: Outside, task_id: str, container: str | None) -> tuple[Runtime, Task, str]:
    """Return what runs a container of a task, the task, and the container's name.

    Raises:
        ServiceError: No such task or container, or it does not run.
    """
    task = _task(outside, task_id)
    names = [each.name for each in task.containers]
    if container is None and len(names) > 1:
        raise errors.invalid(f"Task {task.id} has several containers: name one of {', '.join(names)}.")
    name = container or names[0]
    if name not in names:
        raise errors.invalid(f"Task {task.id} has no container {name}; it has {', '.join(names)}.")
    runtime = outside.runtimes.by_kind(task.runtime) if task.runtime else None
    if runtime is None:
        raise errors.invalid(NOT_RUNNING.format(name, task.id))
    return runtime, task, name


def _task(outside: Outside, task_id: str) -> Task:
    tasks = [task for _, task in outside.store.tasks.everywhere() if task.last_status != "STOPPED"]
    found = [task for task in tasks if task.id.startswith(task_id)]
    if not found:
        raise errors.invalid(f"No task {task_id} runs. `hatoba ps` lists those that do.")
    if len(found) > 1:
        raise errors.invalid(f"{len(found)} tasks begin with {task_id}: write more of the id.")
    return found[0]
