"""Schedules that are refused when they are written: nobody here would run them, or nobody could read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud import task_target
from hatoba.cloud.timetable import At, Unreadable, read, zone_of
from hatoba.cloud.wire import NotImplementedHere, ServiceError, constraints
from hatoba.cloud.wire.models import operation_model

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    if not task_target.is_cluster(given["Arn"]):
        raise NotImplementedHere(f"{what} with the target {given['Arn']}: only clusters of ECS are run, it")
    task_target.check(what, given)


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message, status=400)
