"""What moto lacks, answered beside it: tags of scalable targets and pools, resource servers changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from tests.conformance.clients.reference import make
from tests.functional.cloudformation.cloud import SmallCloud

SCALING = "application-autoscaling"
COGNITO = "cognito-idp"


def test_tags_of_a_scalable_target_are_kept_and_changed() -> None:
    async def run() -> None:
        async with SmallCloud().running() as cloud:
            await make(cloud)
            target: dict[str, Any] = {
                "ServiceNamespace": "ecs",
                "ResourceId": "service/mz-dev-ecs-cluster/mz-dev-app",
                "ScalableDimension": "ecs:service:DesiredCount",
                "MinCapacity": 1,
                "MaxCapacity": 3,
            }
            made = await cloud.call(SCALING, "RegisterScalableTarget", **target, Tags={"Owner": "mamezou"})
            named = {"ResourceARN": made["ScalableTargetARN"]}
            assert (await cloud.call(SCALING, "ListTagsForResource", **named))["Tags"] == {"Owner": "mamezou"}
            await cloud.call(SCALING, "RegisterScalableTarget", **target)
            await cloud.call(SCALING, "TagResource", **named, Tags={"Kind": "target"})
            await cloud.call(SCALING, "UntagResource", **named, TagKeys=["Owner"])
            assert (await cloud.call(SCALING, "ListTagsForResource", **named))["Tags"] == {"Kind": "target"}
            with pytest.raises(ServiceError, match="was not found"):
                await cloud.call(SCALING, "ListTagsForResource", ResourceARN=made["ScalableTargetARN"] + "x")

    asyncio.run(run())


def test_tags_of_a_user_pool_are_changed_and_outlive_an_update() -> None:
    async def run() -> None:
        async with SmallCloud().running() as cloud:
            made = await cloud.call(
                COGNITO, "CreateUserPool", PoolName="people", UserPoolTags={"Owner": "mamezou"}
            )
            pool, named = made["UserPool"]["Id"], {"ResourceArn": made["UserPool"]["Arn"]}
            await cloud.call(COGNITO, "UpdateUserPool", UserPoolId=pool, EmailVerificationSubject="s")
            assert (await cloud.call(COGNITO, "ListTagsForResource", **named))["Tags"] == {"Owner": "mamezou"}
            await cloud.call(COGNITO, "TagResource", **named, Tags={"Kind": "pool"})
            await cloud.call(COGNITO, "UntagResource", **named, TagKeys=["Owner"])
            found = (await cloud.call(COGNITO, "DescribeUserPool", UserPoolId=pool))["UserPool"]
            assert found["UserPoolTags"] == {"Kind": "pool"}
            with pytest.raises(ServiceError, match="does not exist"):
                await cloud.call(COGNITO, "ListTagsForResource", ResourceArn=named["ResourceArn"] + "x")

    asyncio.run(run())


def test_a_resource_server_is_changed_and_deleted() -> None:
    async def run() -> None:
        async with SmallCloud().running() as cloud:
            pool = (await cloud.call(COGNITO, "CreateUserPool", PoolName="people"))["UserPool"]["Id"]
            server: dict[str, Any] = {"UserPoolId": pool, "Identifier": "sales"}
            scopes = [{"ScopeName": "read", "ScopeDescription": "read"}]
            await cloud.call(COGNITO, "CreateResourceServer", **server, Name="sales", Scopes=scopes)
            await cloud.call(COGNITO, "UpdateResourceServer", **server, Name="other", Scopes=[])
            found = (await cloud.call(COGNITO, "DescribeResourceServer", **server))["ResourceServer"]
            assert (found["Name"], found.get("Scopes", [])) == ("other", [])
            await cloud.call(COGNITO, "DeleteResourceServer", **server)
            with pytest.raises(ServiceError) as refused:
                await cloud.call(COGNITO, "DeleteResourceServer", **server)
            assert refused.value.code == "ResourceNotFoundException"

    asyncio.run(run())
