"""What a task's containers need now: which may start, which start again, and when the task is over.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.ecs import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.ecs.definition import ContainerDefinition, Dependency
    from hatoba.cloud.ecs.model import Container, Health


class StartContainer(msgspec.Struct, frozen=True):
    """Start a container, for the first time or again."""

    name: str
    reason: str
    again: bool = False


class EndTask(msgspec.Struct, frozen=True):
    """The task is over, with this stop code and text."""

    stop_code: str
    stopped_reason: str
    reason: str


ContainerDecision = StartContainer | EndTask


def decide(
    definitions: Sequence[ContainerDefinition], containers: Sequence[Container], *, now: float = 0.0
) -> list[ContainerDecision]:
    """Return what is to be done inside a task that is wanted to run. Empty when all is as wanted."""
    late = _late(definitions, containers, now)
    seen = {each.name: each for each in containers}
    back = {each.name for each in definitions if _starts_again(each, seen[each.name])}
    decisions: list[ContainerDecision] = []
    for definition in definitions:
        container = seen[definition.name]
        if container.last_status == "STOPPED":
            if definition.name in back:
                decisions.append(StartContainer(definition.name, "its restart policy says so", again=True))
            elif definition.essential:
                return [EndTask("EssentialContainerExited", texts.ESSENTIAL_EXITED, _exit(container))]
        elif container.last_status == "PENDING":
            final = [each for each in definition.depends_on if each.container_name not in back]
            blocked = [each for each in final if _can_never(each, seen, late)]
            if blocked:
                return [_give_up(blocked[0], seen, late)]
            if all(_is_met(each, seen) for each in definition.depends_on):
                decisions.append(StartContainer(definition.name, "what it depends on is there"))
    if not decisions and all(each.last_status == "STOPPED" for each in containers):
        return [EndTask("EssentialContainerExited", texts.ESSENTIAL_EXITED, "every container has ended")]
    return decisions


def patience_s(
    definitions: Sequence[ContainerDefinition], containers: Sequence[Container], now: float
) -> float | None:
    """Return after how many seconds a start that others wait for is late; None when none can be."""
    if all_started(containers):
        return None
    ends = [end for end in _ends_of_starts(definitions, containers).values() if end > now]
    return min(ends) - now if ends else None


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
    if container.last_status != "STOPPED" or policy is None or not policy.enabled:
        return False
    if container.exit_code in policy.ignored_exit_codes:
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


def _can_never(dependency: Dependency, seen: dict[str, Container], late: set[str]) -> bool:
    other = seen[dependency.container_name]
    if other.last_status != "STOPPED":
        return other.name in late and not _is_met(dependency, seen)
    return dependency.condition == "HEALTHY" or (dependency.condition == "SUCCESS" and other.exit_code != 0)


def _give_up(dependency: Dependency, seen: dict[str, Container], late: set[str]) -> EndTask:
    other = seen[dependency.container_name]
    text = f"Container {other.name} did not meet the condition {dependency.condition}"
    if other.name in late and other.last_status != "STOPPED":
        return EndTask("TaskFailedToStart", f"{text} within its startTimeout", "it takes too long")
    return EndTask("TaskFailedToStart", text, _exit(other))


def _ends_of_starts(
    definitions: Sequence[ContainerDefinition], containers: Sequence[Container]
) -> dict[str, float]:
    """Return when the running containers with a startTimeout must be where others wait for them."""
    started = {each.name: each.started_at for each in containers if each.last_status == "RUNNING"}
    return {
        each.name: at + each.start_timeout
        for each in definitions
        if each.start_timeout is not None and (at := started.get(each.name)) is not None
    }


def _late(
    definitions: Sequence[ContainerDefinition], containers: Sequence[Container], now: float
) -> set[str]:
    return {name for name, end in _ends_of_starts(definitions, containers).items() if now >= end}


def _exit(container: Container) -> str:
    code = "an unknown code" if container.exit_code is None else f"code {container.exit_code}"
    return f"container {container.name} ended with {code}"
