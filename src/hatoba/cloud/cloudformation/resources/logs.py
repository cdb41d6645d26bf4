"""AWS::Logs::LogGroup.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import ResourceFailure
from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import scalar
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = frozenset({"ResourceNotFoundException"})


class LogGroup(Base):
    """A log group."""

    schema = Schema(
        "AWS::Logs::LogGroup",
        properties=words(
            "DeletionProtectionEnabled KmsKeyId LogGroupClass LogGroupName RetentionInDays Tags"
        ),
        create_only=words("LogGroupName"),
        attributes=words("Arn"),
        tags="list",
        refused=words(
            "BearerTokenAuthenticationEnabled DataProtectionPolicy FieldIndexPolicies ResourcePolicyDocument"
        ),
    )
    service = "logs"
    creates = "CreateLogGroup"
    special = words("RetentionInDays")

    async def create(self, context: Context, properties: Properties) -> str:
        """Create the group; its retention follows."""
        name = properties.get("LogGroupName") or context.new_name(512)
        params = {**self.params(properties), "logGroupName": name}
        if own := self.tags(context):
            params["tags"] = own
        await self.call(context, "CreateLogGroup", **params)
        return str(name)

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Set the retention."""
        if "RetentionInDays" in properties:
            days = scalar("integer", properties["RetentionInDays"], "#/RetentionInDays")
            await self.call(context, "PutRetentionPolicy", logGroupName=physical_id, retentionInDays=days)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change key and protection; remove a retention that is gone (settling sets a new one)."""
        if old.get("LogGroupClass", "STANDARD") != new.get("LogGroupClass", "STANDARD"):
            raise ResourceFailure("LogGroupClass cannot be changed once the log group exists.")
        if "RetentionInDays" in old and "RetentionInDays" not in new:
            await self.call(context, "DeleteRetentionPolicy", logGroupName=physical_id)
        if old.get("KmsKeyId") != new.get("KmsKeyId"):
            if "KmsKeyId" in new:
                await self.call(
                    context, "AssociateKmsKey", logGroupName=physical_id, kmsKeyId=new["KmsKeyId"]
                )
            else:
                await self.call(context, "DisassociateKmsKey", logGroupName=physical_id)
        if old.get("DeletionProtectionEnabled") != new.get("DeletionProtectionEnabled"):
            enabled = scalar("boolean", new.get("DeletionProtectionEnabled", False), "#")
            await self.call(
                context,
                "PutLogGroupDeletionProtection",
                logGroupIdentifier=physical_id,
                deletionProtectionEnabled=enabled,
            )

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags; they are kept under the ARN without ``:*``."""
        arn = _arn(context, physical_id)
        added, removed = tags.changed(tags.for_service(self.service, old), self.tags(context))
        if removed:
            await self.call(context, "UntagResource", resourceArn=arn, tagKeys=removed)
        if added:
            await self.call(context, "TagResource", resourceArn=arn, tags=added)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete the group."""
        await self.call_unless(GONE, context, "DeleteLogGroup", logGroupName=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN, ending in ``:*``."""
        return {"Arn": f"{_arn(context, physical_id)}:*"}


def _arn(context: Context, name: str) -> str:
    return f"arn:aws:logs:{context.scope.region}:{context.scope.account}:log-group:{name}"
