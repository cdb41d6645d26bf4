"""Requests for the scaling of ECS services that are refused: nobody here would act on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hatoba.cloud.scaling.model import DIMENSION, NAMESPACE, REQUESTS
from hatoba.cloud.timetable import Unreadable, read, zone_of
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.scaling.model import Target

METRICS = ("ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization", REQUESTS)
_RESOURCE = re.compile(r"service/[^/]+/[^/]+")
_LABEL = re.compile(r"app/[^/]+/[0-9a-f]+/targetgroup/[^/]+/[0-9a-f]+")


def check(operation: str, params: Mapping[str, Any], target: Target | None) -> None:
    """Refuse what is not acted on.

    Raises:
        ServiceError: ``NotImplementedException``, ``ValidationException``, ``ObjectNotFoundException``.
    """
    match operation:
        case "RegisterScalableTarget":
            _check_resource(params)
            _check_bounds(params, target)
        case "PutScalingPolicy":
            _check_stands(params, target)
            _check_policy(params)
        case "PutScheduledAction":
            _check_stands(params, target)
            _check_action(params)


def unknown_service(resource: str) -> ServiceError:
    """Return what says that a resource is no service that stands."""
    return _invalid(f"ECS service doesn't exist: {resource}")


def _check_resource(params: Mapping[str, Any]) -> None:
    if params.get("ScalableDimension") != DIMENSION or not _RESOURCE.fullmatch(params["ResourceId"]):
        raise _invalid("Unsupported service namespace, resource type or scalable dimension")


def _check_bounds(params: Mapping[str, Any], target: Target | None) -> None:
    minimum = params.get("MinCapacity", target.minimum if target else None)
    maximum = params.get("MaxCapacity", target.maximum if target else None)
    if minimum is None or maximum is None:
        raise _invalid("MinCapacity and MaxCapacity must be specified when a scalable target is registered.")
    if minimum < 0 or maximum < minimum:
        raise _invalid("Maximum capacity cannot be less than minimum capacity, and neither less than 0.")


def _check_stands(params: Mapping[str, Any], target: Target | None) -> None:
    if target is None:
        raise ServiceError(
            "ObjectNotFoundException",
            f"No scalable target registered for service namespace: {NAMESPACE}, resource ID:"
            f" {params['ResourceId']}, scalable dimension: {params['ScalableDimension']}",
            status=400,
        )


def _check_policy(params: Mapping[str, Any]) -> None:
    kind = params.get("PolicyType") or "StepScaling"
    if kind != "TargetTrackingScaling":
        raise NotImplementedHere(
            f"application-autoscaling:PutScalingPolicy of type {kind}: no alarm goes off here, it"
        )
    tracked = params.get("TargetTrackingScalingPolicyConfiguration")
    if not tracked:
        raise _invalid(
            "TargetTrackingScalingPolicyConfiguration must be specified for TargetTrackingScaling."
        )
    if tracked.get("CustomizedMetricSpecification"):
        raise NotImplementedHere(
            "application-autoscaling:PutScalingPolicy with CustomizedMetricSpecification"
        )
    predefined = tracked.get("PredefinedMetricSpecification") or {}
    metric, label = predefined.get("PredefinedMetricType"), predefined.get("ResourceLabel") or ""
    if metric not in METRICS:
        raise NotImplementedHere(f"application-autoscaling:PutScalingPolicy with the metric {metric}")
    if metric == REQUESTS and not _LABEL.fullmatch(label):
        raise _invalid(
            f"The ResourceLabel of {REQUESTS} has the form app/LOAD-BALANCER/ID/targetgroup/TARGET-GROUP/ID."
        )
    if tracked["TargetValue"] <= 0:
        raise _invalid("TargetValue must be greater than 0.")


def _check_action(params: Mapping[str, Any]) -> None:
    try:
        if params.get("Schedule"):
            read(params["Schedule"])
        if params.get("Timezone"):
            zone_of(params["Timezone"])
    except Unreadable as error:
        raise _invalid(f"Invalid schedule: {error}") from error


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message, status=400)
