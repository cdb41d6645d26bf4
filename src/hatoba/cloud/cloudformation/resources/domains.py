"""AWS::ApiGatewayV2: custom domain names, and the APIs under them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-domainname.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.resources.apigateway import Part
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties


class DomainName(Part):
    """A custom domain name. Ref is the name."""

    schema = Schema(
        "AWS::ApiGatewayV2::DomainName",
        properties=words("DomainName DomainNameConfigurations MutualTlsAuthentication RoutingMode Tags"),
        required=words("DomainName"),
        create_only=words("DomainName"),
        attributes=words("DomainNameArn RegionalDomainName RegionalHostedZoneId"),
        tags="map",
    )
    noun = "DomainName"
    id_member = "DomainName"
    creates = "CreateDomainName"

    def address(self, physical_id: str, properties: Properties) -> dict[str, Any]:
        """Return the name."""
        return {"DomainName": physical_id}

    def arn(self, context: Context, physical_id: str, properties: Properties) -> str:
        """Return the ARN."""
        return f"arn:aws:apigateway:{context.scope.region}::/domainnames/{physical_id}"

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """What alias records point to."""
        found = await self.call(context, "GetDomainName", DomainName=physical_id)
        first = (found.get("DomainNameConfigurations") or [{}])[0]
        return {
            "DomainNameArn": self.arn(context, physical_id, properties),
            "RegionalDomainName": first.get("ApiGatewayDomainName", ""),
            "RegionalHostedZoneId": first.get("HostedZoneId", ""),
        }


class ApiMapping(Part):
    """An API under a custom domain name. Ref is the mapping's id."""

    schema = Schema(
        "AWS::ApiGatewayV2::ApiMapping",
        properties=words("ApiId ApiMappingKey DomainName Stage"),
        required=words("ApiId DomainName Stage"),
        create_only=words("DomainName"),
        attributes=words("ApiMappingId"),
    )
    noun = "ApiMapping"
    id_member = "ApiMappingId"
    creates = "CreateApiMapping"

    def address(self, physical_id: str, properties: Properties) -> dict[str, Any]:
        """Return domain and id."""
        return {"DomainName": properties["DomainName"], "ApiMappingId": physical_id}

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Map another API, stage or path."""
        params = {"ApiMappingKey": "", **self.params(new), **self.address(physical_id, new)}
        await self.call(context, "UpdateApiMapping", **params)
