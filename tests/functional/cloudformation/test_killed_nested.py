"""A cloud killed while a stack in a stack is made goes on with both: nothing is made twice."""

from __future__ import annotations

import asyncio

import pytest

from tests.functional.cloudformation.cloud import SmallCloud, up

INNER = 'Resources: {Group: {Type: "AWS::Logs::LogGroup"}}\nOutputs: {Name: {Value: !Ref Group}}\n'
OUTER = """
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "http://127.0.0.1:4566/texts/inner.yaml"}
  After: {Type: "AWS::ECS::Cluster", DependsOn: Inner}
Outputs: {Name: {Value: !GetAtt Inner.Outputs.Name}}
"""


@pytest.mark.parametrize("calls", [1, 2, 3, 5, 7])
def test_a_nested_stack_is_completed_once(calls: int) -> None:
    async def scenario() -> None:
        async with SmallCloud().running() as cloud:
            place = {"LocationConstraint": "ap-northeast-1"}
            await cloud.call("s3", "CreateBucket", Bucket="texts", CreateBucketConfiguration=place)
            await cloud.call("s3", "PutObject", Bucket="texts", Key="inner.yaml", Body=INNER.encode())
            cloud.calls_until_killed = calls
            stack_id = await up(cloud, OUTER)
            fatal = asyncio.ensure_future(cloud.killed.wait())
            ended = asyncio.ensure_future(cloud.settled(stack_id))
            await asyncio.wait({fatal, ended}, return_when=asyncio.FIRST_COMPLETED)
            for future in (fatal, ended):
                future.cancel()
            await asyncio.gather(fatal, ended, return_exceptions=True)
            await cloud.kill_cloudformation()
            cloud.calls_until_killed = None
            cloud.start_cloudformation()

            stack = await cloud.settled(stack_id)

            assert (stack["StackStatus"], await cloud.failures(stack_id)) == ("CREATE_COMPLETE", [])
            found = (await cloud.cfn("ListStacks"))["StackSummaries"]
            assert [each["StackStatus"] for each in found] == ["CREATE_COMPLETE", "CREATE_COMPLETE"]
            assert [each.get("ParentId") for each in found].count(stack_id) == 1
            assert len((await cloud.call("logs", "DescribeLogGroups"))["logGroups"]) == 1

    asyncio.run(scenario())
