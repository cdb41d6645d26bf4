"""What a task's containers need now: which may start, which start again, and when the task is over.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatoba.cloud.ecs import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.ecs.definition import ContainerDefinition, Dependency
    from hatoba.cloud.ecs.model import Container, Health


@dataclass(frozen=True, slots=True)
class StartContainer:
    """Start a container, for the first time or again."""

    name: str
    reason: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class EndTask:
    """The task is over, with this stop code and text."""

    stop_code: str
    stopped_reason: str
    reason: str


ContainerDecision = StartContainer | EndTask


def decide(
    definitions: Sequence[ContainerDefinition], containers: Sequence[Container]
) -> list[ContainerDecision]:
    """Return what is to be done inside a task that is wanted to run. Empty when all is as wanted."""
    seen = {each.name: each for each in containers}
    decisions: list[ContainerDecision] = []
    for definition in definitions:
        container = seen[definition.name]
        if container.last_status == "STOPPED":
            if _starts_again(definition, container):
                decisions.append(StartContainer(definition.name, "its restart policy says so", again=True))
            elif definition.essential:
                return [EndTask("EssentialContainerExited", texts.ESSENTIAL_EXITED, _exit(container))]
        elif container.last_status == "PENDING":
            blocked = [each for each in definition.depends_on if _can_never(each, seen)]
            if blocked:
                name = blocked[0].container_name
                return [
                    EndTask(
                        "TaskFailedToStart",
                        f"Container {name} did not meet the condition {blocked[0].condition}",
                        _exit(seen[name]),
                    )
                ]
            if all(_is_met(each, seen) for each in definition.depends_on):
                decisions.append(StartContainer(definition.name, "what it depends on is there"))
    if not decisions and all(each.last_status == "STOPPED" for each in containers):
        return [EndTask("EssentialContainerExited", texts.ESSENTIAL_EXITED, "every container has ended")]
    return decisions


def all_started(containers: Sequence[Container]) -> bool:
    """Say whether no container waits any more for its first start."""
    return all(each.last_status != "PENDING" for each in containers)


def stop_order(definitions: Sequence[ContainerDefinition]) -> list[tuple[str, ...]]:
    """Return the containers in the waves in which they are stopped: dependents before what they need."""
    left = {each.name: {need.container_name for need in each.depends_on} for each in definitions}
    waves: list[tuple[str, ...]] = []
    while left:
        needed = {need for needs in left.values() for need in needs}
        free = tuple(name for name in left if name not in needed) or tuple(left)
        waves.append(free)
        for name in free:
            del left[name]
    return waves


def task_health(definitions: Sequence[ContainerDefinition], containers: Sequence[Container]) -> Health:
    """Return the task's health: the worst of its essential containers."""
    essential = {each.name for each in definitions if each.essential}
    found = {each.health for each in containers if each.name in essential}
    if "UNHEALTHY" in found:
        return "UNHEALTHY"
    return "UNKNOWN" if "UNKNOWN" in found else "HEALTHY"


def _starts_again(definition: ContainerDefinition, container: Container) -> bool:
    policy = definition.restart_policy
    if policy is None or not policy.enabled or container.exit_code in policy.ignored_exit_codes:
        return False
    ran_s = (container.stopped_at or 0.0) - (container.started_at or 0.0)
    return ran_s >= policy.restart_attempt_period


def _is_met(dependency: Dependency, seen: dict[str, Container]) -> bool:
    other = seen[dependency.container_name]
    if dependency.condition == "START":
        return other.last_status in {"RUNNING", "STOPPED"}
    if dependency.condition == "COMPLETE":
        return other.last_status == "STOPPED"
    if dependency.condition == "SUCCESS":
        return other.last_status == "STOPPED" and other.exit_code == 0
    return other.last_status == "RUNNING" and other.health == "HEALTHY"


def _can_never(dependency: Dependency, seen: dict[str, Container]) -> bool:
    other = seen[dependency.container_name]
    if other.last_status != "STOPPED":
        return False
    return dependency.condition == "HEALTHY" or (dependency.condition == "SUCCESS" and other.exit_code != 0)


def _exit(container: Container) -> str:
    code = "an unknown code" if container.exit_code is None else f"code {container.exit_code}"
    return f"container {container.name} ended with {code}"
