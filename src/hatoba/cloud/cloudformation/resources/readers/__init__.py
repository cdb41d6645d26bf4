"""Reading resources back as properties, for drift detection: what stands, in a template's words.

A reader returns all that the service tells, None where the resource is gone. Only what the template wrote is
compared, so it may return more. What a service never tells is in :data:`WRITE_ONLY`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from hatoba.cloud.cloudformation.resources.protocol import words
from hatoba.cloud.cloudformation.resources.readers import ecs, entry, roles

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

Reader: TypeAlias = "Callable[[Context, str, Properties], Awaitable[dict[str, Any] | None]]"
"""Context, physical id, the properties given → the properties that are; Tags in the form of the type."""

READERS: Mapping[str, Reader] = {
    "AWS::ApiGatewayV2::Api": entry.part("Api", "ApiId"),
    "AWS::ApiGatewayV2::Authorizer": entry.part("Authorizer", "AuthorizerId"),
    "AWS::ApiGatewayV2::Integration": entry.part("Integration", "IntegrationId"),
    "AWS::ApiGatewayV2::Route": entry.part("Route", "RouteId"),
    "AWS::ApiGatewayV2::Stage": entry.part("Stage", "StageName"),
    "AWS::ApiGatewayV2::VpcLink": entry.part("VpcLink", "VpcLinkId"),
    "AWS::EC2::SecurityGroup": roles.security_group,
    "AWS::ECS::Cluster": ecs.cluster,
    "AWS::ECS::ClusterCapacityProviderAssociations": ecs.cluster,
    "AWS::ECS::Service": ecs.service,
    "AWS::ECS::TaskDefinition": ecs.task_definition,
    "AWS::IAM::Policy": roles.policy,
    "AWS::IAM::Role": roles.role,
    "AWS::IAM::RolePolicy": roles.role_policy,
    "AWS::Logs::LogGroup": entry.log_group,
    "AWS::ServiceDiscovery::HttpNamespace": entry.namespace,
    "AWS::ServiceDiscovery::PrivateDnsNamespace": entry.namespace,
    "AWS::ServiceDiscovery::Service": entry.service,
}

WRITE_ONLY: Mapping[str, frozenset[str]] = {
    "AWS::ApiGatewayV2::Api": words("Body CredentialsArn FailOnWarnings RouteKey Target"),
    "AWS::ECS::Service": words(
        "Cluster ForceNewDeployment Role ServiceConnectConfiguration VolumeConfigurations"
    ),
    "AWS::ECS::ClusterCapacityProviderAssociations": words("Cluster"),
    "AWS::IAM::Policy": words("Groups Users"),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": words("Vpc"),
}
"""Properties that cannot be read back, and so are never compared."""
