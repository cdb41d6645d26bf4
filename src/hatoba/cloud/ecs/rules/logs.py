"""Logging: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.ecs.control.messages import BadPattern, beginning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_ecs.type_defs import LogConfigurationTypeDef, RegisterTaskDefinitionRequestTypeDef

FARGATE_DRIVERS = ("awslogs", "splunk", "awsfirelens")
MODES = ("blocking", "non-blocking")
_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")


def _configurations(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[LogConfigurationTypeDef]:
    for container in request["containerDefinitions"]:
        configuration = container.get("logConfiguration")
        if configuration:
            yield configuration  # type: ignore[misc]  # input and output shapes have the same members


def options(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """The awslogs driver knows its group and region."""
    for each in _configurations(request):
        if each["logDriver"] != "awslogs":
            continue
        given = each.get("options") or {}
        for name in ("awslogs-group", "awslogs-region"):
            if not given.get(name):
                yield f"Log driver awslogs requires options: {name}"
        if given.get("mode", "blocking") not in MODES:
            yield f"mode {given['mode']} is not a delivery mode. Must be one of [{', '.join(MODES)}]"
        if "awslogs-datetime-format" in given and "awslogs-multiline-pattern" in given:
            yield "awslogs-datetime-format and awslogs-multiline-pattern cannot be used together"
        try:
            beginning(given)
        except BadPattern as error:
            yield f"awslogs could not parse the multiline pattern: {error}"


def drivers(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Fargate has three log drivers and wants streams to be named."""
    for each in _configurations(request):
        driver = each["logDriver"]
        if driver not in FARGATE_DRIVERS:
            yield f"{driver} is not a valid log driver. Must be one of [{', '.join(FARGATE_DRIVERS)}]"
        if driver == "awslogs" and not (each.get("options") or {}).get("awslogs-stream-prefix"):
            yield (
                "Fargate requires log configuration options to include awslogs-stream-prefix to support log"
                " driver awslogs."
            )


def execution_role(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Whoever writes logs, pulls from ECR or reads secrets for the task needs a role for it."""
    if request.get("executionRoleArn"):
        return
    if any(each["logDriver"] == "awslogs" for each in _configurations(request)):
        yield "Fargate requires task definition to have execution role ARN to support log driver awslogs."
    if any(_ECR.match(each.get("image") or "") for each in request["containerDefinitions"]):
        yield "Fargate requires task definition to have execution role ARN to support ECR images."
    if any(each.get("secrets") for each in request["containerDefinitions"]):
        yield "Fargate requires task definition to have execution role ARN to support secrets."
