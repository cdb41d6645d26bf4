"""Schedules that are refused when they are written: nobody here would run them, or nobody could read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatoba.cloud.schedules.control import is_cluster, run_task
from hatoba.cloud.schedules.model import Schedule, Target, Timing
from hatoba.cloud.timetable import At, Unreadable, read, zone_of
from hatoba.cloud.wire import NotImplementedHere, ServiceError, constraints
from hatoba.cloud.wire.models import check_params, operation_model

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_HERE = ("PlacementConstraints", "PlacementStrategy", "ReferenceId")
"""Members of EcsParameters that Fargate or this cloud has not."""
OTHER_PARAMETERS = (
    "EventBridgeParameters",
    "KinesisParameters",
    "SageMakerPipelineParameters",
    "SqsParameters",
)


def check_rule(params: Mapping[str, Any]) -> None:
    """Refuse a rule whose schedule expression cannot be read.

    Raises:
        ServiceError: ``ValidationException``, as EventBridge says it.
    """
    expression = params.get("ScheduleExpression")
    if not expression:
        return
    try:
        is_known = not isinstance(read(expression, counts=True), At)
    except Unreadable:
        is_known = False
    if not is_known:
        raise _invalid("Parameter ScheduleExpression is not valid.")


def check_targets(params: Mapping[str, Any]) -> None:
    """Refuse targets of a scheduled rule that would not be run.

    Raises:
        ServiceError: ``NotImplementedException``, ``ValidationException``.
    """
    constraints.check(operation_model("events", "PutTargets"), params)
    for given in params["Targets"]:
        for member in ("InputPath", "InputTransformer", "RunCommandParameters"):
            if given.get(member):
                raise NotImplementedHere(f"events:PutTargets of a scheduled rule with {member}")
        _check_target("events:PutTargets of a scheduled rule", given)


def check_schedule(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse a schedule that could not be read or would not be run.

    Raises:
        ServiceError: ``NotImplementedException``, ``ValidationException``.
    """
    constraints.check(operation_model("scheduler", operation), params)
    try:
        read(params["ScheduleExpression"])
    except Unreadable as error:
        raise _invalid(f"Invalid Schedule Expression {params['ScheduleExpression']}. {error}") from error
    try:
        zone_of(params.get("ScheduleExpressionTimezone") or "UTC")
    except Unreadable as error:
        raise _invalid(f"Provided ScheduleExpressionTimezone is not valid. {error}") from error
    window = params["FlexibleTimeWindow"]
    if (window["Mode"] == "FLEXIBLE") != bool(window.get("MaximumWindowInMinutes")):
        raise _invalid("MaximumWindowInMinutes must be given with the mode FLEXIBLE, and only then.")
    what = f"scheduler:{operation}"
    for member in OTHER_PARAMETERS:
        if params["Target"].get(member):
            raise NotImplementedHere(f"{what} with {member}")
    _check_target(what, params["Target"])


def _check_target(what: str, given: Mapping[str, Any]) -> None:
    if not is_cluster(given["Arn"]):
        raise NotImplementedHere(f"{what} with the target {given['Arn']}: only clusters of ECS are run, it")
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
    target = Target(given.get("Id", ""), given["Arn"], dict(parameters), given.get("Input"))
    probe = Schedule("arn", "name", "rule", "default", Timing("rate(1 minute)"), True, (target,), 0.0)
    check_params(operation_model("ecs", "RunTask"), run_task(probe, target, 0.0))


def _check_launch(what: str, parameters: Mapping[str, Any]) -> None:
    """Refuse tasks that are not Fargate's, or that would have no network."""
    launch_type = parameters.get("LaunchType")
    if launch_type not in {None, "FARGATE"}:
        raise NotImplementedHere(f"{what} with EcsParameters.LaunchType {launch_type}")
    if not (parameters.get("NetworkConfiguration") or {}).get("awsvpcConfiguration"):
        raise _invalid("EcsParameters.NetworkConfiguration must name the subnets of tasks on Fargate.")


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message, status=400)
