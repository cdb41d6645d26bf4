"""AWS::SecretsManager::Secret, AWS::KMS::Key and AWS::KMS::Alias.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SecretsManager.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_KMS.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import PropertyFault, ResourceFailure
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import document, scalar, to_params
from hatoba.cloud.cloudformation.resources.protocol import Schema, words
from hatoba.cloud.cloudformation.resources.tagged import Tagged, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = words("NotFoundException ResourceNotFoundException")
OF_TEMPLATE = words("GenerateStringKey SecretStringTemplate")


class Secret(Tagged):
    """A secret, with the text given or one made up. Ref is its ARN."""

    schema = Schema(
        "AWS::SecretsManager::Secret",
        properties=words("Description GenerateSecretString KmsKeyId Name SecretString Tags"),
        create_only=words("Name"),
        attributes=words("Id"),
        tags="list",
        refused=words("ReplicaRegions Type"),
    )
    service = "secretsmanager"
    creates = "CreateSecret"
    special = words("GenerateSecretString")
    tagging = Tagging("SecretId")

    def check(self, properties: Properties) -> None:
        """Check that the text is given in one way."""
        super().check(properties)
        if "SecretString" in properties and "GenerateSecretString" in properties:
            raise PropertyFault("#", "give either SecretString or GenerateSecretString, not both")
        _password_params(properties)

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {"Name": context.new_name(512), **self.params(properties), **self.tag_params(context)}
        if "GenerateSecretString" in properties:
            params["SecretString"] = await self._made_up(context, properties)
        return str((await self.call(context, self.creates, **params))["ARN"])

    async def _made_up(self, context: Context, properties: Properties) -> str:
        """Return a new password, in its template where one is given."""
        made = await self.call(context, "GetRandomPassword", **_password_params(properties))
        password = str(made["RandomPassword"])
        wanted = properties["GenerateSecretString"]
        if "SecretStringTemplate" not in wanted:
            return password
        try:
            filled = json.loads(wanted["SecretStringTemplate"])
            filled[wanted["GenerateStringKey"]] = password
        except (KeyError, TypeError, ValueError) as error:
            raise ResourceFailure(
                "SecretStringTemplate must be a JSON object, with GenerateStringKey"
            ) from error
        return json.dumps(filled)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change description, key and text; a made-up text is made up anew when its rules change."""
        params = self.params(new)
        params.pop("Name", None)
        if old.get("GenerateSecretString") != new.get("GenerateSecretString") and new.get(
            "GenerateSecretString"
        ):
            params["SecretString"] = await self._made_up(context, new)
        await self.call(context, "UpdateSecret", SecretId=physical_id, **params)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it at once: a stack's deletion leaves no time to come back."""
        await self.call_unless(
            GONE, context, "DeleteSecret", SecretId=physical_id, ForceDeleteWithoutRecovery=True
        )

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN."""
        return {"Id": physical_id}


def _password_params(properties: Properties) -> dict[str, Any]:
    given = properties.get("GenerateSecretString") or {}
    return to_params("secretsmanager", "GetRandomPassword", given, leave_out=OF_TEMPLATE)


class Key(Tagged):
    """A key of KMS. Ref is its id."""

    schema = Schema(
        "AWS::KMS::Key",
        properties=words(
            "Description EnableKeyRotation Enabled KeyPolicy KeySpec KeyUsage MultiRegion PendingWindowInDays"
            " Tags"
        ),
        attributes=words("Arn KeyId"),
        tags="list",
        refused=words("BypassPolicyLockoutSafetyCheck Origin RotationPeriodInDays"),
    )
    service = "kms"
    creates = "CreateKey"
    special = words("EnableKeyRotation Enabled KeyPolicy PendingWindowInDays")
    tagging = Tagging("KeyId", key="TagKey", value="TagValue")

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {**self.params(properties), **self.tag_params(context)}
        if "KeyPolicy" in properties:
            params["Policy"] = document(properties["KeyPolicy"], "#/KeyPolicy")
        return str((await self.call(context, self.creates, **params))["KeyMetadata"]["KeyId"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Turn rotation on, or the key off."""
        if _is_on(properties, "EnableKeyRotation", default=False):
            await self.call(context, "EnableKeyRotation", KeyId=physical_id)
        if not _is_on(properties, "Enabled", default=True):
            await self.call(context, "DisableKey", KeyId=physical_id)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change description, policy and what is turned on."""
        for name in ("KeySpec", "KeyUsage", "MultiRegion"):
            if old.get(name) != new.get(name):
                raise ResourceFailure(f"{name} cannot be changed once the key exists.")
        description = str(new.get("Description", ""))
        await self.call(context, "UpdateKeyDescription", KeyId=physical_id, Description=description)
        if "KeyPolicy" in new:
            policy = document(new["KeyPolicy"], "#/KeyPolicy")
            await self.call(context, "PutKeyPolicy", KeyId=physical_id, PolicyName="default", Policy=policy)
        if not _is_on(new, "EnableKeyRotation", default=False):
            await self.call(context, "DisableKeyRotation", KeyId=physical_id)
        if _is_on(new, "Enabled", default=True):
            await self.call(context, "EnableKey", KeyId=physical_id)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Let it be deleted when its time is over, as nothing deletes a key at once."""
        days = scalar("integer", properties.get("PendingWindowInDays", 30), "#/PendingWindowInDays")
        await self.call_unless(
            GONE, context, "ScheduleKeyDeletion", KeyId=physical_id, PendingWindowInDays=days
        )

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and id."""
        scope = context.scope
        arn = f"arn:aws:kms:{scope.region}:{scope.account}:key/{physical_id}"
        return {"Arn": arn, "KeyId": physical_id}


def _is_on(properties: Properties, name: str, *, default: bool) -> bool:
    return bool(scalar("boolean", properties.get(name, default), f"#/{name}"))


class Alias(Base):
    """A name for a key. Ref is the name."""

    schema = Schema(
        "AWS::KMS::Alias",
        properties=words("AliasName TargetKeyId"),
        required=words("AliasName TargetKeyId"),
        create_only=words("AliasName"),
    )
    service = "kms"
    creates = "CreateAlias"

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        await self.call(context, self.creates, **self.params(properties))
        return str(properties["AliasName"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Let it name another key."""
        await self.call(context, "UpdateAlias", AliasName=physical_id, TargetKeyId=new["TargetKeyId"])

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, "DeleteAlias", AliasName=physical_id)
