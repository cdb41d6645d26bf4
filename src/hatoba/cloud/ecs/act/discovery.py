"""A task's instance in Cloud Map: registered, reported healthy, deregistered, by Cloud Map's API.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Endpoint, Registry, Task
    from hatoba.cloud.state import Scope

OPERATION_WITHIN_S = 30.0
_FIRST_LOOK_S = 0.005
_LONGEST_LOOK_S = 0.5
GONE = frozenset({"InstanceNotFound", "ServiceNotFound"})


class RegistrationFailed(Exception):
    """Cloud Map refused the instance, or its operation failed."""


def service_id(registry: Registry) -> str:
    """Return ``srv-…`` from the registry's ARN."""
    return registry.arn.rsplit("/", 1)[-1]


def endpoint_of(registry: Registry, task: Task) -> Endpoint | None:
    """Return the address that stands behind the registry's container and port."""
    wanted_port = registry.container_port or registry.port
    fitting = [
        each
        for each in task.endpoints
        if (registry.container_name in {None, each.container})
        and (wanted_port in {None, each.container_port})
    ]
    return fitting[0] if fitting else None


async def register(outside: Outside, scope: Scope, task: Task, family: str) -> None:
    """Register the task, unhealthy at first where its service reports health.

    Raises:
        RegistrationFailed: With the reason.
    """
    assert task.registry is not None
    found = await outside.ask(scope, "servicediscovery", "GetService", Id=service_id(task.registry))
    attributes = _attributes(scope, task, family, has_custom_health=_has_custom_health(found["Service"]))
    try:
        answer = await outside.ask(
            scope,
            "servicediscovery",
            "RegisterInstance",
            ServiceId=service_id(task.registry),
            InstanceId=task.id,
            CreatorRequestId=task.id,
            Attributes=attributes,
        )
        await _done(outside, scope, answer["OperationId"])
    except ServiceError as error:
        if error.code != "DuplicateRequest":
            raise RegistrationFailed(error.message) from error
        await _done(outside, scope, str(error.members["DuplicateOperationId"]))


async def report(outside: Outside, scope: Scope, task: Task, *, is_healthy: bool) -> None:
    """Tell Cloud Map the task's health, where its service wants to be told."""
    assert task.registry is not None
    status = "HEALTHY" if is_healthy else "UNHEALTHY"
    try:
        await outside.ask(
            scope,
            "servicediscovery",
            "UpdateInstanceCustomHealthStatus",
            ServiceId=service_id(task.registry),
            InstanceId=task.id,
            Status=status,
        )
    except ServiceError as error:
        if error.code not in GONE | {"CustomHealthNotFound"}:
            raise


async def deregister(outside: Outside, scope: Scope, task: Task) -> None:
    """Take the task out of Cloud Map; gone already is as good."""
    assert task.registry is not None
    try:
        answer = await outside.ask(
            scope,
            "servicediscovery",
            "DeregisterInstance",
            ServiceId=service_id(task.registry),
            InstanceId=task.id,
        )
    except ServiceError as error:
        if error.code in GONE:
            return
        raise
    await _done(outside, scope, answer["OperationId"])


async def _done(outside: Outside, scope: Scope, operation_id: str) -> None:
    pause_s = _FIRST_LOOK_S
    deadline = outside.now() + OPERATION_WITHIN_S
    while True:
        answer = await outside.ask(scope, "servicediscovery", "GetOperation", OperationId=operation_id)
        operation = answer["Operation"]
        if operation["Status"] == "SUCCESS":
            return
        if operation["Status"] == "FAIL":
            raise RegistrationFailed(operation.get("ErrorMessage") or "the Cloud Map operation failed")
        if outside.now() > deadline:
            raise RegistrationFailed(f"Cloud Map's operation {operation_id} did not end")
        await outside.world.clock.sleep(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_LOOK_S)


def _has_custom_health(service: object) -> bool:
    return isinstance(service, dict) and service.get("HealthCheckCustomConfig") is not None


def _attributes(scope: Scope, task: Task, family: str, *, has_custom_health: bool) -> dict[str, str]:
    """Write what AWS writes; the address is the one that reaches the task from this machine."""
    assert task.registry is not None
    attributes = {
        "AVAILABILITY_ZONE": task.attachment.zone,
        "REGION": scope.region,
        "ECS_SERVICE_NAME": task.service or "",
        "ECS_CLUSTER_NAME": task.cluster,
        "ECS_TASK_DEFINITION_FAMILY": family,
    }
    endpoint = endpoint_of(task.registry, task)
    if endpoint is not None:
        attributes["AWS_INSTANCE_IPV4"] = endpoint.host
    elif task.attachment.private_ip:
        attributes["AWS_INSTANCE_IPV4"] = task.attachment.private_ip
    if task.registry.container_port or task.registry.port:
        port = endpoint.told_port if endpoint else task.registry.container_port or task.registry.port
        attributes["AWS_INSTANCE_PORT"] = str(port)
    if has_custom_health:
        attributes["AWS_INIT_HEALTH_STATUS"] = "UNHEALTHY"
    return attributes
