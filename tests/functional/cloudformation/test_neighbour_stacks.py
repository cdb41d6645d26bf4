"""Stacks of what stands beside the five services: load balancers, scaling, schedules, secrets, pools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.functional.cloudformation.cloud import TEMPLATES, SmallCloud, up, update
from tests.functional.cloudformation.test_reference_stack import in_cloud


async def network(cloud: SmallCloud) -> dict[str, str]:
    given = {item["ParameterKey"]: item["ParameterValue"] for item in await cloud.network()}
    subnets = given["PrivateSubnetIds"]
    return {"Vpc": given["VpcId"], "Subnets": subnets, "Subnet": subnets.partition(",")[0]}


async def made(cloud: SmallCloud, name: str, **values: str) -> tuple[str, dict[str, str]]:
    """Create the stack of a template; return its id and its outputs."""
    stack_id = await up(cloud, (TEMPLATES / name).read_text(), **values)
    stack = await cloud.settled()
    assert await cloud.failures() == []
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return stack_id, {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", ())}


async def changed(cloud: SmallCloud, name: str, **values: str) -> Mapping[str, Any]:
    stack = await update(cloud, (TEMPLATES / name).read_text(), **values)
    assert await cloud.failures() == []
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    return stack


async def gone(cloud: SmallCloud, stack_id: str) -> None:
    await cloud.cfn("DeleteStack", StackName="mz-dev")
    stack = await cloud.settled(stack_id)
    assert await cloud.failures(stack_id) == []
    assert stack["StackStatus"] == "DELETE_COMPLETE"


def test_a_service_behind_a_load_balancer_that_scales_is_made_changed_and_taken_down() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        given = await network(cloud)
        places = {"Vpc": given["Vpc"], "Subnets": given["Subnets"]}
        stack_id, outputs = await made(cloud, "balanced.yaml", **places)
        assert outputs["Address"].endswith(".elb.amazonaws.com")
        assert outputs["FullName"].startswith("targetgroup/mz-dev-Targets-")
        assert outputs["Target"].endswith("|ecs:service:DesiredCount|ecs")
        (balancer,) = (await cloud.call("elbv2", "DescribeLoadBalancers"))["LoadBalancers"]
        arn = balancer["LoadBalancerArn"]
        (tagged,) = (await cloud.call("elbv2", "DescribeTags", ResourceArns=[arn]))["TagDescriptions"]
        assert tagged["Tags"] == [{"Key": "Owner", "Value": "mamezou"}]

        await changed(cloud, "balanced.yaml", Path="/ready", Most="5")
        (group,) = (await cloud.call("elbv2", "DescribeTargetGroups"))["TargetGroups"]
        assert (group["HealthCheckPath"], group["Matcher"]) == ("/ready", {"HttpCode": "200"})
        assert (await scalable(cloud))[0]["MaxCapacity"] == 5

        await gone(cloud, stack_id)
        assert not (await cloud.call("elbv2", "DescribeLoadBalancers"))["LoadBalancers"]
        assert not (await cloud.call("elbv2", "DescribeTargetGroups"))["TargetGroups"]
        assert not await scalable(cloud)

    in_cloud(scenario)


async def scalable(cloud: SmallCloud) -> list[Any]:
    found = await cloud.call("application-autoscaling", "DescribeScalableTargets", ServiceNamespace="ecs")
    return list(found["ScalableTargets"])


def test_rules_and_schedules_that_run_tasks_are_made_changed_and_taken_down() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        subnet = (await network(cloud))["Subnet"]
        stack_id, outputs = await made(cloud, "scheduled.yaml", Subnet=subnet)
        assert outputs["Heard"] == "ours|heard"
        assert outputs["HeardArn"].endswith(":rule/ours/heard")
        assert ":schedule/jobs/mz-dev-Schedule-" in outputs["Schedule"]
        assert ":alarm:mz-dev-Alarm-" in outputs["Alarm"]
        (rule,) = (await cloud.call("events", "ListRules"))["Rules"]
        targets = await cloud.call("events", "ListTargetsByRule", Rule=rule["Name"])
        (ecs,) = [target["EcsParameters"] for target in targets["Targets"]]
        assert ecs["NetworkConfiguration"]["awsvpcConfiguration"]["Subnets"] == [subnet]

        await changed(cloud, "scheduled.yaml", Pace="rate(1 hour)")
        (rule,) = (await cloud.call("events", "ListRules"))["Rules"]
        (schedule,) = (await cloud.call("scheduler", "ListSchedules"))["Schedules"]
        found = await cloud.call("scheduler", "GetSchedule", Name=schedule["Name"], GroupName="jobs")
        assert rule["ScheduleExpression"] == found["ScheduleExpression"] == "rate(1 hour)"

        await gone(cloud, stack_id)
        assert not (await cloud.call("events", "ListRules"))["Rules"]
        assert not (await cloud.call("scheduler", "ListSchedules"))["Schedules"]
        assert not (await cloud.call("cloudwatch", "DescribeAlarms"))["MetricAlarms"]

    in_cloud(scenario)


def test_keys_secrets_pools_zones_filters_and_domains_are_made_changed_and_taken_down() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        vpc = (await network(cloud))["Vpc"]
        stack_id, outputs = await made(cloud, "beside.yaml", Vpc=vpc)
        assert outputs["Issuer"].startswith(
            "https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_"
        )
        assert outputs["ClientSecret"]
        assert len(outputs["Servers"].split(",")) == 4
        assert ".execute-api.ap-northeast-1." in outputs["Target"]
        secret = await cloud.call("secretsmanager", "GetSecretValue", SecretId="mz/db")
        text = json.loads(secret["SecretString"])
        assert (text["user"], len(text["password"]), secret["ARN"]) == ("app", 20, outputs["Secret"])
        assert await records(cloud) == {"a.mz.example.": "192.0.2.1", "app.mz.example.": '"first"'}
        key = await cloud.call("kms", "DescribeKey", KeyId="alias/mz")
        assert key["KeyMetadata"]["Arn"] == outputs["KeyArn"]
        (pool,) = (await cloud.call("cognito-idp", "ListUserPools", MaxResults=10))["UserPools"]
        described = await cloud.call("cognito-idp", "DescribeUserPool", UserPoolId=pool["Id"])
        assert described["UserPool"]["UserPoolTags"] == {"Kind": "pool", "Owner": "mamezou"}

        await changed(cloud, "beside.yaml", Words="second")
        assert (await records(cloud))["app.mz.example."] == '"second"'
        (found,) = (await cloud.call("logs", "DescribeMetricFilters", logGroupName="/mz"))["metricFilters"]
        assert found["filterPattern"] == "second"
        again = await cloud.call("secretsmanager", "GetSecretValue", SecretId="mz/db")
        assert again["SecretString"] == secret["SecretString"]
        key = await cloud.call("kms", "DescribeKey", KeyId="alias/mz")
        assert key["KeyMetadata"]["Description"] == "second"

        await gone(cloud, stack_id)
        assert not (await cloud.call("route53", "ListHostedZones"))["HostedZones"]
        assert not (await cloud.call("cognito-idp", "ListUserPools", MaxResults=10))["UserPools"]
        assert not (await cloud.call("secretsmanager", "ListSecrets"))["SecretList"]
        assert not (await cloud.call("apigatewayv2", "GetDomainNames"))["Items"]
        assert not (await cloud.call("ec2", "DescribeVpcEndpoints"))["VpcEndpoints"]

    in_cloud(scenario)


async def records(cloud: SmallCloud) -> dict[str, str]:
    """Return the zone's records that were not there from the start, each name with its value."""
    (zone,) = (await cloud.call("route53", "ListHostedZones"))["HostedZones"]
    found = await cloud.call("route53", "ListResourceRecordSets", HostedZoneId=zone["Id"])
    return {
        each["Name"]: each["ResourceRecords"][0]["Value"]
        for each in found["ResourceRecordSets"]
        if each["Type"] not in {"NS", "SOA"}
    }


def test_tables_queues_and_topics_are_made_changed_and_taken_down() -> None:
    async def scenario(cloud: SmallCloud) -> None:
        stack_id, outputs = await made(cloud, "kept.yaml")
        assert outputs["Table"].endswith(":table/carts")
        assert outputs["Dead"].endswith(".fifo")
        assert outputs["TopicName"].startswith("mz-dev-News-")
        assert await waits(cloud, outputs["Queue"]) == "10"
        assert await subscribers(cloud, outputs["Topic"]) == ["https://example.com/10"]

        await changed(cloud, "kept.yaml", Wait="5", Billing="PROVISIONED")
        assert await waits(cloud, outputs["Queue"]) == "5"
        assert await subscribers(cloud, outputs["Topic"]) == ["https://example.com/5"]
        table = (await cloud.call("dynamodb", "DescribeTable", TableName="carts"))["Table"]
        assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 1
        tags = await cloud.call("dynamodb", "ListTagsOfResource", ResourceArn=outputs["Table"])
        assert tags["Tags"] == [{"Key": "Owner", "Value": "mamezou"}]

        await gone(cloud, stack_id)
        assert not (await cloud.call("dynamodb", "ListTables"))["TableNames"]
        assert not (await cloud.call("sqs", "ListQueues")).get("QueueUrls")
        assert not (await cloud.call("sns", "ListTopics"))["Topics"]

    in_cloud(scenario)


async def waits(cloud: SmallCloud, queue: str) -> str:
    found = await cloud.call("sqs", "GetQueueAttributes", QueueUrl=queue, AttributeNames=["All"])
    return str(found["Attributes"]["ReceiveMessageWaitTimeSeconds"])


async def subscribers(cloud: SmallCloud, topic: str) -> list[str]:
    found = await cloud.call("sns", "ListSubscriptionsByTopic", TopicArn=topic)
    return [each["Endpoint"] for each in found["Subscriptions"]]
