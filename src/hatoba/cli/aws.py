"""The command line's door to AWS's API: boto3 clients for the cloud that runs here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

if TYPE_CHECKING:
    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_ecs import ECSClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_servicediscovery import ServiceDiscoveryClient

    from hatoba.cloud.server.runfile import RunFile


@overload
def client(run: RunFile, service: Literal["apigatewayv2"]) -> ApiGatewayV2Client: ...
@overload
def client(run: RunFile, service: Literal["cloudformation"]) -> CloudFormationClient: ...
@overload
def client(run: RunFile, service: Literal["ecs"]) -> ECSClient: ...
@overload
def client(run: RunFile, service: Literal["logs"]) -> CloudWatchLogsClient: ...
@overload
def client(run: RunFile, service: Literal["servicediscovery"]) -> ServiceDiscoveryClient: ...
def client(run: RunFile, service: str) -> Any:
    """Return a boto3 client for a service of the local cloud. Never one for AWS itself."""
    import boto3
    from botocore.config import Config

    session = boto3.session.Session(
        aws_access_key_id=run.account, aws_secret_access_key=run.account, region_name=run.region
    )
    config = Config(inject_host_prefix=False, retries={"max_attempts": 1})
    return session.client(service, endpoint_url=run.endpoint, config=config)  # type: ignore[call-overload] # chosen by the overloads above
