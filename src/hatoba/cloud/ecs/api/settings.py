"""The members of a service that change without a new deployment, checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from hatoba.cloud.ecs.api import errors
from hatoba.cloud.ecs.model import Alarms, Rollout, Service, Threshold
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_ecs import type_defs as t

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
TOKEN = re.compile(r"[!-~]{1,36}")


def rollout(given: t.DeploymentConfigurationUnionTypeDef | None, before: Rollout) -> Rollout:
    """Return how deployments roll, from what is given and what was.

    Raises:
        ServiceError: A percent that does not fit, or a way to deploy that is not supported here.
    """
    if not given:
        return before
    _check_is_rolling(given)
    minimum = given.get("minimumHealthyPercent", before.minimum_healthy_percent)
    maximum = given.get("maximumPercent", before.maximum_percent)
    if not 0 <= minimum <= 100:  # noqa: PLR2004 - a percent
        raise errors.invalid("minimumHealthyPercent must be between 0 and 100.")
    if maximum < 100:  # noqa: PLR2004 - a percent
        raise errors.invalid("maximumPercent must be at least 100.")
    if minimum == maximum:
        raise errors.invalid(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
        )
    return replace(
        _with_breaker(before, given.get("deploymentCircuitBreaker")),
        minimum_healthy_percent=minimum,
        maximum_percent=maximum,
        alarms=_alarms(given["alarms"]) if "alarms" in given else before.alarms,
    )


def _check_is_rolling(given: Mapping[str, Any]) -> None:
    if given.get("strategy") not in {None, "ROLLING"}:
        raise NotImplementedHere(f"ecs: deployment strategy {given['strategy']}")
    for member in ("lifecycleHooks", "linearConfiguration", "canaryConfiguration", "bakeTimeInMinutes"):
        if given.get(member):
            raise NotImplementedHere(f"ecs: deploymentConfiguration with {member}")
    if (given.get("earlySuccessCriteria") or {}).get("enable"):
        raise NotImplementedHere("ecs: deploymentConfiguration with earlySuccessCriteria")


def _with_breaker(before: Rollout, given: Mapping[str, Any] | None) -> Rollout:
    """Return a rollout with the circuit breaker, if one is given; what that leaves out is as by default."""
    if not given:
        return before
    wanted = given.get("thresholdConfiguration")
    if wanted and wanted["value"] < 1:
        raise errors.invalid(
            "deploymentCircuitBreaker: the value of thresholdConfiguration must be at least 1; without a"
            " thresholdConfiguration it is 50 percent."
        )
    return replace(
        before,
        breaker=given["enable"],
        rollback=given["rollback"],
        threshold=Threshold(wanted["type"], wanted["value"]) if wanted else None,
        resets_on_healthy_task=given.get("resetOnHealthyTask"),
    )


def _alarms(given: t.DeploymentAlarmsTypeDef | t.DeploymentAlarmsOutputTypeDef) -> Alarms | None:
    names = tuple(given["alarmNames"])
    if given["enable"] and not names:
        raise errors.invalid(
            "deploymentConfiguration.alarms: name at least one alarm, or do not enable them."
        )
    return Alarms(names, given["enable"], given["rollback"]) if names else None


def _check_new(request: t.CreateServiceRequestTypeDef) -> None:
    if not NAME.fullmatch(request["serviceName"]):
        raise errors.invalid(
            f"Service name {request['serviceName']!r}: use up to 255 letters, digits, hyphens, underscores."
        )
    token = request.get("clientToken")
    if token is not None and not TOKEN.fullmatch(token):
        raise errors.invalid("clientToken must have 1 to 36 printable ASCII characters.")
    if request.get("schedulingStrategy") not in {None, "REPLICA"}:
        raise NotImplementedHere(f"ecs: schedulingStrategy {request['schedulingStrategy']}")
    if request.get("role"):
        raise errors.invalid(
            "You cannot specify an IAM role for services that require a service linked role."
        )
    _check_common(request)


def _check_common(request: t.CreateServiceRequestTypeDef | t.UpdateServiceRequestTypeDef) -> None:
    for member in ("placementConstraints", "placementStrategy"):
        if request.get(member):
            raise errors.invalid(f"{member} is not supported with the FARGATE launch type.")
    controller = request.get("deploymentController")
    if controller and controller["type"] != "ECS":
        raise NotImplementedHere(f"ecs: deploymentController {controller['type']}")
    grace_s = request.get("healthCheckGracePeriodSeconds") or 0
    if not 0 <= grace_s <= 2147483647:  # noqa: PLR2004 - AWS's bound
        raise errors.invalid("healthCheckGracePeriodSeconds must be between 0 and 2147483647.")


def _count(value: int | None) -> int:
    if value is None:
        raise errors.invalid("Desired count can not be empty with the REPLICA scheduling strategy.")
    if value < 0:
        raise errors.invalid("desiredCount must not be negative.")
    return value


def _has_room(rolls: Rollout) -> bool:
    """Say whether a task may be started before another one is stopped, which moving it needs."""
    return rolls.maximum_percent > 100  # noqa: PLR2004 - a percent


def _rebalancing(request: Mapping[str, Any], otherwise: str, rolls: Rollout) -> str:
    wanted = request.get("availabilityZoneRebalancing")
    if wanted == "ENABLED" and not _has_room(rolls):
        raise errors.invalid(
            "availabilityZoneRebalancing ENABLED needs a maximumPercent above 100: a task is started in one"
            " zone before another is stopped. Raise maximumPercent, or set DISABLED."
        )
    return wanted or otherwise


class Settings(msgspec.Struct, frozen=True):
    """What a new service is set to."""

    desired_count: int
    rollout: Rollout
    health_check_grace_s: int
    zone_rebalancing: str
    enable_execute_command: bool
    enable_managed_tags: bool
    propagate_tags: str

    @staticmethod
    def of_new(request: t.CreateServiceRequestTypeDef) -> Settings:
        """Return the settings of a service to be made.

        Raises:
            ServiceError: What does not fit, or is not supported here.
        """
        _check_new(request)
        rolls = rollout(request.get("deploymentConfiguration"), Rollout())
        return Settings(
            desired_count=_count(request.get("desiredCount")),
            rollout=rolls,
            health_check_grace_s=request.get("healthCheckGracePeriodSeconds") or 0,
            zone_rebalancing=_rebalancing(request, "ENABLED" if _has_room(rolls) else "DISABLED", rolls),
            enable_execute_command=bool(request.get("enableExecuteCommand")),
            enable_managed_tags=bool(request.get("enableECSManagedTags")),
            propagate_tags=request.get("propagateTags") or "NONE",
        )

    @staticmethod
    def changed(service: Service, request: t.UpdateServiceRequestTypeDef) -> Service:
        """Return the service with the settings that an update names.

        Raises:
            ServiceError: What does not fit, or is not supported here.
        """
        _check_common(request)
        count = request.get("desiredCount")
        grace_s = request.get("healthCheckGracePeriodSeconds")
        execute = request.get("enableExecuteCommand")
        managed = request.get("enableECSManagedTags")
        rolls = rollout(request.get("deploymentConfiguration"), service.rollout)
        return replace(
            service,
            desired_count=service.desired_count if count is None else _count(count),
            rollout=rolls,
            health_check_grace_s=service.health_check_grace_s if grace_s is None else grace_s,
            zone_rebalancing=_rebalancing(request, service.zone_rebalancing, rolls),
            enable_execute_command=service.enable_execute_command if execute is None else execute,
            enable_managed_tags=service.enable_managed_tags if managed is None else managed,
            propagate_tags=request.get("propagateTags") or service.propagate_tags,
        )
