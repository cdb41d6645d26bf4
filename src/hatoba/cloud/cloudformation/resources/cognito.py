"""AWS::Cognito: user pools, their clients, domains and resource servers.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Cognito.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import ResourceFailure
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import known, to_params
from hatoba.cloud.cloudformation.resources.protocol import Schema, words
from hatoba.cloud.cloudformation.resources.tagged import Tagged, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = words("ResourceNotFoundException")


class UserPool(Tagged):
    """A user pool. Ref is its id."""

    schema = Schema(
        "AWS::Cognito::UserPool",
        properties=words(
            "AccountRecoverySetting AdminCreateUserConfig AliasAttributes AutoVerifiedAttributes"
            " DeletionProtection DeviceConfiguration EmailConfiguration EmailVerificationMessage"
            " EmailVerificationSubject MfaConfiguration Policies Schema SmsAuthenticationMessage"
            " SmsConfiguration SmsVerificationMessage UserAttributeUpdateSettings UserPoolAddOns"
            " UserPoolName UserPoolTags UserPoolTier UsernameAttributes UsernameConfiguration"
            " VerificationMessageTemplate"
        ),
        attributes=words("Arn ProviderName ProviderURL UserPoolId"),
        tags="map",
        tag_property="UserPoolTags",
        refused=words(
            "EmailAuthenticationMessage EmailAuthenticationSubject EnabledMfas IssuerConfiguration"
            " KeyConfiguration LambdaConfig WebAuthnFactorConfiguration WebAuthnRelyingPartyID"
            " WebAuthnUserVerification"
        ),
    )
    service = "cognito-idp"
    creates = "CreateUserPool"
    special = words("UserPoolName UserPoolTags")
    fixed = words("AliasAttributes Schema UsernameAttributes UsernameConfiguration")
    tagging = Tagging("ResourceArn", is_map=True)

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {"PoolName": properties.get("UserPoolName") or context.new_name(128)}
        params.update(self.params(properties))
        if own := self.tags(context):
            params["UserPoolTags"] = own
        return str((await self.call(context, self.creates, **params))["UserPool"]["Id"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change what can be changed."""
        for name in sorted(self.fixed):
            if old.get(name) != new.get(name):
                raise ResourceFailure(f"Updates are not allowed for property - {name}.")
        given = known(self.service, "UpdateUserPool", new)
        params = to_params(self.service, "UpdateUserPool", given, leave_out=self.special)
        if "UserPoolName" in new:
            params["PoolName"] = new["UserPoolName"]
        await self.call(context, "UpdateUserPool", **{**params, "UserPoolId": physical_id})

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, "DeleteUserPool", UserPoolId=physical_id)

    async def tag_target(self, context: Context, physical_id: str) -> str:
        """Return the ARN."""
        return f"arn:aws:cognito-idp:{context.scope.region}:{context.scope.account}:userpool/{physical_id}"

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN, id, and the issuer of its tokens."""
        provider = f"cognito-idp.{context.scope.region}.amazonaws.com/{physical_id}"
        return {
            "Arn": await self.tag_target(context, physical_id),
            "ProviderName": provider,
            "ProviderURL": f"https://{provider}",
            "UserPoolId": physical_id,
        }


class UserPoolClient(Base):
    """A client of a user pool. Ref is its id."""

    schema = Schema(
        "AWS::Cognito::UserPoolClient",
        properties=words(
            "AccessTokenValidity AllowedOAuthFlows AllowedOAuthFlowsUserPoolClient AllowedOAuthScopes"
            " AuthSessionValidity CallbackURLs ClientName DefaultRedirectURI"
            " EnablePropagateAdditionalUserContextData EnableTokenRevocation ExplicitAuthFlows"
            " GenerateSecret IdTokenValidity LogoutURLs PreventUserExistenceErrors ReadAttributes"
            " RefreshTokenValidity SupportedIdentityProviders TokenValidityUnits UserPoolId WriteAttributes"
        ),
        required=words("UserPoolId"),
        create_only=words("GenerateSecret UserPoolId"),
        attributes=words("ClientId ClientSecret Name"),
        refused=words("AnalyticsConfiguration RefreshTokenRotation"),
    )
    service = "cognito-idp"
    creates = "CreateUserPoolClient"

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {"ClientName": context.new_name(128), **self.params(properties)}
        return str((await self.call(context, self.creates, **params))["UserPoolClient"]["ClientId"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Set every property again."""
        given = known(self.service, "UpdateUserPoolClient", new)
        params = to_params(self.service, "UpdateUserPoolClient", given)
        await self.call(context, "UpdateUserPoolClient", **{**params, "ClientId": physical_id})

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        pool = properties["UserPoolId"]
        await self.call_unless(GONE, context, "DeleteUserPoolClient", UserPoolId=pool, ClientId=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Id, name, and the secret where it has one."""
        pool = properties["UserPoolId"]
        found = await self.call(context, "DescribeUserPoolClient", UserPoolId=pool, ClientId=physical_id)
        client = found["UserPoolClient"]
        shown = {"ClientId": physical_id, "Name": client["ClientName"]}
        return shown | ({"ClientSecret": client["ClientSecret"]} if client.get("ClientSecret") else {})


class UserPoolDomain(Base):
    """The domain of a user pool's sign-in pages; none are served here. Ref is the domain."""

    schema = Schema(
        "AWS::Cognito::UserPoolDomain",
        properties=words("CustomDomainConfig Domain UserPoolId"),
        required=words("Domain UserPoolId"),
        create_only=words("Domain UserPoolId"),
        attributes=words("CloudFrontDistribution"),
        refused=words("ManagedLoginVersion Routing"),
    )
    service = "cognito-idp"
    creates = "CreateUserPoolDomain"

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        await self.call(context, self.creates, **self.params(properties))
        return str(properties["Domain"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change its certificate."""
        await self.call(context, "UpdateUserPoolDomain", **self.params(new))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        pool = properties["UserPoolId"]
        await self.call_unless(GONE, context, "DeleteUserPoolDomain", Domain=physical_id, UserPoolId=pool)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The distribution in front of it."""
        found = (await self.call(context, "DescribeUserPoolDomain", Domain=physical_id))["DomainDescription"]
        return {"CloudFrontDistribution": found.get("CloudFrontDistribution", "")}


class UserPoolResourceServer(Base):
    """The scopes of one API of a user pool. Ref is its identifier."""

    schema = Schema(
        "AWS::Cognito::UserPoolResourceServer",
        properties=words("Identifier Name Scopes UserPoolId"),
        required=words("Identifier Name UserPoolId"),
        create_only=words("Identifier UserPoolId"),
    )
    service = "cognito-idp"
    creates = "CreateResourceServer"

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        await self.call(context, self.creates, **self.params(properties))
        return str(properties["Identifier"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change name and scopes."""
        await self.call(context, "UpdateResourceServer", **{"Scopes": [], **self.params(new)})

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it, if it did not go with its pool."""
        pool = properties["UserPoolId"]
        await self.call_unless(GONE, context, "DeleteResourceServer", UserPoolId=pool, Identifier=physical_id)
