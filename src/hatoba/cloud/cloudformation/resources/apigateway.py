"""AWS::ApiGatewayV2: an API and its parts, all alike: Create, Update, Delete and an id.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hatoba.cloud.cloudformation.errors import PropertyFault, ResourceFailure
from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import TAGS, Base, resets
from hatoba.cloud.cloudformation.resources.convert import document, known, scalar, to_params
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = frozenset({"NotFoundException"})


class Part(Base):
    """What one noun of the API (``Route``) has in common with the others; ``id_member`` names it."""

    service = "apigatewayv2"
    noun: ClassVar[str]
    id_member: ClassVar[str]

    def address(self, physical_id: str, properties: Properties) -> dict[str, Any]:
        """Return the members that name the thing."""
        return {"ApiId": properties["ApiId"], self.id_member: physical_id}

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = self.params(properties)
        own = self.tags(context) if self.schema.tags else {}
        if own:
            params["Tags"] = own
        made = await self.call(context, f"Create{self.noun}", **params)
        return str(made[self.id_member])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Set every property again, and empty those that were removed."""
        operation = f"Update{self.noun}"
        given = known(self.service, operation, new)
        params = to_params(
            self.service, operation, given, leave_out=self.special | self.schema.create_only | TAGS
        )
        params.update(resets(self.service, operation, old, new))
        await self.call(context, operation, **{**params, **self.address(physical_id, new)})

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, f"Delete{self.noun}", **self.address(physical_id, properties))

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The id, once more."""
        return {self.id_member: physical_id}

    def arn(self, context: Context, physical_id: str, properties: Properties) -> str:
        """Return the ARN that tags are kept under."""
        raise NotImplementedError

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags."""
        added, removed = tags.changed(tags.for_service(self.service, old), self.tags(context))
        arn = self.arn(context, physical_id, properties)
        if removed:
            await self.call(context, "UntagResource", ResourceArn=arn, TagKeys=removed)
        if added:
            await self.call(context, "TagResource", ResourceArn=arn, Tags=added)


class Api(Part):
    """An HTTP API."""

    schema = Schema(
        "AWS::ApiGatewayV2::Api",
        properties=words(
            "ApiKeySelectionExpression BasePath Body CorsConfiguration CredentialsArn Description"
            " DisableExecuteApiEndpoint DisableSchemaValidation FailOnWarnings IpAddressType Name"
            " ProtocolType RouteKey RouteSelectionExpression Tags Target Version"
        ),
        create_only=words("ProtocolType"),
        attributes=words("ApiId ApiEndpoint ExecuteApiArn"),
        tags="map",
        refused=words("BodyS3Location"),
    )
    noun = "Api"
    id_member = "ApiId"
    creates = "CreateApi"
    special = words("BasePath Body FailOnWarnings")

    def address(self, physical_id: str, properties: Properties) -> dict[str, Any]:
        """Return the API's own id."""
        return {"ApiId": physical_id}

    def check(self, properties: Properties) -> None:
        """Check the properties; a definition is checked by the call that imports it."""
        if "Body" not in properties and not {"Name", "ProtocolType"} <= properties.keys():
            raise PropertyFault("#", "required keys [Name, ProtocolType] not found")
        super().check(properties)

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it, or import its definition; what is said besides that follows."""
        if "Body" not in properties:
            return await super().create(context, properties)
        made = await self.call(context, "ImportApi", **_definition(properties))
        return str(made["ApiId"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Set what stands beside the definition: it comes over what the definition says."""
        if "Body" not in properties:
            return
        given = known(self.service, "UpdateApi", properties)
        if params := to_params(self.service, "UpdateApi", given, leave_out=self.special | TAGS):
            await self.call(context, "UpdateApi", ApiId=physical_id, **params)
        if own := self.tags(context):
            arn = self.arn(context, physical_id, properties)
            await self.call(context, "TagResource", ResourceArn=arn, Tags=own)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Set every property again, or import the definition again; CORS has an operation to be removed."""
        if "Body" in new:
            await self.call(context, "ReimportApi", ApiId=physical_id, **_definition(new))
            return
        await super().update(context, physical_id, old, new)
        if "CorsConfiguration" in old and "CorsConfiguration" not in new:
            await self.call(context, "DeleteCorsConfiguration", ApiId=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The endpoint as GetApi says it."""
        api = await self.call(context, "GetApi", ApiId=physical_id)
        scope = context.scope
        return {
            "ApiId": physical_id,
            "ApiEndpoint": api.get("ApiEndpoint"),
            "ExecuteApiArn": f"arn:aws:execute-api:{scope.region}:{scope.account}:{physical_id}",
        }

    def arn(self, context: Context, physical_id: str, properties: Properties) -> str:
        """Return the API's ARN."""
        return f"arn:aws:apigateway:{context.scope.region}::/apis/{physical_id}"


class Stage(Part):
    """A stage; its name is its id."""

    schema = Schema(
        "AWS::ApiGatewayV2::Stage",
        properties=words(
            "AccessLogSettings ApiId AutoDeploy ClientCertificateId DefaultRouteSettings DeploymentId"
            " Description RouteSettings StageName StageVariables Tags"
        ),
        required=words("ApiId StageName"),
        create_only=words("ApiId StageName"),
        attributes=words("Id"),
        tags="map",
    )
    noun = "Stage"
    id_member = "StageName"
    creates = "CreateStage"

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Set every property again; access logging has an operation of its own to be removed."""
        await super().update(context, physical_id, old, new)
        if "AccessLogSettings" in old and "AccessLogSettings" not in new:
            await self.call(context, "DeleteAccessLogSettings", **self.address(physical_id, new))

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The name, once more."""
        return {"Id": physical_id}

    def arn(self, context: Context, physical_id: str, properties: Properties) -> str:
        """Return the stage's ARN."""
        return f"arn:aws:apigateway:{context.scope.region}::/apis/{properties['ApiId']}/stages/{physical_id}"


class VpcLink(Part):
    """A VPC link; it can be used when it is AVAILABLE."""

    schema = Schema(
        "AWS::ApiGatewayV2::VpcLink",
        properties=words("Name SecurityGroupIds SubnetIds Tags"),
        required=words("Name SubnetIds"),
        create_only=words("SecurityGroupIds SubnetIds"),
        attributes=words("VpcLinkId"),
        tags="map",
    )
    noun = "VpcLink"
    id_member = "VpcLinkId"
    creates = "CreateVpcLink"

    def address(self, physical_id: str, properties: Properties) -> dict[str, Any]:
        """Return the link's id: it belongs to no API."""
        return {"VpcLinkId": physical_id}

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Wait until it is AVAILABLE."""

        async def is_available() -> bool:
            link = await self.call(context, "GetVpcLink", VpcLinkId=physical_id)
            if link.get("VpcLinkStatus") == "FAILED":
                raise ResourceFailure(f"VPC link {physical_id}: {link.get('VpcLinkStatusMessage')}")
            return bool(link.get("VpcLinkStatus", "AVAILABLE") == "AVAILABLE")

        await context.wait(("apigateway.vpclink",), is_available, f"VPC link {physical_id}")

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it and wait until it is gone."""
        await super().delete(context, physical_id, properties)

        async def is_gone() -> bool:
            return (await self.call_unless(GONE, context, "GetVpcLink", VpcLinkId=physical_id)) is None

        await context.wait(("apigateway.vpclink",), is_gone, f"VPC link {physical_id}")

    def arn(self, context: Context, physical_id: str, properties: Properties) -> str:
        """Return the link's ARN."""
        return f"arn:aws:apigateway:{context.scope.region}::/vpclinks/{physical_id}"


class Authorizer(Part):
    """A JWT authorizer."""

    schema = Schema(
        "AWS::ApiGatewayV2::Authorizer",
        properties=words(
            "ApiId AuthorizerCredentialsArn AuthorizerPayloadFormatVersion AuthorizerResultTtlInSeconds"
            " AuthorizerType AuthorizerUri EnableSimpleResponses IdentitySource IdentityValidationExpression"
            " JwtConfiguration Name"
        ),
        required=words("ApiId AuthorizerType Name"),
        create_only=words("ApiId"),
        attributes=words("AuthorizerId"),
    )
    noun = "Authorizer"
    id_member = "AuthorizerId"
    creates = "CreateAuthorizer"


class Integration(Part):
    """An integration."""

    schema = Schema(
        "AWS::ApiGatewayV2::Integration",
        properties=words(
            "ApiId ConnectionId ConnectionType ContentHandlingStrategy CredentialsArn Description"
            " IntegrationMethod IntegrationSubtype IntegrationType IntegrationUri PassthroughBehavior"
            " PayloadFormatVersion RequestParameters RequestTemplates ResponseParameters"
            " TemplateSelectionExpression TimeoutInMillis TlsConfig"
        ),
        required=words("ApiId IntegrationType"),
        create_only=words("ApiId"),
        attributes=words("IntegrationId"),
    )
    noun = "Integration"
    id_member = "IntegrationId"
    creates = "CreateIntegration"
    special = words("ResponseParameters")

    def params(self, properties: Properties) -> dict[str, Any]:
        """Turn ResponseParameters, lists of Source and Destination per status, into the API's maps."""
        params = super().params(properties)
        if properties.get("ResponseParameters"):
            params["ResponseParameters"] = _response_parameters(properties["ResponseParameters"])
        return params


class Route(Part):
    """A route."""

    schema = Schema(
        "AWS::ApiGatewayV2::Route",
        properties=words(
            "ApiId ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId"
            " ModelSelectionExpression OperationName RequestModels RequestParameters RouteKey"
            " RouteResponseSelectionExpression Target"
        ),
        required=words("ApiId RouteKey"),
        create_only=words("ApiId"),
        attributes=words("RouteId"),
    )
    noun = "Route"
    id_member = "RouteId"
    creates = "CreateRoute"


class Deployment(Part):
    """A deployment of an API without auto-deploy."""

    schema = Schema(
        "AWS::ApiGatewayV2::Deployment",
        properties=words("ApiId Description StageName"),
        required=words("ApiId"),
        create_only=words("ApiId"),
        attributes=words("DeploymentId"),
    )
    noun = "Deployment"
    id_member = "DeploymentId"
    creates = "CreateDeployment"


def _definition(properties: Properties) -> dict[str, Any]:
    """Return an API's OpenAPI definition as ImportApi takes it."""
    params: dict[str, Any] = {"Body": document(properties["Body"], "#/Body")}
    if "FailOnWarnings" in properties:
        params["FailOnWarnings"] = scalar("boolean", properties["FailOnWarnings"], "#/FailOnWarnings")
    if "BasePath" in properties:
        params["Basepath"] = properties["BasePath"]
    return params


def _response_parameters(by_status: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Read ``{"200": {"ResponseParameters": [{"Destination": "overwrite:header.x", "Source": "y"}]}}``."""
    return {
        status: {item["Destination"]: item["Source"] for item in body.get("ResponseParameters", ())}
        for status, body in by_status.items()
    }
