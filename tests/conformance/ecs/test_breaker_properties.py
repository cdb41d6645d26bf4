"""The circuit breaker fires exactly at its threshold: one failure less does not."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.control import decisions as d
from hatoba.cloud.ecs.control import making
from hatoba.cloud.ecs.control.service import decide
from hatoba.cloud.ecs.model import Rollout, Threshold
from tests.conformance.ecs.fleet import Fleet
from tests.unit.ecs.harbour import revision

QUICK = settings(max_examples=100, deadline=None)
COUNTS = (*range(1, 30), 100, 101, 397, 398, 399, 400, 401, 402, 1000, 5000)


CONFIGURED = (
    None,
    *(Threshold("COUNT", value) for value in (1, 2, 7)),
    *(Threshold("BOUNDED_PERCENT", value) for value in (1, 33, 50, 100)),
    *(Threshold("UNBOUNDED_PERCENT", value) for value in (1, 33, 50, 100)),
)


def threshold(desired: int, configured: Threshold | None = None) -> int:
    """A count; or a share of what is wanted, rounded up, from 1, or from 3 to 200: by default the half."""
    if configured is None:
        return sorted((3, desired // 2 + desired % 2, 200))[1]
    if configured.type == "COUNT":
        return configured.value
    share = ceil(Fraction(desired * configured.value, 100))
    return max(share, 1) if configured.type == "UNBOUNDED_PERCENT" else sorted((3, share, 200))[1]


def test_at_each_threshold_it_fires_and_one_failure_before_it_does_not() -> None:
    for desired in COUNTS:
        for configured in CONFIGURED:
            fleet = Fleet(desired, Rollout(breaker=True, threshold=configured))
            most = threshold(desired, configured)
            for failures in (most - 1, most, most + 1):
                failed = making.with_changed(fleet.service, replace(fleet.service.primary, failures=failures))
                has_fired = any(isinstance(each, d.Fail) for each in decide(failed, (), fleet.now))
                assert has_fired == (failures >= most)


def test_it_fires_only_where_it_is_enabled_and_rolls_back_only_where_it_can() -> None:
    for desired in COUNTS:
        for enable, rollback, has_completed, rolls_back in (
            (bool(bits & 1), bool(bits & 2), bool(bits & 4), bool(bits & 8)) for bits in range(16)
        ):
            fleet = Fleet(desired, Rollout(breaker=enable, rollback=rollback))
            primary = replace(fleet.service.primary, rolls_back="ecs-svc/1" if rolls_back else None)
            fleet.service = replace(fleet.service, last_completed=primary if has_completed else None)
            for failures in (0, threshold(desired) - 1, threshold(desired), threshold(desired) + 1):
                failed = making.with_changed(fleet.service, replace(primary, failures=failures))
                fired = [each for each in decide(failed, (), fleet.now) if isinstance(each, d.Fail)]
                assert bool(fired) == (enable and failures >= threshold(desired))
                for each in fired:
                    assert each.rolls_back == (rollback and has_completed and not rolls_back)
                    assert not each.is_by_alarm


def test_what_is_over_is_not_failed_again() -> None:
    for state in ("COMPLETED", "FAILED"):
        fleet = Fleet(3, Rollout(breaker=True, rollback=True))
        over = replace(fleet.service.primary, failures=500, rollout_state=state)
        service = making.with_changed(fleet.service, over)
        assert not any(isinstance(each, d.Fail) for each in decide(service, (), fleet.now))


NOISE = st.lists(st.sampled_from(["kill", "interrupt", "stale"]), max_size=3)


@QUICK
@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 8), NOISE), max_size=12), st.booleans())
def test_before_a_first_running_task_exactly_each_that_fails_to_start_counts(
    desired: int,
    rounds: list[tuple[int, list[str]]],
    rollback: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    """Not those that a user or Spot stops, nor those of deployments before."""
    fleet = Fleet(desired, Rollout(breaker=True, rollback=rollback))
    fleet.keep()
    first = fleet.service.primary.id
    fleet.service = making.with_deployment(
        fleet.service, making.new_deployment(revision(2), desired, fleet.now)
    )
    fleet.keep()
    failures = 0
    for wanted, noise in rounds:
        own = list(fleet.own)
        for what in noise:
            if what == "stale":
                fleet.end(fleet.start(first))
            elif own:
                task = own.pop()
                fleet.to_a_task(what, task)
                fleet.advance(fleet.by_id[task.id])
        failing = own[: min(wanted, threshold(desired) - failures)]
        for task in failing:
            fleet.end(task)
        failures += len(failing)
        fleet.now += 100.0
        fleet.keep()
        has_fired = fleet.service.primary.rollout_state == "FAILED"
        assert has_fired == (failures >= threshold(desired))
        assert fleet.service.primary.failures == failures
        if has_fired:
            return


@QUICK
@given(
    st.integers(1, 8),
    st.lists(
        st.sampled_from(["sick", "sick", "sick", "target", "ends", "never runs", "ready"]),
        min_size=1,
        max_size=16,
    ),
    st.sampled_from([None, True, False]),
)
def test_after_a_running_task_it_counts_failed_checks_in_a_row(
    desired: int,
    rounds: list[str],
    resets: bool | None,  # noqa: FBT001 - hypothesis gives it
) -> None:
    """What ends by itself does not count; a task that is ready begins the count anew, unless told not to."""
    fleet = Fleet(desired, Rollout(0, 400, breaker=True, resets_on_healthy_task=resets))
    fleet.keep()
    in_a_row = 0
    for what in ["ready", *rounds]:
        fleet.now += 100.0
        fleet.keep()
        task = fleet.own[-1]
        if what == "ready":
            in_a_row = in_a_row if resets is False else 0
            for _ in range(3):
                fleet.advance(fleet.by_id[task.id])
            fleet.keep()
            fleet.end(fleet.by_id[task.id])  # all that are ready would complete the deployment
        else:
            in_a_row += what in {"sick", "target"}
            if what != "never runs":
                fleet.put(replace(task, last_status="RUNNING", started_at=fleet.now))
            target = texts.failed_target_checks("arn:aws:elasticloadbalancing:g")
            reasons = {"sick": texts.FAILED_HEALTH_CHECKS, "target": target}
            fleet.end(fleet.by_id[task.id], reasons.get(what))
        if fleet.service.primary.rollout_state == "COMPLETED":
            return  # the only one that was wanted was ready
        fleet.keep()
        assert (fleet.service.primary.rollout_state == "FAILED") == (in_a_row >= threshold(desired))
        if in_a_row >= threshold(desired):
            return
