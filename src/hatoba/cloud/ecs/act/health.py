"""Container health checks: a command run in each container that has one, again and again while it runs."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from hatoba.cloud.ecs.control import health
from hatoba.runtime.protocol import CannotExecute

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.definition import HealthCheck, TaskDefinitionView
    from hatoba.cloud.ecs.model import Container, Task
    from hatoba.runtime.protocol import Runtime

    Tell = Callable[[str, health.Wellness], None]

_log = logging.getLogger(__name__)


class HealthWatches:
    """The watches over one task's containers. Only its runner uses it."""

    def __init__(self, outside: Outside, tell: Tell) -> None:
        """Make none yet.

        Args:
            outside: The world.
            tell: Called with a container's name and what is known, when its health has changed.
        """
        self._outside = outside
        self._tell = tell
        self._watches: dict[str, asyncio.Task[None]] = {}

    def keep(self, runtime: Runtime, task: Task, view: TaskDefinitionView) -> None:
        """Watch every running container that has a check and is not watched yet."""
        for container in task.containers:
            definition = view.container(container.name)
            check = definition.health_check if definition else None
            if check and container.last_status == "RUNNING" and container.name not in self._watches:
                watch = self._watch(runtime, task.id, container, check)
                self._watches[container.name] = asyncio.create_task(watch, name=f"health of {container.name}")

    def end(self, container: str) -> None:
        """Watch a container no more."""
        watch = self._watches.pop(container, None)
        if watch is not None:
            watch.cancel()

    def end_all(self) -> None:
        """Watch none any more."""
        for container in tuple(self._watches):
            self.end(container)

    async def _watch(self, runtime: Runtime, task_id: str, container: Container, check: HealthCheck) -> None:
        outside = self._outside
        seen = health.Wellness(
            started_at=outside.now() if container.started_at is None else container.started_at,
            health=container.health,
            since=container.health_since,
            output=container.health_output,
        )
        while True:
            early_s = outside.pace.early_check_s
            await outside.world.clock.sleep(health.pause_s(check, seen, outside.now(), early_s))
            try:
                look = await self._look(runtime, task_id, container.name, check)
            except Exception as error:  # noqa: BLE001 - the watch's outer edge: it must go on
                # As on AWS the last known health stands while nobody can look.
                level = logging.DEBUG if isinstance(error, CannotExecute) else logging.WARNING
                _log.log(level, "task %s: %s could not be checked: %s", task_id, container.name, error)
                continue
            before, seen = seen, health.judge(check, seen, look)
            # What passing checks write is not worth a change each time.
            if seen.health != before.health or not (look.passed or seen.output == before.output):
                self._tell(container.name, seen)

    async def _look(self, runtime: Runtime, task_id: str, name: str, check: HealthCheck) -> health.Look:
        now = self._outside.now
        began_at = now()
        try:
            done = await runtime.execute(task_id, name, health.command(check), timeout_s=check.timeout)
        except TimeoutError:
            output = f"Health check exceeded timeout ({check.timeout}s)"
            return health.Look(began_at, now(), passed=False, output=output)
        return health.Look(began_at, now(), passed=done.exit_code == 0, output=done.output)
