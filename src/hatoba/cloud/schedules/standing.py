"""What EventBridge's neighbours keep, read into our records."""

from __future__ import annotations

import msgspec

from hatoba.cloud.schedules.model import Json, Schedule, Target, Timing

ENABLED = "ENABLED"


class _Letters(msgspec.Struct, frozen=True):
    Arn: str | None = None


class _Target(msgspec.Struct, frozen=True):
    Arn: str
    Id: str = ""
    EcsParameters: Json = msgspec.field(default_factory=dict)
    Input: str | None = None
    DeadLetterConfig: _Letters | None = None


class _Rule(msgspec.Struct, frozen=True):
    Arn: str
    Name: str
    State: str
    ScheduleExpression: str | None = None
    Targets: tuple[_Target, ...] = ()


class _Rules(msgspec.Struct, frozen=True):
    Rules: tuple[_Rule, ...]


class _Window(msgspec.Struct, frozen=True):
    Mode: str = "OFF"
    MaximumWindowInMinutes: int | None = None


class _Schedule(msgspec.Struct, frozen=True):
    Arn: str
    Name: str
    GroupName: str
    ScheduleExpression: str
    State: str
    Target: _Target
    ScheduleExpressionTimezone: str | None = None
    FlexibleTimeWindow: _Window = _Window()
    StartDate: float | None = None
    EndDate: float | None = None
    ActionAfterCompletion: str | None = None


class _Schedules(msgspec.Struct, frozen=True):
    Schedules: tuple[_Schedule, ...]


def schedules_in(service: str, standing: bytes) -> tuple[Schedule, ...]:
    """Return all schedules of a neighbour, none begun yet."""
    if service == "events":
        rules = msgspec.json.decode(standing, type=_Rules).Rules
        return tuple(_of_rule(each, each.ScheduleExpression) for each in rules if each.ScheduleExpression)
    return tuple(_of_schedule(each) for each in msgspec.json.decode(standing, type=_Schedules).Schedules)


def _of_rule(rule: _Rule, expression: str) -> Schedule:
    return Schedule(
        arn=rule.Arn,
        name=rule.Name,
        kind="rule",
        group="default",
        timing=Timing(expression),
        enabled=rule.State != "DISABLED",
        targets=tuple(_target(each) for each in rule.Targets),
        since=0.0,
    )


def _of_schedule(schedule: _Schedule) -> Schedule:
    return Schedule(
        arn=schedule.Arn,
        name=schedule.Name,
        kind="schedule",
        group=schedule.GroupName,
        timing=Timing(
            schedule.ScheduleExpression,
            schedule.ScheduleExpressionTimezone or "UTC",
            schedule.StartDate,
            schedule.EndDate,
            schedule.FlexibleTimeWindow.MaximumWindowInMinutes or 0,
        ),
        enabled=schedule.State == ENABLED,
        targets=(_target(schedule.Target),),
        since=0.0,
        deletes_itself=schedule.ActionAfterCompletion == "DELETE",
    )


def _target(given: _Target) -> Target:
    letters = given.DeadLetterConfig.Arn if given.DeadLetterConfig else None
    return Target(given.Id, given.Arn, given.EcsParameters, given.Input, letters)
