"""The other services that a deployment asks: read-only, each client made when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_ec2 import EC2Client
    from types_boto3_ecs import ECSClient
    from types_boto3_iam import IAMClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_servicediscovery import ServiceDiscoveryClient

    from hatoba.deploy.connect import Connection


@dataclass(frozen=True)
class Clients:
    """Clients of one environment."""

    connection: Connection

    @cached_property
    def ecs(self) -> ECSClient:
        """Amazon ECS."""
        return cast("ECSClient", self.connection.client("ecs"))

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """Amazon CloudWatch Logs."""
        return cast("CloudWatchLogsClient", self.connection.client("logs"))

    @cached_property
    def servicediscovery(self) -> ServiceDiscoveryClient:
        """AWS Cloud Map."""
        return cast("ServiceDiscoveryClient", self.connection.client("servicediscovery"))

    @cached_property
    def apigatewayv2(self) -> ApiGatewayV2Client:
        """Amazon API Gateway HTTP APIs."""
        return cast("ApiGatewayV2Client", self.connection.client("apigatewayv2"))

    @cached_property
    def ec2(self) -> EC2Client:
        """Amazon EC2: the VPC network."""
        return cast("EC2Client", self.connection.client("ec2"))

    @cached_property
    def iam(self) -> IAMClient:
        """IAM."""
        return cast("IAMClient", self.connection.client("iam"))
