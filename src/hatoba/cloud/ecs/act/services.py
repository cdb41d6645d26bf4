"""One service, kept: what happened is counted, what is decided is written down, in one transaction."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import TYPE_CHECKING
from uuid import uuid4

from msgspec.structs import replace

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.control import breaker, decisions, events, making, placement
from hatoba.cloud.ecs.control.service import decide
from hatoba.cloud.ecs.model import Event, PastDeployment

if TYPE_CHECKING:
    from hatoba.cloud.ecs.model import Deployment, Service, Task
    from hatoba.cloud.ecs.pace import Pace
    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.state import Scope

MOST_EVENTS = 100
MOST_ROUNDS = 8
"""Of decisions in one moment; two or three are enough, the last of which decides nothing."""


class ServiceKeeper:
    """Keeps one service for one moment: made, used for one :meth:`keep`, dropped."""

    def __init__(self, store: Store, pace: Pace, scope: Scope, service: Service, now: float) -> None:
        self._store = store
        self._pace = pace
        self._scope = scope
        self._now = now
        self._service = service
        self._tasks: list[Task] = []
        self._wake_at: float | None = None
        self._retired: list[Deployment] = []

    def keep(self) -> float | None:
        """Do what the service needs now; return when it wants to be kept again without a change."""
        before = self._service
        self._begin()
        self._tasks = self._count(self._store.tasks_of(self._scope, before.key))
        for _ in range(MOST_ROUNDS):
            if not self._decide():
                break
        if self._service != before:
            self._store.put_service(self._scope, self._service, self._retired)
        return self._wake_at

    def _begin(self) -> None:
        """Take up the newest deployment: it is PENDING no more."""
        if self._service.status == "ACTIVE" and self._service.primary.started_at is None:
            self._change(replace(self._service.primary, started_at=self._now))

    def _decide(self) -> bool:
        """Decide and act once; say whether that changed anything, so that there may be more to decide."""
        service, tasks, self._wake_at = self._service, tuple(self._tasks), None
        for decision in decide(service, tasks, self._now):
            self._act(decision)
        self._tasks = list(self._store.tasks_of(self._scope, service.key))
        return (service, tasks) != (self._service, tuple(self._tasks))

    def _count(self, tasks: tuple[Task, ...]) -> list[Task]:
        """Count what ended since the last time; forget what ended long ago."""
        for deployment in self._service.deployments:
            counted = breaker.count(deployment, tasks, self._now, self._pace, self._service.rollout)
            if counted != deployment:
                self._change(replace(counted, updated_at=self._now))
        return [self._mark(task) for task in tasks if not self._has_expired(task)]

    def _mark(self, task: Task) -> Task:
        if task.last_status != "STOPPED" or task.is_counted:
            return task
        return self._store.update_task(self._scope, task.key, is_counted=True)

    def _has_expired(self, task: Task) -> bool:
        if task.stopped_at is None or self._now - task.stopped_at < self._pace.keep_stopped_s:
            return False
        self._store.forget_task(self._scope, task)
        return True

    @singledispatchmethod
    def _act(self, decision: decisions.Decision) -> None:
        raise NotImplementedError(f"nobody acts on {decision}")

    @_act.register
    def _start(self, decision: decisions.Start) -> None:
        deployment = self._deployment(decision.deployment)
        self._tell(
            texts.event_started(
                self._service.name,
                [self._new_task(deployment).id for _ in range(decision.count)],
                decision.replaced,
            )
        )

    @_act.register
    def _stop(self, decision: decisions.Stop) -> None:
        name = self._service.name
        found = [
            self._store.tasks.get(self._scope, f"{self._service.cluster}/{each}") for each in decision.tasks
        ]
        tasks = [task for task in found if task is not None]
        for task in tasks:
            reason = texts.scaling_activity(task.deployment or "")
            if decision.is_unhealthy:
                reason = self._tell_unhealthy(task)
            self._store.update_task(
                self._scope,
                task.key,
                desired_status="STOPPED",
                stop_code="ServiceSchedulerInitiated",
                stopped_reason=reason,
                is_ready=False,
            )
        running = [task.id for task in tasks if task.last_status == "RUNNING"]
        if running:
            self._tell(texts.event_stopped_running(name, running), events.TASKS_STOPPED)
        if len(tasks) > len(running):
            self._tell(texts.event_stopped_pending(name, len(tasks) - len(running)))

    def _tell_unhealthy(self, task: Task) -> str:
        """Tell which check failed, and return the reason that the task gets."""
        name, trouble = self._service.name, task.target_trouble
        if task.health == "UNHEALTHY" or trouble is None:
            is_known = task.registry is not None
            self._tell(
                texts.event_failed_health(name, task.id), events.INSTANCE_UNHEALTHY if is_known else None
            )
            return texts.FAILED_HEALTH_CHECKS
        self._tell(texts.event_unhealthy_target(name, task.id, trouble))
        return texts.failed_target_checks(trouble[0])

    @_act.register
    def _complete(self, decision: decisions.Complete) -> None:
        deployment = self._deployment(decision.deployment)
        done = replace(
            deployment,
            rollout_state="COMPLETED",
            rollout_reason=texts.deployment_completed(deployment.id),
            updated_at=self._now,
            finished_at=self._now,
        )
        self._change(done)
        self._service = replace(self._service, last_completed=done)
        self._tell(texts.event_deployment_completed(self._service.name, deployment.id))

    @_act.register
    def _retire(self, decision: decisions.Retire) -> None:
        gone = self._deployment(decision.deployment)
        self._retired.append(gone)
        left = tuple(each for each in self._service.deployments if each.id != gone.id)
        self._service = replace(self._service, deployments=left)
        self._remember(gone)

    @_act.register
    def _fail(self, decision: decisions.Fail) -> None:
        cause = texts.ALARM if decision.is_by_alarm else texts.BREAKER
        self._fail_primary(texts.deployment_failed(cause))
        self._tell(texts.event_deployment_failed(self._service.name, decision.deployment, cause))
        if decision.rolls_back:
            self._go_back(decision.deployment, cause)

    @_act.register
    def _bake(self, decision: decisions.Bake) -> None:
        deployment = self._deployment(decision.deployment)
        self._change(replace(deployment, bakes_until=self._now + self._pace.bake_s))

    @_act.register
    def _roll_back(self, decision: decisions.RollBack) -> None:
        self._fail_primary("ECS deployment stopped on request.")
        self._go_back(decision.deployment)

    @_act.register
    def _settle(self, _: decisions.Settle) -> None:
        self._service = replace(self._service, steady_since=self._now)
        self._tell(texts.event_steady(self._service.name), events.STEADY)

    @_act.register
    def _unsettle(self, _: decisions.Unsettle) -> None:
        self._service = replace(self._service, steady_since=None)

    @_act.register
    def _trouble(self, decision: decisions.Tell) -> None:
        troubles = {**self._service.troubles, decision.text: self._now}
        self._service = replace(self._service, troubles=troubles)
        self._tell(decision.text, decision.action)

    @_act.register
    def _forget(self, decision: decisions.Forget) -> None:
        left = {text: at for text, at in self._service.troubles.items() if text != decision.text}
        self._service = replace(self._service, troubles=left)

    @_act.register
    def _wait(self, decision: decisions.Wait) -> None:
        self._wake_at = min(decision.until, self._wake_at or decision.until)

    @_act.register
    def _end(self, _: decisions.End) -> None:
        for each in self._service.deployments:
            self._remember(each)
        self._service = replace(self._service, status="INACTIVE", deployments=())

    def _remember(self, gone: Deployment) -> None:
        """Keep a deployment that leaves the list, which is the end of one that was under way."""
        service, finished_at = self._service, gone.finished_at or self._now
        past = replace(gone, status="INACTIVE", finished_at=finished_at)
        self._store.past_deployments.put(
            self._scope, PastDeployment(service.cluster, service.name, past, service.rollout)
        )

    def _fail_primary(self, reason: str) -> None:
        failed = replace(
            self._service.primary,
            rollout_state="FAILED",
            rollout_reason=reason,
            updated_at=self._now,
            finished_at=self._now,
        )
        self._change(failed)

    def _go_back(self, failed: str, cause: texts.Cause = texts.BREAKER) -> None:
        target = self._service.last_completed
        assert target is not None, "there is no completed deployment to go back to"
        fresh = making.new_deployment(target.revision, self._service.desired_count, self._now)
        back = replace(fresh, rollout_reason=texts.rolling_back(target.id, cause), rolls_back=failed)
        self._service = making.with_deployment(self._service, back)
        self._tell(texts.event_rolling_back(self._service.name, target.id))

    def _new_task(self, deployment: Deployment) -> Task:
        revision = deployment.revision
        definition = self._store.task_definition(self._scope, revision.task_definition)
        assert definition is not None, f"{revision.task_definition} is gone"
        order = making.Order(
            cluster=self._service.cluster,
            task_definition_arn=revision.task_definition,
            group=f"service:{self._service.name}",
            network=revision.network,
            subnet=placement.spread(revision.network.subnets, self._tasks, deployment.id),
            started_by=deployment.id,
            capacity_provider=placement.provider(revision.strategy, self._tasks),
            enable_execute_command=self._service.enable_execute_command,
        )
        tags = making.tags_of_service_task(self._service, definition)
        task = making.new_task(order, definition, self._now, tags)
        task = making.of_service(task, self._service, deployment)
        self._store.add_task(self._scope, task)
        self._tasks.append(task)
        return task

    def _deployment(self, identifier: str) -> Deployment:
        return next(each for each in self._service.deployments if each.id == identifier)

    def _change(self, deployment: Deployment) -> None:
        self._service = making.with_changed(self._service, deployment)

    def _tell(self, message: str, action: events.Action | None = None) -> None:
        self._service = with_event(self._service, message, self._now, action)


def with_event(service: Service, message: str, now: float, action: events.Action | None = None) -> Service:
    """Return the service with a line more in its history, which EventBridge may know by a name."""
    event = Event(str(uuid4()), now, message, action.name if action else "")
    return replace(service, events=(event, *service.events)[:MOST_EVENTS])
