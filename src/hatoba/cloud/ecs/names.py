"""Names and ids as ECS gives them: ARNs in, short names out, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.wire.call import random_hex, random_id

if TYPE_CHECKING:
    from hatoba.cloud.state import Scope

DEFAULT_CLUSTER = "default"
_DIGITS = "0123456789"
_SERVICE_DEPLOYMENT_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

_PARTS_BEFORE = 5
"""What an ARN has before the resource: arn, partition, service, region, account."""


def arn(scope: Scope, resource: str) -> str:
    """Return the ARN of an ECS resource such as ``cluster/c``."""
    return f"arn:aws:ecs:{scope.region}:{scope.account}:{resource}"


def cluster_arn(scope: Scope, cluster: str) -> str:
    """Return a cluster's ARN."""
    return arn(scope, f"cluster/{cluster}")


def service_arn(scope: Scope, service_key: str) -> str:
    """Return a service's ARN; its key is ``cluster/service``."""
    return arn(scope, f"service/{service_key}")


def task_arn(scope: Scope, task_key: str) -> str:
    """Return a task's ARN; its key is ``cluster/task-id``."""
    return arn(scope, f"task/{task_key}")


def container_arn(scope: Scope, task_key: str, container_id: str) -> str:
    """Return the ARN of one container of a task."""
    return arn(scope, f"container/{task_key}/{container_id}")


def task_definition_arn(scope: Scope, family: str, revision: int) -> str:
    """Return a task definition's ARN."""
    return arn(scope, f"task-definition/{family}:{revision}")


def service_deployment_arn(scope: Scope, service_key: str, identifier: str) -> str:
    """Return the ARN of one deployment of a service."""
    return arn(scope, f"service-deployment/{service_key}/{identifier}")


def service_revision_arn(scope: Scope, service_key: str, identifier: str) -> str:
    """Return the ARN of what one deployment of a service deploys."""
    return arn(scope, f"service-revision/{service_key}/{identifier}")


def resource_of(name_or_arn: str) -> str:
    """Return what follows the account in an ARN; anything else as it is."""
    parts = name_or_arn.split(":", _PARTS_BEFORE)
    return parts[-1] if parts[0] == "arn" and len(parts) > _PARTS_BEFORE else name_or_arn


def cluster_name(name_or_arn: str | None) -> str:
    """Return the cluster that a request names: by name, by ARN, or none, which is ``default``."""
    return resource_of(name_or_arn or DEFAULT_CLUSTER).removeprefix("cluster/")


def last_part(name_or_arn: str) -> str:
    """Return a service's name or a task's id, given short or as an ARN."""
    return resource_of(name_or_arn).rsplit("/", 1)[-1]


def docker_id(task_id: str, container_id: str) -> str:
    """Return what Fargate calls a container: the task's id and ten digits; one container has one."""
    return f"{task_id}-{int(container_id.replace('-', ''), 16) % 10**10:010d}"


def new_task_id() -> str:
    """Return 32 hexadecimal digits."""
    return random_hex(32)


def new_deployment_id() -> str:
    """Return ``ecs-svc/`` and 19 digits."""
    return "ecs-svc/" + random_id(1, _DIGITS[1:]) + random_id(18, _DIGITS)


def new_service_deployment_id() -> str:
    """Return 21 characters such as name a service deployment."""
    return random_id(21, _SERVICE_DEPLOYMENT_ALPHABET)
