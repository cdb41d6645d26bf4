"""Whatever happens to a service's tasks, some things always hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hatoba.cloud.ecs.model import Rollout, Task
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
        harbour.keep()  # a first keep may complete what the second one then announces
        service, tasks = harbour.service, harbour.tasks
        harbour.keep()
        assert harbour.service == service
        assert harbour.tasks == tasks

    history(Harbour(desired, rollout), happenings, check)


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
