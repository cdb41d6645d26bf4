"""Amazon ECS on Fargate: clusters, task definitions, services, tasks.

::

    API call ─→ api ─→ store ─→ change feed
                                   │
                 ┌─────────────────┴────────────────┐
                 ↓                                  ↓
        control.service.decide              act.tasks.TaskRunner
        what does the service need?         one task, PROVISIONING … STOPPED
                 │                            │        │         │        │
                 └─→ store: tasks to start,   EC2      Runtime   Cloud    Logs
                     to stop, events                     │       Map
                       │                           the task's own processes
                       ↓                                 ↓
            act.telling:      act.inside: metadata, and the role's credentials by STS
            EventBridge       session: ECS Exec

What is decided is pure (``control``); what acts is ``act``. ``pace`` holds every local delay, ``texts``
every sentence that AWS writes, ``rules`` what a task definition must be to run on Fargate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.act.execute import execute, place
from hatoba.cloud.ecs.act.inside import Inside
from hatoba.cloud.ecs.act.measure import usages
from hatoba.cloud.ecs.act.outside import Outside, Probe, answers
from hatoba.cloud.ecs.act.scheduler import Scheduler
from hatoba.cloud.ecs.act.telling import Teller
from hatoba.cloud.ecs.api.account_settings import AccountSettings
from hatoba.cloud.ecs.api.bounds import check
from hatoba.cloud.ecs.api.capacity import Capacity, interrupt
from hatoba.cloud.ecs.api.clusters import Clusters
from hatoba.cloud.ecs.api.deployments import Deployments
from hatoba.cloud.ecs.api.protection import Protection
from hatoba.cloud.ecs.api.services import Services
from hatoba.cloud.ecs.api.sessions import ExecuteCommand
from hatoba.cloud.ecs.api.tags import Tags
from hatoba.cloud.ecs.api.task_definitions import TaskDefinitions
from hatoba.cloud.ecs.api.tasks import Tasks
from hatoba.cloud.ecs.pace import Pace
from hatoba.cloud.ecs.placements import Placement, placed
from hatoba.cloud.ecs.session.manager import SessionManager
from hatoba.cloud.ecs.session.sessions import Sessions
from hatoba.cloud.ecs.store import Store
from hatoba.cloud.wire import Operations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.ecs.session.sessions import Session
    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import EventBus, LogSink, Loop, TaskUsage, TaskWalls, World
    from hatoba.runtime.protocol import Executed, Runtimes

__all__ = ["Ecs", "Pace", "Placement"]


class Ecs:
    """The service: answers ECS's API and keeps its tasks running."""

    def __init__(
        self,
        world: World,
        runtimes: Runtimes,
        logs: LogSink,
        *,
        pace: Pace | None = None,
        probe: Probe = answers,
        walls: TaskWalls | None = None,
        bus: EventBus | None = None,
    ) -> None:
        """Make it stand still; its loop runs it.

        Args:
            world: The cloud around it.
            runtimes: What runs the tasks' containers.
            logs: Where their output goes.
            pace: The local delays.
            probe: Says whether something answers at a TCP address.
            walls: What keeps tasks from one another; None lets everything through.
            bus: Where its events go; None sends none.
        """
        pace = pace or Pace()
        store = Store(world.state, Teller(world.clock, bus) if bus is not None else None)
        outside = Outside(world, store, runtimes, logs, pace, probe, walls)
        self._outside = outside
        self._inside = Inside(outside)
        self._scheduler = Scheduler(outside, self._inside)
        self._sessions = Sessions(outside)
        self.session_manager = SessionManager(self._sessions)
        self._operations = Operations("ecs", guard=check)
        for noun in (
            Clusters(store),
            Capacity(store),
            TaskDefinitions(store),
            Services(world, store),
            Tasks(world, store, pace),
            Deployments(store),
            Tags(store),
            Protection(store),
            AccountSettings(store),
            ExecuteCommand(outside, self._sessions),
        ):
            for name, operation in noun.operations.items():
                self._operations.add(name, operation)

    @property
    def operations(self) -> Operations:
        """What it answers."""
        return self._operations

    def loops(self) -> tuple[Loop, ...]:
        """Return the scheduler's loop, and that of the endpoint inside the tasks."""
        return (self._inside.run, self._scheduler.run)

    async def admits(self, caller_id: str | None, task_id: str, port: int) -> bool:
        """Say whether a task may reach a port of another; see :data:`hatoba.runtime.protocol.Admit`."""
        return await self._inside.guards.admits_container(caller_id, task_id, port)

    async def execute(
        self, task_id: str, container: str | None, command: Sequence[str], timeout_s: float
    ) -> Executed:
        """Run a command in a container of a running task; see :mod:`hatoba.cloud.ecs.act.execute`."""
        return await execute(self._outside, task_id, container, command, timeout_s)

    def interrupt(self, task_id: str) -> None:
        """Take a Spot task's capacity away; see :func:`hatoba.cloud.ecs.api.capacity.interrupt`."""
        interrupt(self._outside.store, task_id)

    async def usages(self, scope: Scope, cluster: str, service: str) -> tuple[TaskUsage, ...]:
        """Measure the running tasks of a service; see :class:`hatoba.cloud.world.Meter`."""
        return await usages(self._outside, scope, cluster, service)

    async def session(self, task_id: str, container: str | None, command: Sequence[str]) -> Session:
        """Make a session for a command on a terminal, in any task: ExecuteCommand without its rules."""
        runtime, task, name = place(self._outside, task_id, container)
        return await self._sessions.new(runtime, task, name, command)

    def placements(self) -> tuple[Placement, ...]:
        """Return where the tasks that have not stopped really run, which AWS's API has no words for."""
        tasks = (task for _, task in self._outside.store.tasks.everywhere())
        return tuple(placed(task) for task in tasks if task.last_status != "STOPPED")

    async def stop_everything(self) -> None:
        """Drain and stop every task, for an orderly shutdown: call it while the loops still run."""
        await self._scheduler.stop_everything()

    async def close(self) -> None:
        """End the sessions. The loop let go of its runners, and tasks run on."""
        await self._sessions.close()
