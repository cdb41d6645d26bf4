"""What a task definition must be: pure rules, each of which says AWS's own text for its fault.

::

    registration ─→ ALWAYS, then FARGATE where the definition asks for it, else ELSEWHERE
                     ─→ the first fault's text
                 ─→ unsupported: what AWS takes and this cloud cannot run, by name

A rule is a function of a definition that yields the texts of its faults.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.rules import containers, fields, health, logs, network, storage
from hatoba.cloud.ecs.rules import size as sizes
from hatoba.cloud.ecs.rules.size import size_text
from hatoba.cloud.ecs.rules.support import unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_ecs.type_defs import RegisterTaskDefinitionRequestTypeDef

    Rule = Callable[[RegisterTaskDefinitionRequestTypeDef], Iterator[str]]

__all__ = ["fault", "size_text", "sizes", "storage", "unsupported"]

ALWAYS: tuple[Rule, ...] = (
    containers.names,
    network.port_mappings,
    network.port_ranges,
    containers.essential,
    containers.dependencies,
    containers.secrets,
    containers.restart_policies,
    sizes.reservations,
    health.checks,
    storage.names,
    storage.mounts,
    storage.volumes_from,
    storage.efs,
    logs.options,
)
FARGATE: tuple[Rule, ...] = (
    network.mode,
    sizes.task_size,
    sizes.container_sums,
    network.host_ports,
    containers.timeouts,
    containers.ulimits,
    logs.drivers,
    logs.execution_role,
    storage.ephemeral,
    fields.of_task,
    fields.of_containers,
    fields.linux_parameters,
    fields.system_controls,
)

ELSEWHERE: tuple[Rule, ...] = (sizes.memory_of_containers,)


def fault(request: RegisterTaskDefinitionRequestTypeDef) -> str | None:
    """Return the first fault of a definition, or None."""
    is_fargate = "FARGATE" in (request.get("requiresCompatibilities") or ())
    rules = (*ALWAYS, *(FARGATE if is_fargate else ELSEWHERE))
    return next((text for rule in rules for text in rule(request)), None)
