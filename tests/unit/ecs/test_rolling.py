"""Deployments in a running world: what clients of Cloud Map see meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from hatoba.runtime.simulated import Script
from tests.unit.ecs.yard import PLACE, Yard, wait_for


def serving(yard: Yard) -> set[str]:
    return {each for each in yard.registry.instances if yard.registry.health[each] == "HEALTHY"}


async def completed(yard: Yard, deployment: str) -> Any:
    """Wait until the deployment is the only one, and done."""

    async def is_done() -> bool:
        seen = (await yard.describe())["deployments"]
        return len(seen) == 1 and bool(seen[0]["id"] == deployment) and seen[0]["rolloutState"] == "COMPLETED"

    await wait_for(is_done, what="the deployment")
    return await yard.describe()


def test_a_forced_deployment_replaces_the_tasks_and_never_leaves_cloud_map_without_a_healthy_one() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create(desiredCount=2)
            await yard.steady()
            before = serving(yard)
            fewest: list[int] = []

            async def watch() -> None:
                while True:
                    fewest.append(len(serving(yard)))
                    await asyncio.sleep(0)

            watcher = asyncio.create_task(watch())
            answer = await yard.call("UpdateService", cluster="c", service="s", forceNewDeployment=True)
            await completed(yard, answer["service"]["deployments"][0]["id"])
            watcher.cancel()
            after = serving(yard)
        assert min(fewest) >= 2
        assert len(after) == 2
        assert not before & after

    asyncio.run(story())


def test_a_new_task_is_healthy_in_cloud_map_before_the_old_one_is_deregistered() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            yard.journal.clear()
            answer = await yard.call("UpdateService", cluster="c", service="s", forceNewDeployment=True)
            await completed(yard, answer["service"]["deployments"][0]["id"])

            async def is_removed() -> bool:
                return "remove" in yard.journal

            await wait_for(is_removed)
        assert yard.journal == [
            "start app",
            "register",
            "report HEALTHY",
            "deregister",
            "stop app 30",
            "remove",
        ]

    asyncio.run(story())


def test_a_definition_whose_tasks_end_at_once_is_rolled_back() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["broken"] = Script(exits_after_s=0.0, exit_code=1)
        await yard.register()
        async with yard.at_work():
            configuration = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
            first = await yard.create(deploymentConfiguration=configuration)
            await yard.steady()
            good = serving(yard)
            await yard.register(image="broken")
            await yard.call("UpdateService", cluster="c", service="s", taskDefinition="app")

            async def is_back() -> bool:
                seen = (await yard.describe())["deployments"]
                return (
                    len(seen) == 1
                    and "app:1" in seen[0]["taskDefinition"]
                    and seen[0]["id"] != first["deployments"][0]["id"]
                )

            await wait_for(is_back, what="the rollback")
            service = await yard.steady()
            messages = await yard.messages()
            failed = [each for each in await yard.tasks("STOPPED") if "app:2" in each["taskDefinitionArn"]]
        assert service["taskDefinition"].endswith("app:1")
        assert len(serving(yard)) == 1
        assert not good & serving(yard)
        assert len(failed) == 3
        assert {each["stopCode"] for each in failed} == {"EssentialContainerExited"}
        assert {each["stoppedReason"] for each in failed} == {"Essential container in task exited"}
        assert sum("deployment failed: tasks failed to start." in each for each in messages) == 1
        assert sum("rolling back to deployment" in each for each in messages) == 1
        assert messages[-1] == "(service s) has reached a steady state."

    asyncio.run(story())


def test_an_update_of_the_count_alone_makes_no_deployment() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            before = await yard.create()
            await yard.steady()
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=3)
            after = await yard.steady()
        assert after["deployments"][0]["id"] == before["deployments"][0]["id"]
        assert after["runningCount"] == 3

    asyncio.run(story())


def test_a_service_lives_on_when_its_definition_is_deregistered() -> None:
    async def story() -> None:
        yard = Yard()
        arn = await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            await yard.call("DeregisterTaskDefinition", taskDefinition=arn)
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=2)
            service = await yard.steady()
        assert service["runningCount"] == 2

    asyncio.run(story())


def test_an_update_of_a_draining_service_is_refused() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.create(desiredCount=0)
        await yard.call("DeleteService", cluster="c", service="s")
        with pytest.raises(ServiceError) as refused:
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=1)
        assert (refused.value.code, refused.value.message) == (
            "ServiceNotActiveException",
            "Service was not ACTIVE.",
        )
        with pytest.raises(ServiceError, match="Unable to Start a service that is still Draining"):
            await yard.create()

    asyncio.run(story())


def test_a_task_that_dies_is_replaced() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            first = (await yard.tasks())[0]["taskArn"].rsplit("/", 1)[-1]
            yard.runtime.end(first, "app", 137)

            async def is_replaced() -> bool:
                running = await yard.tasks()
                return (
                    len(running) == 1
                    and running[0]["lastStatus"] == "RUNNING"
                    and first not in running[0]["taskArn"]
                )

            await wait_for(is_replaced)
            dead = (await yard.tasks("STOPPED"))[0]
        assert dead["containers"][0]["exitCode"] == 137
        assert dead["stoppedReason"] == "Essential container in task exited"
        assert first not in yard.registry.instances

    asyncio.run(story())


def test_a_task_is_registered_only_once_its_port_answers() -> None:
    async def story() -> None:
        asked: list[int] = []

        async def opens_at_the_third_look(host: str, port: int, may_be_proxied: bool) -> bool:  # noqa: FBT001 - a Probe
            assert (host, may_be_proxied) == ("127.1.0.1", False)
            asked.append(port)
            return len(asked) >= 3

        yard = Yard(probe=opens_at_the_third_look)
        await yard.register()
        async with yard.at_work():
            await yard.create()

            async def is_registered() -> bool:
                return bool(yard.registry.instances)

            await wait_for(is_registered)
        assert len(asked) == 3

    asyncio.run(story())


def test_without_custom_health_nothing_is_reported_and_the_service_is_steady_all_the_same() -> None:
    async def story() -> None:
        yard = Yard()
        yard.registry.has_custom_health = False
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
        assert yard.journal == ["start app", "register"]

    asyncio.run(story())


def test_the_network_of_a_service_is_looked_up_when_it_is_made() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        place = {"awsvpcConfiguration": {**PLACE["awsvpcConfiguration"], "subnets": ["subnet-x"]}}
        with pytest.raises(ServiceError) as refused:
            await yard.create(networkConfiguration=place)
        assert refused.value.message == (
            "Error retrieving subnet information for [subnet-x]: The subnet ID 'subnet-x' does not exist"
            " (ErrorCode: InvalidSubnetID.NotFound)"
        )

    asyncio.run(story())
