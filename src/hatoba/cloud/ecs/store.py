"""ECS's tables in the state store, and the two ways to find a task: by its key and by its service."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol, TypedDict, Unpack

from msgspec.structs import replace

from hatoba.cloud.ecs import model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.state import Scope, State


class TaskChanges(TypedDict, total=False):
    """Members of a task that change during its life."""

    attachment: model.Attachment
    containers: tuple[model.Container, ...]
    desired_status: str
    last_status: model.TaskStatus
    health: model.Health
    target_health: model.Health
    target_trouble: tuple[str, int, str] | None
    connectivity_at: float | None
    pull_started_at: float | None
    pull_stopped_at: float | None
    started_at: float | None
    stopping_at: float | None
    execution_stopped_at: float | None
    stopped_at: float | None
    stop_code: str | None
    stopped_reason: str | None
    runtime: str | None
    runs_so: str
    endpoints: tuple[model.Endpoint, ...]
    is_registered: bool
    is_ready: bool
    is_counted: bool
    protected_until: float | None
    tags: dict[str, str]


class ContainerChanges(TypedDict, total=False):
    """Members of a container that change during its task's life."""

    last_status: str
    runtime_id: str | None
    exit_code: int | None
    reason: str | None
    health: model.Health
    health_since: float | None
    health_output: str
    started_at: float | None
    stopped_at: float | None
    restarts: int


class Watcher(Protocol):
    """Who tells the world outside of changes. Called in the transaction that writes them."""

    def hears_of_tasks(self, scope: Scope) -> bool:
        """Say whether anybody listens; asked before each write, so it costs nothing."""

    def hears_of_services(self, scope: Scope) -> bool:
        """Say whether anybody listens; asked before each write, so it costs nothing."""

    def task_changed(self, scope: Scope, before: model.Task | None, after: model.Task) -> None:
        """Hear of a task that was made, or is not as it was."""

    def service_changed(
        self,
        scope: Scope,
        before: model.Service | None,
        after: model.Service,
        gone: Iterable[model.Deployment],
    ) -> None:
        """Hear of a service; ``gone`` are deployments that left it in this change, as they were last."""


class Store:
    """Everything that ECS keeps. Only the event loop's thread uses it."""

    def __init__(self, state: State, watcher: Watcher | None = None) -> None:
        self.state = state
        self._watcher = watcher
        self.clusters = state.table("ecs.cluster", model.Cluster)
        self.task_definitions = state.table("ecs.task_definition", model.TaskDefinition, remember=True)
        self.services = state.table("ecs.service", model.Service, remember=True)
        self.tasks = state.table("ecs.task", model.Task, remember=True)
        self.past_deployments = state.table("ecs.past_deployment", model.PastDeployment)
        self.tokens = state.table("ecs.token", model.Token)
        self.account_settings = state.table("ecs.account_setting", model.AccountSetting)
        self.inside = state.table("ecs.inside", model.InsideServer)
        self.called_names = state.table("ecs.called_name", model.CalledName)
        self.pins = state.table("ecs.image_pins", model.ImagePins)
        # A task's id and service never change, so an index by them survives a rolled-back transaction:
        # at worst it holds a key under which nothing is found.
        self._by_id: dict[str, tuple[Scope, str]] = {}
        self._by_service: defaultdict[tuple[Scope, str], dict[str, None]] = defaultdict(dict)
        for scope, task in self.tasks.everywhere():
            self._index(scope, task)

    def add_task(self, scope: Scope, task: model.Task) -> None:
        """Keep a new task."""
        self._index(scope, task)
        self._write_task(scope, None, task)

    def put_service(
        self, scope: Scope, service: model.Service, gone: Iterable[model.Deployment] = ()
    ) -> model.Service:
        """Keep a service; ``gone`` are deployments that left it in this change, as they were last."""
        if self._watcher is None or not self._watcher.hears_of_services(scope):
            return self.services.put(scope, service)
        with self.state.transaction():
            self._watcher.service_changed(scope, self.services.get(scope, service.key), service, gone)
            return self.services.put(scope, service)

    def update_task(self, scope: Scope, key: str, **changes: Unpack[TaskChanges]) -> model.Task:
        """Change members of a task as it is now; its version rises when its state changes.

        That is its status, its desired status, and while it runs the status of one of its containers.
        """
        task = self.tasks.get(scope, key)
        assert task is not None, f"task {key} is gone"
        return self._put(scope, task, changes)

    def update_container(
        self, scope: Scope, key: str, name: str, **changes: Unpack[ContainerChanges]
    ) -> model.Task:
        """Change members of one container of a task."""
        task = self.tasks.get(scope, key)
        assert task is not None, f"task {key} is gone"
        containers = tuple(
            replace(each, **changes) if each.name == name else each for each in task.containers
        )
        return self._put(scope, task, {"containers": containers})

    def _put(self, scope: Scope, task: model.Task, changes: TaskChanges) -> model.Task:
        last, desired = changes.get("last_status"), changes.get("desired_status")
        moves = (
            last not in {None, task.last_status}
            or desired not in {None, task.desired_status}
            or (task.last_status == "RUNNING" and _is_moved(task, changes.get("containers")))
        )
        changed = replace(task, **changes, version=task.version + int(moves))
        return task if changed == task else self._write_task(scope, task, changed)

    def _write_task(self, scope: Scope, before: model.Task | None, task: model.Task) -> model.Task:
        if self._watcher is None or not self._watcher.hears_of_tasks(scope):
            return self.tasks.put(scope, task)
        with self.state.transaction():
            self._watcher.task_changed(scope, before, task)
            return self.tasks.put(scope, task)

    def forget_pins(self, scope: Scope) -> None:
        """Forget the images of deployments that are over."""
        standing = {each.id for service in self.services.list(scope) for each in service.deployments}
        for pins in self.pins.list(scope):
            if pins.deployment not in standing:
                self.pins.delete(scope, pins.key)

    def forget_task(self, scope: Scope, task: model.Task) -> None:
        """Forget a task that was stopped long ago."""
        self.tasks.delete(scope, task.key)
        self._by_id.pop(task.id, None)
        if task.service_key:
            self._by_service[scope, task.service_key].pop(task.key, None)

    def tasks_of(self, scope: Scope, service_key: str) -> tuple[model.Task, ...]:
        """Return the tasks of a service, oldest first, with those that stopped not long ago."""
        keys = self._by_service[scope, service_key]
        return tuple(task for key in tuple(keys) if (task := self.tasks.get(scope, key)) is not None)

    def task_of(self, task_id: str) -> tuple[Scope, model.Task] | None:
        """Find a task by its id alone, wherever it is."""
        scope, key = self._by_id.get(task_id, (None, ""))
        task = self.tasks.get(scope, key) if scope else None
        return (scope, task) if scope and task else None

    def task_definition(self, scope: Scope, name: str) -> model.TaskDefinition | None:
        """Find one by ``family``, ``family:revision`` or ARN; by family the newest active revision."""
        family, _, revision = name.rsplit("task-definition/", 1)[-1].partition(":")
        if revision:
            key = f"{family}:{int(revision):08d}" if revision.isdecimal() else name
            return self.task_definitions.get(scope, key)
        active = [each for each in self.family(scope, family) if each.status == "ACTIVE"]
        return active[-1] if active else None

    def family(self, scope: Scope, family: str) -> tuple[model.TaskDefinition, ...]:
        """Return all revisions of a family, in order."""
        return self.task_definitions.list(scope, f"{family}:")

    def _index(self, scope: Scope, task: model.Task) -> None:
        self._by_id[task.id] = (scope, task.key)
        if task.service_key:
            self._by_service[scope, task.service_key][task.key] = None


def _is_moved(task: model.Task, containers: tuple[model.Container, ...] | None) -> bool:
    """Say whether a container has another status than before."""
    return containers is not None and any(
        before.last_status != after.last_status
        for before, after in zip(task.containers, containers, strict=True)
    )
