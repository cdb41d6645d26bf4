"""The loop that turns changes into action: services are kept, tasks get their runners.

Services are kept by this one loop, each by itself in one transaction: that is short and never waits.
Each task has a coroutine of its own, because its steps wait for the world.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from hatoba.cloud.ecs.act.alarms import AlarmWatch
from hatoba.cloud.ecs.act.services import ServiceKeeper
from hatoba.cloud.ecs.act.tasks import ON_THE_MACHINE, TaskRunner
from hatoba.cloud.ecs.names import last_part
from hatoba.cloud.loop import reconcile_forever
from hatoba.cloud.state import Change
from hatoba.runtime.protocol import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hatoba.cloud.ecs.act.inside import Inside
    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.state import Scope, Subscription
    from hatoba.runtime.protocol import FoundTask

_log = logging.getLogger(__name__)

PAUSES_BETWEEN_LOOKS_S = (0.2, 0.5, 1.0, 2.0, 5.0)
TICK = Change("ecs.tick", None, "")  # type: ignore[arg-type]  # the alarm is of no scope


class Scheduler:
    """Keeps every service and runs every task of this cloud. It is the listener of all runtimes."""

    def __init__(self, outside: Outside, inside: Inside) -> None:
        self._outside = outside
        self._inside = inside
        self._alarms = AlarmWatch(outside)
        self._runners: dict[str, TaskRunner] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._wake_at: dict[tuple[Scope, str], float] = {}
        self._stepped_at = 0.0
        self._alarm: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._took_back = asyncio.Event()
        # What runtimes tell of tasks that were found, before their runners are there to hear it.
        self._early: list[Callable[[], None]] = []
        self._changes: Subscription = outside.world.state.feed.subscribe(
            "ecs.service", "ecs.task", "loadbalancing.target"
        )

    # What runtimes tell (hatoba.runtime.protocol.Listener).

    def output(self, task_id: str, container: str, lines: list[tuple[float, str]]) -> None:
        """Keep what a container wrote."""
        runner = self._runners.get(task_id)
        if runner is not None:
            runner.heard(container, lines)
        elif not self._took_back.is_set():
            self._early.append(partial(self.output, task_id, container, lines))

    def exited(self, task_id: str, container: str, exit_code: int | None, reason: str | None) -> None:
        """Note that a container ended."""
        runner = self._runners.get(task_id)
        if runner is not None:
            runner.saw_exit(container, exit_code, reason)
        elif not self._took_back.is_set():
            self._early.append(partial(self.exited, task_id, container, exit_code, reason))

    # The loop.

    async def run(self) -> None:
        """Take back what an earlier cloud left, then act on every change, until cancelled."""
        try:
            await self._take_back(await self._found())
            self._took_back.set()
            self._tell_early()
            await reconcile_forever("ecs", self._changes, self._step)
        finally:
            self._took_back.set()
            await self._let_go()

    async def stop_everything(self) -> None:
        """Stop every task as its own end would: deregistered, drained, SIGTERM; return when all have stopped.

        Services keep their wish: the next cloud starts their tasks again.
        """
        self._is_stopping = True
        await self._took_back.wait()
        store = self._outside.store
        with store.state.transaction():
            for scope, task in store.tasks.everywhere():
                if task.is_live:
                    store.update_task(
                        scope,
                        task.key,
                        desired_status="STOPPED",
                        stop_code="ServiceSchedulerInitiated" if task.service else "UserInitiated",
                        stopped_reason="The local cloud was shut down",
                        is_ready=False,
                    )
        for runner in tuple(self._runners.values()):
            runner.notice()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _found(self) -> dict[str, tuple[str, FoundTask]]:
        """Ask the runtimes what an earlier cloud left; again for a while where they do not see all of it."""
        found = await self._look()
        for pause_s in PAUSES_BETWEEN_LOOKS_S:
            if not found.unseen:
                break
            _log.warning("%s; next look in %.1f s", found.unseen, pause_s)
            await self._outside.world.clock.sleep(pause_s)
            found = await self._look()
        return {task.task_id: (kind, task) for kind, task in found.tasks}

    async def _look(self) -> Found:
        try:
            return await self._outside.runtimes.found(self)
        except Exception as error:  # noqa: BLE001 - the loop's outer edge
            _log.exception("what runs on this machine cannot be seen")
            return Found(unseen=f"what runs on this machine cannot be seen: {error}")

    async def _take_back(self, found: dict[str, tuple[str, FoundTask]]) -> None:
        store = self._outside.store
        alive = [(scope, task) for scope, task in store.tasks.everywhere() if task.last_status != "STOPPED"]
        useful = {task.id for _, task in alive if task.last_status in ON_THE_MACHINE}
        # Removed before any runner starts: a task that was being prepared is prepared anew.
        for task_id, (kind, _) in found.items():
            if task_id not in useful:
                await self._remove(kind, task_id)
        for scope, task in alive:
            _, seen = found.get(task.id, ("", None))
            try:
                self._begin(scope, task, seen=seen, is_new=False)
            except Exception:  # noqa: BLE001 - the loop's outer edge: one task must not stop the others
                _log.exception("task %s: could not be taken back", task.key)
        for scope, service in store.services.everywhere():
            self._keep(scope, service.key)

    async def _remove(self, kind: str, task_id: str) -> None:
        """Remove what an earlier cloud left of a task; what is left now, `hatoba down` removes."""
        runtime = self._outside.runtimes.by_kind(kind)
        try:
            if runtime is not None:
                await runtime.remove(task_id)
        except Exception:  # noqa: BLE001 - the loop's outer edge: one task must not stop the others
            _log.exception("task %s: what an earlier cloud left of it was not removed", task_id)

    def _tell_early(self) -> None:
        early, self._early = self._early, []
        for tell in early:
            tell()

    async def _step(self, changes: tuple[Change, ...]) -> float | None:
        services: dict[tuple[Scope, str], None] = {}
        for change in changes:
            if change.kind == "ecs.service":
                services[change.scope, change.key] = None
            elif change.kind == "ecs.task":
                owner = self._notice(change.scope, change.key)
                if owner is not None:
                    services[change.scope, owner] = None
            elif change.kind == "loadbalancing.target":
                self._notice_targets(change.key)
        now = self._outside.now()
        # A clock that was set back would let them wait as long again as it was set.
        is_set_back, self._stepped_at = now < self._stepped_at, now
        due = (each for each, when in self._wake_at.items() if when <= now or is_set_back)
        services.update(dict.fromkeys(due))
        for scope, key in services:
            self._keep(scope, key)
        self._set_alarm()
        return None

    def _notice(self, scope: Scope, key: str) -> str | None:
        """Give a new task its runner, wake the runner of a known one; return the service it belongs to."""
        runner = self._runners.get(last_part(key))
        task = self._outside.store.tasks.get(scope, key)
        if runner is not None:
            if task is not runner.task:  # what it wrote itself is no news to it
                runner.notice()
            return runner.task.service_key
        if task is None:
            return None
        if task.last_status != "STOPPED":
            self._begin(scope, task, seen=None, is_new=True)
        return task.service_key

    def _notice_targets(self, key: str) -> None:
        """Wake the runners of tasks that are targets of the group that a target's key begins with."""
        for runner in self._runners.values():
            if any(key.startswith(each.target_group_arn) for each in runner.task.load_balancers):
                runner.notice()

    def _begin(self, scope: Scope, task: Task, *, seen: FoundTask | None, is_new: bool) -> None:
        runner = TaskRunner(self._outside, self._inside, scope, task, self)
        self._runners[task.id] = runner
        if not is_new:
            runner.take_back(seen)
        running = asyncio.create_task(runner.run(), name=f"ecs task {task.id}")
        self._running[task.id] = running
        running.add_done_callback(lambda done: self._ended(task.id, done))

    def _ended(self, task_id: str, done: asyncio.Task[None]) -> None:
        self._runners.pop(task_id, None)
        self._running.pop(task_id, None)
        if not done.cancelled() and done.exception() is not None:
            _log.error("task %s: its runner ended", task_id, exc_info=done.exception())

    def _keep(self, scope: Scope, key: str) -> None:
        self._wake_at.pop((scope, key), None)
        if self._is_stopping:
            return
        store = self._outside.store
        try:
            with store.state.transaction():
                service = store.services.get(scope, key)
                if service is None or service.status == "INACTIVE":
                    return
                self._alarms.see(scope, service)
                keeper = ServiceKeeper(store, self._outside.pace, scope, service, self._outside.now())
                wake_at = keeper.keep()
        except Exception:  # noqa: BLE001 - the loop's outer edge: one service must not stop the others
            _log.exception("service %s: could not be kept", key)
            wake_at = self._outside.now() + self._outside.pace.longest_pause_s
        if wake_at is not None:
            self._wake_at[scope, key] = wake_at

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._wake_at:
            # Reckoned now: by a clock that is set back before the alarm first runs it would wait as long.
            after_s = min(self._wake_at.values()) - self._outside.now()
            self._alarm = asyncio.create_task(self._ring(max(after_s, 0.0)))

    async def _ring(self, after_s: float) -> None:
        await self._outside.world.clock.sleep(after_s)
        self._changes.deliver(TICK)

    async def _let_go(self) -> None:
        """Leave the tasks running and end everything that watches them."""
        ending: Iterable[asyncio.Task[None]] = [*self._running.values()]
        if self._alarm is not None:
            ending = [*ending, self._alarm]
        for each in ending:
            each.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        await self._alarms.close()
        self._runners.clear()
