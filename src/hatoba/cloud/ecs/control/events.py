"""The events that ECS sends to EventBridge: what changed in, events out. Pure.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
"""

from __future__ import annotations

from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from hatoba.cloud.clock import timestamp
from hatoba.cloud.ecs import names
from hatoba.cloud.ecs.api import shapes
from hatoba.cloud.world import ServiceEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.ecs.model import Deployment, Event, Service, Task
    from hatoba.cloud.state import Scope

SOURCE = "aws.ecs"
TASK = "ECS Task State Change"
ACTION = "ECS Service Action"
DEPLOYMENT = "ECS Deployment State Change"
NOT_IN_EVENTS = ("tags", "inferenceAccelerators", "platformFamily", "fargateEphemeralStorage")
"""What DescribeTasks shows of a task and an event does not."""

Level = Literal["INFO", "WARN", "ERROR"]


class Action(msgspec.Struct, frozen=True):
    """What a line of a service's history is called in an ECS Service Action."""

    name: str
    level: Level = "INFO"


STEADY = Action("SERVICE_STEADY_STATE")
TASKS_STOPPED = Action("TASKS_STOPPED")
COMPLETED = Action("SERVICE_DEPLOYMENT_COMPLETED")
IN_PROGRESS = Action("SERVICE_DEPLOYMENT_IN_PROGRESS")
FAILED = Action("SERVICE_DEPLOYMENT_FAILED", "ERROR")
CANNOT_START = Action("SERVICE_TASK_START_IMPAIRED", "WARN")
INSTANCE_UNHEALTHY = Action("SERVICE_DISCOVERY_INSTANCE_UNHEALTHY", "WARN")
CANNOT_PLACE = Action("SERVICE_TASK_PLACEMENT_FAILURE", "ERROR")
_ACTIONS = {
    each.name: each for each in (STEADY, TASKS_STOPPED, CANNOT_START, INSTANCE_UNHEALTHY, CANNOT_PLACE)
}
_ROLLOUTS = {"IN_PROGRESS": IN_PROGRESS, "COMPLETED": COMPLETED, "FAILED": FAILED}


def of_task(scope: Scope, before: Task | None, after: Task, now: float) -> list[ServiceEvent]:
    """Return what is told of a change of a task: one event for each version of it."""
    if before is not None and before.version == after.version:
        return []
    detail = {
        name: _to_the_ms(value.timestamp()) if isinstance(value, datetime) else value
        for name, value in shapes.task(scope, after, with_tags=False).items()
        if name not in NOT_IN_EVENTS and (name, value) != ("healthStatus", "UNKNOWN")
    }
    detail["attachments"] = [{**each, "type": "eni"} for each in _listed(detail["attachments"])]
    detail["containers"] = [_container(each) for each in _listed(detail["containers"])]
    overrides = {name: value for name, value in shapes.overrides(after).items() if value}
    detail |= {"overrides": overrides, "updatedAt": _to_the_ms(now)}
    return [ServiceEvent(SOURCE, TASK, (names.task_arn(scope, after.key),), detail)]


def _listed(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


def _container(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return a container without what is empty; its agents have a status by another name."""
    told = {
        name: value
        for name, value in shown.items()
        if value != [] and (name, value) != ("healthStatus", "UNKNOWN")
    }
    if "managedAgents" in told:
        told["managedAgents"] = [
            {"name": each["name"], "status": each["lastStatus"]} for each in told["managedAgents"]
        ]
    return told


def of_service(
    scope: Scope, before: Service | None, after: Service, now: float, gone: Iterable[Deployment] = ()
) -> list[ServiceEvent]:
    """Return what is told of a change of a service, its deployments first.

    Args:
        scope: Where it is.
        before: What it was; None for a new one.
        after: What it is.
        now: The time.
        gone: Deployments that left it in this change.
    """
    return [
        *_of_deployments(scope, before, after, now, gone),
        *_of_history(scope, before, after),
    ]


def _of_deployments(
    scope: Scope, before: Service | None, after: Service, now: float, gone: Iterable[Deployment]
) -> Iterable[ServiceEvent]:
    old = {each.id: each.rollout_state for each in (before.deployments if before else ())}
    for each in sorted((*gone, *after.deployments), key=lambda each: each.created_at):
        if old.get(each.id) == each.rollout_state:
            continue
        action = _ROLLOUTS[each.rollout_state]
        detail = {
            "eventType": action.level,
            "eventName": action.name,
            "deploymentId": each.id,
            "updatedAt": f"{timestamp(each.updated_at):%Y-%m-%dT%H:%M:%SZ}",
            "reason": each.rollout_reason,
        }
        yield ServiceEvent(SOURCE, DEPLOYMENT, (names.service_arn(scope, after.key),), detail)
        yield _action(scope, after, action, now, each.rollout_reason)


def _of_history(scope: Scope, before: Service | None, after: Service) -> list[ServiceEvent]:
    known = {each.id for each in (before.events if before else ())}
    fresh = list(takewhile(lambda each: each.id not in known, after.events))
    return [
        _action(scope, after, _ACTIONS[each.name], each.created_at, _reason(each))
        for each in reversed(fresh)
        if each.name in _ACTIONS
    ]


def _reason(line: Event) -> str | None:
    """Return the reason that a line tells, where its event has a member for it."""
    return line.message.partition(" Reason: ")[2].removesuffix(".") or None


def _action(
    scope: Scope, service: Service, action: Action, at: float, reason: str | None = None
) -> ServiceEvent:
    detail: dict[str, object] = {
        "eventType": action.level,
        "eventName": action.name,
        "clusterArn": names.cluster_arn(scope, service.cluster),
        "createdAt": _to_the_ms(at),
    }
    if reason is not None:
        detail["reason"] = reason
    if action is CANNOT_PLACE and service.current.strategy:
        providers = (each.provider for each in service.current.strategy)
        detail["capacityProviderArns"] = [names.arn(scope, f"capacity-provider/{each}") for each in providers]
    return ServiceEvent(SOURCE, ACTION, (names.service_arn(scope, service.key),), detail)


def _to_the_ms(seconds: float) -> str:
    return timestamp(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
