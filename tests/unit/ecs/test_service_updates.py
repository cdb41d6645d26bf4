"""UpdateService, member by member: which starts a new deployment, which does not, which is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.models import operation_model
from tests.support.calls import SCOPE
from tests.unit.ecs.test_balancing import BALANCER, Targets
from tests.unit.ecs.yard import PLACE, Yard

ADDRESS = f"arn:aws:servicediscovery:{SCOPE.region}:{SCOPE.account}:service/srv-a"
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]
ON_DEMAND = [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
ELSEWHERE = {"awsvpcConfiguration": {**PLACE["awsvpcConfiguration"], "subnets": ["subnet-c"]}}
ROLLS = {"minimumHealthyPercent": 50, "maximumPercent": 150}
FORCE = {"forceNewDeployment": True}

DEPLOYING: dict[str, Any] = {
    "taskDefinition": "app:2",
    "networkConfiguration": ELSEWHERE,
    "platformVersion": "1.4.0",
    "loadBalancers": [BALANCER],
    "serviceRegistries": [{"registryArn": ADDRESS}],
}
SETTLING: dict[str, Any] = {
    "desiredCount": 3,
    "deploymentConfiguration": ROLLS,
    "healthCheckGracePeriodSeconds": 30,
    "availabilityZoneRebalancing": "DISABLED",
    "enableExecuteCommand": True,
    "enableECSManagedTags": True,
    "propagateTags": "SERVICE",
}
NAMING = {"cluster", "service"}
ELSEWHERE_TOLD = {"forceNewDeployment", "capacityProviderStrategy", "deploymentController"}
"""Members with a test of their own below, and the one that says again what is so."""
REFUSED: dict[str, Any] = {
    "placementConstraints": [{"type": "distinctInstance"}],
    "placementStrategy": [{"type": "random"}],
    "volumeConfigurations": [{"name": "data", "managedEBSVolume": {"roleArn": "arn:aws:iam::1:role/x"}}],
    "vpcLatticeConfigurations": [{"roleArn": "r", "targetGroupArn": "t", "portName": "p"}],
}


async def updated(yard: Yard, **members: Any) -> Mapping[str, Any]:
    answer = await yard.call("UpdateService", cluster="c", service="s", **members)
    service: Mapping[str, Any] = answer["service"]
    return service


async def made(**members: Any) -> Yard:
    """Return a yard with service ``s``, revisions 1 and 2 of ``app``, and both capacity providers."""
    yard = Yard()
    Targets(yard)
    await yard.register()
    await yard.call("CreateCluster", clusterName="c", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    await yard.create(**members)
    await yard.register()
    return yard


async def refusal(yard: Yard, **members: Any) -> str:
    with pytest.raises(ServiceError) as refused:
        await updated(yard, **members)
    return refused.value.message


@pytest.mark.parametrize("member", DEPLOYING)
def test_what_tasks_are_made_from_is_deployed_anew(member: str) -> None:
    async def story() -> None:
        yard = await made()
        before = (await yard.describe())["deployments"][0]["id"]
        service = await updated(yard, **{member: DEPLOYING[member]})
        primary, replaced = service["deployments"]
        assert (primary["status"], primary["rolloutState"]) == ("PRIMARY", "IN_PROGRESS")
        assert (replaced["status"], replaced["id"]) == ("ACTIVE", before)
        # The same again says nothing new.
        again = await updated(yard, **{member: DEPLOYING[member]})
        assert [each["id"] for each in again["deployments"]] == [primary["id"], before]

    asyncio.run(story())


@pytest.mark.parametrize("member", SETTLING)
def test_what_only_steers_the_service_is_changed_without_a_deployment(member: str) -> None:
    async def story() -> None:
        yard = await made()
        before = await yard.describe()
        service = await updated(yard, **{member: SETTLING[member]})
        wanted, found = SETTLING[member], service[member]
        assert before[member] != found
        assert {**found, **wanted} == found if isinstance(wanted, dict) else found == wanted
        assert len(service["deployments"]) == 1
        assert service["deployments"][0]["id"] == before["deployments"][0]["id"]

    asyncio.run(story())


def test_a_deployment_is_forced_where_nothing_changed() -> None:
    async def story() -> None:
        yard = await made()
        assert len((await updated(yard))["deployments"]) == 1
        assert len((await updated(yard, forceNewDeployment=False))["deployments"]) == 1
        assert len((await updated(yard, **FORCE))["deployments"]) == 2

    asyncio.run(story())


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({}, SPOT),
        ({"capacityProviderStrategy": ON_DEMAND}, SPOT),
        ({"capacityProviderStrategy": ON_DEMAND}, []),
    ],
    ids=["from a launch type", "another strategy", "back to the launch type"],
)
def test_another_capacity_provider_strategy_is_taken_only_by_force(
    first: dict[str, Any], then: list[dict[str, Any]]
) -> None:
    async def story() -> None:
        yard = await made(**first)
        assert await refusal(yard, capacityProviderStrategy=then) == (
            "When switching from launch type to capacity provider strategy on an existing service, or making"
            " a change to a capacity provider strategy on a service that is already using one, you must force"
            " a new deployment."
        )
        assert len((await yard.describe())["deployments"]) == 1
        service = await updated(yard, capacityProviderStrategy=then, **FORCE)
        assert len(service["deployments"]) == 2
        assert (service.get("capacityProviderStrategy") or []) == then
        assert service.get("launchType") == (None if then else "FARGATE")

    asyncio.run(story())


def test_the_same_strategy_needs_no_force_and_deploys_nothing() -> None:
    async def story() -> None:
        yard = await made(capacityProviderStrategy=ON_DEMAND)
        service = await updated(yard, capacityProviderStrategy=ON_DEMAND)
        assert len(service["deployments"]) == 1

    asyncio.run(story())


def test_a_new_strategy_names_what_is_associated_with_the_cluster() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        await yard.create()
        message = await refusal(yard, capacityProviderStrategy=SPOT, **FORCE)
        assert "is not associated with the cluster" in message

    asyncio.run(story())


@pytest.mark.parametrize("member", [*REFUSED, "loadBalancers", "capacityProviderStrategy"])
def test_an_empty_list_of_what_there_is_none_of_deploys_nothing(member: str) -> None:
    async def story() -> None:
        yard = await made()
        assert len((await updated(yard, **{member: []}))["deployments"]) == 1

    asyncio.run(story())


def test_the_controller_that_a_service_has_can_be_said_again() -> None:
    async def story() -> None:
        yard = await made()
        assert len((await updated(yard, deploymentController={"type": "ECS"}))["deployments"]) == 1
        assert "CODE_DEPLOY" in await refusal(yard, deploymentController={"type": "CODE_DEPLOY"})

    asyncio.run(story())


@pytest.mark.parametrize("member", REFUSED)
def test_what_is_not_done_here_is_refused_by_its_name(member: str) -> None:
    async def story() -> None:
        yard = await made()
        assert member in await refusal(yard, **{member: REFUSED[member]})
        assert len((await yard.describe())["deployments"]) == 1

    asyncio.run(story())


def test_every_member_of_an_update_is_walked() -> None:
    shape = operation_model("ecs", "UpdateService").input_shape
    assert shape is not None
    elsewhere = {"serviceConnectConfiguration", "gatewayConnectors", "monitoring"}
    walked = {*DEPLOYING, *SETTLING, *NAMING, *ELSEWHERE_TOLD, *REFUSED, *elsewhere}
    assert set(shape.members) - walked == set()


def test_an_update_in_a_deployment_adds_another_and_only_the_newest_starts_tasks() -> None:
    async def story() -> None:
        yard = await made()
        first = (await yard.describe())["deployments"][0]["id"]
        second = (await updated(yard, taskDefinition="app:2"))["deployments"][0]["id"]
        third = (await updated(yard, **FORCE))["deployments"][0]["id"]
        seen = [(each["id"], each["status"]) for each in (await yard.describe())["deployments"]]
        assert seen == [(third, "PRIMARY"), (second, "ACTIVE"), (first, "ACTIVE")]
        async with yard.at_work():
            service = await yard.steady()
            started = {each["startedBy"] for each in [*await yard.tasks(), *await yard.tasks("STOPPED")]}
        assert [each["id"] for each in service["deployments"]] == [third]
        assert started == {third}

    asyncio.run(story())
