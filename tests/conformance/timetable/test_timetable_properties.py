"""Every time that a schedule expression comes due fits the expression, and none is left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hatoba.cloud.timetable import Cron, read

ZONES = st.sampled_from(["UTC", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
MOMENTS = st.floats(min_value=1_700_000_000, max_value=1_900_000_000, allow_nan=False)


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    one = st.one_of(
        st.just("*"),
        number.map(str),
        st.tuples(number, number).map(lambda pair: f"{pair[0]}-{pair[1]}"),
        st.tuples(number, st.integers(1, high - low + 1)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    )
    return st.lists(one, min_size=1, max_size=3).map(",".join)


MONTH_DAYS = st.one_of(fields(1, 31), st.just("L"), st.integers(1, 31).map("{}W".format))
WEEKDAYS = st.one_of(
    fields(1, 7),
    st.just("L"),
    st.integers(1, 7).map("{}L".format),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map("{0[0]}#{0[1]}".format),
)
DAYS = st.one_of(
    st.tuples(MONTH_DAYS, fields(1, 12), st.just("?")), st.tuples(st.just("?"), fields(1, 12), WEEKDAYS)
)
CRONS = st.tuples(fields(0, 59), fields(0, 23), DAYS).map(
    lambda parts: f"cron({parts[0]} {parts[1]} {' '.join(parts[2])} *)"
)


def fits(cron: Cron, local: datetime) -> bool:
    return (
        local.minute in cron.minutes
        and local.hour in cron.hours
        and local.month in cron.months
        and local.day in cron.days.of(local.year, local.month)
        and local.second == 0
        and local.fold == 0
    )


@settings(max_examples=60, deadline=None)
@given(CRONS, MOMENTS, ZONES)
def test_a_time_that_comes_due_fits_and_is_later(text: str, moment: float, zone: str) -> None:
    from zoneinfo import ZoneInfo

    cron = read(text)
    assert isinstance(cron, Cron)
    due = cron.after(moment, 0.0, zone)
    if due is not None:
        assert due > moment
        assert fits(cron, datetime.fromtimestamp(due, ZoneInfo(zone)))


@settings(max_examples=40, deadline=None)
@given(CRONS, MOMENTS, ZONES)
def test_no_time_that_fits_is_passed_over(text: str, moment: float, zone: str) -> None:
    """Go through the minutes of the next day and a half one by one."""
    from zoneinfo import ZoneInfo

    cron = read(text)
    assert isinstance(cron, Cron)
    first = datetime.fromtimestamp(moment, UTC).replace(second=0, microsecond=0)
    every = (first + timedelta(minutes=number) for number in range(1, 36 * 60))
    by_hand = next((each for each in every if fits(cron, each.astimezone(ZoneInfo(zone)))), None)
    due = cron.after(first.timestamp(), 0.0, zone)
    if by_hand is not None:
        assert due == by_hand.timestamp()
    else:
        assert due is None or due >= (first + timedelta(minutes=36 * 60)).timestamp()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 500), st.sampled_from(["minutes", "hours", "days"]), MOMENTS, MOMENTS)
def test_a_rate_comes_due_at_even_distances(value: int, unit: str, moment: float, since: float) -> None:
    rate = read(f"rate({value} {unit})")
    due = rate.after(moment, since)
    assert due is not None
    again = rate.after(due, since)
    assert again is not None
    assert again > due > moment or (due == since > moment)
