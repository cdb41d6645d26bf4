"""One task's record: what its runner reads of it and writes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.act import output
from hatoba.cloud.ecs.definition import read

if TYPE_CHECKING:
    from typing import Unpack

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.definition import TaskDefinitionView
    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.ecs.store import ContainerChanges, TaskChanges
    from hatoba.cloud.state import Scope
    from hatoba.runtime.protocol import Runtime


class Over(Exception):
    """The task is not wanted any more: its record says why."""


class RuntimeAway(Exception):
    """What runs the task cannot be reached now."""


class TaskBook:
    """A task as it is now, with its definition. Whoever has one alone writes the task's last status."""

    def __init__(self, outside: Outside, scope: Scope, task: Task) -> None:
        self.task = task
        self._outside = outside
        self._scope = scope
        self._view: TaskDefinitionView | None = None
        self._streams: dict[str, output.Stream] = {}

    def _check_wanted(self) -> None:
        self.task = self._outside.store.tasks.get(self._scope, self.task.key) or self.task
        if self.task.desired_status == "STOPPED":
            raise Over

    def _ask_for_end(self, stop_code: str, reason: str) -> None:
        """Write down why the task ends, unless somebody asked for it before."""
        self.task = self._outside.store.tasks.get(self._scope, self.task.key) or self.task
        if self.task.desired_status != "STOPPED":
            self._put(desired_status="STOPPED", stop_code=stop_code, stopped_reason=reason, is_ready=False)

    def _open_view(self) -> TaskDefinitionView:
        if self._view is None:
            definition = self._outside.store.task_definition(self._scope, self.task.task_definition)
            assert definition is not None, f"{self.task.task_definition} is gone"
            self._view = read(definition.definition)
            found = {
                each.name: output.stream_of(each, self._scope, self.task.id)
                for each in self._view.container_definitions
            }
            self._streams = {name: stream for name, stream in found.items() if stream is not None}
        return self._view

    def _runtime(self) -> Runtime | None:
        """Return the runtime that runs the task, None where none was chosen.

        Raises:
            RuntimeAway: It was chosen, and cannot be reached now.
        """
        if self.task.runtime is None:
            return None
        runtime = self._outside.runtimes.by_kind(self.task.runtime)
        if runtime is None:
            raise RuntimeAway(f"the {self.task.runtime} runtime cannot be reached")
        return runtime

    def _put(self, **changes: Unpack[TaskChanges]) -> None:
        self.task = self._outside.store.update_task(self._scope, self.task.key, **changes)

    def _set_container(self, name: str, **changes: Unpack[ContainerChanges]) -> None:
        self.task = self._outside.store.update_container(self._scope, self.task.key, name, **changes)
