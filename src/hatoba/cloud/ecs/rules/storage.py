"""Volumes and the task's disk: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Volume.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_ecs.type_defs import RegisterTaskDefinitionRequestTypeDef

LEAST_EPHEMERAL_GIB = 21
MOST_EPHEMERAL_GIB = 200
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


def names(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Volumes are named as everything else is."""
    for each in request.get("volumes") or ():
        name = each.get("name") or ""
        if not _NAME.fullmatch(name):
            yield f"Volume name {name!r}: use up to 255 letters, digits, hyphens and underscores."


def mounts(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """What is mounted is a volume of the task."""
    volumes = {each.get("name") for each in request.get("volumes") or ()}
    for container in request["containerDefinitions"]:
        for each in container.get("mountPoints") or ():
            if each.get("sourceVolume") not in volumes:
                yield f"Unknown volume '{each.get('sourceVolume')}'"


def volumes_from(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Volumes are taken from a container that stands in the definition."""
    names = {each.get("name") for each in request["containerDefinitions"]}
    for container in request["containerDefinitions"]:
        for each in container.get("volumesFrom") or ():
            if each.get("sourceContainer") not in names - {container.get("name")}:
                yield f"Invalid 'volumesFrom' setting. Unknown container: '{each.get('sourceContainer')}'."


def efs(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """EFS with IAM needs encryption in transit and a task role; an access point has its own root."""
    for volume in request.get("volumes") or ():
        configuration = volume.get("efsVolumeConfiguration")
        authorization = configuration.get("authorizationConfig") if configuration else None
        if not configuration or not authorization:
            continue
        root = configuration.get("rootDirectory")
        if authorization.get("accessPointId") and root not in {None, "", "/"}:
            yield "EFS root directory must be omitted or set to / when an access point is specified."
        if authorization.get("iam") != "ENABLED":
            continue
        if configuration.get("transitEncryption") != "ENABLED":
            yield "EFS transit encryption must be enabled when using IAM authorization."
        if not request.get("taskRoleArn"):
            yield "EFS IAM authorization requires a task role."


def ephemeral(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """The disk has 21 to 200 GiB when a size is given."""
    storage = request.get("ephemeralStorage")
    if not storage:
        return
    if storage["sizeInGiB"] < LEAST_EPHEMERAL_GIB:
        yield f"EphemeralStorage size should be at least {LEAST_EPHEMERAL_GIB}"
    if storage["sizeInGiB"] > MOST_EPHEMERAL_GIB:
        yield f"EphemeralStorage size should be at most {MOST_EPHEMERAL_GIB}"
