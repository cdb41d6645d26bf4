"""The statuses of a task: what happens in each, how it is described on its way, how long it is remembered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs.model import Task
from hatoba.cloud.wire import Call, Operations
from hatoba.runtime.protocol import Image
from hatoba.runtime.simulated import Script
from tests.support.calls import SCOPE
from tests.support.fakes import FakeClock
from tests.unit.ecs.harbour import Harbour
from tests.unit.ecs.test_balancing import BALANCER, Targets
from tests.unit.ecs.test_tasks import reaches, run_one
from tests.unit.ecs.yard import Network, Registry, Yard, wait_for

HOUR_S = 3600.0


def the_task(yard: Yard) -> Task:
    (task,) = yard.bench.state.table("ecs.task", Task).list(SCOPE)
    return task


def is_uuid(text: str) -> bool:
    return str(UUID(text)) == text


class Diary(list[str]):
    """A yard's journal which adds the task's status to what is done, and knows of images and interfaces."""

    def __init__(self, yard: Yard) -> None:
        super().__init__()
        self._yard = yard
        yard.journal = yard.runtime.journal = self
        yard.registry = Registry(self)
        for table in (yard.registry.operations, self._network(yard.network)):
            yard.bench.add(table)
        yard.runtime.pull = self._pull  # type: ignore[method-assign]  # a runtime that tells of it

    def append(self, entry: str) -> None:
        super().append(f"{the_task(self._yard).last_status}: {entry}")

    async def _pull(self, image: str) -> Image:
        self.append(f"pull {image}")
        return Image(image)

    def _network(self, network: Network) -> Operations:
        inner, table = network.operations, Operations("ec2")

        def told(name: str) -> Any:
            def operation(call: Call, request: Mapping[str, Any]) -> Any:
                if "NetworkInterface" in name:
                    self.append(name)
                return inner.get(name)(call, request)  # type: ignore[misc]  # it is there

            return operation

        for name in inner.names():
            table.add(name, told(name))
        return table


def test_a_task_goes_through_awss_statuses_and_does_in_each_what_belongs_there() -> None:
    async def story() -> None:
        yard = Yard()
        diary = Diary(yard)
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=0)

            async def has_stopped() -> bool:
                return the_task(yard).last_status == "STOPPED"

            await wait_for(has_stopped)
        assert diary == [
            "PROVISIONING: CreateNetworkInterface",
            "PENDING: pull httpd",
            "ACTIVATING: start app",
            "ACTIVATING: register",
            "RUNNING: report HEALTHY",
            "DEACTIVATING: deregister",
            "STOPPING: stop app 30",
            "DEPROVISIONING: remove",
            "DEPROVISIONING: DeleteNetworkInterface",
        ]

    asyncio.run(story())


def test_a_target_is_drained_while_its_task_is_deactivating() -> None:
    async def story() -> None:
        yard = Yard()
        diary = Diary(yard)
        Targets(yard)
        await yard.register()
        async with yard.at_work():
            await yard.create(registered=False, loadBalancers=[BALANCER])
            await yard.steady()
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=0)

            async def has_stopped() -> bool:
                return the_task(yard).last_status == "STOPPED"

            await wait_for(has_stopped)
        assert diary[2:-2] == [
            "ACTIVATING: start app",
            "ACTIVATING: target in",
            "DEACTIVATING: target out",
            "DEACTIVATING: drained",
            "STOPPING: stop app 30",
        ]

    asyncio.run(story())


def test_the_times_of_a_task_come_in_the_order_of_its_life() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            arn = await run_one(yard)
            task = await reaches(yard, arn, "RUNNING")
            assert not {"stoppingAt", "executionStoppedAt", "stoppedAt", "stopCode"} & task.keys()
            await yard.call("StopTask", cluster="c", task=arn)
            task = await reaches(yard, arn, "STOPPED")
        times = [
            task[name]
            for name in (
                *("createdAt", "connectivityAt", "pullStartedAt", "pullStoppedAt", "startedAt"),
                *("stoppingAt", "executionStoppedAt", "stoppedAt"),
            )
        ]
        assert times == sorted(times)

    asyncio.run(story())


def test_the_first_answer_has_the_members_of_a_fargate_task_and_no_others() -> None:
    async def story() -> None:
        yard = Yard()
        definition = await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        task = dict(await yard.run())
        arn = task["taskArn"]
        (container,), (attachment,) = task.pop("containers"), task.pop("attachments")
        prefix = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}"
        assert re.fullmatch(f"{prefix}:task/c/[0-9a-f]{{32}}", arn)
        assert task.pop("createdAt")
        assert task == {
            "taskArn": arn,
            "clusterArn": f"{prefix}:cluster/c",
            "taskDefinitionArn": definition,
            "lastStatus": "PROVISIONING",
            "desiredStatus": "RUNNING",
            "version": 1,
            "group": "family:app",
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "cpu": "256",
            "memory": "512",
            "ephemeralStorage": {"sizeInGiB": 20},
            "fargateEphemeralStorage": {"sizeInGiB": 20},
            "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
            "inferenceAccelerators": [],
            "tags": [],
            "availabilityZone": "ap-northeast-1a",
            "enableExecuteCommand": False,
            "healthStatus": "UNKNOWN",
            "overrides": {"containerOverrides": [{"name": "app"}], "inferenceAcceleratorOverrides": []},
        }
        assert is_uuid(attachment.pop("id"))
        assert attachment == {
            "type": "ElasticNetworkInterface",
            "status": "PRECREATED",
            "details": [{"name": "subnetId", "value": "subnet-a"}],
        }
        container_arn = container.pop("containerArn")
        assert container_arn.startswith(arn.replace(":task/", ":container/") + "/")
        assert is_uuid(container_arn.rsplit("/", 1)[-1])
        assert container == {
            "taskArn": arn,
            "name": "app",
            "image": "httpd",
            "lastStatus": "PENDING",
            "networkBindings": [],
            "networkInterfaces": [],
            "healthStatus": "UNKNOWN",
            "cpu": "0",
        }

    asyncio.run(story())


def test_a_stopped_task_is_described_with_its_interface_its_exit_and_its_end() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["httpd"] = Script(exits_after_s=0.01, exit_code=3)
        await yard.register()
        async with yard.at_work():
            arn = await run_one(yard)
            task = await reaches(yard, arn, "STOPPED")
        (attachment,), (container,) = task["attachments"], task["containers"]
        assert {each["name"]: each["value"] for each in attachment["details"]} == {
            "subnetId": "subnet-a",
            "networkInterfaceId": "eni-1",
            "macAddress": "02:00:00:00:00:01",
            "privateDnsName": "ip-10-0-0-1.ap-northeast-1.compute.internal",
            "privateIPv4Address": "10.0.0.1",
        }
        assert (task["connectivity"], attachment["status"]) == ("CONNECTED", "DELETED")
        assert (container["lastStatus"], container["exitCode"]) == ("STOPPED", 3)
        assert container["networkInterfaces"] == [
            {"attachmentId": attachment["id"], "privateIpv4Address": "10.0.0.1"}
        ]
        task_id = arn.rsplit("/", 1)[-1]
        assert re.fullmatch(rf"{task_id}-\d{{10}}", container["runtimeId"])
        assert (task["stopCode"], task["stoppedReason"]) == (
            "EssentialContainerExited",
            "Essential container in task exited",
        )
        assert (task["desiredStatus"], "executionStoppedAt" in task) == ("STOPPED", True)

    asyncio.run(story())


def test_a_tasks_version_rises_with_its_statuses_and_with_nothing_else() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    (task,) = harbour.tasks
    assert (task.last_status, task.version) == ("RUNNING", 4)
    harbour.sicken(task, "HEALTHY")
    assert harbour.task(task.id).version == 4
    harbour.scale(0)
    harbour.keep()
    assert (harbour.task(task.id).desired_status, harbour.task(task.id).version) == ("STOPPED", 5)


@pytest.mark.parametrize(("later_s", "is_there"), [(HOUR_S - 1, True), (HOUR_S + 1, False)])
def test_a_task_that_stopped_is_shown_for_an_hour(later_s: float, *, is_there: bool) -> None:
    async def story() -> None:
        yard = Yard(clock=FakeClock())
        await yard.register()
        arn = await run_one(yard)
        tasks, task = yard.bench.state.table("ecs.task", Task), the_task(yard)
        now = yard.bench.clock.now()
        stopped = replace(task, desired_status="STOPPED", last_status="STOPPED", stopped_at=now - later_s)
        with yard.bench.state.transaction():
            tasks.put(SCOPE, stopped)
        await yard.run()
        listed = await yard.call("ListTasks", cluster="c", desiredStatus="STOPPED")
        assert listed["taskArns"] == ([arn] if is_there else [])
        described = await yard.call("DescribeTasks", cluster="c", tasks=[arn])
        assert [each["reason"] for each in described["failures"]] == ([] if is_there else ["MISSING"])

    asyncio.run(story())


def test_a_services_task_that_stopped_is_shown_for_an_hour() -> None:
    harbour = Harbour(1)
    harbour.sail(6)
    (first,) = harbour.live
    harbour.end(first)
    harbour.keep()
    harbour.now += HOUR_S - 1
    harbour.keep()
    assert first.id in {task.id for task in harbour.tasks}
    harbour.now += 1
    harbour.keep()
    assert first.id not in {task.id for task in harbour.tasks}
