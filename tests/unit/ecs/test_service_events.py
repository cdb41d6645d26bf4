"""A service's events: their words, their order, and when they are said again."""

from __future__ import annotations

from uuid import UUID

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs import Pace, texts
from hatoba.cloud.ecs.act.services import with_event
from hatoba.cloud.ecs.api import shapes
from hatoba.cloud.ecs.model import Rollout, Service
from tests.support.calls import SCOPE
from tests.unit.ecs.harbour import Harbour

HOURS_6 = 6 * 3600.0
GROUP = "arn:aws:elasticloadbalancing:r:a:targetgroup/web/1"
CANNOT_START = "(service s) is unable to consistently start tasks successfully."
NO_ROOM = (
    "(service s) was unable to stop or start tasks during a deployment because of the service deployment"
    " configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
)
NO_LOG_GROUP = "ResourceInitializationError: failed to validate logger args: no such group."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (texts.event_steady("s"), "(service s) has reached a steady state."),
        (texts.event_started("s", ["a"]), "(service s) has started 1 tasks: (task a)."),
        (texts.event_started("s", ["a", "b"]), "(service s) has started 2 tasks: (task a) (task b)."),
        (
            texts.event_started("s", ["a", "b"], 2),
            (
                "(service s) has started 2 tasks: (task a) (task b)."
                " Amazon ECS replaced 2 tasks due to an unhealthy status."
            ),
        ),
        (
            texts.event_registered_targets("s", 1, GROUP),
            f"(service s) registered 1 targets in (target-group {GROUP})",
        ),
        (
            texts.event_deregistered_targets("s", 2, GROUP),
            f"(service s) deregistered 2 targets in (target-group {GROUP})",
        ),
        (
            texts.event_draining("s", 2, "ecs-svc/1"),
            "(service s, taskSet ecs-svc/1) has begun draining connections on 2 tasks.",
        ),
        (
            texts.event_stopped_running("s", ["a", "b"]),
            "(service s) has stopped 2 running tasks: (task a) (task b).",
        ),
        (texts.event_stopped_pending("s", 2), "(service s) stopped 2 pending tasks."),
        (
            texts.event_deployment_completed("s", "ecs-svc/1"),
            "(service s) (deployment ecs-svc/1) deployment completed.",
        ),
        (
            texts.event_deployment_failed("s", "ecs-svc/1", texts.BREAKER),
            "(service s) (deployment ecs-svc/1) deployment failed: tasks failed to start.",
        ),
        (texts.event_rolling_back("s", "ecs-svc/1"), "(service s) rolling back to deployment ecs-svc/1."),
        (
            texts.event_unhealthy_target("s", "a", (GROUP, 8080, "Request timed out")),
            (
                f"(service s) (task a) (port 8080) is unhealthy in (target-group {GROUP})"
                " due to (reason Request timed out)."
            ),
        ),
        (
            texts.event_protected("s", "ecs-svc/1", 2),
            (
                "(service s) was unable to reach steady state because (taskSet ecs-svc/1) was unable"
                " to scale in due to (reason 2 tasks under protection)"
            ),
        ),
        (texts.event_failed_health("s", "a"), "(service s) (task a) failed container health checks."),
        (
            texts.event_cannot_place("s", "ResourceInitializationError: no."),
            "(service s) was unable to place a task. Reason: ResourceInitializationError: no.",
        ),
        (texts.event_cannot_start("s"), CANNOT_START),
        (texts.event_no_room("s"), NO_ROOM),
    ],
)
def test_the_words_of_an_event_are_awss(text: str, words: str) -> None:
    assert text == words


def test_a_hundred_events_are_kept_and_the_newest_comes_first() -> None:
    harbour = Harbour()
    service = harbour.service
    for number in range(105):
        service = with_event(service, f"event {number}", harbour.now + number)
    events = described(service)["events"]
    assert isinstance(events, list)
    assert [each["message"] for each in events] == [f"event {number}" for number in range(104, 4, -1)]
    assert events[0]["createdAt"].timestamp() == harbour.now + 104
    assert len({UUID(each["id"]) for each in events}) == 100


def described(service: Service) -> dict[str, object]:
    return shapes.service(SCOPE, service, (), with_tags=False)


def test_tasks_of_one_step_are_told_in_one_event() -> None:
    harbour = Harbour(3)
    harbour.keep()
    first, second, third = (task.id for task in harbour.tasks)
    assert harbour.messages() == [
        f"(service s) has started 3 tasks: (task {first}) (task {second}) (task {third})."
    ]
    harbour.sail(6)
    harbour.scale(1)
    harbour.keep()
    gone = [task.id for task in harbour.tasks if not task.is_live]
    told = harbour.messages()[-1]
    assert told.startswith("(service s) has stopped 2 running tasks: (task ")
    assert all(f"(task {task})" in told for task in gone)


def test_a_service_is_steady_when_as_many_run_as_are_wanted_and_no_more() -> None:
    harbour = Harbour(2)
    harbour.sail(6)
    harbour.scale(1)
    harbour.keep()
    assert harbour.service.steady_since is None
    (stopped,) = (task for task in harbour.tasks if not task.is_live)
    harbour.store.update_task(SCOPE, stopped.key, last_status="DEACTIVATING")
    harbour.keep()
    assert harbour.messages()[-1] == f"(service s) has stopped 1 running tasks: (task {stopped.id})."
    harbour.store.update_task(SCOPE, stopped.key, last_status="STOPPING")
    harbour.keep()
    assert harbour.messages()[-1] == "(service s) has reached a steady state."


def test_unhealthy_tasks_that_are_replaced_together_are_counted() -> None:
    harbour = Harbour(2)
    harbour.sail(6)
    for task in harbour.live:
        harbour.sicken(task)
    harbour.keep()
    assert harbour.messages()[-1].startswith("(service s) has started 2 tasks: (task ")
    assert harbour.messages()[-1].endswith(" Amazon ECS replaced 2 tasks due to an unhealthy status.")


def test_an_unhealthy_task_is_told_of_when_it_is_stopped_after_its_replacement_was_started() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    sick = harbour.live[0].id
    before = len(harbour.messages())
    harbour.sicken(harbour.live[0])
    harbour.sail(6)
    new = harbour.live[0].id
    assert harbour.messages()[before:] == [
        (
            f"(service s) has started 1 tasks: (task {new})."
            " Amazon ECS replaced 1 tasks due to an unhealthy status."
        ),
        f"(service s) (task {sick}) failed container health checks.",
        f"(service s) has stopped 1 running tasks: (task {sick}).",
        "(service s) has reached a steady state.",
    ]


def stuck() -> Harbour:
    """Return a service whose deployment has no room for a step."""
    harbour = Harbour(1, Rollout(minimum_healthy_percent=100, maximum_percent=150))
    harbour.sail(6)
    harbour.deploy(2)
    return harbour


def test_a_trouble_that_stands_is_told_once_and_again_after_six_hours() -> None:
    harbour = stuck()
    assert harbour.keep() == harbour.now + HOURS_6
    told_at = harbour.now
    harbour.now = told_at + HOURS_6 - 1.0
    assert harbour.keep() == told_at + HOURS_6
    assert harbour.messages().count(NO_ROOM) == 1
    harbour.now = told_at + HOURS_6
    assert harbour.keep() == harbour.now + HOURS_6
    harbour.keep()
    assert harbour.messages().count(NO_ROOM) == 2


def test_a_clock_that_is_set_back_does_not_silence_a_trouble() -> None:
    harbour = stuck()
    harbour.keep()
    harbour.now -= 1000.0
    harbour.keep()
    harbour.keep()
    assert harbour.messages().count(NO_ROOM) == 2


def test_a_trouble_whose_cause_is_gone_is_told_anew_when_it_comes_again() -> None:
    harbour = stuck()
    harbour.keep()
    harbour.put(replace(harbour.service, rollout=Rollout()))
    harbour.keep()
    assert harbour.service.troubles == {}
    (new,) = (task for task in harbour.live if task.deployment == harbour.service.primary.id)
    harbour.end(new)
    harbour.put(replace(harbour.service, rollout=Rollout(maximum_percent=150)))
    harbour.keep()
    harbour.now += 100.0
    harbour.keep()
    assert harbour.messages().count(NO_ROOM) == 2


def fail_starts(harbour: Harbour, rounds: int, reason: str | None = None) -> None:
    for _ in range(rounds):
        harbour.now += 100.0
        harbour.keep()
        harbour.now += 1.0
        for task in harbour.live:
            if task.last_status != "RUNNING":
                harbour.end(task, reason)
        harbour.keep()


def run(harbour: Harbour, for_s: float) -> None:
    """Start what is missing, let it run for so long, and end it."""
    harbour.now += 100.0
    harbour.keep()
    for _ in range(3):
        for task in harbour.live:
            harbour.advance(task)
    harbour.keep()
    harbour.now += for_s
    for task in harbour.live:
        harbour.end(task)
    harbour.keep()


def test_tasks_that_cannot_be_started_are_told_in_the_fourth_round() -> None:
    harbour = Harbour(2)
    fail_starts(harbour, 3)
    assert CANNOT_START not in harbour.messages()
    fail_starts(harbour, 1)
    assert harbour.messages()[-1] == CANNOT_START
    fail_starts(harbour, 20)
    assert harbour.messages().count(CANNOT_START) == 1
    harbour.now += HOURS_6
    fail_starts(harbour, 1)
    assert harbour.messages().count(CANNOT_START) == 2


def test_a_running_task_is_the_end_of_that_trouble() -> None:
    harbour = Harbour(1)
    fail_starts(harbour, 4)
    run(harbour, for_s=1.0)
    assert CANNOT_START not in harbour.service.troubles
    fail_starts(harbour, 3)
    assert harbour.messages().count(CANNOT_START) == 1
    fail_starts(harbour, 1)
    assert harbour.messages().count(CANNOT_START) == 2


def test_tasks_that_end_after_they_were_running_are_no_such_trouble() -> None:
    harbour = Harbour(1, pace=Pace(short_life_s=5.0))
    for _ in range(10):
        run(harbour, for_s=0.5)
    assert harbour.service.primary.pauses > 4
    assert CANNOT_START not in harbour.messages()


@pytest.mark.parametrize("reason", [NO_LOG_GROUP, "CannotPullContainerError: no such image."])
def test_what_a_task_could_not_get_before_its_containers_is_told_once_with_the_reason(reason: str) -> None:
    harbour = Harbour(1)
    fail_starts(harbour, 3, reason)
    told = f"(service s) was unable to place a task. Reason: {reason}"
    assert harbour.messages().count(told) == 1
    fail_starts(harbour, 1, "CannotStartContainerError: no such program.")
    assert harbour.service.troubles.keys() == {CANNOT_START}
    fail_starts(harbour, 1, reason)
    assert harbour.messages().count(told) == 2
    run(harbour, for_s=1.0)
    assert harbour.service.troubles == {}


def test_a_steady_service_has_no_trouble() -> None:
    harbour = Harbour(2)
    fail_starts(harbour, 4)
    harbour.scale(0)
    harbour.sail(3)
    assert harbour.service.troubles == {}
    assert harbour.messages()[-1] == "(service s) has reached a steady state."
