"""Containers among themselves: names, essential ones, order, restarts.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_ecs.type_defs import RegisterTaskDefinitionRequestTypeDef

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
MOST_IMAGE_CHARACTERS = 255
MOST_CONTAINERS = 10
CONDITIONS = ("START", "COMPLETE", "SUCCESS", "HEALTHY")
TIMEOUTS_S = range(2, 121)
ATTEMPT_PERIODS_S = range(60, 1801)
MOST_IGNORED_CODES = 50
MOST_ENVIRONMENT_FILES = 10
MOST_OPEN_FILES = 1_048_576
UNLIMITED = -1


def names(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Family, containers and images are named, containers differently."""
    if not _NAME.fullmatch(request["family"]):
        yield "Family contains invalid characters."
    if not request["containerDefinitions"]:
        yield "Container list cannot be empty."
    count = len(request["containerDefinitions"])
    if count > MOST_CONTAINERS:
        yield f"A task definition can have at most {MOST_CONTAINERS} containers; this has {count}."
    seen: set[str] = set()
    for each in request["containerDefinitions"]:
        name, image = each.get("name") or "", each.get("image") or ""
        if not name:
            yield "Container.name should not be null or empty."
        if not _NAME.fullmatch(name):
            yield f"Container.name contains invalid characters: {name}"
        if name in seen:
            yield f"Container names must be unique: {name} is used twice."
        if not image:
            yield "Container.image should not be null or empty."
        if len(_DIGEST.sub("", image)) > MOST_IMAGE_CHARACTERS:
            yield f"Container.image must have at most {MOST_IMAGE_CHARACTERS} characters."
        seen.add(name)


def essential(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """At least one container is essential; without a word each one is."""
    if not any(each.get("essential", True) for each in request["containerDefinitions"]):
        yield "Task definition doesn't have any essential container"


def dependencies(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Containers depend on others that stand in the definition, in a way that can come true, in no circle."""
    by_name = {each.get("name"): each for each in request["containerDefinitions"]}
    needs: dict[str | None, set[str]] = {}
    for name, each in by_name.items():
        needs[name] = {need["containerName"] for need in each.get("dependsOn") or ()}
        for need in each.get("dependsOn") or ():
            other = by_name.get(need["containerName"])
            if other is None:
                yield f"Cannot depend on container + '{need['containerName']}' because it does not exist"
                return
            if need["condition"] not in CONDITIONS:
                yield f"dependsOn.condition {need['condition']} must be one of {', '.join(CONDITIONS)}"
            if need["condition"] in {"SUCCESS", "COMPLETE"} and other.get("essential", True):
                yield (
                    "A dependency container with SUCCESS or COMPLETE condition cannot be an essential"
                    " container"
                )
            if need["condition"] == "HEALTHY" and not other.get("healthCheck"):
                yield "A dependency container with HEALTHY condition must have health check configured"
    if _has_circle(needs):
        yield "Container dependencies must not form a circle."


def _has_circle(needs: dict[str | None, set[str]]) -> bool:
    left = dict(needs)
    while left:
        free = [name for name, needed in left.items() if not needed & left.keys()]
        if not free:
            return True
        for name in free:
            del left[name]
    return False


def secrets(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """A variable has one value, from one place; environment files are few and end in .env."""
    for each in request["containerDefinitions"]:
        taken = {pair.get("name") for pair in each.get("environment") or ()}
        for secret in each.get("secrets") or ():
            if secret["name"] in taken:
                yield (
                    "The secret name must be unique and not shared with any new or existing environment"
                    f" variables set on the container, such as '{secret['name']}'."
                )
            taken.add(secret["name"])
        files = each.get("environmentFiles") or ()
        if len(files) > MOST_ENVIRONMENT_FILES:
            yield f"environmentFiles can have at most {MOST_ENVIRONMENT_FILES} items."
        for file in files:
            if not file["value"].endswith(".env"):
                yield f"The environment file {file['value']} must have the extension .env."


def restart_policies(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Restart policies stay within their bounds."""
    for each in request["containerDefinitions"]:
        policy = each.get("restartPolicy")
        if not policy:
            continue
        if len(policy.get("ignoredExitCodes") or ()) > MOST_IGNORED_CODES:
            yield f"restartPolicy.ignoredExitCodes can have at most {MOST_IGNORED_CODES} items."
        period_s = policy.get("restartAttemptPeriod")
        if period_s is not None and period_s not in ATTEMPT_PERIODS_S:
            yield "restartPolicy.restartAttemptPeriod must be between 60 and 1800 seconds."


def timeouts(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Fargate waits 2 to 120 seconds for a start or a stop."""
    for each in request["containerDefinitions"]:
        for member, word in (("startTimeout", "start"), ("stopTimeout", "stop")):
            value = each.get(member)
            if not isinstance(value, int) or value in TIMEOUTS_S:
                continue
            if value > TIMEOUTS_S[-1]:
                yield (
                    f"Tasks using the Fargate launch type must have a container {word} timeout of less than"
                    " 120 seconds."
                )
            else:
                yield f"Container {word} timeout must be at least 2 seconds."


def ulimits(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """A soft limit is within its hard one; Fargate opens up to 1,048,576 files."""
    for each in request["containerDefinitions"]:
        for limit in each.get("ulimits") or ():
            if limit["softLimit"] > limit["hardLimit"] != UNLIMITED:
                yield f"ulimits {limit['name']}: the softLimit must not be above the hardLimit."
            if limit["name"] == "nofile" and limit["hardLimit"] > MOST_OPEN_FILES:
                yield f"ulimits nofile: the hardLimit can be at most {MOST_OPEN_FILES} on Fargate."
