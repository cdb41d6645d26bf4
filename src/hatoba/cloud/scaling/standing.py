"""What the neighbour keeps of scaling, read into our records."""

from __future__ import annotations

import msgspec

from hatoba.cloud.scaling.model import COOLDOWN_S, NAMESPACE, Action, Policy, Suspended, Target


class _Suspended(msgspec.Struct, frozen=True):
    DynamicScalingInSuspended: bool = False
    DynamicScalingOutSuspended: bool = False
    ScheduledScalingSuspended: bool = False


class _Target(msgspec.Struct, frozen=True):
    ServiceNamespace: str
    ResourceId: str
    MinCapacity: int | None = None
    MaxCapacity: int | None = None
    SuspendedState: _Suspended = _Suspended()


class _Metric(msgspec.Struct, frozen=True):
    PredefinedMetricType: str = ""
    ResourceLabel: str = ""


class _Tracking(msgspec.Struct, frozen=True):
    TargetValue: float = 0.0
    PredefinedMetricSpecification: _Metric = _Metric()
    ScaleOutCooldown: int = COOLDOWN_S
    ScaleInCooldown: int = COOLDOWN_S
    DisableScaleIn: bool = False


class _Policy(msgspec.Struct, frozen=True):
    PolicyName: str
    ServiceNamespace: str
    ResourceId: str
    TargetTracking: _Tracking | None = None
    Alarms: tuple[str, ...] = ()


class _Bounds(msgspec.Struct, frozen=True):
    MinCapacity: int | None = None
    MaxCapacity: int | None = None


class _Action(msgspec.Struct, frozen=True):
    Name: str
    ServiceNamespace: str
    ResourceId: str
    Schedule: str | None = None
    Timezone: str | None = None
    StartTime: float | None = None
    EndTime: float | None = None
    Action: _Bounds | None = None


class _Standing(msgspec.Struct, frozen=True):
    Targets: tuple[_Target, ...] = ()
    Policies: tuple[_Policy, ...] = msgspec.field(default_factory=tuple)
    Actions: tuple[_Action, ...] = msgspec.field(default_factory=tuple)


def targets_in(standing: bytes) -> tuple[Target, ...]:
    """Return all services that scale, as they were written; no scheduled action has begun."""
    found = msgspec.json.decode(standing, type=_Standing)
    return tuple(_target(each, found) for each in found.Targets if each.ServiceNamespace == NAMESPACE)


def _target(given: _Target, standing: _Standing) -> Target:
    suspended = given.SuspendedState
    return Target(
        resource=given.ResourceId,
        minimum=given.MinCapacity or 0,
        maximum=given.MaxCapacity or 0,
        suspended=Suspended(
            inward=suspended.DynamicScalingInSuspended,
            outward=suspended.DynamicScalingOutSuspended,
            scheduled=suspended.ScheduledScalingSuspended,
        ),
        policies=tuple(
            _policy(each, each.TargetTracking)
            for each in standing.Policies
            if each.ServiceNamespace == NAMESPACE
            and each.ResourceId == given.ResourceId
            and each.TargetTracking is not None
        ),
        actions=tuple(
            _action(each)
            for each in standing.Actions
            if each.ServiceNamespace == NAMESPACE and each.ResourceId == given.ResourceId and each.Schedule
        ),
    )


def _policy(given: _Policy, tracking: _Tracking) -> Policy:
    return Policy(
        name=given.PolicyName,
        metric=tracking.PredefinedMetricSpecification.PredefinedMetricType,
        value=tracking.TargetValue,
        out_cooldown_s=tracking.ScaleOutCooldown,
        in_cooldown_s=tracking.ScaleInCooldown,
        scales_in=not tracking.DisableScaleIn,
        alarms=given.Alarms,
        label=tracking.PredefinedMetricSpecification.ResourceLabel,
    )


def _action(given: _Action) -> Action:
    bounds = given.Action or _Bounds()
    return Action(
        name=given.Name,
        expression=given.Schedule or "",
        zone=given.Timezone or "UTC",
        start=given.StartTime,
        end=given.EndTime,
        minimum=bounds.MinCapacity,
        maximum=bounds.MaxCapacity,
    )
