"""The door of a service does what the properties' model of it does, and says all of it in AWS's words."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings

from hatoba.cloud.ecs.model import Service, Task
from tests.conformance.ecs.fleet import HAPPENINGS, SERVICES, Fleet, Happenings, Wanted
from tests.support.calls import SCOPE
from tests.unit.ecs.harbour import Harbour

QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SVC, DEPLOYMENT, TASK = r"\(service s\)", r"ecs-svc/\d{19,20}", r"\(task \w+\)"
EVENTS = tuple(
    re.compile(SVC + each)
    for each in (
        r" has reached a steady state\.",
        rf" has started \d+ tasks:( {TASK})+\.( Amazon ECS replaced \d+ tasks due to an unhealthy status\.)?",
        rf" has stopped \d+ running tasks:( {TASK})+\.",
        r" stopped \d+ pending tasks\.",
        rf" {TASK} failed container health checks\.",
        rf" \(deployment {DEPLOYMENT}\) deployment completed\.",
        rf" \(deployment {DEPLOYMENT}\) deployment failed: (tasks failed to start|alarm detected)\.",
        rf" rolling back to deployment {DEPLOYMENT}\.",
        r" is unable to consistently start tasks successfully\.",
        (
            r" was unable to stop or start tasks during a deployment because of the service deployment"
            r" configuration\. Update the minimumHealthyPercent or maximumPercent value and try again\."
        ),
        (
            rf" was unable to reach steady state because \(taskSet {DEPLOYMENT}\) was unable to scale in"
            r" due to \(reason \d+ tasks under protection\)"
        ),
    )
)
STATES = tuple(
    re.compile(each)
    for each in (
        rf"ECS deployment {DEPLOYMENT} (in progress|completed)\.",
        r"ECS deployment circuit breaker: tasks failed to start\.",
        r"ECS deployment alarm: alarm detected\.",
        rf"ECS deployment (circuit breaker|alarm): rolling back to deploymentId {DEPLOYMENT}\.",
        r"ECS deployment stopped on request\.",
    )
)
REASONS = (
    re.compile(rf"Scaling activity initiated by \(deployment {DEPLOYMENT}\)"),
    re.compile("Task failed container health checks"),
)


def is_one_of(text: str, known: tuple[re.Pattern[str], ...]) -> bool:
    return any(each.fullmatch(text) for each in known)


def harbour_like(fleet: Fleet) -> Harbour:
    """Return the real keeper's place in the state that a fleet is in."""
    harbour = Harbour(pace=fleet.pace)
    harbour.now = fleet.now
    harbour.put(fleet.service)
    for task in fleet.tasks:
        harbour.store.add_task(SCOPE, task)
    return harbour


def shape(service: Service, tasks: tuple[Task, ...]) -> object:
    """Return what a service and its tasks are, without the names that chance gave them."""
    order = {each.id: number for number, each in enumerate(service.deployments)}
    seen = [
        (order.get(each.deployment or ""), each.desired_status, each.last_status, each.is_ready)
        for each in tasks
    ]
    told = sorted((re.sub(DEPLOYMENT, "", each), at) for each, at in service.troubles.items())
    states = (service.status, service.steady_since, tuple(told), service.last_completed is not None)
    ends = [
        (each.is_counted, each.stop_code, each.health, each.target_health, each.protected_until)
        for each in tasks
    ]
    deployments = [
        (each.revision, each.status, each.rollout_state, each.failures, each.failed_tasks, each.pauses)
        for each in service.deployments
    ]
    times = [(each.last_failure_at, each.next_start_at, each.bakes_until) for each in service.deployments]
    return (*states, deployments, times, sorted(seen, key=str), sorted(ends, key=str))


@QUICK
@given(SERVICES, HAPPENINGS)
def test_the_keeper_does_as_the_model_does_and_speaks_as_aws_does(
    wanted: Wanted, happenings: Happenings
) -> None:
    """Each event, each reason of a stop and each state of a deployment is one of AWS's texts."""
    fleet = Fleet(*wanted)
    for what, number in [("wait", 0), *happenings]:
        fleet.happen(what, number)
        harbour = harbour_like(fleet)
        harbour.keep()
        fleet.keep()
        assert shape(harbour.service, harbour.tasks) == shape(fleet.service, fleet.tasks)
        for message in harbour.messages():
            assert is_one_of(message, EVENTS), message
        for deployment in harbour.service.deployments:
            assert is_one_of(deployment.rollout_reason, STATES), deployment.rollout_reason
        for task in harbour.tasks:
            if task.stop_code == "ServiceSchedulerInitiated":
                assert is_one_of(task.stopped_reason or "", REASONS), task.stopped_reason
