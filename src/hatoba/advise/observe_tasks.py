"""Looking at what tasks are made of: task definitions, their log groups, and the roles that start them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from hatoba.advise.seen import RoleSeen, StatementSeen, TaskSeen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import ContainerDefinitionOutputTypeDef, ServiceTypeDef
    from types_boto3_iam import IAMClient
    from types_boto3_logs import CloudWatchLogsClient


def look_at_task(
    ecs: ECSClient, iam: IAMClient, logs: CloudWatchLogsClient, service: ServiceTypeDef
) -> TaskSeen:
    """Return what a service's tasks are made of."""
    found = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    containers = found["containerDefinitions"]
    network = service.get("networkConfiguration", {}).get("awsvpcConfiguration")
    role = found.get("executionRoleArn")
    return TaskSeen(
        images=tuple(dict.fromkeys(each["image"] for each in containers)),
        ports=tuple(
            (each["name"], port["containerPort"])
            for each in containers
            for port in each.get("portMappings", [])
            if "containerPort" in port
        ),
        log_groups=tuple(dict.fromkeys(_log_groups(logs, containers))),
        secrets=tuple(secret["valueFrom"] for each in containers for secret in each.get("secrets", [])),
        execution_role=look_at_role(iam, role) if role else None,
        subnets=tuple(network["subnets"]) if network else (),
        groups=tuple(network.get("securityGroups", ())) if network else (),
        has_public_ip=bool(network) and network.get("assignPublicIp") == "ENABLED" if network else False,
    )


def _log_groups(
    logs: CloudWatchLogsClient, containers: list[ContainerDefinitionOutputTypeDef]
) -> Iterator[tuple[str, bool, bool]]:
    for container in containers:
        options = container.get("logConfiguration", {}).get("options", {})
        name = options.get("awslogs-group")
        if name:
            found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            stands = any(group.get("logGroupName") == name for group in found)
            yield name, options.get("awslogs-create-group") == "true", stands


def look_at_role(iam: IAMClient, arn: str) -> RoleSeen:
    """Return a role with every statement of its policies; a caller who may not look learns why."""
    from botocore.exceptions import ClientError

    name = arn.rpartition("/")[2]
    try:
        return RoleSeen(name, tuple(_statements_of(iam, name)))
    except ClientError as error:
        return RoleSeen(name, problem=f"{error.operation_name}: {error.response['Error'].get('Message', '')}")


def _statements_of(iam: IAMClient, role: str) -> Iterator[StatementSeen]:
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        yield from statements(document)
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        yield from managed_statements(iam, attached.get("PolicyArn", ""))


def managed_statements(iam: IAMClient, arn: str) -> Iterator[StatementSeen]:
    """Every statement of a managed policy's default version."""
    version = iam.get_policy(PolicyArn=arn)["Policy"].get("DefaultVersionId", "v1")
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    yield from statements(found.get("Document", {}))


def statements(document: object) -> Iterator[StatementSeen]:
    """Every statement of a policy document, as IAM gives it or as a template has it."""
    read: Mapping[str, Any] = (
        json.loads(unquote(document)) if isinstance(document, str) else document  # type: ignore[assignment] # JSON
    )
    for each in _list(read.get("Statement")):
        if "Action" in each:
            on = _list(each.get("Resource", [] if "NotResource" in each else "*"))
            actions = tuple(str(action) for action in _list(each["Action"]))
            yield StatementSeen(each.get("Effect", "Allow"), actions, tuple(str(one) for one in on))


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
