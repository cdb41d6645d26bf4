"""A task's network interface shows in EC2, and holds its security group until the task is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from tests.conformance.clients.reference import Made, make
from tests.functional.cloudformation.cloud import SmallCloud

CLUSTER = "mz-dev-ecs-cluster"


async def interfaces(made: Made) -> list[Any]:
    wanted = [{"Name": "group-id", "Values": [made.ids["group"]]}]
    found = await made.call("ec2", "DescribeNetworkInterfaces", Filters=wanted)
    return [each for each in found["NetworkInterfaces"] if each["InterfaceType"] != "vpc_link"]


async def until_there_are(made: Made, count: int) -> list[Any]:
    async with asyncio.timeout(30):
        while True:
            found = await interfaces(made)
            if len(found) == count:
                return found
            await asyncio.sleep(0.02)


def test_an_interface_of_a_task_holds_its_security_group() -> None:
    async def run() -> None:
        async with SmallCloud().running() as cloud:
            made = await make(cloud)
            (interface,) = await until_there_are(made, 1)
            assert interface["SubnetId"] in made.ids["subnets"]
            arns = (await made.call("ecs", "ListTasks", cluster=CLUSTER))["taskArns"]
            (task,) = (await made.call("ecs", "DescribeTasks", cluster=CLUSTER, tasks=arns))["tasks"]
            details = {each["name"]: each["value"] for each in task["attachments"][0]["details"]}
            assert details["networkInterfaceId"] == interface["NetworkInterfaceId"]
            assert details["privateIPv4Address"] == interface["PrivateIpAddress"]
            with pytest.raises(ServiceError) as refused:
                await made.call("ec2", "DeleteSecurityGroup", GroupId=made.ids["group"])
            assert refused.value.code == "DependencyViolation"

            await made.call("apigatewayv2", "DeleteApi", ApiId=made.ids["api"])
            await made.call("apigatewayv2", "DeleteVpcLink", VpcLinkId=made.ids["link"])
            await made.call("ecs", "UpdateService", cluster=CLUSTER, service="mz-dev-app", desiredCount=0)
            await until_there_are(made, 0)
            await made.call("ec2", "DeleteSecurityGroup", GroupId=made.ids["group"])

    asyncio.run(run())
