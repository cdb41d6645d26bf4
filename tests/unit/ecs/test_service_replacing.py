"""Which task goes when: unhealthy ones, surplus, those of overtaken deployments; and throttled restarts."""

from __future__ import annotations

from hatoba.cloud.ecs import Pace
from hatoba.cloud.ecs.model import Rollout, Task
from tests.support.calls import SCOPE
from tests.unit.ecs.harbour import Harbour


def ids(tasks: tuple[Task, ...]) -> set[str]:
    return {task.id for task in tasks}


def new_of(harbour: Harbour) -> Task:
    return next(task for task in harbour.live if task.deployment == harbour.service.primary.id)


def test_an_unhealthy_task_goes_only_when_its_replacement_is_healthy() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    sick = harbour.live[0]
    harbour.sicken(sick)
    harbour.keep()
    new = harbour.live[1]
    for _ in range(3):
        harbour.advance(harbour.task(new.id))
        harbour.set_ready(harbour.task(new.id), is_ready=False)
        harbour.keep()
        assert harbour.task(sick.id).is_live
    harbour.set_ready(harbour.task(new.id), is_ready=True)
    harbour.keep()
    assert ids(harbour.live) == {new.id}


def test_where_the_maximum_leaves_no_room_unhealthy_tasks_go_one_by_one() -> None:
    harbour = Harbour(3, Rollout(minimum_healthy_percent=0, maximum_percent=100))
    harbour.sail(6)
    sick = ids(harbour.live)
    for task in harbour.live:
        harbour.sicken(task)
    for gone in (1, 2, 3):
        harbour.keep()
        harbour.keep()
        assert len(sick - ids(harbour.live)) == gone
        assert len(harbour.live) == 3
        harbour.now += 100.0
        for _ in range(3):
            for task in harbour.live:
                harbour.advance(task)
    harbour.keep()
    assert len(harbour.serving) == 3
    assert not sick & ids(harbour.live)


def test_surplus_tasks_that_serve_go_the_youngest_first() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    oldest = harbour.live[0]
    harbour.scale(2)
    harbour.sail(6)
    harbour.scale(1)
    harbour.keep()
    assert ids(harbour.live) == {oldest.id}


def test_tasks_that_are_being_stopped_leave_their_place_under_the_maximum() -> None:
    harbour = Harbour(2, Rollout(minimum_healthy_percent=0, maximum_percent=100))
    harbour.sail(6)
    harbour.deploy(2)
    harbour.keep()
    harbour.keep()
    stopping = [task for task in harbour.tasks if task.desired_status == "STOPPED"]
    assert [task.last_status for task in stopping] == ["RUNNING", "RUNNING"]
    assert len(harbour.live) == 2


def test_a_running_task_whose_check_has_not_passed_does_not_replace_an_old_one() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    old = harbour.live[0]
    harbour.deploy(2)
    harbour.keep()
    new = new_of(harbour)
    for _ in range(3):
        harbour.advance(harbour.task(new.id))
    harbour.set_ready(harbour.task(new.id), is_ready=False)
    harbour.keep()
    assert ids(harbour.live) == {old.id, new.id}
    assert harbour.service.primary.rollout_state == "IN_PROGRESS"
    harbour.set_ready(harbour.task(new.id), is_ready=True)
    harbour.keep()
    assert ids(harbour.live) == {new.id}


def test_a_deployment_that_is_overtaken_drains_and_leaves_the_list() -> None:
    harbour = Harbour(2)
    harbour.sail(6)
    first = harbour.service.primary.id
    harbour.now += 1.0
    harbour.deploy(2)
    harbour.keep()
    second = harbour.service.primary.id
    overtaken = {task.id for task in harbour.live if task.deployment == second}
    harbour.now += 1.0
    harbour.deploy(1)
    harbour.keep()
    third = harbour.service.primary.id
    assert [(each.id, each.status) for each in harbour.service.deployments] == [
        (third, "PRIMARY"),
        (second, "ACTIVE"),
        (first, "ACTIVE"),
    ]
    assert not overtaken & ids(harbour.live)  # what did not serve yet makes place
    assert {task.deployment for task in harbour.serving} == {first}
    assert sum(task.deployment == third for task in harbour.live) == 2
    harbour.sail(6)
    assert [each.id for each in harbour.service.deployments] == [third]
    assert {task.deployment for task in harbour.serving} == {third}
    past = harbour.store.past_deployments.list(SCOPE, "c/s/")
    assert {each.deployment.id: each.deployment.status for each in past} == {
        first: "INACTIVE",
        second: "INACTIVE",
    }


def test_a_task_that_runs_ends_the_row_of_pauses() -> None:
    harbour = Harbour(1, pace=Pace(first_pause_s=1.0, longest_pause_s=8.0, short_life_s=5.0))
    pauses = []
    for what in ("fails", "fails", "fails", "runs", "fails"):
        harbour.now += 1000.0
        harbour.keep()
        harbour.now += 1.0
        if what == "runs":
            for _ in range(3):
                harbour.advance(harbour.live[0])
            harbour.keep()
            harbour.now += 6.0
        harbour.end(harbour.live[0])
        wake_at = harbour.keep()
        pauses.append(wake_at - harbour.now if wake_at else None)
    assert pauses == [1.0, 2.0, 4.0, None, 1.0]


def test_tasks_that_fail_their_checks_after_a_while_are_not_throttled() -> None:
    harbour = Harbour(1)
    for _ in range(10):
        harbour.sail(6)
        harbour.sicken(harbour.serving[0])
    harbour.sail(6)
    assert harbour.service.primary.pauses == 0
    assert not any("unable to consistently start" in each for each in harbour.messages())


def test_another_task_that_runs_ends_the_row_of_pauses_too() -> None:
    harbour = Harbour(2, pace=Pace(first_pause_s=1.0, longest_pause_s=8.0))
    for _ in range(3):
        harbour.now += 100.0
        harbour.keep()
        harbour.now += 1.0
        for task in harbour.live:
            harbour.end(task)
        harbour.keep()
    harbour.now += 100.0
    harbour.keep()
    well, ill = harbour.live
    for _ in range(3):
        harbour.advance(harbour.task(well.id))
    harbour.keep()
    harbour.now += 10.0
    harbour.end(ill)
    assert harbour.keep() == harbour.now + 1.0


def test_a_new_deployment_is_not_throttled_by_the_one_before() -> None:
    harbour = Harbour(1, pace=Pace(first_pause_s=100.0))
    harbour.keep()
    harbour.now += 1.0
    harbour.end(harbour.live[0])
    harbour.keep()
    paused = list(harbour.live)
    assert paused == []
    harbour.deploy(2)
    harbour.keep()
    assert len(harbour.live) == 1
    assert harbour.service.primary.pauses == 0
