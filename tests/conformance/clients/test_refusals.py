"""By which code each read says that a thing is gone: Terraform drops it then, and fails by any other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from tests.conformance.clients.reference import Made, make
from tests.functional.cloudformation.cloud import SmallCloud

GONE: tuple[tuple[str, str, dict[str, Any], str, int | None], ...] = (
    ("apigatewayv2", "GetApi", {"ApiId": "none"}, "NotFoundException", 404),
    ("apigatewayv2", "GetStage", {"ApiId": "*api", "StageName": "none"}, "NotFoundException", 404),
    ("apigatewayv2", "GetVpcLink", {"VpcLinkId": "none"}, "NotFoundException", 404),
    ("apigatewayv2", "GetAuthorizer", {"ApiId": "*api", "AuthorizerId": "none"}, "NotFoundException", 404),
    ("apigatewayv2", "GetIntegration", {"ApiId": "*api", "IntegrationId": "none"}, "NotFoundException", 404),
    ("apigatewayv2", "GetRoute", {"ApiId": "*api", "RouteId": "none"}, "NotFoundException", 404),
    ("ecs", "DescribeTaskDefinition", {"taskDefinition": "none"}, "ClientException", 400),
    ("ecs", "DescribeServices", {"cluster": "none", "services": ["s"]}, "ClusterNotFoundException", 400),
    ("servicediscovery", "GetNamespace", {"Id": "ns-none"}, "NamespaceNotFound", 400),
    ("servicediscovery", "GetService", {"Id": "srv-none"}, "ServiceNotFound", 400),
    ("iam", "GetRole", {"RoleName": "none"}, "NoSuchEntity", 404),
    ("iam", "GetRolePolicy", {"RoleName": "mz-dev-app-role", "PolicyName": "none"}, "NoSuchEntity", 404),
    ("ec2", "DescribeSecurityGroups", {"GroupIds": ["sg-0123456789abcdef0"]}, "InvalidGroup.NotFound", 400),
    ("logs", "DeleteLogGroup", {"logGroupName": "none"}, "ResourceNotFoundException", 400),
    ("elbv2", "DescribeLoadBalancers", {"Names": ["none"]}, "LoadBalancerNotFound", None),
    ("elbv2", "DescribeTargetGroups", {"Names": ["none"]}, "TargetGroupNotFound", None),
    ("ecr", "DescribeRepositories", {"repositoryNames": ["none"]}, "RepositoryNotFoundException", None),
    ("secretsmanager", "DescribeSecret", {"SecretId": "none"}, "ResourceNotFoundException", None),
    ("ssm", "GetParameter", {"Name": "none"}, "ParameterNotFound", None),
    ("scheduler", "GetSchedule", {"Name": "none"}, "ResourceNotFoundException", None),
)


def test_what_is_not_there_is_said_by_the_code_that_terraform_knows() -> None:
    async def run() -> None:
        async with SmallCloud().running() as cloud:
            made = await make(cloud)
            for service, operation, params, code, status in GONE:
                named = {key: made.ids["api"] if value == "*api" else value for key, value in params.items()}
                with pytest.raises(ServiceError) as refused:
                    await made.call(service, operation, **named)
                error = refused.value
                assert (operation, error.code) == (operation, code)
                assert status is None or (operation, error.status or status) == (operation, status)
            await lists_of_what_is_not_there(made)

    asyncio.run(run())


async def lists_of_what_is_not_there(made: Made) -> None:
    clusters = await made.call("ecs", "DescribeClusters", clusters=["none"])
    assert (clusters["clusters"], clusters["failures"][0]["reason"]) == ([], "MISSING")
    services = await made.call("ecs", "DescribeServices", cluster=made.ids["cluster"], services=["none"])
    assert (services["services"], services["failures"][0]["reason"]) == ([], "MISSING")
    groups = await made.call("logs", "DescribeLogGroups", logGroupNamePrefix="none")
    assert groups["logGroups"] == []
    interfaces = [{"Name": "group-id", "Values": ["sg-0123456789abcdef0"]}]
    assert (await made.call("ec2", "DescribeNetworkInterfaces", Filters=interfaces))[
        "NetworkInterfaces"
    ] == []
    targets = await made.call(
        "application-autoscaling", "DescribeScalableTargets", ServiceNamespace="ecs", ResourceIds=["none"]
    )
    assert targets["ScalableTargets"] == []
