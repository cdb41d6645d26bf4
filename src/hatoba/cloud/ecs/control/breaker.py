"""Failures of a deployment: what the circuit breaker counts, and the growing pause between starts.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.ecs import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.ecs.model import Deployment, Task
    from hatoba.cloud.ecs.pace import Pace

LOWEST_THRESHOLD = 3
HIGHEST_THRESHOLD = 200
PAUSES_BEFORE_TOLD = 4
"""AWS says "several times" without a number; the breaker's lowest threshold comes first."""


def threshold(desired_count: int) -> int:
    """Return how many failures fire the breaker: half the desired count, within 3 and 200."""
    half = -(-desired_count // 2)
    return min(max(half, LOWEST_THRESHOLD), HIGHEST_THRESHOLD)


def has_fired(deployment: Deployment, desired_count: int) -> bool:
    """Say whether the deployment's failures reached the threshold."""
    return deployment.failures >= threshold(desired_count)


def count(deployment: Deployment, tasks: Iterable[Task], now: float, pace: Pace) -> Deployment:
    """Take into account what happened to a deployment's tasks since the last time.

    Tasks that ended and are not yet ``is_counted`` are counted; the caller marks them.
    """
    own = [task for task in tasks if task.deployment == deployment.id]
    ended = [task for task in own if task.last_status == "STOPPED" and not task.is_counted]
    for task in sorted(ended, key=lambda each: each.stopped_at or now):
        deployment = _after_end(deployment, task, now, pace)
    if any(_runs_since(task, deployment.last_failure_at) for task in own):
        deployment = replace(deployment, has_run=True, failed_tasks=0)
    if any(task.is_ready and _runs_since(task, deployment.last_failure_at) for task in own):
        deployment = replace(deployment, failures=0)
    return deployment


def _runs_since(task: Task, moment: float) -> bool:
    return task.last_status == "RUNNING" and task.started_at is not None and task.started_at >= moment


def _after_end(deployment: Deployment, task: Task, now: float, pace: Pace) -> Deployment:
    """Count a task that ended.

    Before the deployment's first RUNNING task, each one that fails to reach RUNNING counts for the
    breaker; after it, each one that is replaced because its health check failed.
    """
    if texts.is_failed_check(task.stopped_reason):
        failed = replace(
            deployment, failed_tasks=deployment.failed_tasks + 1, failures=deployment.failures + 1
        )
        return _with_longer_pause(failed, task, now, pace)
    if task.stop_code in {"UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption"}:
        return replace(deployment, has_run=deployment.has_run or task.started_at is not None)
    if task.started_at is None:
        failures = deployment.failures + (0 if deployment.has_run else 1)
        failed = replace(deployment, failed_tasks=deployment.failed_tasks + 1, failures=failures)
        return _with_longer_pause(failed, task, now, pace)
    ran = replace(deployment, has_run=True)
    if (task.stopped_at or now) - task.started_at < pace.short_life_s:
        return _with_longer_pause(ran, task, now, pace)
    return replace(ran, pauses=0)


def _with_longer_pause(deployment: Deployment, task: Task, now: float, pace: Pace) -> Deployment:
    """Let the pause grow once per round: tasks that were started together fail together."""
    if task.created_at < deployment.last_failure_at:
        return deployment
    pause_s = min(pace.first_pause_s * 2.0 ** min(deployment.pauses, 30), pace.longest_pause_s)
    return replace(deployment, pauses=deployment.pauses + 1, last_failure_at=now, next_start_at=now + pause_s)
