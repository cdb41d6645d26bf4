"""The containers of one task, kept as they should be: started in order and again, looked after, stopped."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.act import output
from hatoba.cloud.ecs.act.book import Over, TaskBook
from hatoba.cloud.ecs.act.health import HealthWatches
from hatoba.cloud.ecs.act.preparing import FailedToStart, start_error
from hatoba.cloud.ecs.control import containers
from hatoba.runtime.protocol import CannotStart, CannotStop

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.control.health import Wellness
    from hatoba.cloud.ecs.definition import TaskDefinitionView
    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.state import Scope
    from hatoba.runtime.protocol import Runtime

EXIT_IS_TOLD_WITHIN_S = 2.0

T = TypeVar("T")


class ContainerKeeper(TaskBook):
    """Hears what happens to a task's containers, and does what is decided about them."""

    def __init__(self, outside: Outside, scope: Scope, task: Task) -> None:
        super().__init__(outside, scope, task)
        self._woken = asyncio.Event()
        self._alarm: asyncio.Task[None] | None = None
        self._writers: dict[str, output.Writer] = {}
        self._health = HealthWatches(outside, self._heard_of_health)

    # What happens to the task, told from outside.

    def notice(self) -> None:
        """Look at the record again: somebody may have asked for the task's end."""
        self._woken.set()

    def heard(self, container: str, lines: list[tuple[float, str]]) -> None:
        """Keep what a container wrote."""
        stream = self._streams.get(container)
        if stream is not None:
            if container not in self._writers:
                self._writers[container] = output.Writer(self._outside, stream)
            self._writers[container].write(lines)

    def saw_exit(self, container: str, exit_code: int | None, reason: str | None) -> None:
        """Note that a container ended."""
        self._health.end(container)
        if container in self._writers:
            self._writers[container].end()
        self._set_container(
            container,
            last_status="STOPPED",
            exit_code=exit_code,
            reason=None if reason is None else reason[: texts.LONGEST_REASON],
            stopped_at=self._outside.now(),
        )
        self._woken.set()

    def _heard_of_health(self, container: str, seen: Wellness) -> None:
        self._set_container(container, health=seen.health, health_since=seen.since, health_output=seen.output)
        self._woken.set()

    # What is done about them.

    async def _mind(self) -> None:
        """Keep the containers as they should be.

        Raises:
            Over: The task has ended, or is to end.
        """
        view = self._open_view()
        while True:
            self._woken.clear()
            self._check_wanted()
            now = self._outside.now()
            decisions = containers.decide(view.container_definitions, self.task.containers, now=now)
            if not decisions:
                self._watch_health(view)
                self._set_alarm(containers.patience_s(view.container_definitions, self.task.containers, now))
                return
            for decision in decisions:
                if isinstance(decision, containers.EndTask):
                    self._ask_for_end(decision.stop_code, decision.stopped_reason)
                    raise Over
                await self._start(decision)

    def _set_alarm(self, after_s: float | None) -> None:
        """Look again after some time: a container's start has a time-out."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if after_s is not None:

            async def ring() -> None:
                await self._outside.world.clock.sleep(after_s)
                self._woken.set()

            self._alarm = asyncio.create_task(ring(), name=f"start time-out of {self.task.key}")

    def _watch_health(self, view: TaskDefinitionView) -> None:
        if any(each.health_check for each in view.container_definitions):
            runtime = self._runtime()
            assert runtime is not None
            self._health.keep(runtime, self.task, view)

    async def _start(self, decision: containers.StartContainer) -> None:
        runtime = self._runtime()
        assert runtime is not None
        name = decision.name
        # Before the start: its exit may be told while we still wait for the answer.
        before = self.task.container(name)
        self._set_container(
            name,
            last_status="RUNNING",
            started_at=self._outside.now(),
            exit_code=None,
            reason=None,
            health="UNKNOWN",
            health_since=None,
            health_output="",
            restarts=before.restarts + int(decision.again),
        )
        try:
            runtime_id = await runtime.start(self.task.id, name)
        except CannotStart as error:
            reason = start_error(error)
            self._set_container(name, last_status="STOPPED", reason=reason[: texts.LONGEST_REASON])
            raise FailedToStart(reason) from error
        self._set_container(name, runtime_id=runtime_id)

    async def _stop_container(self, runtime: Runtime, view: TaskDefinitionView, name: str) -> None:
        definition = view.container(name)
        assert definition is not None
        try:
            await runtime.stop(self.task.id, name, timeout_s=definition.stop_timeout)
        except CannotStop as error:
            reason = f"CannotStopContainerError: {error}"
            self._set_container(name, reason=reason[: texts.LONGEST_REASON])
            raise
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXIT_IS_TOLD_WITHIN_S):
                while self.task.container(name).last_status == "RUNNING":
                    self._woken.clear()
                    await self._woken.wait()

    # Waiting meanwhile.

    async def _alongside(self, work: Coroutine[None, None, T]) -> T:
        """Wait for ``work`` while minding the containers; give it up when the task is over."""
        job = self._job(work)
        try:
            while not job.done():
                await self._woken.wait()
                await self._mind()
            return job.result()
        finally:
            job.cancel()

    async def _while_wanted(self, work: Coroutine[None, None, T]) -> T:
        """Wait for ``work``; give it up when somebody asks for the task's end."""
        job = self._job(work)
        try:
            while not job.done():
                self._woken.clear()
                self._check_wanted()
                await self._woken.wait()
            return job.result()
        finally:
            job.cancel()

    def _job(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        """Begin ``work``; its end wakes whoever waits meanwhile."""
        job = asyncio.create_task(work)
        job.add_done_callback(lambda _: self._woken.set())
        return job
