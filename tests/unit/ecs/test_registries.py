"""A service's tasks in Cloud Map: what a registry may be, what is written there and when."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hatoba.cloud.wire import Operations, ServiceError
from tests.support.calls import SCOPE
from tests.unit.ecs.yard import PLACE, Yard, wait_for

BASE = f"arn:aws:servicediscovery:{SCOPE.region}:{SCOPE.account}:service/"
BY_CONTAINER: dict[str, Any] = {"containerName": "app", "containerPort": 80}
EITHER = (
    "The values specified for serviceRegistries require either 'containerName' and 'containerPort', or"
    " 'port', but not both. Registry: "
)


def run(story: Callable[[Yard], Awaitable[None]]) -> None:
    async def whole() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await story(yard)

    asyncio.run(whole())


async def create(yard: Yard, service: str, **members: Any) -> Any:
    registries = [{"registryArn": BASE + service, **members}]
    return await yard.create(registered=False, serviceRegistries=registries)


@pytest.mark.parametrize(
    ("service", "members"),
    [
        ("srv-1", BY_CONTAINER),
        ("srv-1", {"port": 80}),
        ("srv-a", {}),
        ("srv-aaaa", {}),
        ("srv-http", {}),
        ("srv-http", BY_CONTAINER),
        ("srv-http", {"port": 80}),
    ],
)
def test_a_registry_is_taken_and_described_as_it_was_given(service: str, members: dict[str, Any]) -> None:
    async def story(yard: Yard) -> None:
        made = await create(yard, service, **members)
        assert made["serviceRegistries"] == [{"registryArn": BASE + service, **members}]

    run(story)


@pytest.mark.parametrize("member", ["containerPort", "port"])
@pytest.mark.parametrize("service", ["srv-a", "srv-aaaa"])
def test_an_address_takes_no_port(service: str, member: str) -> None:
    async def story(yard: Yard) -> None:
        members: dict[str, Any] = {"port": 80} if member == "port" else BY_CONTAINER
        with pytest.raises(ServiceError) as refused:
            await create(yard, service, **members)
        assert refused.value.code == "InvalidParameterException"
        assert refused.value.message == (
            f"The values specified for serviceRegistries do not require a value for '{member}'. Remove the"
            f" value and retry. Registry: {BASE}{service}"
        )

    run(story)


@pytest.mark.parametrize(
    "members",
    [{}, {"containerName": "app"}, {"containerPort": 80}, {**BY_CONTAINER, "port": 80}],
)
def test_srv_takes_a_port_once(members: dict[str, Any]) -> None:
    async def story(yard: Yard) -> None:
        with pytest.raises(ServiceError) as refused:
            await create(yard, "srv-1", **members)
        assert refused.value.message == f"{EITHER}{BASE}srv-1"

    run(story)


@pytest.mark.parametrize(
    ("service", "members", "text"),
    [
        ("srv-x", BY_CONTAINER, f"The service registry {BASE}srv-x does not exist in Cloud Map"),
        (
            "srv-1",
            {"containerName": "x", "containerPort": 80},
            "The container x does not exist in the task definition",
        ),
        (
            "srv-1",
            {"containerName": "app", "containerPort": 81},
            "The container app did not have a container port 81 defined.",
        ),
    ],
)
def test_a_registry_names_what_is_there(service: str, members: dict[str, Any], text: str) -> None:
    async def story(yard: Yard) -> None:
        with pytest.raises(ServiceError) as refused:
            await create(yard, service, **members)
        assert refused.value.code == "InvalidParameterException"
        assert refused.value.message.startswith(text)

    run(story)


def test_there_is_one_registry_at_the_most() -> None:
    async def story(yard: Yard) -> None:
        two = [{"registryArn": f"{BASE}srv-1", **BY_CONTAINER}, {"registryArn": f"{BASE}srv-a"}]
        with pytest.raises(ServiceError) as refused:
            await yard.create(registered=False, serviceRegistries=two)
        assert refused.value.message == "service registries can have at most 1 items"

    run(story)


@pytest.mark.parametrize("service", ["srv-1", "srv-a"])
def test_what_is_written_of_a_task(service: str) -> None:
    async def story(yard: Yard) -> None:
        has_port = service == "srv-1"
        await create(yard, service, **(BY_CONTAINER if has_port else {}))
        await yard.steady()
        (task,) = await yard.tasks()
        ((identifier, attributes),) = yard.registry.instances.items()
        assert re.fullmatch("[0-9a-f]{32}", identifier)
        assert task["taskArn"].endswith(f"/{identifier}")
        assert yard.registry.began == {identifier: "UNHEALTHY"}
        here = {"AWS_INSTANCE_IPV4": "127.1.0.1", **({"AWS_INSTANCE_PORT": "1024"} if has_port else {})}
        assert attributes == here | {
            "AVAILABILITY_ZONE": task["availabilityZone"],
            "REGION": "ap-northeast-1",
            "ECS_SERVICE_NAME": "s",
            "ECS_CLUSTER_NAME": "c",
            "ECS_TASK_DEFINITION_FAMILY": "app",
        }

    run(story)


def test_a_service_without_custom_health_is_told_no_first_status() -> None:
    async def story(yard: Yard) -> None:
        yard.registry.has_custom_health = False
        await create(yard, "srv-1", **BY_CONTAINER)
        await yard.steady()
        assert yard.registry.began == {next(iter(yard.registry.instances)): None}

    run(story)


def test_a_task_is_registered_while_it_is_activating() -> None:
    async def story(yard: Yard) -> None:
        seen: list[str] = []
        inner: Any = yard.registry.operations

        async def watched(call: Any, request: Any) -> Any:
            seen.extend(each["lastStatus"] for each in await yard.tasks())
            return inner.get("RegisterInstance")(call, request)

        table = Operations("servicediscovery")
        for name in inner.names():
            table.add(name, watched if name == "RegisterInstance" else inner.get(name))
        yard.bench.add(table)
        await create(yard, "srv-1", **BY_CONTAINER)
        await yard.steady()
        assert seen == ["ACTIVATING"]

    run(story)


def test_another_registry_is_another_deployment() -> None:
    async def story(yard: Yard) -> None:
        made = await create(yard, "srv-1", **BY_CONTAINER)
        params = {"serviceRegistries": [{"registryArn": f"{BASE}srv-a"}]}
        answer = await yard.call("UpdateService", cluster="c", service="s", **params)
        new, old = answer["service"]["deployments"]
        assert (new["status"], old["id"]) == ("PRIMARY", made["deployments"][0]["id"])
        answer = await yard.call("UpdateService", cluster="c", service="s", serviceRegistries=[])
        assert answer["service"]["serviceRegistries"] == []

    run(story)


def test_nothing_of_a_deleted_service_stays_in_cloud_map_whose_service_does() -> None:
    async def story(yard: Yard) -> None:
        await create(yard, "srv-1", **BY_CONTAINER)
        await yard.steady()
        await yard.call("DeleteService", cluster="c", service="s", force=True)

        async def is_inactive() -> bool:
            return bool((await yard.describe())["status"] == "INACTIVE")

        await wait_for(is_inactive, within_s=20.0)
        assert yard.registry.instances == {}
        # The fake has no DeleteService and no DeleteNamespace: whoever called one would have failed.
        assert (await yard.bench.acall("servicediscovery", "GetService", Id="srv-1"))["Service"]["Id"]

    run(story)


def test_a_task_of_no_service_is_not_registered() -> None:
    async def story(yard: Yard) -> None:
        await yard.call("CreateCluster", clusterName="c")
        task = await yard.run(networkConfiguration=PLACE)

        async def runs() -> bool:
            return bool((await yard.tasks())[0]["lastStatus"] == "RUNNING")

        await wait_for(runs, within_s=20.0)
        assert task["group"] == "family:app"
        assert "register" not in yard.journal

    run(story)


SERVICE: dict[str, Any] = {"taskDefinition": "app", "desiredCount": 1, "networkConfiguration": PLACE}
CONNECT = {"enabled": True, "namespace": "n", "services": [{"portName": "web"}]}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("serviceConnectConfiguration", CONNECT),
        ("volumeConfigurations", [{"name": "v"}]),
        ("vpcLatticeConfigurations", [{"roleArn": "r", "targetGroupArn": "t", "portName": "p"}]),
    ],
)
def test_service_connect_and_its_like_are_refused_by_name(member: str, value: Any) -> None:
    async def story(yard: Yard) -> None:
        await yard.create()
        for operation in ("CreateService", "UpdateService"):
            named = {"service": "s"} if operation == "UpdateService" else {"serviceName": "t", **SERVICE}
            with pytest.raises(ServiceError, match=f"ecs:{operation} with {member}") as refused:
                await yard.call(operation, cluster="c", **named, **{member: value})
            assert refused.value.code == "NotImplementedException"

    run(story)


def test_service_connect_that_is_switched_off_is_none() -> None:
    async def story(yard: Yard) -> None:
        off: dict[str, Any] = {"serviceConnectConfiguration": {"enabled": False}}
        assert (await yard.create(**off))["status"] == "ACTIVE"
        answer = await yard.call("UpdateService", cluster="c", service="s", **off)
        assert len(answer["service"]["deployments"]) == 1

    run(story)


def test_a_cluster_keeps_its_default_namespace_for_service_connect() -> None:
    async def story(yard: Yard) -> None:
        defaults = {"namespace": "shop"}
        made = await yard.call("CreateCluster", clusterName="d", serviceConnectDefaults=defaults)
        assert made["cluster"]["serviceConnectDefaults"] == defaults
        assert made["cluster"]["status"] == "ACTIVE"

    run(story)
