"""A cloud killed in the middle of a stack operation goes on with it when it starts again."""

from __future__ import annotations

import asyncio

import pytest

from tests.functional.cloudformation.cloud import REFERENCE, SmallCloud, parameters, up


async def until_killed(cloud: SmallCloud) -> None:
    """Wait for the fatal call, or the end of an operation with fewer; then start CloudFormation anew."""
    fatal = asyncio.ensure_future(cloud.killed.wait())
    stack_id = str((await cloud.cfn("ListStacks"))["StackSummaries"][0]["StackId"])
    ended = asyncio.ensure_future(cloud.settled(stack_id))
    await asyncio.wait({fatal, ended}, return_when=asyncio.FIRST_COMPLETED)
    for future in (fatal, ended):
        future.cancel()
    await asyncio.gather(fatal, ended, return_exceptions=True)
    await cloud.kill_cloudformation()
    cloud.calls_until_killed = None
    cloud.start_cloudformation()


@pytest.mark.parametrize("calls", [0, 1, 3, 5, 8, 11, 13, 16, 19, 21, 24, 27, 30, 33, 36, 40])
def test_a_creation_is_completed_with_each_resource_made_once(calls: int) -> None:
    async def scenario() -> None:
        async with SmallCloud().running() as cloud:
            await up(cloud)
            cloud.calls_until_killed = calls
            await until_killed(cloud)

            stack = await cloud.settled()

            assert (stack["StackStatus"], await cloud.failures()) == ("CREATE_COMPLETE", [])
            assert len((await cloud.call("servicediscovery", "ListServices"))["Services"]) == 1
            assert len((await cloud.call("apigatewayv2", "GetApis"))["Items"]) == 1
            assert len((await cloud.call("ecs", "ListTaskDefinitions"))["taskDefinitionArns"]) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("calls", [0, 1, 2, 4, 6, 8])
def test_an_update_is_completed_and_cleaned_up(calls: int) -> None:
    async def scenario() -> None:
        async with SmallCloud().running() as cloud:
            await up(cloud)
            await cloud.settled()
            given = [*await cloud.network(), *parameters(TaskMemory="1024", LogRetentionInDays="14")]
            await cloud.cfn(
                "UpdateStack",
                StackName="mz-dev",
                TemplateBody=REFERENCE,
                Parameters=given,
                Capabilities=["CAPABILITY_NAMED_IAM"],
            )
            cloud.calls_until_killed = calls
            await until_killed(cloud)

            stack = await cloud.settled()

            assert (stack["StackStatus"], await cloud.failures()) == ("UPDATE_COMPLETE", [])
            active = (await cloud.call("ecs", "ListTaskDefinitions", status="ACTIVE"))["taskDefinitionArns"]
            assert [arn.rpartition(":")[2] for arn in active] == ["2"]
            groups = (await cloud.call("logs", "DescribeLogGroups"))["logGroups"]
            assert [group["retentionInDays"] for group in groups] == [14, 14]

    asyncio.run(scenario())


@pytest.mark.parametrize("calls", [0, 2, 5, 9, 14])
def test_a_deletion_is_completed(calls: int) -> None:
    async def scenario() -> None:
        async with SmallCloud().running() as cloud:
            stack_id = await up(cloud)
            await cloud.settled()
            await cloud.cfn("DeleteStack", StackName="mz-dev")
            cloud.calls_until_killed = calls
            await until_killed(cloud)

            stack = await cloud.settled(stack_id)

            assert (stack["StackStatus"], await cloud.failures(stack_id)) == ("DELETE_COMPLETE", [])
            assert (await cloud.call("iam", "ListRoles"))["Roles"] == []

    asyncio.run(scenario())
