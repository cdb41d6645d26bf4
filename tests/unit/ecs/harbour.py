"""A service and its tasks without a world: tests say what happens to tasks, the keeper decides."""

from __future__ import annotations

from msgspec.structs import replace

from hatoba.cloud.ecs import Pace
from hatoba.cloud.ecs.act.services import ServiceKeeper
from hatoba.cloud.ecs.control import making
from hatoba.cloud.ecs.control.service import ceiling, floor
from hatoba.cloud.ecs.model import (
    Health,
    Json,
    Network,
    Revision,
    Rollout,
    Service,
    Subnet,
    Task,
    TaskDefinition,
    TaskStatus,
)
from hatoba.cloud.ecs.store import Store, Watcher
from hatoba.cloud.state import State
from tests.support.calls import SCOPE

PLACE = Network((Subnet("subnet-a", "a"), Subnet("subnet-c", "c")))
WAY_UP: tuple[TaskStatus, ...] = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING")


def revision(number: int) -> Revision:
    return Revision(f"arn:aws:ecs:r:a:task-definition/app:{number}", PLACE)


class Harbour:
    """One service ``c/s``. Time stands still until a test moves it."""

    def __init__(
        self,
        desired: int = 1,
        rollout: Rollout = Rollout(),  # noqa: B008 - frozen
        pace: Pace = Pace(),  # noqa: B008 - frozen
        watcher: Watcher | None = None,
    ) -> None:
        self.now = 1_000_000.0
        self.store = Store(State(), watcher)
        self.pace = pace
        for number in (1, 2):
            definition: Json = {
                "family": "app",
                "cpu": "256",
                "memory": "512",
                "containerDefinitions": [{"name": "app", "image": "i"}],
            }
            self.store.task_definitions.put(SCOPE, TaskDefinition("app", number, definition, self.now, "me"))
        first = making.new_deployment(revision(1), desired, self.now)
        self.put(
            Service("c", "s", desired, self.now, "me", revision(1), deployments=(first,), rollout=rollout)
        )

    @property
    def service(self) -> Service:
        service = self.store.services.get(SCOPE, "c/s")
        assert service is not None
        return service

    @property
    def tasks(self) -> tuple[Task, ...]:
        return self.store.tasks_of(SCOPE, "c/s")

    @property
    def live(self) -> tuple[Task, ...]:
        return tuple(task for task in self.tasks if task.is_live)

    @property
    def serving(self) -> tuple[Task, ...]:
        return tuple(
            task
            for task in self.live
            if task.last_status == "RUNNING" and task.is_ready and task.health != "UNHEALTHY"
        )

    def task(self, identifier: str) -> Task:
        return next(task for task in self.tasks if task.id == identifier)

    @property
    def floor(self) -> int:
        return floor(self.service.desired_count, self.service.rollout)

    @property
    def ceiling(self) -> int:
        return ceiling(self.service.desired_count, self.service.rollout)

    def put(self, service: Service) -> None:
        self.store.put_service(SCOPE, service)

    def keep(self) -> float | None:
        return ServiceKeeper(self.store, self.pace, SCOPE, self.service, self.now).keep()

    def deploy(self, number: int) -> None:
        fresh = making.new_deployment(revision(number), self.service.desired_count, self.now)
        self.put(making.with_deployment(self.service, fresh))

    def scale(self, desired: int) -> None:
        self.put(replace(self.service, desired_count=desired))

    def advance(self, task: Task) -> None:
        """Move a task one status along its way."""
        if task.last_status == "STOPPED":
            return
        if task.desired_status == "STOPPED":
            self.store.update_task(SCOPE, task.key, last_status="STOPPED", stopped_at=self.now)
            return
        step = WAY_UP.index(task.last_status) + 1
        if step == len(WAY_UP):
            return
        self.store.update_task(SCOPE, task.key, last_status=WAY_UP[step])
        if WAY_UP[step] == "RUNNING":
            self.store.update_task(SCOPE, task.key, started_at=self.now, is_ready=True)

    def end(self, task: Task, reason: str | None = None) -> None:
        """Let a task end by itself, or for a reason."""
        if task.last_status != "STOPPED":
            self.store.update_task(
                SCOPE,
                task.key,
                desired_status="STOPPED",
                last_status="STOPPED",
                stopped_at=self.now,
                is_ready=False,
                stop_code=task.stop_code or "EssentialContainerExited",
                stopped_reason=reason or task.stopped_reason or "Essential container in task exited",
            )

    def sicken(self, task: Task, health: Health = "UNHEALTHY") -> None:
        if task.is_live and task.last_status == "RUNNING":
            self.store.update_task(SCOPE, task.key, health=health)

    def set_ready(self, task: Task, *, is_ready: bool) -> None:
        """Say whether the task's checks and targets let it have traffic."""
        self.store.update_task(SCOPE, task.key, is_ready=is_ready)

    def sail(self, rounds: int = 60) -> None:
        """Let everything that is under way arrive."""
        for _ in range(rounds):
            self.now += 100.0
            self.keep()
            for task in self.tasks:
                self.advance(task)
        self.keep()

    def messages(self) -> list[str]:
        return [event.message for event in self.service.events][::-1]
