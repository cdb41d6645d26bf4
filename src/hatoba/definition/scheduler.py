"""When jobs run by themselves: Amazon EventBridge Scheduler."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Literal

from hatoba.definition.construct import Construct, construct
from hatoba.definition.ecs import Job

Unit = Literal["minutes", "hours", "days"]


@construct
class When(Construct):
    """A schedule's expression, made by ``rate``, ``cron`` or ``at``, and the time zone it is read in."""

    expression: str
    timezone: str = "UTC"


def rate(value: int, unit: Unit) -> When:
    """Again and again: every ``value`` minutes, hours or days."""
    return When(f"rate({value} {unit})")


def cron(fields: str, timezone: str = "UTC") -> When:
    """Whenever the clock says so, by six fields: minutes, hours, day of month, month, day of week, year.

    One of the two days is ``?``. ``cron("0 9 ? * MON-FRI *", "Asia/Tokyo")`` is nine o'clock on workdays.
    """
    return When(f"cron({fields})", timezone)


def at(time: str, timezone: str = "UTC") -> When:
    """Once, at ``YYYY-MM-DDThh:mm:ss``."""
    return When(f"at({time})", timezone)


@construct
class Schedule(Construct):
    """Runs a job when it is time, with a role of its own that may do just that.

    ``flexible_minutes`` lets it start up to so much later; ``retries`` counts starts that failed, 185 if it
    is left out. A schedule takes no tags.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """

    name: str
    when: When
    job: Job
    _: KW_ONLY
    enabled: bool = True
    flexible_minutes: int | None = None
    retries: int | None = None
    description: str = ""
