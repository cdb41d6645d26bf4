"""Whatever happens to a service's tasks, some things always hold."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.control import making
from hatoba.cloud.ecs.control.breaker import threshold
from hatoba.cloud.ecs.control.service import decide
from hatoba.cloud.ecs.model import Rollout, Task
from tests.support.calls import SCOPE
from tests.unit.ecs.harbour import Harbour

ROLLOUTS = st.builds(
    Rollout,
    minimum_healthy_percent=st.sampled_from([0, 50, 99, 100]),
    maximum_percent=st.sampled_from([101, 150, 200]),
    breaker=st.booleans(),
    rollback=st.booleans(),
)
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(
            ["advance", "advance", "advance", "end", "sicken", "recover", "scale", "deploy", "wait"]
        ),
        st.integers(0, 11),
    ),
    max_size=30,
)
QUICK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def happen(harbour: Harbour, what: str, number: int) -> None:
    to_a_task: dict[str, Callable[[Task], None]] = {
        "advance": harbour.advance,
        "end": harbour.end,
        "sicken": harbour.sicken,
        "recover": lambda task: harbour.sicken(task, "HEALTHY"),
    }
    harbour.now += 0.01
    if what == "scale":
        harbour.scale(number % 6)
    elif what == "deploy":
        harbour.deploy(1 + number % 2)
    elif what == "wait":
        harbour.now += 100.0
    elif harbour.live:
        to_a_task[what](harbour.live[number % len(harbour.live)])


def keep(harbour: Harbour) -> None:
    harbour.keep()


def history(harbour: Harbour, happenings: list[tuple[str, int]], check: Callable[[Harbour], None]) -> None:
    harbour.keep()
    for what, number in happenings:
        happen(harbour, what, number)
        check(harbour)


@QUICK
@given(st.integers(0, 5), ROLLOUTS, HAPPENINGS)
def test_never_more_tasks_live_than_the_maximum(
    desired: int, rollout: Rollout, happenings: list[tuple[str, int]]
) -> None:
    def check(harbour: Harbour) -> None:
        before = len(harbour.live)
        harbour.keep()
        assert len(harbour.live) <= max(harbour.ceiling, before)

    history(Harbour(desired, rollout), happenings, check)


@QUICK
@given(st.integers(0, 5), ROLLOUTS, HAPPENINGS)
def test_no_decision_takes_the_healthy_tasks_below_the_minimum(
    desired: int, rollout: Rollout, happenings: list[tuple[str, int]]
) -> None:
    def check(harbour: Harbour) -> None:
        before = len(harbour.serving)
        harbour.keep()
        assert len(harbour.serving) >= min(before, harbour.floor)

    history(Harbour(desired, rollout), happenings, check)


@QUICK
@given(st.integers(0, 5), ROLLOUTS, HAPPENINGS)
def test_deciding_twice_changes_nothing(
    desired: int, rollout: Rollout, happenings: list[tuple[str, int]]
) -> None:
    def check(harbour: Harbour) -> None:
        harbour.keep()
        service, tasks = harbour.service, harbour.tasks
        harbour.keep()
        assert harbour.service == service
        assert harbour.tasks == tasks

    history(Harbour(desired, rollout), happenings, check)


@QUICK
@given(st.integers(0, 5), ROLLOUTS, HAPPENINGS)
def test_every_decision_carries_its_reason(
    desired: int, rollout: Rollout, happenings: list[tuple[str, int]]
) -> None:
    def check(harbour: Harbour) -> None:
        decisions = decide(harbour.service, harbour.tasks, harbour.now)
        assert all(each.reason.strip() for each in decisions)
        harbour.keep()

    history(Harbour(desired, rollout), happenings, check)


@QUICK
@given(st.integers(1, 30), st.lists(st.integers(0, 8), max_size=12), st.booleans())
def test_the_circuit_breaker_fires_exactly_at_its_threshold(
    desired: int,
    rounds: list[int],
    rollback: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    """Stage one: every task that ends before it was RUNNING counts."""
    harbour = Harbour(desired, Rollout(breaker=True, rollback=rollback))
    harbour.keep()
    failures = 0
    for wanted in rounds:
        failing = harbour.live[: min(wanted, threshold(desired) - failures)]
        for task in failing:
            harbour.end(task)
        failures += len(failing)
        harbour.now += 100.0
        harbour.keep()
        has_fired = harbour.service.deployments[-1].rollout_state == "FAILED"
        assert has_fired == (failures >= threshold(desired))
        if has_fired:
            assert any("deployment failed: tasks failed to start." in each for each in harbour.messages())
            return
        assert harbour.service.primary.failures == failures


@QUICK
@given(st.lists(st.sampled_from(["sick", "sick", "sick", "ends", "ready"]), min_size=1, max_size=12))
def test_after_a_running_task_the_breaker_counts_failed_checks_in_a_row(rounds: list[str]) -> None:
    """Stage two: what ends by itself does not count, and a task that is ready begins the count anew."""
    harbour = Harbour(2, Rollout(breaker=True))
    harbour.sail()
    harbour.deploy(2)
    harbour.keep()
    in_a_row = 0
    for what in ["ready", *rounds]:
        harbour.now += 100.0
        harbour.keep()
        *ready, newest = sorted(
            (each for each in harbour.live if each.deployment == harbour.service.primary.id),
            key=lambda each: (not each.is_ready, each.created_at),
        )
        if what == "ready":
            in_a_row = 0
            for _ in range(3):
                harbour.advance(harbour.task(newest.id))
            for before in ready:
                harbour.end(before)  # two that are ready would complete the deployment
        else:
            in_a_row += int(what == "sick")
            run_unready(harbour, newest)
            harbour.end(harbour.task(newest.id), texts.FAILED_HEALTH_CHECKS if what == "sick" else None)
        harbour.keep()
        assert (harbour.service.primary.rollout_state == "FAILED") == (in_a_row >= threshold(2))
        if in_a_row >= threshold(2):
            return


def run_unready(harbour: Harbour, task: Task) -> None:
    harbour.store.update_task(SCOPE, task.key, last_status="RUNNING", started_at=harbour.now)


@QUICK
@given(st.integers(0, 5), ROLLOUTS, HAPPENINGS)
def test_a_deleted_service_ends_empty(
    desired: int, rollout: Rollout, happenings: list[tuple[str, int]]
) -> None:
    harbour = Harbour(desired, rollout)
    history(harbour, happenings, keep)
    harbour.put(replace(harbour.service, status="DRAINING", desired_count=0))
    harbour.sail(rounds=3)
    assert harbour.service.status == "INACTIVE"
    assert harbour.live == ()


@QUICK
@given(st.integers(0, 5), ROLLOUTS, HAPPENINGS, st.booleans())
def test_a_service_of_which_nothing_is_wanted_ends_empty_even_after_a_failed_deployment(
    desired: int,
    rollout: Rollout,
    happenings: list[tuple[str, int]],
    has_failed: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    harbour = Harbour(desired, rollout)
    history(harbour, happenings, keep)
    if has_failed:
        failed = replace(harbour.service.primary, rollout_state="FAILED")
        harbour.put(making.with_changed(harbour.service, failed))
    harbour.scale(0)
    harbour.sail(rounds=3)
    assert harbour.live == ()
    assert harbour.service.status == "ACTIVE"


@QUICK
@given(st.integers(0, 5), ROLLOUTS, HAPPENINGS)
def test_a_service_whose_tasks_start_reaches_its_steady_state(
    desired: int, rollout: Rollout, happenings: list[tuple[str, int]]
) -> None:
    harbour = Harbour(desired, rollout)
    history(harbour, happenings, keep)
    # Half of one task is one task: percents may leave no room for a step, and AWS is stuck then too.
    assume(harbour.service.desired_count == 0 or harbour.floor < harbour.ceiling)
    harbour.put(replace(harbour.service, rollout=replace(rollout, breaker=False)))
    harbour.deploy(2)
    for task in harbour.tasks:
        harbour.sicken(task, "HEALTHY")
    harbour.sail()
    service = harbour.service
    assert len(service.deployments) == 1
    assert service.primary.rollout_state == "COMPLETED"
    assert len(harbour.serving) == len(harbour.live) == service.desired_count
    assert harbour.messages()[-1] == "(service s) has reached a steady state."
