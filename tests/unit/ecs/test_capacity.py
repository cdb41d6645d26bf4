"""Capacity as Fargate has it (facts: ecs.md 8): two providers, no instance, Spot that is taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hatoba.cloud.wire import ServiceError
from tests.support.calls import SCOPE, refused
from tests.unit.ecs.yard import Yard, wait_for

ECS = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}"
BOTH = ["FARGATE", "FARGATE_SPOT"]
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]


def run(story: Callable[[Yard], Awaitable[None]]) -> None:
    async def with_yard() -> None:
        await story(Yard())

    asyncio.run(with_yard())


def test_the_two_providers_of_fargate_are_there_and_no_other() -> None:
    async def story(yard: Yard) -> None:
        answer = await yard.call("DescribeCapacityProviders")
        assert [each["name"] for each in answer["capacityProviders"]] == BOTH
        assert answer["capacityProviders"][0]["capacityProviderArn"] == f"{ECS}:capacity-provider/FARGATE"
        answer = await yard.call("DescribeCapacityProviders", capacityProviders=["FARGATE_SPOT", "mine"])
        assert [each["name"] for each in answer["capacityProviders"]] == ["FARGATE_SPOT"]
        assert answer["failures"] == [{"arn": f"{ECS}:capacity-provider/mine", "reason": "MISSING"}]
        await yard.call("CreateCluster", clusterName="c", capacityProviders=["FARGATE"])
        answer = await yard.call("DescribeCapacityProviders", cluster="c")
        assert [each["name"] for each in answer["capacityProviders"]] == ["FARGATE"]

    run(story)


def test_there_is_no_container_instance() -> None:
    async def story(yard: Yard) -> None:
        await yard.call("CreateCluster", clusterName="c")
        assert (await yard.call("ListContainerInstances", cluster="c"))["containerInstanceArns"] == []
        answer = await yard.call("DescribeContainerInstances", cluster="c", containerInstances=["i"])
        assert answer["failures"] == [{"arn": f"{ECS}:container-instance/c/i", "reason": "MISSING"}]
        kind = {"targetType": "container-instance"}
        assert (await yard.call("ListAttributes", cluster="c", **kind))["attributes"] == []
        attribute = {"name": "a", "targetId": "i", **kind}
        for operation in ("PutAttributes", "DeleteAttributes"):
            code, message = await refused(yard.call(operation, cluster="c", attributes=[attribute]))
            assert (code, "targets i were not found" in message) == ("TargetNotFoundException", True)
        code, _ = await refused(yard.call("ListContainerInstances", cluster="x"))
        assert code == "ClusterNotFoundException"

    run(story)


def test_a_strategy_names_what_is_associated_with_the_cluster() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        code, message = await refused(yard.create(capacityProviderStrategy=SPOT))
        assert code == "InvalidParameterException"
        assert message.startswith(
            "The specified capacity provider strategy cannot contain a capacity provider that is not"
            " associated with the cluster."
        )
        code, _ = await refused(
            yard.call("CreateCluster", clusterName="d", defaultCapacityProviderStrategy=SPOT)
        )
        assert code == "InvalidParameterException"

    run(story)


def test_the_default_strategy_counts_where_nothing_is_said_and_what_is_used_stays() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        await yard.call(
            "PutClusterCapacityProviders",
            cluster="c",
            capacityProviders=BOTH,
            defaultCapacityProviderStrategy=SPOT,
        )
        made = await yard.create(launchType=None)
        assert made["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE_SPOT"
        code, message = await refused(
            yard.call(
                "PutClusterCapacityProviders",
                cluster="c",
                capacityProviders=["FARGATE"],
                defaultCapacityProviderStrategy=[],
            )
        )
        assert code == "ResourceInUseException"
        assert message.startswith("The specified capacity provider is in use and cannot be removed")

    run(story)


def test_a_spot_task_is_interrupted_with_a_warning_and_replaced() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.call("CreateCluster", clusterName="c", capacityProviders=BOTH)
        await yard.create(capacityProviderStrategy=SPOT)
        async with yard.at_work():
            await yard.steady()
            [task] = await yard.tasks()
            assert task["capacityProviderName"] == "FARGATE_SPOT"
            first = task["taskArn"].rpartition("/")[2]
            yard.journal.clear()
            yard.ecs.interrupt(first)

            async def is_over() -> bool:
                return [each["lastStatus"] for each in await yard.tasks("STOPPED")] == ["STOPPED"]

            await wait_for(is_over)
            await yard.steady()
            [old] = await yard.tasks("STOPPED")
            assert (old["stopCode"], old["stoppedReason"]) == (
                "SpotInterruption",
                "Your Spot Task was interrupted.",
            )
            assert yard.journal.index("deregister") < yard.journal.index("stop app 30")
            [fresh] = await yard.tasks()
            assert fresh["taskArn"] != task["taskArn"]
            assert (await yard.describe())["deployments"][0]["failedTasks"] == 0
            with pytest.raises(ServiceError, match="No task"):
                yard.ecs.interrupt(first)

    run(story)


def test_only_spot_tasks_are_interrupted() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        task = await yard.run()
        with pytest.raises(ServiceError, match="only tasks on FARGATE_SPOT"):
            yard.ecs.interrupt(task["taskArn"].rpartition("/")[2])

    run(story)
