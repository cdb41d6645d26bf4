"""Schedule expressions of AWS: what each means, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hatoba.cloud.timetable import Unreadable, read, zone_of


def due(expression: str, moment: str, zone: str = "UTC", since: str = "2026-01-01T00:00:00") -> str | None:
    place = zone_of(zone)
    start = datetime.fromisoformat(moment).replace(tzinfo=place).timestamp()
    begun = datetime.fromisoformat(since).replace(tzinfo=place).timestamp()
    found = read(expression).after(start, begun, zone)
    return None if found is None else datetime.fromtimestamp(found, place).strftime("%a %Y-%m-%dT%H:%M:%S")


@pytest.mark.parametrize(
    ("expression", "moment", "expected"),
    [
        ("cron(0 10 * * ? *)", "2026-11-22T09:59:59", "Sun 2026-11-22T10:00:00"),
        ("cron(0 10 * * ? *)", "2026-11-22T10:00:00", "Mon 2026-11-23T10:00:00"),
        ("cron(15 12 * * ? *)", "2026-11-22T12:14:00", "Sun 2026-11-22T12:15:00"),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-20T18:00:00", "Mon 2026-11-23T18:00:00"),
        ("cron(0 8 1 * ? *)", "2026-11-22T00:00:00", "Tue 2026-12-01T08:00:00"),
        ("cron(0/15 * * * ? *)", "2026-11-22T09:31:00", "Sun 2026-11-22T09:45:00"),
        ("cron(0/10 * ? * MON-FRI *)", "2026-11-20T23:50:00", "Mon 2026-11-23T00:00:00"),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-11-20T17:55:00", "Mon 2026-11-23T08:00:00"),
        ("cron(1/10 * * * ? *)", "2026-11-22T09:51:00", "Sun 2026-11-22T10:01:00"),
        ("cron(0 9 ? * 2#1 *)", "2026-11-22T09:51:00", "Mon 2026-12-07T09:00:00"),
        ("cron(0 9 ? * TUE#2 *)", "2026-11-22T09:51:00", "Tue 2026-12-08T09:00:00"),
        ("cron(0 9 ? * 2#5 *)", "2026-11-22T09:51:00", "Mon 2026-11-30T09:00:00"),
        ("cron(15 10 ? * 6L 2026-2027)", "2026-11-22T00:00:00", "Fri 2026-11-27T10:15:00"),
        ("cron(15 10 ? * FRIL *)", "2026-11-28T00:00:00", "Fri 2026-12-25T10:15:00"),
        ("cron(0 0 ? * L *)", "2026-11-22T00:00:00", "Sat 2026-11-28T00:00:00"),
        ("cron(0 0 L * ? *)", "2027-02-01T00:00:00", "Sun 2027-02-28T00:00:00"),
        ("cron(0 0 L * ? *)", "2028-02-01T00:00:00", "Tue 2028-02-29T00:00:00"),
        ("cron(0 0 15,L * ? *)", "2026-11-16T00:00:00", "Mon 2026-11-30T00:00:00"),
        ("cron(0 0 29 2 ? *)", "2026-11-22T00:00:00", "Tue 2028-02-29T00:00:00"),
        ("cron(0 0 3W * ? *)", "2026-09-30T00:00:00", "Fri 2026-10-02T00:00:00"),
        ("cron(0 0 1W * ? *)", "2026-10-30T00:00:00", "Mon 2026-11-02T00:00:00"),
        ("cron(0 0 1W * ? *)", "2026-07-30T00:00:00", "Mon 2026-08-03T00:00:00"),
        ("cron(0 0 31W * ? *)", "2027-01-01T00:00:00", "Fri 2027-01-29T00:00:00"),
        ("cron(0 0 ? * FRI-MON *)", "2026-11-22T00:00:00", "Mon 2026-11-23T00:00:00"),
        ("cron(30 6 1 JAN,jul ? *)", "2026-11-22T00:00:00", "Fri 2027-01-01T06:30:00"),
        ("cron(0 0 30 2 ? *)", "2026-11-22T00:00:00", None),
        ("cron(0 0 1 1 ? 2025)", "2026-11-22T00:00:00", None),
        ("rate(5 minutes)", "2026-01-01T00:07:00", "Thu 2026-01-01T00:10:00"),
        ("rate(1 hour)", "2026-01-01T01:00:00", "Thu 2026-01-01T02:00:00"),
        ("rate(7 days)", "2026-01-02T00:00:00", "Thu 2026-01-08T00:00:00"),
        ("rate(1 day)", "2025-12-31T00:00:00", "Thu 2026-01-01T00:00:00"),
        ("at(2026-12-24T18:30:00)", "2026-11-22T00:00:00", "Thu 2026-12-24T18:30:00"),
        ("at(2026-12-24T18:30:00)", "2026-12-24T18:30:00", None),
    ],
)
def test_an_expression_comes_due(expression: str, moment: str, expected: str | None) -> None:
    assert due(expression, moment) == expected


def test_a_time_is_that_of_its_zone() -> None:
    assert read("cron(0 9 * * ? *)").after(
        datetime(2026, 11, 22, tzinfo=UTC).timestamp(), 0.0, "Asia/Tokyo"
    ) == (datetime(2026, 11, 23, tzinfo=UTC).timestamp())
    assert due("at(2026-12-24T18:30:00)", "2026-12-01T00:00:00", "America/New_York") == (
        "Thu 2026-12-24T18:30:00"
    )


def test_where_the_clock_is_put_forward_a_missing_time_is_skipped() -> None:
    assert due("cron(30 2 * * ? *)", "2026-03-28T03:00:00", "Europe/Berlin") == "Mon 2026-03-30T02:30:00"


def test_where_the_clock_is_put_back_a_doubled_time_counts_once() -> None:
    first = due("cron(30 2 * * ? *)", "2026-10-25T00:00:00", "Europe/Berlin")
    assert first == "Sun 2026-10-25T02:30:00"
    again = read("cron(30 2 * * ? *)").after(
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp(), 0.0, "Europe/Berlin"
    )
    assert again == datetime(2026, 10, 26, 1, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "0 9 * * *",
        "cron(0 9 * * *)",
        "cron(0 9 * * * *)",
        "cron(0 9 ? * ? *)",
        "cron(60 9 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 9 0 * ? *)",
        "cron(0 9 * 13 ? *)",
        "cron(0 9 ? * 8 *)",
        "cron(0 9 ? * 3#1,6#3 *)",
        "cron(0 9 ? * 3#6 *)",
        "cron(0 9 32W * ? *)",
        "cron(0 9 * * ? 1969)",
        "cron(0 9 * FOO ? *)",
        "cron(0/0 9 * * ? *)",
        "cron(,5 9 * * ? *)",
        "rate(0 minutes)",
        "rate(5 weeks)",
        "rate(-1 minutes)",
        "rate(5minutes)",
        "at(2026-13-01T00:00:00)",
        "at(2026-12-24)",
        "",
    ],
)
def test_what_is_no_expression_is_said(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


@pytest.mark.parametrize("text", ["rate(1 minutes)", "rate(5 minute)"])
def test_rules_want_units_that_agree_with_their_number(text: str) -> None:
    read(text)
    with pytest.raises(Unreadable, match="minute"):
        read(text, counts=True)


def test_a_zone_that_is_none_is_said() -> None:
    for name in ("Asia/Nowhere", "", "../etc/passwd"):
        with pytest.raises(Unreadable, match="no time zone"):
            zone_of(name)
