"""By what a resource that stands already is named, so that a stack can take it over.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

IDENTIFIERS: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGatewayV2::Api": ("ApiId",),
    "AWS::ApiGatewayV2::Authorizer": ("AuthorizerId", "ApiId"),
    "AWS::ApiGatewayV2::Integration": ("IntegrationId", "ApiId"),
    "AWS::ApiGatewayV2::Route": ("RouteId", "ApiId"),
    "AWS::ApiGatewayV2::Stage": ("StageName", "ApiId"),
    "AWS::ApiGatewayV2::VpcLink": ("VpcLinkId",),
    "AWS::EC2::SecurityGroup": ("Id",),
    "AWS::ECS::Cluster": ("ClusterName",),
    "AWS::ECS::ClusterCapacityProviderAssociations": ("Cluster",),
    "AWS::ECS::Service": ("ServiceArn", "Cluster"),
    "AWS::ECS::TaskDefinition": ("TaskDefinitionArn",),
    "AWS::IAM::Role": ("RoleName",),
    "AWS::IAM::RolePolicy": ("PolicyName", "RoleName"),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::ServiceDiscovery::HttpNamespace": ("Id",),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": ("Id",),
    "AWS::ServiceDiscovery::Service": ("Id",),
}
"""Type to its primary identifier; the first member is what Ref gives."""

_WHOLE = frozenset({"AWS::IAM::RolePolicy"})
"""Types whose physical id is the whole identifier."""


def physical_id(type_name: str, names: tuple[str, ...], identifier: Mapping[str, str]) -> str:
    """Return the physical id that an identifier stands for."""
    if type_name in _WHOLE:
        return "|".join(identifier[name] for name in names)
    return identifier[names[0]]
