"""What scaling decides, whatever is measured: bounds, cooldowns, reasons, and no second thoughts."""

from __future__ import annotations

import re
from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hatoba.cloud.scaling import Pace
from hatoba.cloud.scaling.control import LOW, Change, Measured, Seen, act_on_schedule, decide
from hatoba.cloud.scaling.model import Action, Policy, Suspended, Target

NOW = 1_000_000.0
QUICK = settings(max_examples=300, deadline=None)
PACE = Pace(high_after=3, low_after=5)

PERCENT = st.floats(min_value=0, max_value=1000, allow_nan=False)
POINTS = st.one_of(
    st.lists(st.one_of(PERCENT, st.none()), max_size=6),
    st.tuples(PERCENT, st.integers(1, 6)).map(lambda pair: [pair[0]] * pair[1]),
)
MOMENTS = st.one_of(st.none(), st.floats(min_value=NOW - 1000, max_value=NOW))


Situation = tuple[Target, Seen, Measured]


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


@QUICK
@given(situations())
def test_once_acted_the_count_is_within_its_bounds(situation: Situation) -> None:
    """Be it that somebody set it outside of them before."""
    target, seen, measured = situation
    change = decide(target, seen, measured)
    if change is not None:
        assert change.desired != seen.desired
        assert target.minimum <= change.desired <= target.maximum
        goes_out = change.desired > seen.desired
        assert not (target.suspended.outward if goes_out else target.suspended.inward or seen.is_deploying)


@QUICK
@given(situations())
def test_a_count_outside_of_its_bounds_is_brought_within_when_an_alarm_is_on(situation: Situation) -> None:
    target, seen, measured = situation
    free = replace(target, suspended=Suspended())
    alarmed = any(
        is_high(measured, each) or (is_low(measured, each) and each.scales_in) for each in free.policies
    )
    change = decide(free, replace(seen, is_deploying=False), measured)
    if alarmed and seen.running and not free.minimum <= seen.desired <= free.maximum:
        assert change is not None
    if not alarmed or not seen.running:
        assert change is None


@QUICK
@given(situations())
def test_every_change_carries_its_cause_in_the_words_of_aws(situation: Situation) -> None:
    """The alarm that it names is on, and is one of the policy that it names."""
    target, seen, measured = situation
    change = decide(target, seen, measured)
    if change is not None:
        cause = re.fullmatch(r"monitor alarm (high|low) in state ALARM triggered policy (p\d)", change.cause)
        assert cause is not None, change.cause
        policy = next(each for each in target.policies if each.name == cause[2])
        assert is_high(measured, policy) if cause[1] == "high" else is_low(measured, policy)


@QUICK
@given(situations())
def test_deciding_twice_changes_nothing(situation: Situation) -> None:
    """The same is decided of the same, and nothing more once it is done."""
    target, seen, measured = situation
    change = decide(target, seen, measured)
    assert decide(target, seen, measured) == change
    if change is not None:
        again = decide(change.target, replace(seen, desired=change.desired), measured)
        assert again is None


@QUICK
@given(situations())
def test_any_policy_scales_out_and_all_must_agree_to_scale_in(
    situation: Situation,
) -> None:
    target, seen, measured = situation
    target = replace(
        target, minimum=min(target.minimum, seen.desired), maximum=max(target.maximum, seen.desired)
    )
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


@QUICK
@given(situations())
def test_in_a_cooldown_only_a_larger_step_scales_out(situation: Situation) -> None:
    target, seen, measured = situation
    cooling = replace(
        target, out_at=NOW, policies=tuple(replace(each, out_cooldown_s=60) for each in target.policies)
    )
    change = decide(cooling, seen, measured)
    if isinstance(change, Change) and change.desired > seen.desired:
        free = decide(replace(cooling, out_at=None), seen, measured)
        assert free is not None
        assert free.desired >= change.desired


@QUICK
@given(situations(), st.floats(min_value=0, max_value=5000), st.floats(min_value=1, max_value=100))
def test_under_a_steady_load_the_count_comes_to_rest_where_it_belongs(
    situation: Situation, load: float, value: float
) -> None:
    """From wherever within the bounds: what is a little more than needed stays, for the low alarm is off."""
    drawn, seen, _ = situation
    policy = Policy("p", "ECSServiceAverageCPUUtilization", value, 300, 300, alarms=("high", "low"))
    target = replace(drawn, suspended=Suspended(), policies=(policy,), out_at=None, in_at=None)
    target = replace(target, minimum=max(target.minimum, 1), maximum=max(target.maximum, 1))
    desired = min(max(seen.desired, target.minimum), target.maximum)
    now, points, changed_at = NOW, list[float | None](), NOW
    for _ in range(60):
        now += 60.0
        points = [*points, load / desired][-PACE.low_after :]
        change = decide(target, Seen(desired, desired), Measured({"p": points}, now, PACE))
        if change is not None:
            desired, target, changed_at = change.desired, change.target, now
    needed = min(max(ceil(load / value - 1e-9), target.minimum), target.maximum)
    assert desired == needed or (desired > needed and load / desired >= value * LOW)
    assert now - changed_at > 1800


@QUICK
@given(situations(), st.one_of(st.none(), st.integers(0, 40)), st.one_of(st.none(), st.integers(0, 40)))
def test_a_scheduled_action_brings_the_count_within_its_bounds_once(
    situation: Situation, minimum: int | None, maximum: int | None
) -> None:
    target, seen, _ = situation
    action = Action("a", "rate(1 minute)", minimum=minimum, maximum=maximum)
    bounded, change = act_on_schedule(target, action, seen.desired)
    desired = seen.desired if change is None else change.desired
    assert bounded.minimum == (target.minimum if minimum is None else minimum)
    assert bounded.minimum <= desired <= bounded.maximum
    assert change is None or change.cause in {
        f"minimum capacity was set to {desired}",
        f"maximum capacity was set to {desired}",
    }
    assert act_on_schedule(bounded, action, desired) == (bounded, None)
    if bounded.minimum <= seen.desired <= bounded.maximum:
        assert change is None
