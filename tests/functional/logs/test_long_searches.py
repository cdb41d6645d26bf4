"""A search through more events than one answer may take."""

from __future__ import annotations

from tests.unit.logs.bench import GROUP, LogsBench, messages_of


def test_a_search_that_takes_long_answers_an_empty_page_and_goes_on() -> None:
    logs = LogsBench()
    for number in range(6):
        logs.append(*["dull"] * 10_000, at=logs.now + number * 10_000)
    logs.append("needle", at=logs.now + 60_000)

    first = logs("FilterLogEvents", logGroupName=GROUP, filterPattern="needle")
    second = logs("FilterLogEvents", logGroupName=GROUP, filterPattern="needle", nextToken=first["nextToken"])

    assert first["events"] == []
    assert messages_of(second["events"]) == ["needle"]
    assert second["nextToken"] is None
