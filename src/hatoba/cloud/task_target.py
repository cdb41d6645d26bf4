"""A cluster of ECS as a target of EventBridge, its Scheduler and their rules: what is asked of RunTask. Pure.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatoba.cloud.wire import NotImplementedHere, ServiceError
from hatoba.cloud.wire.models import check_params, operation_model

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_HERE = ("PlacementConstraints", "PlacementStrategy", "ReferenceId")
"""Members of EcsParameters that Fargate or this cloud has not."""
LONGEST_STARTED_BY = 36
LONGEST_TOKEN = 64


def is_cluster(arn: str) -> bool:
    """Say whether a target is a cluster of ECS."""
    parts = arn.split(":")
    return len(parts) == 6 and parts[2] == "ecs" and parts[5].startswith("cluster/")  # noqa: PLR2004 - an ARN's


def run_task(
    cluster: str, given: Mapping[str, Any], *, overrides: str | None, started_by: str, token: str
) -> dict[str, Any]:
    """Return the parameters of RunTask.

    Args:
        cluster: Its ARN.
        given: ``EcsParameters``.
        overrides: JSON text: the tasks' overrides.
        started_by: Cut where it is too long.
        token: Makes a repeated call run nothing anew.
    """
    asked: dict[str, Any] = {
        "cluster": cluster,
        "taskDefinition": given.get("TaskDefinitionArn"),
        "count": given.get("TaskCount") or 1,
        "startedBy": started_by[:LONGEST_STARTED_BY],
        "clientToken": token[:LONGEST_TOKEN],
        "launchType": given.get("LaunchType"),
        "capacityProviderStrategy": given.get("CapacityProviderStrategy"),
        "networkConfiguration": _network(given.get("NetworkConfiguration")),
        "platformVersion": given.get("PlatformVersion"),
        "group": given.get("Group"),
        "enableECSManagedTags": given.get("EnableECSManagedTags"),
        "enableExecuteCommand": given.get("EnableExecuteCommand"),
        "propagateTags": given.get("PropagateTags"),
        "tags": _tags(given.get("Tags")),
        "overrides": json.loads(overrides) if overrides else None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def check(what: str, given: Mapping[str, Any]) -> None:
    """Refuse a target, a cluster, that RunTask would refuse.

    Args:
        what: The operation, for the error.
        given: The target as it was given.

    Raises:
        ServiceError: ``NotImplementedException``, ``ValidationException``.
    """
    parameters = given.get("EcsParameters")
    if not parameters:
        raise _invalid(
            f"Parameter(s) EcsParameters must be specified for target: {given.get('Id', given['Arn'])}."
        )
    for member in NOT_HERE:
        if parameters.get(member):
            raise NotImplementedHere(f"{what} with EcsParameters.{member}")
    _check_launch(what, parameters)
    try:
        overrides = json.loads(given.get("Input") or "{}")
    except ValueError as error:
        raise _invalid(f"Input is not JSON: {error}") from error
    if not isinstance(overrides, dict):
        raise _invalid("Input of a target of ECS must be a JSON object: the overrides of its tasks.")
    probe = "probe"
    asked = run_task(given["Arn"], parameters, overrides=given.get("Input"), started_by=probe, token=probe)
    check_params(operation_model("ecs", "RunTask"), asked)


def _check_launch(what: str, parameters: Mapping[str, Any]) -> None:
    """Refuse tasks that are not Fargate's, or that are and would have no network."""
    launch_type = parameters.get("LaunchType")
    if launch_type not in {None, "FARGATE"}:
        raise NotImplementedHere(f"{what} with EcsParameters.LaunchType {launch_type}")
    is_fargate = launch_type is not None or bool(parameters.get("CapacityProviderStrategy"))
    if is_fargate and not (parameters.get("NetworkConfiguration") or {}).get("awsvpcConfiguration"):
        raise _invalid("EcsParameters.NetworkConfiguration must name the subnets of tasks on Fargate.")


def _network(given: Mapping[str, Any] | None) -> dict[str, object] | None:
    inside = (given or {}).get("awsvpcConfiguration")
    if not inside:
        return None
    return {"awsvpcConfiguration": {name[0].lower() + name[1:]: value for name, value in inside.items()}}


def _tags(given: list[Mapping[str, str]] | None) -> list[dict[str, str]] | None:
    """Return tags as ECS takes them. A rule writes Key and Value; a schedule's are plain maps."""
    found: list[dict[str, str]] = []
    for each in given or ():
        lower = {name.lower(): value for name, value in each.items()}
        if set(lower) == {"key", "value"}:
            found.append(lower)
        else:
            found += [{"key": name, "value": value} for name, value in each.items()]
    return found or None


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message, status=400)
