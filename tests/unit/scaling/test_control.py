"""What is decided of datapoints, cooldowns and times, by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.scaling import Pace
from hatoba.cloud.scaling.control import Measured, Seen, act_on_schedule, begun, decide, went_on
from hatoba.cloud.scaling.model import Action, Policy, Suspended, Target

NOW = 1_000_000.0
PACE = Pace()
HIGH, LOW = 100.0, 10.0
CPU = Policy("cpu", "ECSServiceAverageCPUUtilization", 50.0, alarms=("cpu-high", "cpu-low"))
MEMORY = replace(CPU, name="memory", metric="ECSServiceAverageMemoryUtilization")


def target(*policies: Policy, **members: Any) -> Target:
    return replace(Target("service/c/s", 1, 20, policies=policies or (CPU,)), **members)


def measured(now: float = NOW, **points: float | None) -> Measured:
    """Return datapoints that were the same for long."""
    return Measured({name: [each] * 15 for name, each in points.items()}, now, PACE)


def wanted(which: Target, seen: Seen, points: Measured) -> int | None:
    change = decide(which, seen, points)
    return None if change is None else change.desired


@pytest.mark.parametrize(("running", "expected"), [(4, 8), (3, 6), (2, None), (1, None), (0, None)], ids=str)
def test_it_reckons_from_the_tasks_that_run_not_from_the_wish(running: int, expected: int | None) -> None:
    assert wanted(target(), Seen(4, running), measured(cpu=HIGH)) == expected


def test_scaling_in_reckons_so_too_and_only_below_nine_tenths_of_the_value() -> None:
    assert wanted(target(), Seen(8, 4), measured(cpu=25.0)) == 2
    for cpu, expected in ((46.0, None), (45.0, None), (44.0, 18)):
        assert wanted(target(), Seen(20, 20), measured(cpu=cpu)) == expected


def test_while_a_deployment_is_in_progress_it_scales_out_and_not_in() -> None:
    for deploying, out, in_ in ((False, 8, 1), (True, 8, None)):
        seen = Seen(4, 4, is_deploying=deploying)
        assert wanted(target(), seen, measured(cpu=HIGH)) == out
        assert wanted(target(), seen, measured(cpu=LOW)) == in_


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"),
    [
        (HIGH, LOW, 8),
        (LOW, HIGH, 8),
        (HIGH, 75.0, 8),
        (HIGH, 200.0, 16),
        (LOW, 48.0, None),
        (LOW, LOW, 1),
        (LOW, 30.0, 3),
        (LOW, None, None),
        (HIGH, None, 8),
        (None, None, None),
    ],
)
def test_one_policy_is_enough_to_scale_out_and_all_are_needed_to_scale_in(
    cpu: float | None, memory: float | None, expected: int | None
) -> None:
    assert wanted(target(CPU, MEMORY), Seen(4, 4), measured(cpu=cpu, memory=memory)) == expected


def test_a_policy_that_does_not_scale_in_has_no_say_in_it() -> None:
    still = replace(MEMORY, scales_in=False)
    assert wanted(target(CPU, still), Seen(4, 4), measured(cpu=LOW, memory=48.0)) == 1
    assert wanted(target(still), Seen(4, 4), measured(memory=LOW)) is None
    assert wanted(target(still), Seen(4, 4), measured(memory=HIGH)) == 8


@pytest.mark.parametrize(
    ("value", "enough", "expected"), [(HIGH, 3, 8), (LOW, 15, 1)], ids=["three minutes out", "fifteen in"]
)
def test_an_alarm_needs_its_datapoints_in_a_row(value: float, enough: int, expected: int) -> None:
    for points, change in (
        ([value] * enough, expected),
        ([value] * (enough - 1), None),
        ([50.0, *[value] * (enough - 1)], None),
        ([*[value] * (enough - 1), 50.0], None),
        ([*[value] * (enough - 1), None, value], None),
    ):
        assert wanted(target(), Seen(4, 4), Measured({"cpu": points}, NOW, PACE)) == change


def test_the_bounds_are_kept() -> None:
    assert wanted(target(maximum=6), Seen(4, 4), measured(cpu=HIGH)) == 6
    assert wanted(target(minimum=3), Seen(4, 4), measured(cpu=LOW)) == 3
    assert wanted(target(minimum=4, maximum=4), Seen(4, 4), measured(cpu=HIGH)) is None


def test_what_is_suspended_is_not_done() -> None:
    for suspended, out, in_ in ((Suspended(outward=True), None, 1), (Suspended(inward=True), 8, None)):
        held = target(suspended=suspended)
        assert wanted(held, Seen(4, 4), measured(cpu=HIGH)) == out
        assert wanted(held, Seen(4, 4), measured(cpu=LOW)) == in_


def test_after_scaling_out_only_a_larger_step_is_taken_until_it_has_cooled_down() -> None:
    first = decide(target(), Seen(4, 4), measured(cpu=HIGH))
    assert first is not None
    assert first.desired == 8
    for later, expected in ((299.0, None), (300.0, 16)):
        assert wanted(first.target, Seen(8, 8), measured(NOW + later, cpu=HIGH)) == expected
    # What was added counts as there: the larger step is from four tasks too.
    larger = decide(first.target, Seen(8, 8), measured(NOW + 1, cpu=150.0))
    assert larger is not None
    assert larger.desired == 12
    assert larger.target.out_at == NOW + 1


def test_after_scaling_in_it_waits_and_a_scaling_out_ends_the_wait() -> None:
    first = decide(target(), Seen(16, 16), measured(cpu=25.0))
    assert first is not None
    assert first.desired == 8
    for later, expected in ((299.0, None), (300.0, 4)):
        assert wanted(first.target, Seen(8, 8), measured(NOW + later, cpu=25.0)) == expected
    out = decide(first.target, Seen(8, 8), measured(NOW + 1, cpu=HIGH))
    assert out is not None
    assert out.desired == 16
    assert wanted(out.target, Seen(16, 16), measured(NOW + 2, cpu=25.0)) == 8


def test_a_cooldown_is_its_policys_own() -> None:
    quick = replace(CPU, out_cooldown_s=10, in_cooldown_s=20)
    cooling = target(quick, out_at=NOW, out_from=2, in_at=NOW)
    assert wanted(cooling, Seen(4, 4), measured(NOW + 9, cpu=HIGH)) is None
    assert wanted(cooling, Seen(4, 4), measured(NOW + 10, cpu=HIGH)) == 8
    assert wanted(cooling, Seen(4, 4), measured(NOW + 19, cpu=LOW)) is None
    assert wanted(cooling, Seen(4, 4), measured(NOW + 20, cpu=LOW)) == 1


@pytest.mark.parametrize(
    ("minimum", "maximum", "desired", "expected", "bounds"),
    [
        (3, 9, 2, 3, (3, 9)),
        (3, 9, 12, 9, (3, 9)),
        (3, 9, 5, None, (3, 9)),
        (3, None, 2, 3, (3, 20)),
        (None, 4, 5, 4, (1, 4)),
        (0, 0, 5, 0, (0, 0)),
        (30, None, 5, 30, (30, 30)),
    ],
)
def test_a_scheduled_action_sets_the_bounds_that_it_names_and_the_count_between_them(
    minimum: int | None, maximum: int | None, desired: int, expected: int | None, bounds: tuple[int, int]
) -> None:
    action = Action("a", "rate(1 hour)", minimum=minimum, maximum=maximum)
    bounded, change = act_on_schedule(target(), action, desired)
    assert (bounded.minimum, bounded.maximum) == bounds
    assert (change.desired if change else None) == expected


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("cron(0 9 * * ? *)", "UTC", "2026-11-23T09:00:00"),
        ("cron(0 9 * * ? *)", "Asia/Tokyo", "2026-11-23T00:00:00"),
        ("at(2026-11-23T09:00:00)", "Asia/Tokyo", "2026-11-23T00:00:00"),
        ("at(2026-11-22T11:59:30)", "UTC", "2026-11-22T11:59:30"),
        ("at(2026-11-22T11:58:30)", "UTC", None),
        ("rate(2 hours)", "UTC", "2026-11-22T14:00:00"),
    ],
)
def test_a_scheduled_action_comes_due_by_cron_rate_and_at_in_its_time_zone(
    expression: str, zone: str, expected: str | None
) -> None:
    action = begun(Action("a", expression, zone), moment("2026-11-22T12:00:00"))
    assert action.occurs_at == (moment(expected) if expected else None)


def test_a_scheduled_action_comes_due_between_its_dates_only() -> None:
    start, end = moment("2026-11-22T13:30:00"), moment("2026-11-22T15:30:00")
    action = begun(Action("a", "rate(1 hour)", start=start, end=end), moment("2026-11-22T12:00:00"))
    times = []
    while action.occurs_at is not None:
        times.append(action.occurs_at)
        action = went_on(action, action.occurs_at)
    assert times == [start, start + 3600, end]
