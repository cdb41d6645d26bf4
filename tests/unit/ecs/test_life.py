"""A service's first task, from CreateService to RUNNING, and down again."""

from __future__ import annotations

import asyncio

from hatoba.runtime.simulated import Script
from tests.unit.ecs.yard import GROUP, Yard, wait_for


def test_a_service_reaches_its_steady_state_and_its_task_stands_in_cloud_map() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            service = await yard.steady()
            task = (await yard.tasks())[0]
        assert service["runningCount"] == 1
        assert task["lastStatus"] == "RUNNING"
        task_id = task["taskArn"].rsplit("/", 1)[-1]
        attributes = yard.registry.instances[task_id]
        assert attributes["AWS_INSTANCE_IPV4"] == "127.1.0.1"
        assert attributes["AWS_INSTANCE_PORT"] == "1024"
        assert yard.registry.health[task_id] == "HEALTHY"
        assert yard.journal == ["start app", "register", "report HEALTHY"]

    asyncio.run(story())


def test_the_events_of_a_first_deployment_read_as_on_aws() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            created = await yard.create()
            await yard.steady()
            task = (await yard.tasks())[0]["taskArn"].rsplit("/", 1)[-1]
            deployment = created["deployments"][0]["id"]
            assert await yard.messages() == [
                f"(service s) has started 1 tasks: (task {task}).",
                f"(service s) (deployment {deployment}) deployment completed.",
                "(service s) has reached a steady state.",
            ]

    asyncio.run(story())


def test_what_a_container_writes_lands_in_its_stream() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["httpd"] = Script(output=("hello",))
        options = {"awslogs-group": GROUP, "awslogs-region": "ap-northeast-1", "awslogs-stream-prefix": "web"}
        await yard.register(logConfiguration={"logDriver": "awslogs", "options": options})
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            task = (await yard.tasks())[0]["taskArn"].rsplit("/", 1)[-1]
        assert yard.streams.groups[GROUP] == {f"web/app/{task}": ["hello"]}

    asyncio.run(story())


def test_a_deleted_service_is_inactive_once_instances_and_interfaces_are_gone() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create(desiredCount=2)
            await yard.steady()
            assert len(yard.network.interfaces) == 2
            answer = await yard.call("DeleteService", cluster="c", service="s", force=True)
            assert answer["service"]["status"] == "DRAINING"

            async def is_inactive() -> bool:
                return bool((await yard.describe())["status"] == "INACTIVE")

            await wait_for(is_inactive)
        assert yard.registry.instances == {}
        assert yard.network.interfaces == {}

    asyncio.run(story())


def test_a_stopped_task_leaves_cloud_map_before_its_containers_end() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register(stopTimeout=7)
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            first = (await yard.tasks())[0]["taskArn"]
            await yard.call("StopTask", cluster="c", task=first, reason="trying")

            async def is_replaced() -> bool:
                stopped = await yard.tasks("STOPPED")
                return bool(stopped) and stopped[0]["lastStatus"] == "STOPPED"

            await wait_for(is_replaced)
            await yard.steady()
            stopped = (await yard.tasks("STOPPED"))[0]
        assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "trying")
        assert stopped["containers"][0]["exitCode"] == 143
        ends = [each for each in yard.journal if each in {"deregister", "stop app 7", "remove"}]
        assert ends == ["deregister", "stop app 7", "remove"]

    asyncio.run(story())
