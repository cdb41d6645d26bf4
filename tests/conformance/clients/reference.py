"""The reference system made by the calls that Terraform makes, with the values that it sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.functional.cloudformation.cloud import SmallCloud

TAGS = {"Owner": "mamezou", "Environment": "mz-dev-site"}
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            }
        ],
    }
)
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Action": "cloudwatch:PutMetricData", "Effect": "Allow", "Resource": "*"}],
    }
)
FORMAT = '{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp" }'
CORS = {
    "AllowCredentials": True,
    "AllowHeaders": ["authorization"],
    "AllowMethods": ["GET"],
    "AllowOrigins": ["https://example.com"],
    "MaxAge": 80000,
}
CONTAINER = {
    "name": "mz-dev-app",
    "image": "public.ecr.aws/docker/library/httpd:latest",
    "essential": True,
    "portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}],
    "entryPoint": ["sh", "-c"],
    "command": ["httpd-foreground"],
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/aws/ecs/fargate/mz-dev-app",
            "awslogs-region": "ap-northeast-1",
            "awslogs-stream-prefix": "mz-dev-app",
        },
    },
}


def upper(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def lower(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


@dataclass
class Made:
    """What the creating calls answered, by short names."""

    cloud: SmallCloud
    ids: dict[str, Any] = field(default_factory=dict)

    async def call(self, service: str, operation: str, /, **params: Any) -> Any:
        """Call an operation; members that are None never reach a client."""
        return _said(await self.cloud.call(service, operation, **params))


def _said(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _said(item) for key, item in value.items() if item is not None}
    return [_said(item) for item in value] if isinstance(value, list | tuple) else value


async def make(cloud: SmallCloud) -> Made:
    """Make the whole system."""
    made = Made(cloud)
    await _network(made)
    await _roles(made)
    await _names(made)
    await _tasks(made)
    await _entry(made)
    return made


async def _network(made: Made) -> None:
    ids = made.ids
    ids["vpc"] = (await made.call("ec2", "DescribeVpcs"))["Vpcs"][0]["VpcId"]
    found = (await made.call("ec2", "DescribeSubnets"))["Subnets"]
    ids["subnets"] = [each["SubnetId"] for each in found[:2]]
    group = await made.call(
        "ec2",
        "CreateSecurityGroup",
        GroupName="mz-dev-ecs-sg",
        Description="Managed by Terraform",
        VpcId=ids["vpc"],
        TagSpecifications=[{"ResourceType": "security-group", "Tags": upper(TAGS)}],
    )
    ids["group"] = group["GroupId"]
    every = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    http = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    named = {"GroupId": ids["group"]}
    await made.call("ec2", "RevokeSecurityGroupEgress", **named, IpPermissions=[every])
    await made.call("ec2", "AuthorizeSecurityGroupIngress", **named, IpPermissions=[http])
    await made.call("ec2", "AuthorizeSecurityGroupEgress", **named, IpPermissions=[every])


async def _roles(made: Made) -> None:
    role = await made.call(
        "iam",
        "CreateRole",
        RoleName="mz-dev-app-role",
        AssumeRolePolicyDocument=TRUST,
        MaxSessionDuration=3600,
        Tags=upper(TAGS),
    )
    made.ids["role"] = role["Role"]["Arn"]
    named = {"RoleName": "mz-dev-app-role"}
    await made.call("iam", "PutRolePolicy", **named, PolicyName="metrics", PolicyDocument=POLICY)
    managed = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    await made.call("iam", "AttachRolePolicy", **named, PolicyArn=managed)
    for name in ("/aws/ecs/fargate/mz-dev-app", "/aws/api-gateway/mz-dev"):
        await made.call("logs", "CreateLogGroup", logGroupName=name, tags=TAGS)
        await made.call("logs", "PutRetentionPolicy", logGroupName=name, retentionInDays=7)


async def _names(made: Made) -> None:
    begun = await made.call(
        "servicediscovery",
        "CreatePrivateDnsNamespace",
        Name="mz-dev-application-service.internal",
        Vpc=made.ids["vpc"],
        Tags=upper(TAGS),
    )
    operation = await made.call("servicediscovery", "GetOperation", OperationId=begun["OperationId"])
    made.ids["namespace"] = operation["Operation"]["Targets"]["NAMESPACE"]
    service = await made.call(
        "servicediscovery",
        "CreateService",
        Name="mz-dev-app",
        NamespaceId=made.ids["namespace"],
        DnsConfig={
            "NamespaceId": made.ids["namespace"],
            "RoutingPolicy": "MULTIVALUE",
            "DnsRecords": [{"Type": "SRV", "TTL": 300}],
        },
        HealthCheckCustomConfig={"FailureThreshold": 1},
        Tags=upper(TAGS),
    )
    made.ids["registry"] = service["Service"]


async def _tasks(made: Made) -> None:
    ids = made.ids
    cluster = await made.call("ecs", "CreateCluster", clusterName="mz-dev-ecs-cluster", tags=lower(TAGS))
    ids["cluster"] = cluster["cluster"]["clusterArn"]
    await made.call(
        "ecs",
        "PutClusterCapacityProviders",
        cluster="mz-dev-ecs-cluster",
        capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=[],
    )
    definition = await made.call(
        "ecs",
        "RegisterTaskDefinition",
        family="mz-dev-site",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=ids["role"],
        taskRoleArn=ids["role"],
        containerDefinitions=[CONTAINER],
        tags=lower(TAGS),
    )
    ids["definition"] = definition["taskDefinition"]["taskDefinitionArn"]
    service = await made.call(
        "ecs",
        "CreateService",
        clientToken="terraform-1",
        cluster=ids["cluster"],
        serviceName="mz-dev-app",
        taskDefinition=ids["definition"],
        desiredCount=1,
        launchType="FARGATE",
        schedulingStrategy="REPLICA",
        availabilityZoneRebalancing="DISABLED",
        capacityProviderStrategy=[],
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": ids["subnets"],
                "securityGroups": [ids["group"]],
                "assignPublicIp": "DISABLED",
            }
        },
        serviceRegistries=[
            {"registryArn": ids["registry"]["Arn"], "containerName": "mz-dev-app", "containerPort": 80}
        ],
        deploymentConfiguration={
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
        deploymentController={"type": "ECS"},
        tags=lower(TAGS),
    )
    ids["service"] = service["service"]["serviceArn"]


async def _entry(made: Made) -> None:
    ids = made.ids
    api = await made.call(
        "apigatewayv2",
        "CreateApi",
        Name="mz-dev-api-gateway",
        ProtocolType="HTTP",
        CorsConfiguration=CORS,
        Tags=TAGS,
    )
    ids["api"] = api["ApiId"]
    of_api = {"ApiId": ids["api"]}
    group_arn = "arn:aws:logs:ap-northeast-1:000000000000:log-group:/aws/api-gateway/mz-dev"
    await made.call(
        "apigatewayv2",
        "CreateStage",
        **of_api,
        StageName="$default",
        AutoDeploy=True,
        AccessLogSettings={"DestinationArn": group_arn, "Format": FORMAT},
        Tags=TAGS,
    )
    ids["log_group_arn"] = group_arn
    link = await made.call(
        "apigatewayv2",
        "CreateVpcLink",
        Name="mz-dev-vpc-link",
        SubnetIds=ids["subnets"],
        SecurityGroupIds=[ids["group"]],
        Tags=TAGS,
    )
    ids["link"] = link["VpcLinkId"]
    integration = await made.call(
        "apigatewayv2",
        "CreateIntegration",
        **of_api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        ConnectionType="VPC_LINK",
        ConnectionId=ids["link"],
        IntegrationUri=ids["registry"]["Arn"],
        PayloadFormatVersion="1.0",
    )
    ids["integration"] = integration["IntegrationId"]
    authorizer = await made.call(
        "apigatewayv2",
        "CreateAuthorizer",
        **of_api,
        Name="mz-dev-jwt-authorizer",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Audience": ["client"], "Issuer": "https://issuer.example.com"},
    )
    ids["authorizer"] = authorizer["AuthorizerId"]
    route = await made.call(
        "apigatewayv2",
        "CreateRoute",
        **of_api,
        RouteKey="GET /{proxy+}",
        Target=f"integrations/{ids['integration']}",
        AuthorizationType="JWT",
        AuthorizerId=ids["authorizer"],
        ApiKeyRequired=False,
    )
    ids["route"] = route["RouteId"]
