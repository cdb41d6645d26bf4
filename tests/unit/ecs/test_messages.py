"""Lines joined to messages by the options of the awslogs driver (facts: ecs.md section 1.6)."""

from __future__ import annotations

import asyncio

import pytest

from hatoba.cloud.ecs.control.messages import MOST_BYTES, BadPattern, Gathering, beginning
from hatoba.runtime.simulated import Script
from tests.unit.ecs.yard import GROUP, PLACE, Yard, wait_for

TRACE = (
    "2026-11-22 14:00:50,123 ERROR it broke",
    "java.lang.IllegalStateException: no",
    "\tat shop.App.main(App.java:7)",
)


def gathering(**options: str) -> Gathering:
    begins = beginning({name.replace("_", "-"): value for name, value in options.items()})
    assert begins is not None
    return Gathering(begins)


def test_a_stack_trace_is_one_message_at_the_time_of_its_first_line() -> None:
    held = gathering(awslogs_multiline_pattern=r"^\d{4}-")
    assert held.add([(float(number), line) for number, line in enumerate(TRACE)]) == []
    assert held.add([(9.0, "2026-11-22 14:00:51,000 INFO next")]) == [(0.0, "\n".join((*TRACE, "")))]
    assert held
    assert held.rest() == [(9.0, "2026-11-22 14:00:51,000 INFO next\n")]
    assert not held
    assert held.rest() == []


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("%Y-%m-%d %H:%M:%S", TRACE[0]),
        ("%Y-%m-%d %H:%M:%S,", TRACE[0]),
        (r"\[%b %d, %Y %H:%M:%S\]", "[Nov 22, 2026 14:00:50] it broke"),
        ("%A %I:%M %p", "Sunday 02:00 PM it broke"),
        ("%d/%b/%Y:%H:%M:%S %z", "22/Nov/2026:14:00:50 +0900 it broke"),
    ],
)
def test_a_message_begins_with_a_time_of_the_format(written: str, line: str) -> None:
    begins = beginning({"awslogs-datetime-format": written})
    assert begins is not None
    assert begins.search(line)
    assert not begins.search(TRACE[1])


def test_without_either_option_each_line_is_a_message() -> None:
    assert beginning({"awslogs-group": "g"}) is None


def test_gos_classes_of_characters_are_known() -> None:
    begins = beginning({"awslogs-multiline-pattern": "^[[:digit:]]{4}"})
    assert begins is not None
    assert begins.search(TRACE[0])


@pytest.mark.parametrize("options", [{"awslogs-multiline-pattern": "("}, {"awslogs-datetime-format": "%Q"}])
def test_a_pattern_that_cannot_be_read_is_told(options: dict[str, str]) -> None:
    with pytest.raises(BadPattern):
        beginning(options)


def test_a_message_is_not_larger_than_an_event() -> None:
    held = gathering(awslogs_multiline_pattern="^begin")
    line = "x" * (MOST_BYTES // 2)
    (first,) = held.add([(1.0, line), (2.0, line)])
    assert first == (1.0, line + "\n")


def test_what_a_container_writes_lands_as_messages_and_the_last_one_when_it_ends() -> None:
    async def story() -> list[str]:
        yard = Yard()
        options = {
            "awslogs-group": GROUP,
            "awslogs-region": "ap-northeast-1",
            "awslogs-stream-prefix": "p",
            "awslogs-datetime-format": "%Y-%m-%d",
        }
        yard.runtime.scripts["httpd"] = Script(output=(*TRACE, TRACE[0]), exits_after_s=0.02)
        await yard.register(logConfiguration={"logDriver": "awslogs", "options": options})
        await yard.call("CreateCluster", clusterName="c")
        async with yard.at_work():
            await yard.call("RunTask", cluster="c", taskDefinition="app", networkConfiguration=PLACE)

            async def has_ended() -> bool:
                stopped = await yard.tasks("STOPPED")
                return bool(stopped) and stopped[0]["lastStatus"] == "STOPPED"

            await wait_for(has_ended, what="the task's end")
        (lines,) = yard.streams.groups[GROUP].values()
        return lines

    assert asyncio.run(story()) == ["\n".join((*TRACE, "")), TRACE[0] + "\n"]
