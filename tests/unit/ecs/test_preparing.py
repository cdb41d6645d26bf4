"""Before a task's containers start: pinned images, volumes of others, starts that take too long."""

from __future__ import annotations

import asyncio

import pytest

from hatoba.cloud.ecs.control import containers
from hatoba.cloud.ecs.control.containers import EndTask
from hatoba.cloud.ecs.model import Task
from hatoba.cloud.wire import ServiceError
from hatoba.runtime.protocol import Image, Mount
from hatoba.runtime.simulated import Script
from tests.support.calls import SCOPE
from tests.unit.ecs.test_containers import container, definition
from tests.unit.ecs.test_health import SwiftClock
from tests.unit.ecs.yard import Yard, wait_for


class Registry:
    """Gives images ids; a tag may come to mean another."""

    def __init__(self, yard: Yard) -> None:
        self.meant = {"httpd": "sha256:old"}
        self.pulled: list[str] = []
        yard.runtime.pull = self.pull  # type: ignore[method-assign]  # a runtime that knows ids

    async def pull(self, image: str) -> Image:
        self.pulled.append(image)
        identifier = self.meant.get(image, image)
        return Image(image, f"{identifier}-digest", identifier)


async def digests(yard: Yard) -> list[tuple[str, str]]:
    return [(each["taskArn"], each["containers"][0]["imageDigest"]) for each in await yard.tasks()]


@pytest.mark.parametrize(
    ("consistency", "second"), [({}, "sha256:old"), ({"versionConsistency": "disabled"}, "sha256:new")]
)
def test_a_deployments_tasks_use_what_the_tag_meant_for_the_first(
    consistency: dict[str, str], second: str
) -> None:
    async def story() -> None:
        yard = Yard()
        registry = Registry(yard)
        await yard.register(**consistency)
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            registry.meant["httpd"] = "sha256:new"
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=2)
            await yard.steady()
            assert [digest for _, digest in await digests(yard)] == [
                "sha256:old-digest",
                f"{second}-digest",
            ]
            specs = [each.containers[0].image_id for each in yard.runtime.specs.values()]
            assert specs == ["sha256:old", second]

            await yard.call("UpdateService", cluster="c", service="s", forceNewDeployment=True)
            await yard.steady()
            assert {digest for _, digest in await digests(yard)} == {"sha256:new-digest"}

    asyncio.run(story())


def test_a_start_that_takes_longer_than_its_time_out_is_given_up() -> None:
    definitions = [
        definition("a", ("b", "HEALTHY")),
        definition("b", essential=False, start_timeout=30),
    ]
    seen = [container("a"), container("b", "RUNNING", started_at=100.0)]
    assert containers.decide(definitions, seen, now=129.0) == []
    assert containers.patience_s(definitions, seen, 129.0) == 1.0
    (decision,) = containers.decide(definitions, seen, now=130.0)
    assert isinstance(decision, EndTask)
    assert decision.stopped_reason == "Container b did not meet the condition HEALTHY within its startTimeout"
    healthy = [container("a"), container("b", "RUNNING", started_at=100.0, health="HEALTHY")]
    assert not isinstance(containers.decide(definitions, healthy, now=130.0)[0], EndTask)
    assert containers.patience_s(definitions, [container("a", "RUNNING"), seen[1]], 0.0) is None


def test_a_task_whose_dependency_starts_too_slowly_is_stopped() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        base = {"name": "base", "image": "base", "essential": False, "startTimeout": 10}
        needs = [{"containerName": "base", "condition": "COMPLETE"}]
        await yard.register_all("app", base, {"name": "app", "image": "httpd", "dependsOn": needs})
        await yard.call("CreateCluster", clusterName="c")
        async with yard.at_work():
            await yard.run()

            async def has_stopped() -> bool:
                stopped = await yard.tasks("STOPPED")
                return bool(stopped) and bool(stopped[0]["lastStatus"] == "STOPPED")

            await wait_for(has_stopped)
        task = (await yard.tasks("STOPPED"))[0]
        assert task["stopCode"] == "TaskFailedToStart"
        assert "startTimeout" in task["stoppedReason"]
        assert "start app" not in yard.journal

    asyncio.run(story())


def test_volumes_of_another_container_are_seen_too() -> None:
    async def story() -> None:
        yard = Yard()
        source = {
            "name": "source",
            "image": "i",
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
        }
        taker = {
            "name": "taker",
            "image": "i",
            "volumesFrom": [{"sourceContainer": "source", "readOnly": True}],
        }
        answer = await yard.call(
            "RegisterTaskDefinition",
            family="app",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[source, taker],
            volumes=[{"name": "data"}],
        )
        assert answer["taskDefinition"]["revision"] == 1
        await yard.call("CreateCluster", clusterName="c")
        async with yard.at_work():
            await yard.run()
            await wait_for(lambda: _prepared(yard))
        (spec,) = yard.runtime.specs.values()
        assert spec.containers[1].mounts == (Mount("data", "/data", read_only=True),)
        with pytest.raises(ServiceError, match="Unknown container: 'nobody'"):
            await yard.register(volumesFrom=[{"sourceContainer": "nobody"}])

    asyncio.run(story())


async def _prepared(yard: Yard) -> bool:
    return bool(yard.runtime.specs)


def test_a_container_that_ran_out_of_memory_says_so() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            ((_, task),) = yard.bench.state.table("ecs.task", Task).everywhere()
            text = "OutOfMemoryError: Container killed due to memory usage"
            yard.runtime.end(task.id, "app", 137, text)

            async def has_stopped() -> bool:
                stopped = await yard.tasks("STOPPED")
                return bool(stopped) and bool(stopped[0]["lastStatus"] == "STOPPED")

            await wait_for(has_stopped)
            stopped = (await yard.tasks("STOPPED"))[0]
        assert (stopped["stopCode"], stopped["stoppedReason"]) == (
            "EssentialContainerExited",
            "Essential container in task exited",
        )
        assert (stopped["containers"][0]["exitCode"], stopped["containers"][0]["reason"]) == (137, text)

    asyncio.run(story())


def test_what_a_runtime_leaves_out_stands_with_the_task() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.left_out = ("user", "ulimits")
        yard.runtime.scripts["httpd"] = Script()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
        (task,) = yard.bench.state.table("ecs.task", Task).list(SCOPE)
        assert task.runs_so == "there is only one; not done here: user, ulimits"

    asyncio.run(story())


class OpenWalls:
    """Security groups that let everything in."""

    kinds = ()

    def task_refusal(self, *_: object) -> str | None:
        return None


@pytest.mark.parametrize(("walls", "left_out"), [(None, False), (OpenWalls(), True)])
def test_udp_that_security_groups_do_not_hold_apart_is_said(
    walls: OpenWalls | None, *, left_out: bool
) -> None:
    async def story() -> None:
        yard = Yard(walls=walls)
        await yard.register(portMappings=[{"containerPort": 53, "protocol": "udp"}, {"containerPort": 80}])
        async with yard.at_work():
            await yard.create()
            await yard.steady()
        (task,) = yard.bench.state.table("ecs.task", Task).list(SCOPE)
        assert ("security groups do not keep others from its UDP ports" in task.runs_so) is left_out

    asyncio.run(story())


def test_a_container_with_a_restart_policy_starts_again_inside_its_task() -> None:
    async def story() -> None:
        yard = Yard(clock=SwiftClock())
        yard.runtime.scripts["side"] = Script(exits_after_s=61.0, exit_code=1)
        policy = {"enabled": True, "restartAttemptPeriod": 60}
        side = {"name": "side", "image": "side", "essential": False, "restartPolicy": policy}
        await yard.register_all("app", {"name": "app", "image": "httpd"}, side)
        await yard.call("CreateCluster", clusterName="c")
        async with yard.at_work():
            await yard.run()

            async def has_started_again() -> bool:
                return yard.journal.count("start side") >= 2

            await wait_for(has_started_again)
            (task,) = await yard.tasks()
        assert task["desiredStatus"] == "RUNNING"
        assert (yard.journal.count("start app"), "remove" in yard.journal) == (1, False)

    asyncio.run(story())


def test_containers_are_stopped_before_what_they_depend_on() -> None:
    async def story() -> None:
        yard = Yard()
        needs = [{"containerName": "base", "condition": "START"}]
        base = {"name": "base", "image": "i", "stopTimeout": 7}
        await yard.register_all("app", {"name": "app", "image": "i", "dependsOn": needs}, base)
        await yard.call("CreateCluster", clusterName="c")
        async with yard.at_work():
            task = (await yard.run())["taskArn"]
            await wait_for(lambda: _started(yard, "app"))
            await yard.call("StopTask", cluster="c", task=task)

            async def is_gone() -> bool:
                return "remove" in yard.journal

            await wait_for(is_gone)
        assert yard.journal == ["start base", "start app", "stop app 30", "stop base 7", "remove"]

    asyncio.run(story())


async def _started(yard: Yard, name: str) -> bool:
    return f"start {name}" in yard.journal
