"""Members that Fargate does not take.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_ecs.type_defs import RegisterTaskDefinitionRequestTypeDef

_OF_CONTAINERS = (
    ("privileged", "Fargate requires that the 'privileged' setting be 'false'"),
    ("dnsServers", "DNS servers are not supported on container when networkMode=awsvpc"),
    ("dnsSearchDomains", "DNS search domains are not supported on container when networkMode=awsvpc"),
    (
        "dockerSecurityOptions",
        "Fargate compatible task definitions do not support dockerSecurityOptions",
    ),
    ("links", "Links are not supported when networkMode=awsvpc"),
    ("extraHosts", "Extra hosts are not supported when networkMode=awsvpc"),
    ("hostname", "Hostname is not supported on container when networkMode=awsvpc"),
    ("disableNetworking", "Fargate compatible task definitions do not support disableNetworking"),
)
_OF_LINUX = (
    ("sharedMemorySize", "Fargate compatible task definitions do not support sharedMemorySize"),
    ("devices", "Fargate compatible task definitions do not support devices"),
    ("maxSwap", "Fargate compatible task definitions do not support maxSwap"),
    ("swappiness", "Fargate compatible task definitions do not support swappiness"),
)
ALLOWED_CAPABILITY = "SYS_PTRACE"
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SystemControl.html
_PARAMETERS = frozenset(
    f"kernel.{each}"
    for each in ("msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced")
)
_PREFIXES_OF_PARAMETERS = ("net.", "fs.mqueue.")


def of_task(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Members of the task."""
    if request.get("inferenceAccelerators"):
        yield "Unsupported field 'inferenceAccelerators'"
    if request.get("placementConstraints"):
        yield "Fargate compatible task definitions do not support placementConstraints"
    if request.get("ipcMode"):
        yield "Fargate compatible task definitions do not support ipcMode"
    if request.get("pidMode") not in {None, "task"}:
        yield "Fargate compatible task definitions only support pidMode task"
    for volume in request.get("volumes") or ():
        if (volume.get("host") or {}).get("sourcePath"):
            yield "Fargate compatible task definitions do not support host volumes with a sourcePath"
        if volume.get("dockerVolumeConfiguration"):
            yield "Fargate compatible task definitions do not support dockerVolumeConfiguration"


def of_containers(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Members of containers."""
    for container in request["containerDefinitions"]:
        for member, text in _OF_CONTAINERS:
            if container.get(member):
                yield text
        for each in container.get("resourceRequirements") or ():
            if each["type"] == "GPU":
                yield "Fargate compatible task definitions do not support gpu"


def linux_parameters(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Members of linuxParameters."""
    for container in request["containerDefinitions"]:
        parameters = container.get("linuxParameters")
        if not parameters:
            continue
        for each in (parameters.get("capabilities") or {}).get("add") or ():
            if each != ALLOWED_CAPABILITY:
                yield f"{each} is not allowed on Fargate."
        for member, text in _OF_LINUX:
            if parameters.get(member):
                yield text


def system_controls(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Kernel parameters are those that a container has of its own."""
    for container in request["containerDefinitions"]:
        for each in container.get("systemControls") or ():
            name = each.get("namespace") or ""
            if name not in _PARAMETERS and not name.startswith(_PREFIXES_OF_PARAMETERS):
                yield (
                    f"Invalid systemControls namespace '{name}'. It must begin with net. or fs.mqueue., or be"
                    f" one of {', '.join(sorted(_PARAMETERS))}."
                )
