"""The members that Terraform needs of each answer, and those that it must not see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from tests.conformance.clients.reference import (
    CONTAINER,
    CORS,
    FORMAT,
    POLICY,
    TAGS,
    TRUST,
    Made,
    lower,
    make,
    upper,
)
from tests.functional.cloudformation.cloud import SmallCloud


def with_the_system(check: Callable[[Made], Awaitable[None]]) -> None:
    async def run() -> None:
        async with SmallCloud().running() as cloud:
            await check(await make(cloud))

    asyncio.run(run())


def part(answer: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return of an answer the members that are wanted."""
    return {name: answer.get(name) for name in wanted}


async def entry(made: Made) -> None:
    ids = made.ids
    of_api = {"ApiId": ids["api"]}
    api = await made.call("apigatewayv2", "GetApi", **of_api)
    wanted: dict[str, Any] = {
        "Name": "mz-dev-api-gateway",
        "ProtocolType": "HTTP",
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "RouteSelectionExpression": "$request.method $request.path",
        "CorsConfiguration": CORS,
        "Tags": TAGS,
    }
    assert part(api, wanted) == wanted
    assert api["ApiEndpoint"].startswith("http")
    stage = await made.call("apigatewayv2", "GetStage", **of_api, StageName="$default")
    wanted = {
        "StageName": "$default",
        "AccessLogSettings": {"DestinationArn": ids["log_group_arn"], "Format": FORMAT},
        "AutoDeploy": True,
        "Tags": TAGS,
    }
    assert part(stage, wanted) == wanted
    link = await made.call("apigatewayv2", "GetVpcLink", VpcLinkId=ids["link"])
    wanted = {
        "Name": "mz-dev-vpc-link",
        "SubnetIds": ids["subnets"],
        "SecurityGroupIds": [ids["group"]],
        "Tags": TAGS,
    }
    assert part(link, wanted) == wanted
    authorizer = await made.call("apigatewayv2", "GetAuthorizer", **of_api, AuthorizerId=ids["authorizer"])
    wanted = {
        "Name": "mz-dev-jwt-authorizer",
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Audience": ["client"], "Issuer": "https://issuer.example.com"},
    }
    assert part(authorizer, wanted) == wanted
    assert authorizer.get("AuthorizerResultTtlInSeconds", 0) in {0, 300}
    found = await made.call("apigatewayv2", "GetIntegration", **of_api, IntegrationId=ids["integration"])
    wanted = {
        "IntegrationType": "HTTP_PROXY",
        "ConnectionId": ids["link"],
        "ConnectionType": "VPC_LINK",
        "IntegrationMethod": "ANY",
        "IntegrationUri": ids["registry"]["Arn"],
        "PayloadFormatVersion": "1.0",
    }
    assert part(found, wanted) == wanted
    route = await made.call("apigatewayv2", "GetRoute", **of_api, RouteId=ids["route"])
    wanted = {
        "AuthorizationType": "JWT",
        "AuthorizerId": ids["authorizer"],
        "RouteKey": "GET /{proxy+}",
        "Target": f"integrations/{ids['integration']}",
    }
    assert part(route, wanted) == wanted


async def logs(made: Made) -> None:
    name = "/aws/api-gateway/mz-dev"
    found = (await made.call("logs", "DescribeLogGroups", logGroupNamePrefix=name))["logGroups"]
    (group,) = [each for each in found if each["logGroupName"] == name]
    assert group["arn"].removesuffix(":*") == made.ids["log_group_arn"]
    assert group["retentionInDays"] == 7
    tags = await made.call("logs", "ListTagsForResource", resourceArn=made.ids["log_group_arn"])
    assert tags["tags"] == TAGS


async def names(made: Made) -> None:
    ids = made.ids
    namespace = (await made.call("servicediscovery", "GetNamespace", Id=ids["namespace"]))["Namespace"]
    assert namespace["Name"] == "mz-dev-application-service.internal"
    assert namespace["Properties"]["DnsProperties"]["HostedZoneId"].startswith("Z")
    service = (await made.call("servicediscovery", "GetService", Id=ids["registry"]["Id"]))["Service"]
    assert service["Arn"] == ids["registry"]["Arn"]
    wanted: dict[str, Any] = {
        "Name": "mz-dev-app",
        "NamespaceId": ids["namespace"],
        "DnsConfig": {
            "NamespaceId": ids["namespace"],
            "RoutingPolicy": "MULTIVALUE",
            "DnsRecords": [{"Type": "SRV", "TTL": 300}],
        },
        "HealthCheckCustomConfig": {"FailureThreshold": 1},
    }
    assert part(service, wanted) == wanted
    for arn in (namespace["Arn"], service["Arn"]):
        tags = await made.call("servicediscovery", "ListTagsForResource", ResourceARN=arn)
        assert tags["Tags"] == upper(TAGS)


async def clusters_and_definitions(made: Made) -> None:
    ids = made.ids
    include = ["TAGS", "CONFIGURATIONS", "SETTINGS"]
    found = await made.call("ecs", "DescribeClusters", clusters=[ids["cluster"]], include=include)
    (cluster,) = found["clusters"]
    wanted: dict[str, Any] = {
        "clusterName": "mz-dev-ecs-cluster",
        "clusterArn": ids["cluster"],
        "tags": lower(TAGS),
        "capacityProviders": ["FARGATE"],
    }
    assert part(cluster, wanted) == wanted
    named = {"taskDefinition": ids["definition"], "include": ["TAGS"]}
    answer = await made.call("ecs", "DescribeTaskDefinition", **named)
    definition = answer["taskDefinition"]
    wanted = {
        "family": "mz-dev-site",
        "taskDefinitionArn": ids["definition"],
        "taskRoleArn": ids["role"],
        "executionRoleArn": ids["role"],
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
    }
    assert part(definition, wanted) == wanted
    assert answer["tags"] == lower(TAGS)
    assert "tags" not in definition
    (container,) = definition["containerDefinitions"]
    assert part(container, CONTAINER) == CONTAINER
    added = {"cpu", "environment", "mountPoints", "volumesFrom", "systemControls"}
    assert container.keys() - CONTAINER.keys() <= added
    assert container["portMappings"][0].keys() == {"containerPort", "hostPort", "protocol"}
    assert definition.get("runtimePlatform") is None


async def service(made: Made) -> None:
    ids = made.ids
    named = {"cluster": ids["cluster"], "services": [ids["service"]], "include": ["TAGS"]}
    (found,) = (await made.call("ecs", "DescribeServices", **named))["services"]
    wanted: dict[str, Any] = {
        "serviceName": "mz-dev-app",
        "serviceArn": ids["service"],
        "clusterArn": ids["cluster"],
        "launchType": "FARGATE",
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "desiredCount": 1,
        "status": "ACTIVE",
        "availabilityZoneRebalancing": "DISABLED",
        "serviceRegistries": [
            {"registryArn": ids["registry"]["Arn"], "containerName": "mz-dev-app", "containerPort": 80}
        ],
        "tags": lower(TAGS),
    }
    assert part(found, wanted) == wanted
    vpc = found["networkConfiguration"]["awsvpcConfiguration"]
    assert (vpc["subnets"], vpc["securityGroups"]) == (ids["subnets"], [ids["group"]])
    configuration = found["deploymentConfiguration"]
    assert (configuration["maximumPercent"], configuration["minimumHealthyPercent"]) == (200, 100)
    breaker = configuration["deploymentCircuitBreaker"]
    assert (breaker["enable"], breaker["rollback"]) == (True, True)
    extra = {"alarms", "strategy", "bakeTimeInMinutes", "lifecycleHooks"}
    known = {"maximumPercent", "minimumHealthyPercent", "deploymentCircuitBreaker"}
    assert configuration.keys() <= known | extra
    assert configuration.get("strategy", "ROLLING") == "ROLLING"


async def group(made: Made) -> None:
    (found,) = (await made.call("ec2", "DescribeSecurityGroups", GroupIds=[made.ids["group"]]))[
        "SecurityGroups"
    ]
    wanted: dict[str, Any] = {
        "GroupName": "mz-dev-ecs-sg",
        "Description": "Managed by Terraform",
        "VpcId": made.ids["vpc"],
        "Tags": upper(TAGS),
    }
    assert part(found, wanted) == wanted
    ((inwards,), (outwards,)) = (found["IpPermissions"], found["IpPermissionsEgress"])
    assert (inwards["FromPort"], inwards["ToPort"]) == (80, 80)
    assert inwards["IpRanges"] == [{"CidrIp": "10.0.0.0/16"}]
    assert outwards["IpProtocol"] == "-1"
    assert not {"FromPort", "ToPort"} & outwards.keys()


async def role(made: Made) -> None:
    named = {"RoleName": "mz-dev-app-role"}
    found = (await made.call("iam", "GetRole", **named))["Role"]
    assert found["CreateDate"] is not None
    assert found["Arn"].startswith("arn:aws:iam::")
    assert (found["RoleName"], found["Path"], found["MaxSessionDuration"]) == ("mz-dev-app-role", "/", 3600)
    assert json.loads(unquote(found["AssumeRolePolicyDocument"])) == json.loads(TRUST)
    assert sorted(found["Tags"], key=str) == sorted(upper(TAGS), key=str)
    inline = await made.call("iam", "GetRolePolicy", **named, PolicyName="metrics")
    assert json.loads(unquote(inline["PolicyDocument"])) == json.loads(POLICY)
    assert (await made.call("iam", "ListRolePolicies", **named))["PolicyNames"] == ["metrics"]
    attached = (await made.call("iam", "ListAttachedRolePolicies", **named))["AttachedPolicies"]
    assert [each["PolicyArn"].rpartition("/")[2] for each in attached] == ["AmazonECSTaskExecutionRolePolicy"]


def test_api_stage_link_authorizer_integration_and_route_answer_what_was_written() -> None:
    with_the_system(entry)


def test_log_groups_answer_what_was_written() -> None:
    with_the_system(logs)


def test_namespace_and_service_of_cloud_map_answer_what_was_written() -> None:
    with_the_system(names)


def test_cluster_and_task_definition_answer_what_was_written_and_nothing_that_replaces() -> None:
    with_the_system(clusters_and_definitions)


def test_a_service_answers_what_was_written() -> None:
    with_the_system(service)


def test_a_security_group_answers_what_was_written() -> None:
    with_the_system(group)


def test_a_role_answers_what_was_written() -> None:
    with_the_system(role)
