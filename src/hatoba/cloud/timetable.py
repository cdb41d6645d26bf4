"""When a schedule expression of AWS comes due: cron, rate and at. Pure.

::

    read("cron(0 9 ? * MON-FRI *)") ─→ Cron ─┐
    read("rate(5 minutes)")         ─→ Rate ─┼─→ .after(moment, since, zone) ─→ epoch seconds, or never
    read("at(2026-04-01T09:00:00)") ─→ At   ─┘

EventBridge rules, EventBridge Scheduler and Application Auto Scaling write times in this one language.
Where a clock is put forward, a local time that does not exist is skipped; where it is put back, a
local time that exists twice counts once.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIRST_YEAR, LAST_YEAR = 1970, 2199
SATURDAY = 7
DAYS_OF_A_WEEK = 7
FIELDS = 6
UNIT_S = {"minute": 60, "hour": 3600, "day": 86400}

_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_EXPRESSION = re.compile(r"(cron|rate|at)\((.*)\)")
_RATE = re.compile(r"([1-9]\d*) (minute|hour|day)(s?)")
_NEAREST = re.compile(r"(\d+)W")
_LAST_WEEKDAY = re.compile(r"([1-7]|[A-Z]{3})L")
_NTH_WEEKDAY = re.compile(r"([1-7]|[A-Z]{3})#([1-5])")


class Unreadable(ValueError):
    """The expression is none of AWS's. The text says what is wrong with it."""


class Rate(msgspec.Struct, frozen=True):
    """``rate(value unit)``: again and again since a moment."""

    seconds: int

    def after(self, moment: float, since: float, zone: str = "UTC") -> float | None:  # noqa: ARG002 - one shape for all
        """Return the first time after ``moment``; ``since`` itself is one of them."""
        if moment < since:
            return since
        return since + ((moment - since) // self.seconds + 1) * self.seconds


class At(msgspec.Struct, frozen=True):
    """``at(yyyy-mm-ddThh:mm:ss)``: once, in local time."""

    local: datetime

    def after(self, moment: float, since: float, zone: str = "UTC") -> float | None:  # noqa: ARG002 - one shape for all
        """Return its time if it is after ``moment``."""
        due = self.local.replace(tzinfo=zone_of(zone)).timestamp()
        return due if due > moment else None


class Days(msgspec.Struct, frozen=True):
    """Which days of a month: by one of day-of-month and day-of-week.

    Attributes:
        month_days: Days of the month.
        last: The month's last day too.
        nearest: The weekday nearest to this day.
        weekdays: Days of the week, 1 is Sunday.
        last_weekday: The last such day of the month.
        nth: A day of the week and which one of the month it is.
    """

    month_days: tuple[int, ...] = ()
    last: bool = False
    nearest: int | None = None
    weekdays: tuple[int, ...] = ()
    last_weekday: int | None = None
    nth: tuple[int, int] | None = None

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return them in a month, in order."""
        first, length = calendar.monthrange(year, month)
        weekday_of_first = (first + 1) % DAYS_OF_A_WEEK + 1
        chosen = {day for day in self.month_days if day <= length}
        if self.last:
            chosen.add(length)
        if self.nearest is not None and self.nearest <= length:
            chosen.add(_nearest_workday(self.nearest, weekday_of_first, length))
        for weekday in self.weekdays:
            chosen.update(_such_days(weekday, weekday_of_first, length))
        if self.last_weekday is not None:
            chosen.add(_such_days(self.last_weekday, weekday_of_first, length)[-1])
        if self.nth is not None:
            chosen.update(_such_days(self.nth[0], weekday_of_first, length)[self.nth[1] - 1 : self.nth[1]])
        return tuple(sorted(chosen))


class Cron(msgspec.Struct, frozen=True):
    """``cron(minutes hours day-of-month month day-of-week year)``, in local time."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Days
    months: tuple[int, ...]
    years: tuple[int, ...]

    def after(self, moment: float, since: float, zone: str = "UTC") -> float | None:  # noqa: ARG002 - one shape for all
        """Return the first time after ``moment``, or None when none is left."""
        place = zone_of(zone)
        # Where a clock was put back, the local time of the moment comes again: begin a day early.
        start = datetime.fromtimestamp(moment - UNIT_S["day"], place)
        for year, month, day in self._dates(start):
            for hour in self.hours:
                for minute in self.minutes:
                    due = _moment(datetime(year, month, day, hour, minute, tzinfo=place))
                    if due is not None and due > moment:
                        return due
        return None

    def _dates(self, start: datetime) -> Iterator[tuple[int, int, int]]:
        first = (start.year, start.month, start.day)
        for year in self.years[bisect_left(self.years, start.year) :]:
            for month in self.months:
                if (year, month) >= first[:2]:
                    yield from (
                        date for day in self.days.of(year, month) if (date := (year, month, day)) >= first
                    )


Expression = Rate | At | Cron


def read(text: str, *, counts: bool = False) -> Expression:
    """Read a schedule expression.

    Args:
        text: The expression.
        counts: The unit of a rate must be in the singular with 1 only, as EventBridge's rules want it.

    Raises:
        Unreadable: With what is wrong.
    """
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        raise Unreadable(f"{text!r:.200} is none of cron(…), rate(…) and at(…)")
    kind, inside = found.groups()
    if kind == "cron":
        return _cron(inside)
    return _at(inside) if kind == "at" else _rate(inside, counts=counts)


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises:
        Unreadable: There is none of that name on this machine.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Unreadable(f"{name!r:.100} is no time zone that this machine knows") from error


def _moment(local: datetime) -> float | None:
    """Return the epoch seconds of a local time; None where it does not exist."""
    there = local.astimezone(UTC)
    back = there.astimezone(local.tzinfo)
    return there.timestamp() if back.replace(tzinfo=None) == local.replace(tzinfo=None) else None


def _nearest_workday(day: int, weekday_of_first: int, length: int) -> int:
    weekday = (weekday_of_first + day - 2) % DAYS_OF_A_WEEK + 1
    if weekday == SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == 1:
        return day + 1 if day < length else day - 2
    return day


@cache
def _such_days(weekday: int, weekday_of_first: int, length: int) -> tuple[int, ...]:
    """Return the days of a month that are this day of the week."""
    return tuple(range((weekday - weekday_of_first) % DAYS_OF_A_WEEK + 1, length + 1, DAYS_OF_A_WEEK))


def _rate(inside: str, *, counts: bool) -> Rate:
    found = _RATE.fullmatch(inside.strip())
    if found is None:
        raise Unreadable(f"rate({inside}): write rate(5 minutes), rate(1 hour) or rate(7 days)")
    value, unit, plural = int(found[1]), found[2], found[3]
    if counts and (value == 1) == bool(plural):
        raise Unreadable(f"rate({inside}): write {unit} with 1 and {unit}s with more")
    return Rate(value * UNIT_S[unit])


def _at(inside: str) -> At:
    try:
        return At(datetime.strptime(inside, "%Y-%m-%dT%H:%M:%S"))  # noqa: DTZ007 - the zone stands beside it
    except ValueError as error:
        raise Unreadable(f"at({inside}): write at(yyyy-mm-ddThh:mm:ss)") from error


def _cron(inside: str) -> Cron:
    fields = inside.split()
    if len(fields) != FIELDS:
        raise Unreadable(f"cron({inside}) has {len(fields)} fields; cron has {FIELDS}")
    minutes, hours, month_day, month, weekday, year = (field.upper() for field in fields)
    if (month_day == "?") == (weekday == "?"):
        raise Unreadable(f"cron({inside}): exactly one of day-of-month and day-of-week must be ?")
    return Cron(
        _numbers("minutes", minutes, 0, 59),
        _numbers("hours", hours, 0, 23),
        _by_weekday(weekday) if month_day == "?" else _by_month_day(month_day),
        _numbers("month", month, 1, 12, _MONTHS),
        _numbers("year", year, FIRST_YEAR, LAST_YEAR),
    )


def _by_month_day(field: str) -> Days:
    found = _NEAREST.fullmatch(field)
    if found is not None:
        return Days(nearest=_number("day-of-month", found[1], 1, 31))
    parts = field.split(",")
    others = ",".join(part for part in parts if part != "L")
    return Days(month_days=_numbers("day-of-month", others, 1, 31) if others else (), last="L" in parts)


def _by_weekday(field: str) -> Days:
    if field == "L":
        return Days(weekdays=(SATURDAY,))
    found = _LAST_WEEKDAY.fullmatch(field)
    if found is not None:
        return Days(last_weekday=_number("day-of-week", found[1], 1, 7, _WEEKDAYS))
    found = _NTH_WEEKDAY.fullmatch(field)
    if found is not None:
        return Days(nth=(_number("day-of-week", found[1], 1, 7, _WEEKDAYS), int(found[2])))
    return Days(weekdays=_numbers("day-of-week", field, 1, 7, _WEEKDAYS))


def _numbers(
    what: str, field: str, low: int, high: int, names: Mapping[str, int] | None = None
) -> tuple[int, ...]:
    """Return the values that a field of lists, ranges and increments means, in order."""
    chosen: set[int] = set()
    for part in field.split(","):
        bounds, slash, step = part.partition("/")
        first, dash, last = bounds.partition("-")
        if bounds == "*":
            start, end = low, high
        else:
            start = _number(what, first, low, high, names)
            end = _number(what, last, low, high, names) if dash else (high if slash else start)
        every = _number(what, step, 1, high - low + 1) if slash else 1
        chosen.update(_span(start, end, low, high)[::every])
    return tuple(sorted(chosen))


def _span(start: int, end: int, low: int, high: int) -> tuple[int, ...]:
    """Return a range; one whose end is before its start goes around, as in FRI-MON."""
    if start <= end:
        return tuple(range(start, end + 1))
    return (*range(start, high + 1), *range(low, end + 1))


def _number(what: str, text: str, low: int, high: int, names: Mapping[str, int] | None = None) -> int:
    found = (names or {}).get(text)
    if found is None and text.isascii() and text.isdecimal():
        found = int(text)
    if found is None or not low <= found <= high:
        raise Unreadable(f"{what}: {text!r:.40} is not from {low} to {high}")
    return found
