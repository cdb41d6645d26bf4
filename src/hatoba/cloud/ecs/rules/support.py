"""What AWS takes in a task definition and this cloud cannot run. It is refused at once, by name.

Accepting it would be worse: the task would run without what was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from types_boto3_ecs.type_defs import RegisterTaskDefinitionRequestTypeDef

OF_TASK = ("proxyConfiguration", "enableFaultInjection")
OF_CONTAINERS = (
    "repositoryCredentials",
    "firelensConfiguration",
    "credentialSpecs",
)
OF_VOLUMES = (
    "efsVolumeConfiguration",
    "s3filesVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
    "configuredAtLaunch",
)


def unsupported(request: RegisterTaskDefinitionRequestTypeDef) -> str | None:
    """Return the first member of a Fargate definition that cannot be run here, or None."""
    if "FARGATE" not in (request.get("requiresCompatibilities") or ()):
        return None  # kept and described, but nothing starts from it
    return next(_all(request), None)


def _all(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    yield from _given(request, OF_TASK, "")
    platform = request.get("runtimePlatform") or {}
    if str(platform.get("operatingSystemFamily") or "LINUX") != "LINUX":
        yield f"runtimePlatform.operatingSystemFamily {platform.get('operatingSystemFamily')}"
    for volume in request.get("volumes") or ():
        yield from _given(volume, OF_VOLUMES, "volumes.")
    for container in request["containerDefinitions"]:
        yield from _given(container, OF_CONTAINERS, "containerDefinitions.")
        for mapping in container.get("portMappings") or ():
            yield from _given(mapping, ("containerPortRange",), "portMappings.")
        logs = container.get("logConfiguration")
        if logs:
            yield from _of_logs(logs)


def _of_logs(logs: Mapping[str, Any]) -> Iterator[str]:
    if logs["logDriver"] != "awslogs":
        yield f"logConfiguration.logDriver {logs['logDriver']}"
    yield from _given(logs, ("secretOptions",), "logConfiguration.")


def _given(members: Mapping[str, Any], names: tuple[str, ...], prefix: str) -> Iterator[str]:
    for name in names:
        if members.get(name):
            yield prefix + name
