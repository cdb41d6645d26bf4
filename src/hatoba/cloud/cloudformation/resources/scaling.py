"""AWS::ApplicationAutoScaling and AWS::CloudWatch::Alarm: what grows and shrinks services, and what watches.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApplicationAutoScaling.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import PropertyFault
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import to_params
from hatoba.cloud.cloudformation.resources.protocol import Schema, words
from hatoba.cloud.cloudformation.resources.tagged import Tagged, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = words("ObjectNotFoundException ResourceNotFound ResourceNotFoundException")
TARGET_PARTS = ("ResourceId", "ScalableDimension", "ServiceNamespace")


class ScalableTarget(Base):
    """What can be scaled, with its scheduled actions. Its id is resource, dimension and namespace."""

    schema = Schema(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        properties=words(
            "MaxCapacity MinCapacity ResourceId RoleARN ScalableDimension ScheduledActions ServiceNamespace"
            " SuspendedState"
        ),
        required=words("MaxCapacity MinCapacity ResourceId ScalableDimension ServiceNamespace"),
        create_only=words("ResourceId ScalableDimension ServiceNamespace"),
        attributes=words("Id"),
        refused=words("Tags"),
    )
    service = "application-autoscaling"
    creates = "RegisterScalableTarget"
    special = words("ScheduledActions")

    def check(self, properties: Properties) -> None:
        """Check the target and its scheduled actions."""
        super().check(properties)
        self._actions(properties)

    def _actions(self, properties: Properties) -> dict[str, dict[str, Any]]:
        """Return scheduled actions by name, in the API's words."""
        actions: dict[str, dict[str, Any]] = {}
        for index, action in enumerate(properties.get("ScheduledActions") or ()):
            params = to_params(self.service, "PutScheduledAction", action)
            for name in ("ScheduledActionName", "Schedule"):
                if name not in params:
                    raise PropertyFault(f"#/ScheduledActions/{index}", f"required key [{name}] not found")
            actions[params["ScheduledActionName"]] = params
        return actions

    async def create(self, context: Context, properties: Properties) -> str:
        """Register it."""
        await self.call(context, self.creates, **self.params(properties))
        return "|".join(str(properties[name]) for name in TARGET_PARTS)

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Put its scheduled actions."""
        for action in self._actions(properties).values():
            await self.call(context, "PutScheduledAction", **{**_target(physical_id), **action})

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Register it again; delete scheduled actions that are gone."""
        await self.call(context, self.creates, **self.params(new))
        for name in self._actions(old).keys() - self._actions(new).keys():
            await self.call_unless(
                GONE, context, "DeleteScheduledAction", **_target(physical_id), ScheduledActionName=name
            )

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Deregister it; its policies and scheduled actions go with it."""
        await self.call_unless(GONE, context, "DeregisterScalableTarget", **_target(physical_id))

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The id."""
        return {"Id": physical_id}


class ScalingPolicy(Base):
    """How a target is scaled. Its id is the policy's ARN."""

    schema = Schema(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        properties=words(
            "PolicyName PolicyType ResourceId ScalableDimension ScalingTargetId ServiceNamespace"
            " StepScalingPolicyConfiguration TargetTrackingScalingPolicyConfiguration"
        ),
        required=words("PolicyName PolicyType"),
        create_only=words("PolicyName ResourceId ScalableDimension ScalingTargetId ServiceNamespace"),
        attributes=words("Arn"),
        refused=words("PredictiveScalingPolicyConfiguration"),
    )
    service = "application-autoscaling"
    creates = "PutScalingPolicy"
    special = words("ScalingTargetId")

    def params(self, properties: Properties) -> dict[str, Any]:
        """Name the target by its parts."""
        params = super().params(properties)
        if "ScalingTargetId" in properties:
            params.update(_target(str(properties["ScalingTargetId"])))
        missing = [name for name in TARGET_PARTS if name not in params]
        if missing:
            raise PropertyFault("#", f"required key [{missing[0]}] not found")
        return params

    async def create(self, context: Context, properties: Properties) -> str:
        """Put it."""
        return str((await self.call(context, self.creates, **self.params(properties)))["PolicyARN"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it again."""
        await self.call(context, self.creates, **self.params(new))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it, if it did not go with its target."""
        params = self.params(properties)
        named = {name: params[name] for name in ("PolicyName", *TARGET_PARTS)}
        await self.call_unless(GONE, context, "DeleteScalingPolicy", **named)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN."""
        return {"Arn": physical_id}


def _target(physical_id: str) -> dict[str, str]:
    """Return the parts that name a target."""
    parts = physical_id.split("|")
    if len(parts) != len(TARGET_PARTS):
        raise PropertyFault("#/ScalingTargetId", f"[{physical_id}] is not the id of a scalable target")
    return dict(zip(TARGET_PARTS, parts, strict=True))


class Alarm(Tagged):
    """An alarm of CloudWatch."""

    schema = Schema(
        "AWS::CloudWatch::Alarm",
        properties=words(
            "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm"
            " Dimensions EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic"
            " InsufficientDataActions MetricName Metrics Namespace OKActions Period Statistic Tags Threshold"
            " ThresholdMetricId TreatMissingData Unit"
        ),
        create_only=words("AlarmName"),
        attributes=words("Arn"),
        tags="list",
        refused=words(
            "ActionConfiguration EvaluationCriteria EvaluationInterval EvaluationWindow WarmUpConfiguration"
        ),
    )
    service = "cloudwatch"
    creates = "PutMetricAlarm"
    tagging = Tagging("ResourceARN")

    async def create(self, context: Context, properties: Properties) -> str:
        """Put it."""
        params = {"AlarmName": context.new_name(), **self.params(properties), **self.tag_params(context)}
        await self.call(context, self.creates, **params)
        return str(params["AlarmName"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it again."""
        await self.call(context, self.creates, **{**self.params(new), "AlarmName": physical_id})

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, "DeleteAlarms", AlarmNames=[physical_id])

    async def tag_target(self, context: Context, physical_id: str) -> str:
        """Return the ARN."""
        return f"arn:aws:cloudwatch:{context.scope.region}:{context.scope.account}:alarm:{physical_id}"

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN."""
        return {"Arn": await self.tag_target(context, physical_id)}
