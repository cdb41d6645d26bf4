"""The life of one task, from PROVISIONING to STOPPED: one phase per status.

::

    PROVISIONING  network interface             ┐
    PENDING       log streams, images, network  ├─ a failure or a stop leads down at once
    ACTIVATING    containers, ports, registers  ┘  in Cloud Map and target groups
    RUNNING       until an essential container ends, or somebody stops it
    DEACTIVATING  out of Cloud Map and target groups, a moment for requests in flight
    STOPPING      SIGTERM, later SIGKILL, dependents first
    DEPROVISIONING  everything removed
    STOPPED

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.act import discovery, network, ready, targets
from hatoba.cloud.ecs.act.book import Over, RuntimeAway
from hatoba.cloud.ecs.act.keeping import ContainerKeeper
from hatoba.cloud.ecs.act.preparing import FailedToStart, Preparation
from hatoba.cloud.ecs.act.services import with_event
from hatoba.cloud.ecs.control import containers
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hatoba.cloud.ecs.act.inside import Inside
    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.definition import TaskDefinitionView
    from hatoba.cloud.ecs.model import Task, TaskStatus
    from hatoba.cloud.state import Scope
    from hatoba.runtime.protocol import FoundTask, Listener

_log = logging.getLogger(__name__)

FIRST_RETRY_S = 0.1
LONGEST_RETRY_S = 5.0
TRIES_ON_THE_WAY_UP = 3
TRIES_ON_THE_WAY_DOWN = 8
ON_THE_MACHINE = frozenset({"ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING"})
"""In these statuses containers of the task may stand on this machine."""

LOST = "The task was not found on this machine when the cloud started again"
HALF_STARTED = "The cloud ended while the task was starting"


class TaskRunner(ContainerKeeper):
    """Moves one task through its statuses."""

    def __init__(
        self,
        outside: Outside,
        inside: Inside,
        scope: Scope,
        task: Task,
        listener: Listener,
    ) -> None:
        super().__init__(outside, scope, task)
        self._inside = inside
        self._listener = listener
        self._failures = 0
        self._phases: Mapping[TaskStatus, Callable[[], Awaitable[None]]] = {
            "PROVISIONING": self._provision,
            "PENDING": self._prepare,
            "ACTIVATING": self._activate,
            "RUNNING": self._stay,
            "DEACTIVATING": self._deactivate,
            "STOPPING": self._stop,
            "DEPROVISIONING": self._deprovision,
        }

    def take_back(self, found: FoundTask | None) -> None:
        """Go on with a task of an earlier cloud, as it stands on this machine now."""
        self._open_view()
        if self.task.last_status not in ON_THE_MACHINE:
            return
        running = {each.name: each for each in found.containers if each.running} if found else {}
        ended = {each.name: each.exit_code for each in found.containers if not each.running} if found else {}
        for container in self.task.containers:
            if container.last_status == "RUNNING" and container.name not in running:
                self.saw_exit(container.name, ended.get(container.name), None)
        if found is None:
            self._ask_for_end("TerminationNotice", LOST)
        elif self.task.last_status == "ACTIVATING" and not containers.all_started(self.task.containers):
            self._ask_for_end("TaskFailedToStart", HALF_STARTED)

    # The life.

    async def run(self) -> None:
        """Run phase after phase until the task has stopped."""
        try:
            while self.task.last_status != "STOPPED":
                await self._run_phase(self.task.last_status)
        finally:
            self._set_alarm(None)
            self._health.end_all()
            for writer in self._writers.values():
                writer.end()

    async def _run_phase(self, status: TaskStatus) -> None:
        try:
            await self._phases[status]()
            self._failures = 0
        except Over:
            self._go_down()
        except FailedToStart as failure:
            self._ask_for_end("TaskFailedToStart", str(failure))
            self._go_down()
        except Exception as error:  # noqa: BLE001 - the loop's outer edge
            await self._try_again(status, error)

    async def _try_again(self, status: TaskStatus, error: Exception) -> None:
        self._failures += 1
        _log.warning("task %s, %s: %s (%d. failure)", self.task.key, status, error, self._failures)
        on_the_way_up = status in {"PROVISIONING", "PENDING", "ACTIVATING"}
        is_final = isinstance(error, ServiceError) or self._failures >= TRIES_ON_THE_WAY_UP
        if on_the_way_up and is_final:
            self._failures = 0
            self._ask_for_end("TaskFailedToStart", f"ResourceInitializationError: {error}")
            self._go_down()
            return
        if status == "DEACTIVATING" and self._failures >= TRIES_ON_THE_WAY_DOWN:
            self._put(is_registered=False, last_status="STOPPING", stopping_at=self._outside.now())
            return
        if isinstance(error, RuntimeAway) and self._failures >= TRIES_ON_THE_WAY_DOWN:
            _log.error("task %s: given up; its containers may still stand", self.task.key)
            self._put(runtime=None)
            return
        await self._outside.world.clock.sleep(min(FIRST_RETRY_S * 2**self._failures, LONGEST_RETRY_S))

    def _go_down(self) -> None:
        self._health.end_all()
        status = self.task.last_status
        if status in {"PROVISIONING", "PENDING"}:
            self._put(last_status="DEPROVISIONING", stopping_at=self._outside.now())
        elif self.task.is_registered:
            self._put(last_status="DEACTIVATING")
        else:
            self._put(last_status="STOPPING", stopping_at=self._outside.now())

    async def _provision(self) -> None:
        self._open_view()
        self._check_wanted()
        attachment = await network.attach(self._outside, self._scope, self.task)
        self._put(attachment=attachment, connectivity_at=self._outside.now(), last_status="PENDING")

    async def _prepare(self) -> None:
        preparation = Preparation(self._outside, self._inside, self._scope, self.task, self._open_view())
        await preparation.open_streams(self._streams.values())
        fetched = await preparation.fetch()
        self._put(pull_started_at=self._outside.now())
        choice = await self._while_wanted(preparation.choose())
        # From here on something may stand on this machine, which only this runtime can remove.
        self._put(runtime=choice.runtime.kind, pull_stopped_at=self._outside.now())
        addresses, left_out = await preparation.place(choice, fetched, self._listener)
        endpoints = tuple(ready.endpoint(each) for each in addresses)
        if choice.runtime.reach == "loopback":
            endpoints = await self._inside.guards.stand_before(self._scope, self.task, endpoints)
        left_out = (*left_out, *self._inside.guards.leaves_out(endpoints))
        digests = {reference: image.digest for reference, image in choice.images.items()}
        self._put(
            runs_so="; not done here: ".join(filter(None, (choice.reason, ", ".join(left_out)))),
            endpoints=endpoints,
            containers=tuple(
                replace(each, image_digest=digests.get(each.image)) for each in self.task.containers
            ),
            last_status="ACTIVATING",
        )

    async def _activate(self) -> None:
        view = self._open_view()
        await self._mind()
        while not containers.all_started(self.task.containers):
            await self._woken.wait()
            await self._mind()
        await self._alongside(ready.until_ready(self._outside, self.task, view))
        if (self.task.registry or self.task.load_balancers) and not self.task.is_registered:
            self._put(is_registered=True)  # before the calls: what may have been made must be taken back
            await self._register(view)
        await self._mind()
        self._put(last_status="RUNNING", started_at=self._outside.now())

    async def _register(self, view: TaskDefinitionView) -> None:
        try:
            if self.task.registry is not None:
                await discovery.register(self._outside, self._scope, self.task, view.family)
            await targets.register(self._outside, self._scope, self.task)
        except (discovery.RegistrationFailed, targets.RegistrationFailed) as error:
            raise FailedToStart(f"ResourceInitializationError: {error}") from error
        for each in self.task.load_balancers:
            self._tell(texts.event_registered_targets, each.target_group_arn)

    async def _stay(self) -> None:
        self._open_view()
        await self._guard()
        while True:
            await self._mind()
            await self._report_health()
            await self._woken.wait()

    async def _guard(self) -> None:
        """Stand before a task that an earlier cloud left without guards, and tell Cloud Map where."""
        runtime = self._runtime()
        if runtime is None or runtime.reach != "loopback":
            return
        endpoints = await self._inside.guards.stand_before(self._scope, self.task, self.task.endpoints)
        if endpoints == self.task.endpoints:
            return
        try:
            if self.task.registry is not None:
                guarded = replace(self.task, endpoints=endpoints)
                await discovery.register(self._outside, self._scope, guarded, self._open_view().family)
                await discovery.report(self._outside, self._scope, guarded, is_healthy=guarded.is_ready)
        except Exception:
            self._inside.guards.leave(self.task.id)
            raise
        self._put(endpoints=endpoints)

    async def _report_health(self) -> None:
        """Tell Cloud Map when the task becomes fit for traffic, and when it is no longer."""
        view = self._open_view()
        health = containers.task_health(view.container_definitions, self.task.containers)
        # A container without a check is UNKNOWN for ever: it must not keep the others from being ready.
        checked = [each.name for each in view.container_definitions if each.health_check and each.essential]
        is_well = all(self.task.container(name).health == "HEALTHY" for name in checked)
        seen = await targets.look(self._outside, self._scope, self.task)
        is_ready = is_well and seen.health == "HEALTHY"
        if is_ready != self.task.is_ready and self.task.registry is not None:
            await discovery.report(self._outside, self._scope, self.task, is_healthy=is_ready)
        self._put(health=health, is_ready=is_ready, target_health=seen.health, target_trouble=seen.trouble)

    async def _deactivate(self) -> None:
        if self.task.registry is not None:
            await discovery.deregister(self._outside, self._scope, self.task)
        await targets.deregister(self._outside, self._scope, self.task)
        for each in self.task.load_balancers:
            self._tell(texts.event_deregistered_targets, each.target_group_arn)
        if any(each.last_status == "RUNNING" for each in self.task.containers):
            if self.task.load_balancers:
                self._tell(texts.event_draining, self.task.deployment or "")
            await self._outside.world.clock.sleep(self._outside.pace.drain_s)
            await targets.drained(self._outside, self._scope, self.task)
        self._put(is_registered=False, last_status="STOPPING", stopping_at=self._outside.now())

    async def _stop(self) -> None:
        view = self._open_view()
        runtime = self._runtime()
        for wave in containers.stop_order(view.container_definitions):
            running = [name for name in wave if self.task.container(name).last_status == "RUNNING"]
            if runtime is not None:
                await asyncio.gather(*(self._stop_container(runtime, view, name) for name in running))
        self._put(execution_stopped_at=self._outside.now(), last_status="DEPROVISIONING")

    async def _deprovision(self) -> None:
        runtime = self._runtime()
        if runtime is not None:
            await runtime.remove(self.task.id)
        self._inside.guards.leave(self.task.id)
        attachment = await network.detach(self._outside, self._scope, self.task.attachment)
        self._put(
            attachment=attachment,
            containers=tuple(replace(each, last_status="STOPPED") for each in self.task.containers),
            last_status="STOPPED",
            stopped_at=self._outside.now(),
        )

    def _tell(self, event: Callable[[str, int, str], str], what: str) -> None:
        """Add to the service's history what happened to this one task."""
        store, key = self._outside.store, self.task.service_key
        with store.state.transaction():
            service = store.services.get(self._scope, key) if key else None
            if service is not None:
                told = with_event(service, event(service.name, 1, what), self._outside.now())
                store.put_service(self._scope, told)
