"""What the scheduler decides, case by case (facts: ecs.md sections 3.2 to 3.5)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs import Pace
from hatoba.cloud.ecs.control import breaker
from hatoba.cloud.ecs.control.decisions import Start, Stop, Wait
from hatoba.cloud.ecs.control.service import ceiling, decide, floor
from hatoba.cloud.ecs.model import Rollout
from tests.unit.ecs.harbour import Harbour

GUARDED = Rollout(breaker=True, rollback=True)


@pytest.mark.parametrize(
    ("desired", "failures"), [(0, 3), (1, 3), (6, 3), (7, 4), (10, 5), (400, 200), (900, 200)]
)
def test_the_breakers_threshold_is_half_the_desired_count_within_3_and_200(
    desired: int, failures: int
) -> None:
    assert breaker.threshold(desired) == failures


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "least", "most"),
    [(1, 100, 200, 1, 2), (3, 50, 150, 2, 4), (10, 0, 100, 0, 10), (3, 34, 133, 2, 3)],
)
def test_the_floor_is_rounded_up_and_the_ceiling_down(
    desired: int, minimum: int, maximum: int, least: int, most: int
) -> None:
    rollout = Rollout(minimum_healthy_percent=minimum, maximum_percent=maximum)
    assert (floor(desired, rollout), ceiling(desired, rollout)) == (least, most)


def broken(harbour: Harbour) -> int:
    """Fail every start until the breaker fires; return how many failed."""
    failed = 0
    while harbour.service.primary.rollout_state == "IN_PROGRESS" and failed < 50:
        harbour.now += 1000.0
        harbour.keep()
        for task in harbour.live:
            if task.deployment == harbour.service.primary.id and task.last_status != "RUNNING":
                harbour.end(task)
                failed += 1
                harbour.keep()
                if harbour.service.primary.rollout_state != "IN_PROGRESS":
                    break
        if harbour.service.primary.rolls_back:
            break
    return failed


@pytest.mark.parametrize(("desired", "threshold"), [(1, 3), (7, 4)])
def test_the_breaker_fires_exactly_at_its_threshold(desired: int, threshold: int) -> None:
    harbour = Harbour(desired, Rollout(breaker=True))
    assert broken(harbour) == threshold
    primary = harbour.service.primary
    assert primary.rollout_state == "FAILED"
    assert primary.rollout_reason == "ECS deployment circuit breaker: tasks failed to start."
    assert (
        f"(service s) (deployment {primary.id}) deployment failed: tasks failed to start."
        in harbour.messages()
    )


def test_a_failed_deployment_without_a_way_back_starts_nothing_more() -> None:
    harbour = Harbour(1, GUARDED)
    broken(harbour)
    harbour.now += 10_000.0
    harbour.keep()
    assert harbour.live == ()


def test_a_rollback_deploys_the_last_completed_revision_again_and_keeps_the_old_tasks_meanwhile() -> None:
    harbour = Harbour(1, GUARDED)
    harbour.sail(6)
    good = harbour.service.primary
    harbour.deploy(2)
    failed = harbour.service.primary
    broken(harbour)
    back = harbour.service.primary
    assert back.id not in {good.id, failed.id}
    assert back.revision == good.revision
    assert back.rollout_state == "IN_PROGRESS"
    assert back.rollout_reason == f"ECS deployment circuit breaker: rolling back to deploymentId {good.id}."
    assert f"(service s) rolling back to deployment {good.id}." in harbour.messages()
    assert [task.deployment for task in harbour.serving] == [good.id]
    harbour.sail(10)
    assert harbour.service.primary.rollout_state == "COMPLETED"
    assert [task.deployment for task in harbour.serving] == [back.id]


def test_without_a_breaker_tries_go_on_with_growing_pauses_and_it_is_told_once() -> None:
    harbour = Harbour(1, pace=Pace(first_pause_s=1.0, longest_pause_s=8.0))
    pauses = []
    for _ in range(6):
        harbour.now += 1000.0
        harbour.keep()
        harbour.end(harbour.live[0])
        wake_at = harbour.keep()
        assert wake_at is not None
        assert harbour.live == ()
        pauses.append(wake_at - harbour.now)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert harbour.service.primary.failed_tasks == 6
    told = "(service s) is unable to consistently start tasks successfully."
    assert harbour.messages().count(told) == 1


def test_tasks_started_together_that_fail_together_lengthen_the_pause_once() -> None:
    harbour = Harbour(5, pace=Pace(first_pause_s=1.0))
    harbour.keep()
    harbour.now += 1.0
    for task in harbour.live:
        harbour.end(task)
    harbour.keep()
    assert harbour.service.primary.pauses == 1
    assert harbour.service.primary.failed_tasks == 5


def test_a_running_task_ends_the_row_of_failures() -> None:
    harbour = Harbour(1)
    harbour.keep()
    harbour.now += 1.0
    harbour.end(harbour.live[0])
    harbour.keep()
    assert harbour.service.primary.failed_tasks == 1
    harbour.sail(6)
    assert harbour.service.primary.failed_tasks == 0


def test_a_task_that_ran_for_long_is_replaced_at_once() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    harbour.end(harbour.live[0])
    harbour.keep()
    assert [task.last_status for task in harbour.live] == ["PROVISIONING"]


def test_the_old_task_goes_only_when_the_new_one_serves() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    old = harbour.live[0]
    harbour.deploy(2)
    harbour.keep()
    new = next(task for task in harbour.live if task.id != old.id)
    for _ in range(2):
        harbour.advance(harbour.task(new.id))
        harbour.keep()
        assert old.id in {task.id for task in harbour.serving}
    harbour.advance(harbour.task(new.id))
    harbour.keep()
    assert [task.id for task in harbour.serving] == [new.id]


def test_with_no_room_above_an_old_task_makes_place_first() -> None:
    harbour = Harbour(2, Rollout(minimum_healthy_percent=50, maximum_percent=100))
    harbour.sail(6)
    harbour.deploy(2)
    harbour.keep()
    assert len(harbour.serving) == 1
    harbour.keep()
    assert len(harbour.live) == 2


def test_a_deployment_that_cannot_move_says_so() -> None:
    harbour = Harbour(1, Rollout(minimum_healthy_percent=100, maximum_percent=150))
    harbour.sail(6)
    harbour.deploy(2)
    harbour.keep()
    assert harbour.messages()[-1] == (
        "(service s) was unable to stop or start tasks during a deployment because of the service deployment"
        " configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
    )


def test_tasks_are_spread_over_the_zones() -> None:
    harbour = Harbour(4)
    harbour.keep()
    assert sorted(task.attachment.zone for task in harbour.live) == ["a", "a", "c", "c"]


def test_scaling_in_stops_what_does_not_serve_first() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    serving = harbour.live[0]
    harbour.scale(2)
    harbour.keep()
    harbour.scale(1)
    harbour.keep()
    assert harbour.live == (serving,)
    harbour.sail(1)
    assert harbour.messages()[-2:] == [
        "(service s) stopped 1 pending tasks.",
        "(service s) has reached a steady state.",
    ]


def test_a_stopped_task_reads_as_on_aws() -> None:
    harbour = Harbour(2)
    harbour.sail(6)
    harbour.scale(1)
    harbour.keep()
    stopped = next(task for task in harbour.tasks if not task.is_live)
    assert stopped.stop_code == "ServiceSchedulerInitiated"
    assert stopped.stopped_reason == f"Scaling activity initiated by (deployment {stopped.deployment})"
    harbour.sail(1)
    assert harbour.messages()[-2:] == [
        f"(service s) has stopped 1 running tasks: (task {stopped.id}).",
        "(service s) has reached a steady state.",
    ]


def test_an_unhealthy_task_is_replaced_before_it_is_stopped() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    sick = harbour.live[0]
    harbour.sicken(sick)
    harbour.keep()
    assert len(harbour.live) == 2
    new = harbour.live[1]
    assert harbour.messages()[-1] == (
        f"(service s) has started 1 tasks: (task {new.id})."
        " Amazon ECS replaced 1 tasks due to an unhealthy status."
    )
    harbour.sail(6)
    ended = harbour.task(sick.id)
    assert ended.stopped_reason == "Task failed container health checks"
    assert f"(service s) (task {sick.id}) failed container health checks." in harbour.messages()


def test_of_two_unhealthy_tasks_one_is_stopped() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    harbour.sicken(harbour.live[0])
    harbour.keep()
    for _ in range(3):
        harbour.advance(harbour.live[1])
    harbour.sicken(harbour.live[1])
    harbour.keep()
    assert sum(not task.is_live for task in harbour.tasks) == 1
    assert len(harbour.live) == harbour.ceiling  # the next replacement is on its way


def test_health_is_not_looked_at_in_the_grace_period() -> None:
    harbour = Harbour(1)
    harbour.put(replace(harbour.service, health_check_grace_s=10_000))
    harbour.sail(6)
    harbour.sicken(harbour.live[0])
    harbour.keep()
    assert len(harbour.live) == 1
    started_at = harbour.live[0].started_at
    assert started_at is not None
    ends = Wait(started_at + 10_000, "the grace period of an unhealthy task ends")
    assert ends in decide(harbour.service, harbour.tasks, harbour.now)


def test_an_unhealthy_task_of_a_new_deployment_goes_where_the_old_ones_leave_no_room() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    harbour.now += 1.0
    harbour.deploy(2)
    harbour.keep()
    new = next(task for task in harbour.live if task.deployment == harbour.service.primary.id)
    for _ in range(3):
        harbour.advance(harbour.task(new.id))
    harbour.sicken(harbour.task(new.id))
    harbour.keep()
    assert harbour.task(new.id).stopped_reason == "Task failed container health checks"
    assert [task.is_live for task in harbour.tasks] == [True, False, True]


def test_after_a_first_running_task_only_failed_health_checks_count_for_the_breaker() -> None:
    harbour = Harbour(1, Rollout(breaker=True))
    harbour.sail(6)
    harbour.now += 1.0
    harbour.deploy(2)
    harbour.keep()
    new = next(task for task in harbour.live if task.deployment == harbour.service.primary.id)
    for _ in range(3):
        harbour.advance(harbour.task(new.id))
    harbour.end(harbour.task(new.id))
    harbour.keep()
    assert harbour.service.primary.failures == 0


def test_the_steady_state_is_told_again_after_six_hours() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    steady = "(service s) has reached a steady state."
    assert harbour.messages().count(steady) == 1
    harbour.now += 6 * 3600
    harbour.keep()
    assert harbour.messages().count(steady) == 2


def test_every_decision_says_why() -> None:
    harbour = Harbour(2)
    first = decide(harbour.service, harbour.tasks, harbour.now)
    assert first == [Start(harbour.service.primary.id, 2, "2 wanted, 0 there")]


def test_failing_tasks_above_the_maximum_go_at_once_with_those_whose_place_is_needed() -> None:
    harbour = Harbour(4, Rollout(minimum_healthy_percent=50, maximum_percent=150))
    harbour.sail()
    for task in harbour.live[:2]:
        harbour.sicken(task)
    harbour.keep()
    replacement, _ = (each for each in harbour.live if each.last_status == "PROVISIONING")
    for _ in range(3):
        harbour.advance(harbour.task(replacement.id))
    harbour.end(harbour.live[-1])
    harbour.put(replace(harbour.service, rollout=Rollout(50, 101)))
    [stop] = (each for each in decide(harbour.service, harbour.tasks, harbour.now) if isinstance(each, Stop))
    assert len(stop.tasks) == 2
