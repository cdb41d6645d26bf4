"""Whatever happens to a service's tasks, some things always hold.

The histories run over records alone (:mod:`tests.conformance.ecs.fleet`); ``test_keeper_properties`` holds
those to the real keeper.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.control import decisions as d
from hatoba.cloud.ecs.control import making
from hatoba.cloud.ecs.control.service import decide
from tests.conformance.ecs.fleet import (
    CROWDS,
    HAPPENINGS,
    SERVICES,
    Fleet,
    Happenings,
    Wanted,
    each_round,
    has,
    least,
    lived,
    most,
)

QUICK = settings(max_examples=200, deadline=None)
LATER_S = (0.5, 5.0, 20.0, 31.0, 61.0, 100.0, 6 * 3600.0 + 1, 7 * 3600.0)
STATUSES = 5


@QUICK
@given(SERVICES, HAPPENINGS)
def test_no_start_brings_more_tasks_to_life_than_the_maximum(wanted: Wanted, happenings: Happenings) -> None:
    """Not even for a moment: what is stopped in the same round still counts."""
    for fleet, decisions in each_round(wanted, happenings):
        started = sum(each.count for each in decisions if isinstance(each, d.Start))
        assert not started or len(fleet.live) + started <= most(fleet.service)


@QUICK
@given(SERVICES, HAPPENINGS)
def test_no_more_are_started_than_are_wanted_and_only_of_the_newest_deployment(
    wanted: Wanted, happenings: Happenings
) -> None:
    for fleet, decisions in each_round(wanted, happenings):
        good = [each for each in fleet.own if not fleet.fails(each)]
        for decision in decisions:
            if isinstance(decision, d.Start):
                assert decision.deployment == fleet.service.primary.id
                assert 0 < decision.count <= fleet.service.desired_count - len(good)
                assert fleet.service.primary.rollout_state != "FAILED"


@QUICK
@given(SERVICES, HAPPENINGS)
def test_no_stop_takes_the_healthy_tasks_below_the_minimum(wanted: Wanted, happenings: Happenings) -> None:
    """All stops of a round together; where there are fewer than that already, none of them is stopped."""
    for fleet, decisions in each_round(wanted, happenings):
        before = len(fleet.serving)
        stops = [each for each in decisions if isinstance(each, d.Stop)]
        for stop in stops:
            fleet.act(stop)
        assert len(fleet.serving) >= min(before, least(fleet.service)), stops


@settings(max_examples=1500, deadline=None)
@given(CROWDS, st.booleans())
def test_in_the_midst_of_anything_one_round_keeps_to_the_maximum_and_to_the_minimum(
    wanted: Wanted,
    has_failed: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    """And stops no task that is protected and well."""
    fleet = Fleet(*wanted)
    if has_failed:
        failed = replace(fleet.service.primary, rollout_state="FAILED")
        fleet.service = making.with_changed(fleet.service, failed)
    live, healthy = len(fleet.live), len(fleet.serving)
    for decision in decide(fleet.service, fleet.tasks, fleet.now):
        if isinstance(decision, d.Start):
            assert not has_failed
            assert live + decision.count <= most(fleet.service)
        if isinstance(decision, d.Stop):
            stopped = [fleet.by_id[each] for each in decision.tasks]
            assert all(each.protected_until is None or fleet.fails(each) for each in stopped)
            fleet.act(decision)
    assert len(fleet.serving) >= min(healthy, least(fleet.service))


@QUICK
@given(SERVICES, HAPPENINGS)
def test_only_live_tasks_are_stopped_each_once_and_none_that_is_protected_and_well(
    wanted: Wanted, happenings: Happenings
) -> None:
    for fleet, decisions in each_round(wanted, happenings):
        stopped = [each for stop in decisions if isinstance(stop, d.Stop) for each in stop.tasks]
        assert len(stopped) == len(set(stopped))
        for name in stopped:
            task = fleet.by_id[name]
            assert task.is_live
            assert fleet.fails(task) or (task.protected_until or 0) <= fleet.now


@QUICK
@given(SERVICES, HAPPENINGS)
def test_deciding_twice_changes_nothing(wanted: Wanted, happenings: Happenings) -> None:
    """The same is decided of the same, and nothing more once it is done."""
    fleet = Fleet(*wanted)
    for what, number in [("wait", 0), *happenings]:
        fleet.happen(what, number)
        settle(fleet)


@settings(max_examples=1000, deadline=None)
@given(CROWDS)
def test_in_the_midst_of_anything_deciding_twice_changes_nothing(wanted: Wanted) -> None:
    settle(Fleet(*wanted))


def settle(fleet: Fleet) -> None:
    """Let a service decide until nothing more is to be done, and look at what was decided when.

    Only where tasks were stopped is there more to do at once (their room is used, or the service is whole),
    and where a deployment failed (the way back begins): then never a stop after a stop.
    """
    rounds = fleet.keep()
    assert all(decide(each.service, each.tasks, fleet.now) == each.decisions for each in rounds)
    assert not fleet.effective()
    acting = rounds[:-1]
    if acting and (has(acting[0], d.Fail) or has(acting[0], d.RollBack)):
        acting = acting[1:]
    first, *more = acting or rounds[-1:]
    assert not more or has(first, d.Stop)
    assert len(more) <= 1
    assert not any(has(each, d.Stop) for each in more)


@QUICK
@given(SERVICES, HAPPENINGS)
def test_a_service_for_which_only_time_is_missing_asks_to_be_woken(
    wanted: Wanted, happenings: Happenings
) -> None:
    """What would be decided later with nothing changed has a Wait that ends by then."""
    look_later(lived(wanted, happenings))


@settings(max_examples=500, deadline=None)
@given(CROWDS)
def test_in_the_midst_of_anything_a_service_asks_to_be_woken(wanted: Wanted) -> None:
    fleet = Fleet(*wanted)
    fleet.keep()
    look_later(fleet)


def look_later(fleet: Fleet) -> None:
    waits = [each.until for each in decide(fleet.service, fleet.tasks, fleet.now) if isinstance(each, d.Wait)]
    now = fleet.now
    for later in LATER_S:
        fleet.now = now + later
        assert not fleet.effective() or min(waits, default=fleet.now + 1) <= fleet.now


@QUICK
@given(SERVICES, HAPPENINGS)
def test_every_decision_carries_its_reason(wanted: Wanted, happenings: Happenings) -> None:
    for _, decisions in each_round(wanted, happenings):
        assert all(each.reason.strip() for each in decisions)


@QUICK
@given(SERVICES, HAPPENINGS)
def test_a_deleted_service_ends_empty(wanted: Wanted, happenings: Happenings) -> None:
    """It starts nothing any more, asks each task once to stop, and ends when the last has."""
    fleet = lived(wanted, happenings)
    fleet.service = replace(fleet.service, status="DRAINING", desired_count=0)
    first, *_ = fleet.keep()
    assert not has(first, d.Start)
    assert fleet.live == ()
    going = [each for each in fleet.tasks if each.last_status != "STOPPED"]
    assert (fleet.service.status == "INACTIVE") == (not going)
    for each in going:
        assert fleet.service.status == "DRAINING"
        fleet.advance(fleet.by_id[each.id])
        fleet.keep()
    assert fleet.service.status == "INACTIVE"
    assert not fleet.effective()


@QUICK
@given(SERVICES, HAPPENINGS)
def test_a_service_of_which_nothing_is_wanted_ends_empty_even_after_a_failed_deployment(
    wanted: Wanted, happenings: Happenings
) -> None:
    fleet = lived(wanted, happenings)
    fleet.service = replace(fleet.service, desired_count=0)
    fleet.keep()
    for _ in range(3):
        fleet.behave()
        fleet.keep()
    assert all(each.last_status == "STOPPED" for each in fleet.tasks)
    assert fleet.service.status == "ACTIVE"
    assert len(fleet.service.deployments) == 1


@QUICK
@given(SERVICES, HAPPENINGS)
def test_a_service_whose_tasks_behave_comes_to_what_is_wanted(wanted: Wanted, happenings: Happenings) -> None:
    """In rounds that its size bounds; or its deployment failed, or its percents leave no room: it says so."""
    fleet = lived(wanted, happenings)
    made_of_failed: set[int] = set()
    for _ in range(STATUSES * (fleet.service.desired_count + 2)):
        if fleet.service.primary.rollout_state == "FAILED":
            made_of_failed.add(fleet.made)
        fleet.behave()
        fleet.keep()
    service = fleet.service
    if service.primary.rollout_state == "FAILED":
        assert made_of_failed == {fleet.made}
        assert service.steady_since is None
    elif texts.event_no_room("s") in service.troubles:
        assert least(service) >= most(service)
        assert len(fleet.serving) >= least(service)
    else:
        assert len(service.deployments) == 1
        assert service.primary.rollout_state == "COMPLETED"
        assert fleet.own == fleet.live == fleet.serving
        assert len(fleet.live) == service.desired_count
        assert service.steady_since is not None
