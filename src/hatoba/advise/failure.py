"""Why an ECS service did not become steady: its events, and what its tasks said before they stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import TaskTypeDef
    from types_boto3_logs import CloudWatchLogsClient

TASKS_LOOKED_AT = 10
LAST_LINES = 10
EVENTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class StoppedBecause:
    """Why the last task stopped, and its containers' last lines, oldest first."""

    task_id: str
    reason: str
    exit_codes: tuple[tuple[str, int], ...]
    lines: tuple[str, ...]


def service_events(ecs: ECSClient, service_arn: str) -> tuple[str, ...]:
    """Return the last things that ECS said of a service, oldest first."""
    cluster, name = _named(service_arn)
    services = ecs.describe_services(cluster=cluster, services=[name])["services"]
    events = services[0].get("events", []) if services else []
    return tuple(event["message"] for event in reversed(events[:EVENTS_SHOWN]))


def service_events_after(
    ecs: ECSClient, service_arn: str, after: datetime
) -> tuple[tuple[datetime, str], ...]:
    """Return what ECS said of a service later than a moment, with its time, oldest first."""
    cluster, name = _named(service_arn)
    services = ecs.describe_services(cluster=cluster, services=[name])["services"]
    events = services[0].get("events", []) if services else []
    return tuple(
        (event["createdAt"], event["message"]) for event in reversed(events) if event["createdAt"] > after
    )


def why_tasks_stopped(ecs: ECSClient, logs: CloudWatchLogsClient, service_arn: str) -> StoppedBecause | None:
    """Return why the service's last stopped task stopped by itself; None where none did.

    Args:
        ecs: A client of the account and region.
        logs: The same.
        service_arn: ``arn:aws:ecs:…:service/cluster/name``.
    """
    cluster, name = _named(service_arn)
    arns = ecs.list_tasks(
        cluster=cluster, serviceName=name, desiredStatus="STOPPED", maxResults=TASKS_LOOKED_AT
    )["taskArns"]
    if not arns:
        return None
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    own = [
        task for task in tasks if task.get("stopCode") not in {"UserInitiated", "ServiceSchedulerInitiated"}
    ]
    if not own:
        return None
    last = max(own, key=lambda task: task["createdAt"])
    reasons = [last.get("stoppedReason", ""), *(each.get("reason", "") for each in last["containers"])]
    return StoppedBecause(
        task_id=last["taskArn"].rpartition("/")[2],
        reason="; ".join(dict.fromkeys(reason for reason in reasons if reason)),
        exit_codes=tuple(
            (each["name"], each["exitCode"]) for each in last["containers"] if "exitCode" in each
        ),
        lines=tuple(_last_lines(ecs, logs, last)),
    )


def _named(service_arn: str) -> tuple[str, str]:
    cluster, name = service_arn.split("/")[-2:]
    return cluster, name


def _last_lines(ecs: ECSClient, logs: CloudWatchLogsClient, task: TaskTypeDef) -> Iterator[str]:
    definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    task_id = task["taskArn"].rpartition("/")[2]
    for container in definition["containerDefinitions"]:
        options = container.get("logConfiguration", {}).get("options", {})
        if "awslogs-group" not in options:
            continue
        stream = f"{options.get('awslogs-stream-prefix', '')}/{container['name']}/{task_id}"
        try:
            events = logs.get_log_events(
                logGroupName=options["awslogs-group"], logStreamName=stream, limit=LAST_LINES
            )["events"]
        except logs.exceptions.ResourceNotFoundException:
            continue
        yield from (event["message"] for event in events)
