"""The schedules of this cloud: kept as their owners write them, run when they come due."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.dead_letters import bury
from hatoba.cloud.loop import reconcile_forever
from hatoba.cloud.schedules import control
from hatoba.cloud.schedules.model import Schedule
from hatoba.cloud.schedules.refusing import check_rule, check_schedule, check_targets
from hatoba.cloud.schedules.standing import schedules_in
from hatoba.cloud.state import Change
from hatoba.cloud.task_target import is_cluster
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.schedules.model import Target
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call
    from hatoba.cloud.world import Loop, World

_log = logging.getLogger(__name__)

KIND_OF = {"events": "rule", "scheduler": "schedule"}
MISSED = "missed: no cloud ran at its time"
LONGEST_NAP_S = 60.0
"""The clock of the machine may be put forward meanwhile."""
TICK = Change("schedules.tick", None, "")  # type: ignore[arg-type]  # the alarm is of no scope


class Schedules:
    """Companion of EventBridge and its Scheduler; see :class:`hatoba.cloud.world.Companion`."""

    services = frozenset(KIND_OF)

    def __init__(self, world: World) -> None:
        self._world = world
        self.table = world.state.table("schedules.schedule", Schedule)
        self._changes = world.state.feed.subscribe("schedules.schedule")
        self._alarm: asyncio.Task[None] | None = None

    async def answer(self, call: Call, params: Mapping[str, Any]) -> None:
        """Refuse what nobody would run; leave everything else to the neighbour.

        Raises:
            ServiceError: ``NotImplementedException``, ``ValidationException``.
        """
        match call.operation:
            case "PutRule":
                check_rule(params)
            case "PutTargets" if self._is_scheduled(call.scope, params["Rule"]):
                check_targets(params)
            case "CreateSchedule":
                check_schedule(call.operation, params)
            case "UpdateSchedule":
                check_schedule(call.operation, params)
                self._check_end(call.scope, params)

    def _is_scheduled(self, scope: Scope, rule: str) -> bool:
        return any(each.kind == "rule" and each.name == rule for each in self.table.list(scope))

    def _check_end(self, scope: Scope, params: Mapping[str, Any]) -> None:
        """Refuse another ActionAfterCompletion: the neighbour keeps the first."""
        name, group = params["Name"], params.get("GroupName") or "default"
        for each in self.table.list(scope):
            if (each.kind, each.name, each.group) == ("schedule", name, group) and each.deletes_itself != (
                params.get("ActionAfterCompletion") == "DELETE"
            ):
                raise NotImplementedHere("scheduler:UpdateSchedule with another ActionAfterCompletion")

    def keep(self, scope: Scope, service: str, standing: bytes) -> None:
        """Take all schedules of a neighbour as they are now. Those whose timing is as before go on."""
        old = {each.arn: each for each in self.table.list(scope) if each.kind == KIND_OF[service]}
        for fresh in schedules_in(service, standing):
            before = old.pop(fresh.arn, None)
            after = _taken_over(fresh, before, self._world.clock.now())
            if after != before:
                self.table.put(scope, after)
        for gone in old:
            self.table.delete(scope, gone)

    def told(self) -> list[dict[str, object]]:
        """Return what comes due when and what came of the last time, for the command line."""
        return [
            {
                "arn": each.arn,
                "name": each.name,
                "kind": each.kind,
                "next": _local_time(control.runs_at(each)),
                "last": _local_time(each.last_at),
                "tasks": [arn.rpartition("/")[2] for arn in each.last_tasks],
                "failure": each.last_failure,
            }
            for _, each in self.table.everywhere()
        ]

    def loops(self) -> tuple[Loop, ...]:
        """Return the loop that runs what comes due."""
        return (self.run,)

    async def run(self) -> None:
        """Run what comes due, until cancelled."""
        try:
            await reconcile_forever("schedules", self._changes, self._step)
        finally:
            self._set_alarm(None)

    async def _step(self, _: tuple[Change, ...]) -> None:
        now = self._world.clock.now()
        for scope, schedule in self.table.everywhere():
            for due in control.due([schedule], now):
                await self._come_due(scope, due, now)
        self._set_alarm(control.wakes_at(each for _, each in self.table.everywhere()))

    def _set_alarm(self, when: float | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if when is not None:
            self._alarm = asyncio.create_task(self._ring(when), name="schedules alarm")

    async def _ring(self, when: float) -> None:
        await self._world.clock.sleep(min(max(when - self._world.clock.now(), 0.0), LONGEST_NAP_S))
        self._changes.deliver(TICK)

    async def _come_due(self, scope: Scope, due: control.Due, now: float) -> None:
        tasks: list[str] = []
        failures: list[str] = [MISSED] if due.is_missed else []
        for target in () if due.is_missed else due.schedule.targets:
            try:
                tasks += await self._start(scope, due, target)
            except ServiceError as error:
                failures.append(f"{error.code}: {error.message}")
                await self._bury(scope, due, target, error)
        for failure in failures:
            _log.warning("%s of %s: %s", due.schedule.arn, due.occurred_at, failure)
        with self._world.state.transaction():
            left = self.table.get(scope, due.schedule.key)
            if left is None or left.occurs_at != due.occurred_at:
                return  # deleted or written anew meanwhile
            next_one = control.went_on(left, now if due.is_missed else due.occurred_at)
            told = replace(
                next_one,
                last_at=due.occurred_at,
                last_tasks=tuple(tasks),
                last_failure="; ".join(failures) or None,
            )
            self.table.put(scope, told)
        if told.occurs_at is None and told.deletes_itself:
            await self._delete(scope, told)

    async def _start(self, scope: Scope, due: control.Due, target: Target) -> Sequence[str]:
        if not is_cluster(target.arn):
            raise NotImplementedHere(f"a schedule with the target {target.arn}")
        asked = control.asked_of_ecs(due.schedule, target, due.occurred_at)
        answer = await self._world.invoke(
            self._world.call_as_service(scope, "events"), "ecs", "RunTask", asked
        )
        return [task["taskArn"] for task in answer["tasks"]]

    async def _bury(self, scope: Scope, due: control.Due, target: Target, error: ServiceError) -> None:
        """Tell the target's dead-letter queue of a run that failed."""
        body = msgspec.json.encode(control.asked_of_ecs(due.schedule, target, due.occurred_at)).decode()
        attributes = {"ERROR_CODE": error.code, "ERROR_MESSAGE": error.message, "RULE_ARN": due.schedule.arn}
        await bury(self._world, scope, target.dead_letters, body, attributes)

    async def _delete(self, scope: Scope, schedule: Schedule) -> None:
        call = self._world.call_as_service(scope, "scheduler")
        try:
            await self._world.invoke(
                call, "scheduler", "DeleteSchedule", {"Name": schedule.name, "GroupName": schedule.group}
            )
        except ServiceError:
            _log.exception("%s: could not be deleted after its last time", schedule.arn)


def _local_time(moment: float | None) -> str | None:
    """Return a time as a person here reads it."""
    return None if moment is None else f"{timestamp(moment).astimezone():%Y-%m-%d %H:%M:%S %z}"


def _taken_over(fresh: Schedule, before: Schedule | None, now: float) -> Schedule:
    """Return a schedule as it was written, with what is known of its past."""
    if before is None:
        return control.begun(fresh, now)
    told = replace(
        fresh,
        since=before.since,
        occurs_at=before.occurs_at,
        last_at=before.last_at,
        last_tasks=before.last_tasks,
        last_failure=before.last_failure,
    )
    same = (before.timing, before.enabled) == (fresh.timing, fresh.enabled)
    return told if same else control.begun(told, now)
