"""What scaling decides, whatever is measured: bounds, cooldowns, reasons, and no second thoughts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hatoba.cloud.scaling import Pace
from hatoba.cloud.scaling.control import LOW, Change, Measured, Seen, decide
from hatoba.cloud.scaling.model import Policy, Suspended, Target

NOW = 1_000_000.0
PACE = Pace(high_after=3, low_after=5)

PERCENT = st.floats(min_value=0, max_value=1000, allow_nan=False)
POINTS = st.one_of(
    st.lists(st.one_of(PERCENT, st.none()), max_size=6),
    st.tuples(PERCENT, st.integers(1, 6)).map(lambda pair: [pair[0]] * pair[1]),
)
MOMENTS = st.one_of(st.none(), st.floats(min_value=NOW - 1000, max_value=NOW))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Target, Seen, Measured]:
    minimum = draw(st.integers(0, 20))
    policies = tuple(
        Policy(
            f"p{number}",
            "ECSServiceAverageCPUUtilization",
            draw(st.floats(min_value=1, max_value=100)),
            draw(st.integers(0, 600)),
            draw(st.integers(0, 600)),
            draw(st.booleans()),
            ("high", "low"),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    target = Target(
        "service/c/s",
        minimum,
        minimum + draw(st.integers(0, 30)),
        Suspended(draw(st.booleans()), draw(st.booleans())),
        policies,
        out_at=draw(MOMENTS),
        out_from=draw(st.integers(0, 30)),
        in_at=draw(MOMENTS),
    )
    seen = Seen(draw(st.integers(0, 60)), draw(st.integers(0, 60)), draw(st.booleans()))
    points = {each.name: draw(POINTS) for each in policies if draw(st.integers(0, 9))}
    return target, seen, Measured(points, NOW, PACE)


def newest(measured: Measured, policy: Policy, count: int) -> list[float]:
    return [each for each in measured.datapoints.get(policy.name, ())[-count:] if each is not None]


def is_high(measured: Measured, policy: Policy) -> bool:
    points = newest(measured, policy, PACE.high_after)
    return len(points) == PACE.high_after and min(points) > policy.value


def is_low(measured: Measured, policy: Policy) -> bool:
    points = newest(measured, policy, PACE.low_after)
    return len(points) == PACE.low_after and max(points) < policy.value * LOW


@settings(max_examples=300, deadline=None)
@given(situations())
def test_no_decision_leaves_the_bounds_or_is_without_its_reason(
    situation: tuple[Target, Seen, Measured],
) -> None:
    target, seen, measured = situation
    change = decide(target, seen, measured)
    if change is None:
        return
    assert change.desired != seen.desired
    assert change.cause.startswith("monitor alarm ")
    assert "triggered policy p" in change.cause
    if change.desired > seen.desired:
        assert change.desired <= target.maximum
        assert change.target.out_at == NOW
    else:
        assert change.desired >= target.minimum
        assert change.target.in_at == NOW


@settings(max_examples=300, deadline=None)
@given(situations())
def test_deciding_twice_changes_nothing(situation: tuple[Target, Seen, Measured]) -> None:
    target, seen, measured = situation
    change = decide(target, seen, measured)
    if change is not None:
        again = decide(change.target, replace(seen, desired=change.desired), measured)
        assert again is None


@settings(max_examples=300, deadline=None)
@given(situations())
def test_any_policy_scales_out_and_all_must_agree_to_scale_in(
    situation: tuple[Target, Seen, Measured],
) -> None:
    target, seen, measured = situation
    change = decide(target, seen, measured)
    if change is None:
        return
    if change.desired > seen.desired:
        assert not target.suspended.outward
        assert any(is_high(measured, each) for each in target.policies)
    else:
        assert not target.suspended.inward
        assert not seen.is_deploying
        assert all(is_low(measured, each) for each in target.policies if each.scales_in)
        assert not any(is_high(measured, each) for each in target.policies)
        cools = [each for each in target.policies if each.scales_in and target.in_at is not None]
        assert all(target.in_at is not None and target.in_at + each.in_cooldown_s <= NOW for each in cools)


@settings(max_examples=200, deadline=None)
@given(situations())
def test_in_a_cooldown_only_a_larger_step_scales_out(situation: tuple[Target, Seen, Measured]) -> None:
    target, seen, measured = situation
    cooling = replace(
        target, out_at=NOW, policies=tuple(replace(each, out_cooldown_s=60) for each in target.policies)
    )
    change = decide(cooling, seen, measured)
    if isinstance(change, Change) and change.desired > seen.desired:
        free = decide(replace(cooling, out_at=None), seen, measured)
        assert free is not None
        assert free.desired >= change.desired
