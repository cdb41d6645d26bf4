"""Failures of a deployment: what the circuit breaker counts, and the growing pause between starts.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.model import Threshold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.ecs.model import Deployment, Rollout, Task
    from hatoba.cloud.ecs.pace import Pace

LOWEST_THRESHOLD = 3
HIGHEST_THRESHOLD = 200
ROUNDS_BEFORE_TOLD = 4
"""AWS says "repeatedly" without a number; the breaker's lowest threshold comes first."""


def threshold(desired_count: int, configured: Threshold | None = None) -> int:
    """Return how many failures fire the breaker: by default half the desired count, within 3 and 200."""
    wanted = configured or Threshold()
    if wanted.type == "COUNT":
        return wanted.value
    share = -(-desired_count * wanted.value // 100)
    if wanted.type == "UNBOUNDED_PERCENT":
        # Of no failure at all nothing fails.
        return max(share, 1)
    return min(max(share, LOWEST_THRESHOLD), HIGHEST_THRESHOLD)


def has_fired(deployment: Deployment, desired_count: int, configured: Threshold | None = None) -> bool:
    """Say whether the deployment's failures reached the threshold."""
    return deployment.failures >= threshold(desired_count, configured)


def count(
    deployment: Deployment, tasks: Iterable[Task], now: float, pace: Pace, rollout: Rollout
) -> Deployment:
    """Take into account what happened to a deployment's tasks since the last time.

    Tasks that ended and are not yet ``is_counted`` are counted; the caller marks them.
    """
    own = [task for task in tasks if task.deployment == deployment.id]
    ended = [task for task in own if task.last_status == "STOPPED" and not task.is_counted]
    if any(_has_lasted(task, deployment.last_failure_at, now, pace) for task in own):
        deployment = replace(deployment, pauses=0)
    for task in sorted(ended, key=lambda each: each.stopped_at or now):
        deployment = _after_end(deployment, task, now, pace)
    if any(_runs_since(task, deployment.last_failure_at) for task in own):
        deployment = replace(_having_run(deployment), failed_tasks=0)
    resets = rollout.resets_on_healthy_task is not False
    if resets and any(task.is_ready and _runs_since(task, deployment.last_failure_at) for task in own):
        deployment = replace(deployment, failures=0)
    return deployment


def _runs_since(task: Task, moment: float) -> bool:
    return task.last_status == "RUNNING" and task.started_at is not None and task.started_at >= moment


def _has_lasted(task: Task, since: float, now: float, pace: Pace) -> bool:
    """Say whether a task that was started after the last failure has been RUNNING for a while."""
    return _runs_since(task, since) and now - (task.started_at or now) >= pace.short_life_s


def _having_run(deployment: Deployment) -> Deployment:
    return replace(deployment, has_run=True, failed_starts=0, cannot_place="")


def _after_end(deployment: Deployment, task: Task, now: float, pace: Pace) -> Deployment:
    """Count a task that ended.

    Before the deployment's first RUNNING task, each one that fails to reach RUNNING counts for the
    breaker; after it, each one that is replaced because its health check failed.
    """
    if texts.is_failed_check(task.stopped_reason):
        failed = replace(
            deployment, failed_tasks=deployment.failed_tasks + 1, failures=deployment.failures + 1
        )
        return _after_life(failed, task, now, pace)
    if task.stop_code in {"UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption"}:
        return deployment if task.started_at is None else _having_run(deployment)
    if task.started_at is None:
        failures = deployment.failures + (0 if deployment.has_run else 1)
        reason = task.stopped_reason or ""
        failed = replace(
            deployment,
            failed_tasks=deployment.failed_tasks + 1,
            failures=failures,
            cannot_place=reason if reason.startswith(texts.NOT_PLACED) else "",
        )
        return _with_longer_pause(failed, task, now, pace)
    return _after_life(deployment, task, now, pace)


def _after_life(deployment: Deployment, task: Task, now: float, pace: Pace) -> Deployment:
    """Pause after a task that was RUNNING only for a moment; one that lasted ends the row of pauses."""
    ran = _having_run(deployment)
    if (task.stopped_at or now) - (task.started_at or now) < pace.short_life_s:
        return _with_longer_pause(ran, task, now, pace)
    return replace(ran, pauses=0)


def _with_longer_pause(deployment: Deployment, task: Task, now: float, pace: Pace) -> Deployment:
    """Let the pause grow once per round: tasks that were started together fail together."""
    if task.created_at < deployment.last_failure_at:
        return deployment
    if task.started_at is None:
        deployment = replace(deployment, failed_starts=deployment.failed_starts + 1)
    pause_s = min(pace.first_pause_s * 2.0 ** min(deployment.pauses, 30), pace.longest_pause_s)
    return replace(deployment, pauses=deployment.pauses + 1, last_failure_at=now, next_start_at=now + pause_s)
