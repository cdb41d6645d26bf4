"""What AWS writes in events, reasons and states, word for word.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

ESSENTIAL_EXITED = "Essential container in task exited"
FAILED_HEALTH_CHECKS = "Task failed container health checks"
FAILED_TARGET_CHECKS = "Task failed ELB health checks in "
STOPPED_BY_USER = "Task stopped by user"
NOT_PLACED = ("ResourceInitializationError", "CannotPullContainerError")
"""How a stopped reason begins where what a task needs before its containers could not be had."""
SPOT_INTERRUPTED = "Your Spot Task was interrupted."
LONGEST_REASON = 1024
"""Characters of a container's reason, as ECS's agent cuts it."""

NO_LOG_GROUP = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times:"
    " failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not"
    " exist."
)


class Cause(msgspec.Struct, frozen=True):
    """What failed a deployment: how it is called, and what it saw."""

    name: str
    saw: str


BREAKER = Cause("circuit breaker", "tasks failed to start.")
ALARM = Cause("alarm", "alarm detected.")


def failed_target_checks(group_arn: str) -> str:
    """Why a task was stopped whose target is unhealthy."""
    return f"{FAILED_TARGET_CHECKS}(target-group {group_arn})"


def is_failed_check(reason: str | None) -> bool:
    """Say whether a task was stopped because a health check failed."""
    return reason == FAILED_HEALTH_CHECKS or (reason or "").startswith(FAILED_TARGET_CHECKS)


def scaling_activity(deployment: str) -> str:
    """Why the scheduler stopped a task."""
    return f"Scaling activity initiated by (deployment {deployment})"


def deployment_in_progress(deployment: str) -> str:
    """The state of a deployment under way."""
    return f"ECS deployment {deployment} in progress."


def deployment_completed(deployment: str) -> str:
    """The state of a deployment that is done."""
    return f"ECS deployment {deployment} completed."


def deployment_failed(cause: Cause) -> str:
    """The state of a deployment that failed."""
    return f"ECS deployment {cause.name}: {cause.saw}"


def rolling_back(deployment: str, cause: Cause) -> str:
    """The state of the deployment that brings back an earlier one."""
    return f"ECS deployment {cause.name}: rolling back to deploymentId {deployment}."


def tasks(ids: Sequence[str]) -> str:
    """Name tasks as events do."""
    return " ".join(f"(task {each})" for each in ids)


def event_steady(service: str) -> str:
    """The service runs as it should."""
    return f"(service {service}) has reached a steady state."


def event_started(service: str, ids: Sequence[str], replaced: int = 0) -> str:
    """Tasks were started; ``replaced`` of them stand in for unhealthy ones."""
    text = f"(service {service}) has started {len(ids)} tasks: {tasks(ids)}."
    if replaced:
        text += f" Amazon ECS replaced {replaced} tasks due to an unhealthy status."
    return text


def event_stopped_running(service: str, ids: Sequence[str]) -> str:
    """Tasks that had been RUNNING are stopped."""
    return f"(service {service}) has stopped {len(ids)} running tasks: {tasks(ids)}."


def event_stopped_pending(service: str, count: int) -> str:
    """Tasks on their way to RUNNING are stopped."""
    return f"(service {service}) stopped {count} pending tasks."


def event_failed_health(service: str, task: str) -> str:
    """A container's own check failed."""
    return f"(service {service}) (task {task}) failed container health checks."


def event_unhealthy_target(service: str, task: str, trouble: tuple[str, int, str]) -> str:
    """A target group found the task unhealthy; ``trouble`` is group, port and reason."""
    group_arn, port, reason = trouble
    return (
        f"(service {service}) (task {task}) (port {port}) is unhealthy in (target-group {group_arn})"
        f" due to (reason {reason})."
    )


def event_registered_targets(service: str, count: int, group_arn: str) -> str:
    """Tasks became targets."""
    return f"(service {service}) registered {count} targets in (target-group {group_arn})"


def event_deregistered_targets(service: str, count: int, group_arn: str) -> str:
    """Tasks are targets no more."""
    return f"(service {service}) deregistered {count} targets in (target-group {group_arn})"


def event_draining(service: str, count: int, deployment: str) -> str:
    """Requests in flight of a deployment's tasks get their time."""
    return f"(service {service}, taskSet {deployment}) has begun draining connections on {count} tasks."


def event_kept_out(service: str, caller: str, target: str, why: str) -> str:
    """Security groups, where they are enforced here, kept a task from another. AWS says nothing of it."""
    return f"(service {service}) (task {caller}) did not reach (task {target}): {why}."


def event_deployment_completed(service: str, deployment: str) -> str:
    """A deployment is done."""
    return f"(service {service}) (deployment {deployment}) deployment completed."


def event_deployment_failed(service: str, deployment: str, cause: Cause) -> str:
    """The circuit breaker fired, or an alarm went off."""
    return f"(service {service}) (deployment {deployment}) deployment failed: {cause.saw}"


def event_rolling_back(service: str, deployment: str) -> str:
    """The way back begins."""
    return f"(service {service}) rolling back to deployment {deployment}."


def event_cannot_place(service: str, reason: str) -> str:
    """A task could not be made ready for its containers; ``reason`` is why it stopped."""
    return f"(service {service}) was unable to place a task. Reason: {reason.removesuffix('.')}."


def event_cannot_start(service: str) -> str:
    """Tasks fail to start again and again."""
    return f"(service {service}) is unable to consistently start tasks successfully."


def event_no_room(service: str) -> str:
    """The percents leave no room to move."""
    return (
        f"(service {service}) was unable to stop or start tasks during a deployment because of the service"
        " deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
    )


def event_protected(service: str, deployment: str, count: int) -> str:
    """Tasks that would go are protected."""
    return (
        f"(service {service}) was unable to reach steady state because (taskSet {deployment}) was unable to"
        f" scale in due to (reason {count} tasks under protection)"
    )
