"""When a schedule runs and what it asks of ECS. Pure.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.task_target import run_task
from hatoba.cloud.timetable import At, Rate, Unreadable, read, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.schedules.model import Schedule, Target

LATE_S = 60.0
"""AWS runs within a minute of the time; what is later than that was missed."""
A_MOMENT_S = 0.001
LENGTH_OF_EXECUTION_ID = 16
STARTED_BY = {"rule": "events-rule", "schedule": "chronos-schedule"}


class Due(msgspec.Struct, frozen=True):
    """A schedule that has come due. ``is_missed``: so long ago that it is not run any more."""

    schedule: Schedule
    occurred_at: float
    is_missed: bool


def begun(schedule: Schedule, now: float) -> Schedule:
    """Return a schedule that was written or enabled now, with the time when it comes due first.

    One that cannot be read, which an older cloud let through, never comes due and says why.
    """
    fresh = replace(schedule, since=now)
    try:
        expression = read(schedule.timing.expression)
        zone_of(schedule.timing.zone)
    except Unreadable as error:
        return replace(fresh, occurs_at=None, last_failure=str(error))
    moment = now
    if isinstance(expression, At):
        moment = now - LATE_S  # it was for just now
    elif isinstance(expression, Rate) and schedule.kind == "schedule":
        moment = now - A_MOMENT_S  # a schedule's rate runs at once, a rule's after its first interval
    return replace(fresh, occurs_at=_after(fresh, moment))


def went_on(schedule: Schedule, after: float) -> Schedule:
    """Return a schedule with the first time after ``after`` as the next."""
    return replace(schedule, occurs_at=_after(schedule, after))


def _after(schedule: Schedule, moment: float) -> float | None:
    timing = schedule.timing
    if not schedule.enabled:
        return None
    since = schedule.since if timing.start is None else timing.start
    if timing.start is not None:
        moment = max(moment, timing.start - A_MOMENT_S)
    found = read(timing.expression).after(moment, since, timing.zone)
    return None if found is None or (timing.end is not None and found > timing.end) else found


def runs_at(schedule: Schedule) -> float | None:
    """Return when it runs next: as it comes due, or somewhere in its flexible window, always the same."""
    if schedule.occurs_at is None:
        return None
    window_s = schedule.timing.window * 60
    if not window_s:
        return schedule.occurs_at
    return schedule.occurs_at + int(_digest(schedule.arn, str(schedule.occurs_at)), 16) % window_s


def due(schedules: Iterable[Schedule], now: float) -> list[Due]:
    """Return those that have come due, the earliest first."""
    found = [(when, each) for each in schedules if (when := runs_at(each)) is not None and when <= now]
    return [
        Due(each, each.occurs_at or when, is_missed=now - when > LATE_S)
        for when, each in sorted(found, key=lambda pair: (pair[0], pair[1].arn))
    ]


def wakes_at(schedules: Iterable[Schedule]) -> float | None:
    """Return when the next of them runs."""
    return min((when for each in schedules if (when := runs_at(each)) is not None), default=None)


def asked_of_ecs(schedule: Schedule, target: Target, occurred_at: float) -> dict[str, Any]:
    """Return the parameters of RunTask for one time that a schedule came due."""
    return run_task(
        target.arn,
        target.parameters,
        overrides=_input(schedule, target, occurred_at),
        started_by=f"{STARTED_BY[schedule.kind]}/{schedule.name}",
        token=_digest(schedule.arn, target.id, str(occurred_at)),
    )


def _input(schedule: Schedule, target: Target, occurred_at: float) -> str | None:
    """Return a target's input; in a schedule's the attributes of the run are filled in.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    if target.input is None or schedule.kind != "schedule":
        return target.input
    attributes = {
        "schedule-arn": schedule.arn,
        "scheduled-time": f"{timestamp(occurred_at):%Y-%m-%dT%H:%M:%SZ}",
        "execution-id": _digest(schedule.arn, str(occurred_at))[:LENGTH_OF_EXECUTION_ID],
        "attempt-number": "1",
    }
    filled = target.input
    for name, value in attributes.items():
        filled = filled.replace(f"<aws.scheduler.{name}>", value)
    return filled


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
