"""AWS::DynamoDB::Table.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import ResourceFailure
from hatoba.cloud.cloudformation.resources.convert import to_params
from hatoba.cloud.cloudformation.resources.protocol import Schema, words
from hatoba.cloud.cloudformation.resources.tagged import Tagged, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = words("ResourceNotFoundException")
IN_PLACE = ("BillingMode", "DeletionProtectionEnabled", "ProvisionedThroughput", "TableClass")


class Table(Tagged):
    """A table. Ref is its name."""

    schema = Schema(
        "AWS::DynamoDB::Table",
        properties=words(
            "AttributeDefinitions BillingMode DeletionProtectionEnabled GlobalSecondaryIndexes KeySchema"
            " LocalSecondaryIndexes ProvisionedThroughput TableClass TableName Tags TimeToLiveSpecification"
        ),
        required=words("KeySchema"),
        create_only=words("KeySchema TableName"),
        attributes=words("Arn"),
        tags="list",
        refused=words(
            "ContributorInsightsSpecification ImportSourceSpecification KinesisStreamSpecification"
            " OnDemandThroughput PointInTimeRecoverySpecification ResourcePolicy SSESpecification"
            " StreamSpecification VectorIndexes WarmThroughput"
        ),
    )
    service = "dynamodb"
    creates = "CreateTable"
    special = words("TimeToLiveSpecification")
    tagging = Tagging("ResourceArn")

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {"TableName": context.new_name(255), **self.params(properties), **self.tag_params(context)}
        return str((await self.call(context, self.creates, **params))["TableDescription"]["TableName"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Say when items expire."""
        if expiry := properties.get("TimeToLiveSpecification"):
            await self._expire(context, physical_id, expiry)

    async def _expire(self, context: Context, physical_id: str, expiry: Properties) -> None:
        given = {"TableName": physical_id, "TimeToLiveSpecification": expiry}
        await self.call(context, "UpdateTimeToLive", **to_params("dynamodb", "UpdateTimeToLive", given))

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change billing, throughput, class, protection and expiry."""
        for name in ("AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            if old.get(name) != new.get(name):
                raise ResourceFailure(f"{name} of a table that stands cannot be changed here.")
        given = {name: new[name] for name in IN_PLACE if name in new and old.get(name) != new[name]}
        if given:
            params = to_params(self.service, "UpdateTable", given)
            await self.call(context, "UpdateTable", TableName=physical_id, **params)
        before, after = (each.get("TimeToLiveSpecification") for each in (old, new))
        if before != after:
            off = {"AttributeName": (before or {}).get("AttributeName"), "Enabled": False}
            await self._expire(context, physical_id, after or off)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it with its items."""
        await self.call_unless(GONE, context, "DeleteTable", TableName=physical_id)

    async def tag_target(self, context: Context, physical_id: str) -> str:
        """Its ARN."""
        return str((await self.attributes(context, physical_id, {}))["Arn"])

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN."""
        found = await self.call(context, "DescribeTable", TableName=physical_id)
        return {"Arn": found["Table"]["TableArn"]}
