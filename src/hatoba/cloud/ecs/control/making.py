"""New tasks and new deployments, as records: everything about them that is decided before they exist."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from hatoba.cloud.ecs import names, texts
from hatoba.cloud.ecs.definition import TaskOverride, read
from hatoba.cloud.ecs.model import Attachment, Container, Deployment, Task

if TYPE_CHECKING:
    from hatoba.cloud.ecs.definition import ContainerDefinition
    from hatoba.cloud.ecs.model import Json, Network, Revision, Service, Subnet, TaskDefinition

NO_OVERRIDES = TaskOverride()


class Order(msgspec.Struct, frozen=True):
    """What is asked of a new task, beside its definition."""

    cluster: str
    task_definition_arn: str
    group: str
    network: Network
    subnet: Subnet
    started_by: str | None = None
    capacity_provider: str | None = None
    overrides: Json | None = None
    changes: TaskOverride = NO_OVERRIDES
    enable_execute_command: bool = False


def new_task(order: Order, definition: TaskDefinition, now: float, tags: dict[str, str]) -> Task:
    """Return a task in PROVISIONING."""
    view = read(definition.definition)
    changes = order.changes
    storage = changes.ephemeral_storage or view.ephemeral_storage
    return Task(
        cluster=order.cluster,
        id=names.new_task_id(),
        task_definition=order.task_definition_arn,
        group=order.group,
        created_at=now,
        network=order.network,
        attachment=Attachment(id=str(uuid4()), subnet_id=order.subnet.id, zone=order.subnet.zone),
        containers=tuple(_new_container(each, changes) for each in view.container_definitions),
        cpu=changes.cpu or view.cpu,
        memory=changes.memory or view.memory,
        started_by=order.started_by,
        capacity_provider=order.capacity_provider,
        overrides=order.overrides or {},
        enable_execute_command=order.enable_execute_command,
        ephemeral_storage_gib=storage.size_in_gib,
        tags=tags,
    )


def _new_container(definition: ContainerDefinition, changes: TaskOverride) -> Container:
    own = changes.of(definition.name)
    return Container(
        name=definition.name,
        id=str(uuid4()),
        image=definition.image,
        cpu=definition.cpu if own.cpu is None else own.cpu,
        memory=own.memory or definition.memory,
        memory_reservation=own.memory_reservation or definition.memory_reservation,
    )


def of_service(task: Task, service: Service, deployment: Deployment) -> Task:
    """Return the task as one of a service's deployment."""
    registries = deployment.revision.registries
    return replace(
        task,
        service=service.name,
        deployment=deployment.id,
        registry=registries[0] if registries else None,
        load_balancers=deployment.revision.load_balancers,
    )


def new_deployment(revision: Revision, desired_count: int, now: float) -> Deployment:
    """Return a deployment that begins now."""
    identifier = names.new_deployment_id()
    return Deployment(
        id=identifier,
        service_deployment_id=names.new_service_deployment_id(),
        revision=revision,
        created_at=now,
        updated_at=now,
        desired_count=desired_count,
        rollout_reason=texts.deployment_in_progress(identifier),
    )


def with_deployment(service: Service, deployment: Deployment) -> Service:
    """Return the service with a new PRIMARY; the one before it is replaced."""
    older = tuple(
        replace(each, status="ACTIVE", updated_at=deployment.created_at) for each in service.deployments
    )
    return replace(
        service,
        deployments=(deployment, *older),
        last_revision=deployment.revision,
        steady_since=None,
        troubles={},
    )


def with_changed(service: Service, deployment: Deployment) -> Service:
    """Return the service with one of its deployments changed."""
    changed = tuple(deployment if each.id == deployment.id else each for each in service.deployments)
    return replace(service, deployments=changed)


def tags_of_service_task(service: Service, definition: TaskDefinition) -> dict[str, str]:
    """Return the tags of a service's task: propagated ones, and ECS's own where they are switched on."""
    propagated = propagated_tags(service.propagate_tags, service.tags, definition.tags)
    managed = {"aws:ecs:clusterName": service.cluster, "aws:ecs:serviceName": service.name}
    return {**propagated, **(managed if service.enable_managed_tags else {})}


def propagated_tags(
    source: str | None, of_service: dict[str, str], of_definition: dict[str, str]
) -> dict[str, str]:
    """Return the tags that a task gets from what it is made of; what AWS itself tagged stays there."""
    found = {"SERVICE": of_service, "TASK_DEFINITION": of_definition}.get(source or "NONE", {})
    return {key: value for key, value in found.items() if not key.startswith("aws:")}
