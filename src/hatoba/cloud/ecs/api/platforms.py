"""Fargate's platform versions, and what an older one cannot run.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.definition import EphemeralStorage
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from hatoba.cloud.ecs.definition import ContainerDefinition, TaskDefinitionView

LATEST = "LATEST"
VERSIONS = (LATEST, "1.4.0", "1.3.0")
OLDEST = "1.3.0"
SMALLEST_CPU_OF_LATER = 8192


def checked(given: str | None, view: TaskDefinitionView, *, executes: bool = False) -> str:
    """Return the platform version that tasks of a definition are asked to run on.

    Args:
        given: What the request says; None is the latest.
        view: The definition.
        executes: Commands are to be executed in the tasks.

    Raises:
        ServiceError: ``PlatformUnknownException``, ``PlatformTaskDefinitionIncompatibilityException``.
    """
    version = given or LATEST
    if version not in VERSIONS:
        raise ServiceError("PlatformUnknownException", "The specified platform does not exist.")
    if version == OLDEST and (executes or _needs_a_later_one(view)):
        raise ServiceError(
            "PlatformTaskDefinitionIncompatibilityException",
            "One or more of the requested capabilities are not supported.",
        )
    return version


def _needs_a_later_one(view: TaskDefinitionView) -> bool:
    is_large = view.cpu.isdecimal() and int(view.cpu) >= SMALLEST_CPU_OF_LATER
    has_more_disk = view.ephemeral_storage != EphemeralStorage()
    return (
        is_large
        or has_more_disk
        or bool(view.pid_mode)
        or any(_contains_later(each) for each in view.container_definitions)
    )


def _contains_later(container: ContainerDefinition) -> bool:
    return bool(container.environment_files or container.linux_parameters.capabilities.add)
