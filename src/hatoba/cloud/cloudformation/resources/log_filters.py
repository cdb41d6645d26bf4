"""AWS::Logs: what belongs to log groups: streams, metric filters, subscription filters, resource policies.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Logs.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = words("ResourceNotFoundException")


class LogStream(Base):
    """A log stream. Ref is its name."""

    schema = Schema(
        "AWS::Logs::LogStream",
        properties=words("LogGroupName LogStreamName"),
        required=words("LogGroupName"),
        create_only=words("LogGroupName LogStreamName"),
    )
    service = "logs"
    creates = "CreateLogStream"

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {"logStreamName": context.new_name(512), **self.params(properties)}
        await self.call(context, self.creates, **params)
        return str(params["logStreamName"])

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        named = {"logGroupName": properties["LogGroupName"], "logStreamName": physical_id}
        await self.call_unless(GONE, context, "DeleteLogStream", **named)


class Filter(Base):
    """What both kinds of filter have in common: putting again changes one. Ref is the name."""

    service = "logs"
    deletes: ClassVar[str]

    async def create(self, context: Context, properties: Properties) -> str:
        """Put it."""
        params = {"filterName": context.new_name(512), **self.params(properties)}
        await self.call(context, self.creates, **params)
        return str(params["filterName"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it again."""
        await self.call(context, self.creates, **{**self.params(new), "filterName": physical_id})

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it, if it did not go with its group."""
        named = {"logGroupName": properties["LogGroupName"], "filterName": physical_id}
        await self.call_unless(GONE, context, self.deletes, **named)


class MetricFilter(Filter):
    """A metric filter."""

    schema = Schema(
        "AWS::Logs::MetricFilter",
        properties=words("FilterName FilterPattern LogGroupName MetricTransformations"),
        required=words("FilterPattern LogGroupName MetricTransformations"),
        create_only=words("FilterName LogGroupName"),
        refused=words("ApplyOnTransformedLogs EmitSystemFieldDimensions FieldSelectionCriteria"),
    )
    creates = "PutMetricFilter"
    deletes = "DeleteMetricFilter"

    def params(self, properties: Properties) -> dict[str, Any]:
        """Write dimensions, a list of pairs in a template, as the map that they are."""
        given = [
            {**each, "Dimensions": {pair["Key"]: pair["Value"] for pair in each["Dimensions"]}}
            if isinstance(each, dict) and isinstance(each.get("Dimensions"), list)
            else each
            for each in properties["MetricTransformations"]
        ]
        return super().params({**properties, "MetricTransformations": given})


class SubscriptionFilter(Filter):
    """A subscription filter."""

    schema = Schema(
        "AWS::Logs::SubscriptionFilter",
        properties=words("DestinationArn Distribution FilterName FilterPattern LogGroupName RoleArn"),
        required=words("DestinationArn FilterPattern LogGroupName"),
        create_only=words("FilterName LogGroupName"),
        refused=words("ApplyOnTransformedLogs EmitSystemFields FieldSelectionCriteria"),
    )
    creates = "PutSubscriptionFilter"
    deletes = "DeleteSubscriptionFilter"


class ResourcePolicy(Base):
    """Who of AWS's services may write into log groups. Ref is its name."""

    schema = Schema(
        "AWS::Logs::ResourcePolicy",
        properties=words("PolicyDocument PolicyName"),
        required=words("PolicyDocument PolicyName"),
        create_only=words("PolicyName"),
    )
    service = "logs"
    creates = "PutResourcePolicy"

    async def create(self, context: Context, properties: Properties) -> str:
        """Put it."""
        await self.call(context, self.creates, **self.params(properties))
        return str(properties["PolicyName"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it again."""
        await self.call(context, self.creates, **self.params(new))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, "DeleteResourcePolicy", policyName=physical_id)
