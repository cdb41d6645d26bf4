"""Whatever the containers of a task do, some things always hold."""

from __future__ import annotations

import re

from hypothesis import given, settings

from hatoba.cloud.ecs.control.containers import EndTask, StartContainer, stop_order, task_health
from tests.conformance.ecs.pod import HAPPENINGS, Definitions, Happenings, Pod, definitions, lived

QUICK = settings(max_examples=300, deadline=None)
LATER_S = (0.5, 1.99, 2.0, 60.0, 119.0, 120.0, 10_000.0)
CONDITION = r"Container c\d did not meet the condition (SUCCESS|HEALTHY|COMPLETE|START)"
TEXTS = {
    "EssentialContainerExited": re.compile("Essential container in task exited"),
    "TaskFailedToStart": re.compile(CONDITION + "( within its startTimeout)?"),
}


@QUICK
@given(definitions(), HAPPENINGS)
def test_a_container_starts_only_when_all_that_it_depends_on_is_there(
    wanted: Definitions, happenings: Happenings
) -> None:
    """And again only by its policy, when it ran long enough and its exit code is not ignored."""
    pod = Pod(wanted)
    for what, number in [("a second", 0), *happenings]:
        pod.happen(what, number)
        while pod.end is None and (decisions := pod.decide()):
            for each in decisions:
                if isinstance(each, StartContainer):
                    needs = pod.definition(each.name).depends_on
                    ready = each.name in pod.names("PENDING") and all(pod.is_met(need) for need in needs)
                    assert pod.comes_back(each.name) if each.again else ready
            for each in decisions:
                pod.act(each)


@QUICK
@given(definitions(), HAPPENINGS)
def test_no_container_waits_for_nothing(wanted: Definitions, happenings: Happenings) -> None:
    """Once all is done that was decided: who may start runs, and who waits waits for what may come yet."""
    pod = lived(wanted, happenings)
    if pod.end is None:
        for name in pod.names("PENDING"):
            assert not all(pod.is_met(need) for need in pod.definition(name).depends_on)
        assert not any(pod.comes_back(name) for name in pod.names("STOPPED"))
        assert pod.names("RUNNING")


@QUICK
@given(definitions(), HAPPENINGS)
def test_a_task_ends_when_an_essential_container_is_over_or_a_dependency_is_hopeless_and_only_then(
    wanted: Definitions, happenings: Happenings
) -> None:
    """With the stop code and the text of that, and nothing else decided beside it."""
    pod = Pod(wanted)
    for what, number in [("a second", 0), *happenings]:
        pod.happen(what, number)
        while pod.end is None and (decisions := pod.decide()):
            ends = [each for each in decisions if isinstance(each, EndTask)]
            lost, hopeless = pod.has_lost_an_essential(), pod.hopeless()
            assert bool(ends) == (lost or bool(hopeless) or all(pod.is_over(each.name) for each in wanted))
            for end in ends:
                assert decisions == [end]
                assert end.stop_code != "TaskFailedToStart" or hopeless
                assert end.stop_code != "EssentialContainerExited" or lost or not hopeless
            for each in decisions:
                pod.act(each)


@QUICK
@given(definitions(), HAPPENINGS)
def test_deciding_twice_changes_nothing(wanted: Definitions, happenings: Happenings) -> None:
    """The same is decided of the same; in one moment no container is started twice, and then all is done."""
    pod = Pod(wanted)
    for what, number in [("a second", 0), *happenings]:
        pod.happen(what, number)
        assert pod.decide() == pod.decide()
        rounds = pod.keep()
        started = [each.name for one in rounds for each in one if isinstance(each, StartContainer)]
        assert len(started) == len(set(started))
        if pod.end is not None:
            assert pod.decide() == rounds[-1] == [pod.end]
            return
        assert pod.decide() == []


@QUICK
@given(definitions(), HAPPENINGS)
def test_every_decision_carries_its_reason_and_every_end_a_text_of_its_stop_code(
    wanted: Definitions, happenings: Happenings
) -> None:
    pod = Pod(wanted)
    for what, number in [("a second", 0), *happenings]:
        pod.happen(what, number)
        for each in (each for decisions in pod.keep() for each in decisions):
            assert each.reason.strip()
            if isinstance(each, EndTask):
                assert TEXTS[each.stop_code].fullmatch(each.stopped_reason)


@QUICK
@given(definitions(), HAPPENINGS)
def test_a_task_for_which_only_time_is_missing_is_looked_at_in_time(
    wanted: Definitions, happenings: Happenings
) -> None:
    pod = lived(wanted, happenings)
    patience, now = pod.patience_s(), pod.now
    for later in LATER_S:
        pod.now = now + later
        assert pod.end is not None or not pod.decide() or (patience is not None and patience <= later)


@QUICK
@given(definitions(), HAPPENINGS)
def test_what_ends_well_comes_to_the_tasks_end(wanted: Definitions, happenings: Happenings) -> None:
    """Each container gets healthy and ends with 0 soon: the task is over at last, whatever waits for what."""
    pod = lived(wanted, happenings)
    for _ in range(2 * len(wanted) + 1):
        for name in pod.names("RUNNING"):
            pod.happen("gets well", pod.names("RUNNING").index(name))
        pod.keep()
        if pod.end is None and (running := pod.names("RUNNING")):
            pod.exit(running[0], 0)
            pod.keep()
    assert pod.end is not None


@QUICK
@given(definitions(), HAPPENINGS)
def test_a_stopping_task_ends_with_all_containers_ended_in_reverse_order_of_dependence(
    wanted: Definitions, happenings: Happenings
) -> None:
    """No container is stopped while one still runs that depends on it, be it by way of others."""
    pod = lived(wanted, happenings)
    ran = set(pod.names("RUNNING"))
    ended = pod.stop()
    assert not pod.names("RUNNING")
    assert sorted(ended) == sorted(ran)
    when = {name: number for number, wave in enumerate(stop_order(wanted)) for name in wave}
    assert sorted(when) == sorted(each.name for each in wanted)
    for each in wanted:
        for need in all_needs(pod, each.name):
            assert when[each.name] < when[need]
            assert each.name not in ran or need not in ran or ended.index(each.name) < ended.index(need)


def all_needs(pod: Pod, name: str) -> set[str]:
    own = {need.container_name for need in pod.definition(name).depends_on}
    return own.union(*(all_needs(pod, each) for each in own))


@QUICK
@given(definitions(), HAPPENINGS)
def test_a_task_is_as_well_as_the_worst_of_its_essential_containers(
    wanted: Definitions, happenings: Happenings
) -> None:
    pod = lived(wanted, happenings)
    worst_first = ("UNHEALTHY", "UNKNOWN", "HEALTHY")
    essential = [pod.containers[each.name].health for each in wanted if each.essential]
    assert task_health(wanted, pod.all) == min(essential, key=worst_first.index)
