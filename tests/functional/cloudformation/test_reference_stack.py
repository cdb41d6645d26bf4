"""The reference system's template, run by CloudFormation against the real services."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from tests.functional.cloudformation.cloud import REFERENCE, SmallCloud, up, update


def in_cloud(scenario: Callable[[SmallCloud], Awaitable[None]]) -> None:
    async def run() -> None:
        async with SmallCloud().running() as cloud:
            await scenario(cloud)

    asyncio.run(run())


async def service(cloud: SmallCloud) -> Mapping[str, Any]:
    found = await cloud.call("ecs", "DescribeServices", cluster="mz-dev-ecs-cluster", services=["mz-dev-app"])
    described: Mapping[str, Any] = found["services"][0]
    return described


async def physical(cloud: SmallCloud, logical_id: str) -> str:
    found = await cloud.cfn("DescribeStackResource", StackName="mz-dev", LogicalResourceId=logical_id)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


async def told(cloud: SmallCloud, logical_id: str, *, after: str = "") -> list[tuple[str, str]]:
    """Return a resource's events as status and physical id, since the stack's event ``after``."""
    events = await cloud.events()
    statuses = [event["ResourceStatus"] if event["LogicalResourceId"] == "mz-dev" else "" for event in events]
    start = len(statuses) - statuses[::-1].index(after) if after else 0
    return [
        (event["ResourceStatus"], event["PhysicalResourceId"])
        for event in events[start:]
        if event["LogicalResourceId"] == logical_id
    ]


def test_the_reference_system_is_created_with_its_outputs_and_deleted_without_a_trace() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        stack_id = await up(cloud)
        stack = await cloud.settled()
        assert (stack["StackStatus"], await cloud.failures()) == ("CREATE_COMPLETE", [])
        outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
        assert outputs["EcsClusterArn"].endswith(":cluster/mz-dev-ecs-cluster")
        assert outputs["ApigatewayEndpoint"].startswith("http")
        assert (await service(cloud))["runningCount"] == 1

        await cloud.cfn("DeleteStack", StackName="mz-dev")
        stack = await cloud.settled(stack_id)

        assert (stack["StackStatus"], await cloud.failures(stack_id)) == ("DELETE_COMPLETE", [])
        assert (await cloud.call("apigatewayv2", "GetApis"))["Items"] == []
        assert (await cloud.call("servicediscovery", "ListNamespaces"))["Namespaces"] == []
        assert (await cloud.call("logs", "DescribeLogGroups"))["logGroups"] == []
        assert (await cloud.call("iam", "ListRoles"))["Roles"] == []
        with pytest.raises(ServiceError, match="Stack with id mz-dev does not exist"):
            await cloud.stack()

    in_cloud(scenario)


def test_security_group_rules_are_those_of_the_template_and_no_default() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        await up(cloud)
        await cloud.settled()
        group_id = await physical(cloud, "ServiceGroup")
        found = await cloud.call("ec2", "DescribeSecurityGroups", GroupIds=[group_id])
        group = found["SecurityGroups"][0]
        assert [
            (rule["FromPort"], rule["ToPort"], rule["IpRanges"][0]["CidrIp"])
            for rule in group["IpPermissions"]
        ] == [(80, 80, "10.0.0.0/16")]
        assert len(group["IpPermissionsEgress"]) == 1
        tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
        assert tags["Name"] == "mz-dev-ecs-security-group"
        assert tags["Owner"] == "mamezou"
        assert tags["aws:cloudformation:logical-id"] == "ServiceGroup"

        narrower = REFERENCE.replace('{IpProtocol: "-1", CidrIp: 0.0.0.0/0}', TLS_OUT)
        assert (await update(cloud, narrower))["StackStatus"] == "UPDATE_COMPLETE"

        found = await cloud.call("ec2", "DescribeSecurityGroups", GroupIds=[group_id])
        (rule,) = found["SecurityGroups"][0]["IpPermissionsEgress"]
        assert rule["FromPort"] == 443

    in_cloud(scenario)


TLS_OUT = "{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}"


def test_a_new_task_definition_is_registered_rolled_out_and_the_old_one_cleaned_up() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        await up(cloud)
        await cloud.settled()
        old = await physical(cloud, "TaskDefinition")

        stack = await update(cloud, TaskMemory="1024")

        new = await physical(cloud, "TaskDefinition")
        assert stack["StackStatus"] == "UPDATE_COMPLETE"
        assert (await service(cloud))["taskDefinition"] == new == old.replace(":1", ":2")
        definition = await cloud.call("ecs", "DescribeTaskDefinition", taskDefinition=old)
        assert definition["taskDefinition"]["status"] == "INACTIVE"
        assert await told(cloud, "TaskDefinition", after="UPDATE_IN_PROGRESS") == [
            ("UPDATE_IN_PROGRESS", old),
            ("UPDATE_IN_PROGRESS", new),
            ("UPDATE_COMPLETE", new),
            ("DELETE_IN_PROGRESS", old),
            ("DELETE_COMPLETE", old),
        ]

    in_cloud(scenario)


def test_a_new_nonce_alone_forces_a_new_deployment() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        await up(cloud)
        await cloud.settled()
        before = (await service(cloud))["deployments"][0]["id"]

        stack = await update(cloud, DeploymentNonce="2")

        assert stack["StackStatus"] == "UPDATE_COMPLETE"
        (deployment,) = (await service(cloud))["deployments"]
        assert deployment["id"] != before

    in_cloud(scenario)


def test_settings_change_in_place_everywhere() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        await up(cloud)
        await cloud.settled()
        ids = {name: await physical(cloud, name) for name in ("Api", "Stage", "Discovery", "Authorizer")}
        changed = (
            REFERENCE.replace('TTL: "300"', "TTL: 60")
            .replace('"status":"$context.status"', '"path":"$context.path"')
            .replace("Audience: !Ref UserPoolClientIds", "Audience: [other]")
        )

        stack = await update(cloud, changed, CorsMaxAge="60", LogRetentionInDays="14", DesiredCount="2")

        assert (stack["StackStatus"], await cloud.failures()) == ("UPDATE_COMPLETE", [])
        assert {name: await physical(cloud, name) for name in ids} == ids
        api = await cloud.call("apigatewayv2", "GetApi", ApiId=ids["Api"])
        assert api["CorsConfiguration"]["MaxAge"] == 60
        stage = await cloud.call("apigatewayv2", "GetStage", ApiId=ids["Api"], StageName="$default")
        assert "path" in stage["AccessLogSettings"]["Format"]
        discovery = await cloud.call("servicediscovery", "GetService", Id=ids["Discovery"])
        assert discovery["Service"]["DnsConfig"]["DnsRecords"] == [{"Type": "SRV", "TTL": 60}]
        groups = (await cloud.call("logs", "DescribeLogGroups"))["logGroups"]
        assert [group["retentionInDays"] for group in groups] == [14, 14]
        assert (await service(cloud))["runningCount"] == 2

    in_cloud(scenario)


def test_a_revision_that_cannot_start_fails_by_the_circuit_breaker_and_everything_is_as_before() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        await up(cloud)
        await cloud.settled()
        good = await physical(cloud, "TaskDefinition")
        broken = REFERENCE.replace("public.ecr.aws/docker/library/httpd:latest", "missing:latest")

        stack = await update(cloud, broken, LogRetentionInDays="14")

        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        failures = await cloud.failures()
        assert failures[0][0] == "Service"
        assert "ECS Deployment Circuit Breaker was triggered" in failures[0][1]
        assert (await service(cloud))["taskDefinition"] == good == await physical(cloud, "TaskDefinition")
        groups = (await cloud.call("logs", "DescribeLogGroups"))["logGroups"]
        assert [group["retentionInDays"] for group in groups] == [7, 7]
        text = (await cloud.cfn("GetTemplate", StackName="mz-dev"))["TemplateBody"]
        assert text == REFERENCE

    in_cloud(scenario)


def test_a_strangers_log_group_fails_the_stack_and_survives_the_rollback() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        await cloud.call("logs", "CreateLogGroup", logGroupName="/aws/api-gateway/mz-dev")

        await up(cloud)
        stack = await cloud.settled()

        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        failures = dict(await cloud.failures())
        assert "already exists" in failures["ApiLogs"]
        assert "HandlerErrorCode: AlreadyExists" in failures["ApiLogs"]
        groups = (await cloud.call("logs", "DescribeLogGroups"))["logGroups"]
        assert [group["logGroupName"] for group in groups] == ["/aws/api-gateway/mz-dev"]
        assert (await cloud.call("iam", "ListRoles"))["Roles"] == []

    in_cloud(scenario)


def test_cors_and_access_logs_that_are_taken_out_of_the_template_are_removed() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        await up(cloud)
        await cloud.settled()
        start = REFERENCE.index("      CorsConfiguration:")
        end = REFERENCE.index("  Stage:\n")
        without = REFERENCE[:start] + REFERENCE[end:]
        start = without.index("      AccessLogSettings:")
        without = without[:start] + without[without.index("  VpcLink:\n") :]

        stack = await update(cloud, without)

        assert (stack["StackStatus"], await cloud.failures()) == ("UPDATE_COMPLETE", [])
        api_id = await physical(cloud, "Api")
        api = await cloud.call("apigatewayv2", "GetApi", ApiId=api_id)
        assert api.get("CorsConfiguration") is None
        stage = await cloud.call("apigatewayv2", "GetStage", ApiId=api_id, StageName="$default")
        assert stage.get("AccessLogSettings") is None

    in_cloud(scenario)
