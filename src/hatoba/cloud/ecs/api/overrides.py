"""What RunTask changes of a definition, checked as the definition itself was.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hatoba.cloud.ecs.api import errors
from hatoba.cloud.ecs.definition import TaskOverride, read_overrides
from hatoba.cloud.ecs.rules import size_text, sizes, storage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.ecs.definition import TaskDefinitionView
    from hatoba.cloud.ecs.model import Json

MOST_OVERRIDES = 8192


def checked(given: Mapping[str, Any] | None, view: TaskDefinitionView) -> Json:
    """Return the overrides of a task, its sizes as integers.

    Raises:
        ServiceError: They are too long, name a container that is not there, or change the task into one
            that Fargate does not run.
    """
    if not given:
        return {}
    if len(msgspec.json.encode(given).decode()) > MOST_OVERRIDES:
        raise errors.invalid(f"overrides must not exceed {MOST_OVERRIDES} characters.")
    errors.refuse("RunTask overrides", given, "inferenceAcceleratorOverrides")
    for each in given.get("containerOverrides") or ():
        if not each.get("name"):
            raise errors.invalid("A container override must have the name of its container.")
        if view.container(each["name"]) is None:
            raise errors.invalid(
                f"Override for container named {each['name']} is not a container in the TaskDefinition."
            )
        errors.refuse(f"RunTask overrides of container {each['name']}", each, "resourceRequirements")
    overrides: Json = dict(given)
    for member in ("cpu", "memory"):
        if given.get(member):
            overrides[member] = size_text(member, given[member])
    wanted: Any = _changed(read_overrides(overrides), view)
    for rule in (sizes.task_size, sizes.container_sums, storage.ephemeral):
        for fault in rule(wanted):
            raise errors.invalid(fault)
    return overrides


def _changed(changes: TaskOverride, view: TaskDefinitionView) -> Json:
    """Return the members that say how big the changed task is."""
    containers = []
    for each in view.container_definitions:
        own = changes.of(each.name)
        sizes_of_it = {
            "cpu": each.cpu if own.cpu is None else own.cpu,
            "memory": own.memory or each.memory,
            "memoryReservation": own.memory_reservation or each.memory_reservation,
        }
        containers.append({"name": each.name, **sizes_of_it})
    changed: Json = {
        "cpu": changes.cpu or view.cpu,
        "memory": changes.memory or view.memory,
        "containerDefinitions": containers,
        "runtimePlatform": {"operatingSystemFamily": view.runtime_platform.operating_system_family},
    }
    if changes.ephemeral_storage:
        changed["ephemeralStorage"] = {"sizeInGiB": changes.ephemeral_storage.size_in_gib}
    return changed
