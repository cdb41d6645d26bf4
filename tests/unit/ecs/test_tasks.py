"""A task's life when something goes wrong, and its containers among themselves (facts: ecs.md section 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from hatoba.runtime.simulated import Script
from tests.support.calls import SCOPE
from tests.support.waiting import eventually
from tests.unit.ecs.yard import GROUP, PLACE, Yard, wait_for


async def run_one(yard: Yard, **params: Any) -> str:
    await yard.call("CreateCluster", clusterName="c")
    wanted = {"cluster": "c", "taskDefinition": "app", "networkConfiguration": PLACE, **params}
    answer = await yard.call("RunTask", **wanted)
    arn: str = answer["tasks"][0]["taskArn"]
    return arn


async def reaches(yard: Yard, arn: str, status: str) -> Mapping[str, Any]:
    found: list[Mapping[str, Any]] = []

    async def is_there() -> bool:
        found[:] = (await yard.call("DescribeTasks", cluster="c", tasks=[arn]))["tasks"]
        return bool(found[0]["lastStatus"] == status)

    await wait_for(is_there, what=status)
    return found[0]


def logs(group: str, **options: str) -> dict[str, Any]:
    given = {
        "awslogs-group": group,
        "awslogs-region": "ap-northeast-1",
        "awslogs-stream-prefix": "p",
        **options,
    }
    return {"logDriver": "awslogs", "options": given}


def test_an_image_that_cannot_be_had_stops_the_task_in_the_words_of_aws() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["httpd"] = Script(cannot_pull="no such image")
        await yard.register()
        async with yard.at_work():
            task = await reaches(yard, await run_one(yard), "STOPPED")
        assert (task["stopCode"], task["stoppedReason"]) == (
            "TaskFailedToStart",
            "CannotPullContainerError: no such image",
        )
        assert "exitCode" not in task["containers"][0]
        assert yard.network.interfaces == {}

    asyncio.run(story())


def test_a_missing_log_group_stops_the_task_in_the_words_of_aws() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register(logConfiguration=logs("/not/there"))
        async with yard.at_work():
            task = await reaches(yard, await run_one(yard), "STOPPED")
        assert task["stoppedReason"] == (
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1"
            " times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log"
            " group does not exist."
        )

    asyncio.run(story())


def test_a_missing_log_group_is_made_where_the_definition_asks_for_it() -> None:
    async def story() -> None:
        yard = Yard()
        options = {"awslogs-create-group": "true"}
        await yard.register(logConfiguration=logs("/new", **options))
        async with yard.at_work():
            await reaches(yard, await run_one(yard), "RUNNING")
        assert "/new" in yard.streams.groups
        assert GROUP in yard.streams.groups

    asyncio.run(story())


def test_a_container_that_cannot_start_stops_the_task() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["httpd"] = Script(cannot_start="no such command")
        await yard.register()
        async with yard.at_work():
            task = await reaches(yard, await run_one(yard), "STOPPED")
        assert task["stopCode"] == "TaskFailedToStart"
        assert task["containers"][0]["reason"] == "CannotStartContainerError: no such command"

    asyncio.run(story())


def test_a_task_by_itself_ends_with_its_container_and_is_not_registered() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["httpd"] = Script(exits_after_s=0.02, exit_code=0)
        await yard.register()
        async with yard.at_work():
            arn = await run_one(yard, startedBy="me")
            task = await reaches(yard, arn, "STOPPED")
            listed = await yard.call("ListTasks", cluster="c", startedBy="me", desiredStatus="STOPPED")
        assert task["containers"][0]["exitCode"] == 0
        assert task["stopCode"] == "EssentialContainerExited"
        assert task["group"] == "family:app"
        assert listed["taskArns"] == [arn]
        assert "register" not in yard.journal

    asyncio.run(story())


def test_a_new_task_reads_as_on_aws() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        answer = await yard.call(
            "RunTask", cluster="c", taskDefinition="app", networkConfiguration=PLACE, launchType="FARGATE"
        )
        task = answer["tasks"][0]
        assert answer["failures"] == []
        assert (task["lastStatus"], task["desiredStatus"], task["version"]) == ("PROVISIONING", "RUNNING", 1)
        assert "connectivity" not in task
        assert "startedBy" not in task
        assert task["launchType"] == "FARGATE"
        assert (task["platformVersion"], task["platformFamily"]) == ("1.4.0", "Linux")
        assert (task["cpu"], task["memory"]) == ("256", "512")
        assert task["ephemeralStorage"] == {"sizeInGiB": 20}
        assert task["attributes"] == [{"name": "ecs.cpu-architecture", "value": "x86_64"}]
        assert (task["inferenceAccelerators"], task["tags"]) == ([], [])
        attachment = task["attachments"][0]
        assert (attachment["type"], attachment["status"]) == ("ElasticNetworkInterface", "PRECREATED")
        assert attachment["details"] == [{"name": "subnetId", "value": "subnet-a"}]
        container = task["containers"][0]
        assert (container["lastStatus"], container["networkInterfaces"], container["cpu"]) == (
            "PENDING",
            [],
            "0",
        )
        assert task["overrides"] == {
            "containerOverrides": [{"name": "app"}],
            "inferenceAcceleratorOverrides": [],
        }

    asyncio.run(story())


def test_overrides_change_the_command_and_the_environment() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register(environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "1"}])
        overrides = {
            "containerOverrides": [
                {"name": "app", "command": ["x"], "environment": [{"name": "B", "value": "2"}]}
            ]
        }
        async with yard.at_work():
            arn = await run_one(yard, overrides=overrides)
            await reaches(yard, arn, "RUNNING")
        spec = yard.runtime.specs[arn.rsplit("/", 1)[-1]].containers[0]
        assert spec.command == ("x",)
        assert (spec.environment["A"], spec.environment["B"]) == ("1", "2")
        assert spec.environment["AWS_EXECUTION_ENV"] == "AWS_ECS_FARGATE"
        assert spec.environment["AWS_REGION"] == "ap-northeast-1"
        assert spec.environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"

    asyncio.run(story())


def test_overrides_change_the_size_the_roles_and_the_disk() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        role = f"arn:aws:iam::{SCOPE.account}:role/other"
        overrides = {
            "cpu": "1 vCPU",
            "memory": "2GB",
            "executionRoleArn": role,
            "ephemeralStorage": {"sizeInGiB": 40},
            "containerOverrides": [
                {"name": "app", "cpu": 512, "memory": 1024, "memoryReservation": 512, "environmentFiles": []}
            ],
        }
        async with yard.at_work():
            arn = await run_one(yard, overrides=overrides)
            task = await reaches(yard, arn, "RUNNING")
        spec = yard.runtime.specs[arn.rsplit("/", 1)[-1]]
        assert (spec.cpu_units, spec.memory_mib) == (1024, 2048)
        (container,) = spec.containers
        assert (container.cpu_units, container.memory_mib, container.reserved_memory_mib) == (512, 1024, 512)
        assert (task["cpu"], task["memory"], task["ephemeralStorage"]) == ("1024", "2048", {"sizeInGiB": 40})
        assert (task["containers"][0]["cpu"], task["containers"][0]["memory"]) == ("512", "1024")
        assert task["overrides"]["executionRoleArn"] == role

    asyncio.run(story())


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({"cpu": "1024"}, "No Fargate configuration exists for given values"),
        ({"cpu": "many"}, "Invalid 'cpu' setting for task"),
        ({"ephemeralStorage": {"sizeInGiB": 20}}, "EphemeralStorage size should be at least 21"),
        ({"ephemeralStorage": {"sizeInGiB": 201}}, "EphemeralStorage size should be at most 200"),
        (
            {"containerOverrides": [{"name": "app", "cpu": 512}]},
            "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
        ),
        (
            {"containerOverrides": [{"name": "app", "memory": 1024}]},
            "The 'memory' setting for container 'app' is greater than for the task",
        ),
        (
            {"containerOverrides": [{"name": "app", "command": ["x" * 8192]}]},
            "overrides must not exceed 8192 characters.",
        ),
    ],
)
def test_an_override_that_makes_no_task_of_fargate_is_refused(overrides: dict[str, Any], text: str) -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        with pytest.raises(ServiceError) as refused:
            await run_one(yard, overrides=overrides)
        assert refused.value.code == "InvalidParameterException"
        assert text in refused.value.message

    asyncio.run(story())


@pytest.mark.parametrize(
    "params",
    [
        {"count": 0},
        {"count": 11},
        {"startedBy": "a b"},
        {"startedBy": "x" * 129},
        {"clientToken": "x" * 65},
        {"propagateTags": "SERVICE"},
    ],
)
def test_a_run_that_is_not_within_awss_bounds_is_refused(params: dict[str, Any]) -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        with pytest.raises(ServiceError) as refused:
            await run_one(yard, **params)
        assert refused.value.code == "InvalidParameterException"

    asyncio.run(story())


def test_tasks_have_the_group_starter_and_tags_that_the_run_asked_for_and_are_found_by_them() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        tags = [{"key": "team", "value": "shop"}]
        arn = await run_one(
            yard, count=2, group="nightly", startedBy="me", tags=tags, enableECSManagedTags=True
        )
        found = await yard.call("DescribeTasks", cluster="c", tasks=[arn], include=["TAGS"])
        (task,) = found["tasks"]
        assert (task["group"], task["startedBy"]) == ("nightly", "me")
        assert {each["key"]: each["value"] for each in task["tags"]} == {
            "team": "shop",
            "aws:ecs:clusterName": "c",
        }
        for filters, count in (
            ({"startedBy": "me"}, 2),
            ({"startedBy": "you"}, 0),
            ({"family": "app"}, 2),
            ({"family": "other"}, 0),
            ({"desiredStatus": "STOPPED"}, 0),
            ({"desiredStatus": "PENDING"}, 0),
            ({"launchType": "FARGATE"}, 2),
        ):
            listed = await yard.call("ListTasks", cluster="c", **filters)
            assert len(listed["taskArns"]) == count, filters

    asyncio.run(story())


def test_the_tags_of_a_definition_reach_its_tasks_where_they_are_to_be_propagated() -> None:
    async def story() -> None:
        yard = Yard()
        arn = await yard.register()
        await yard.call("TagResource", resourceArn=arn, tags=[{"key": "team", "value": "shop"}])
        own = [{"key": "run", "value": "1"}]
        for source, expected in (
            (None, {"run": "1"}),
            ("TASK_DEFINITION", {"run": "1", "team": "shop"}),
        ):
            asked = {"propagateTags": source} if source else {}
            task = await run_one(yard, tags=own, **asked)
            answer = await yard.call("DescribeTasks", cluster="c", tasks=[task], include=["TAGS"])
            assert {each["key"]: each["value"] for each in answer["tasks"][0]["tags"]} == expected
            untold = await yard.call("DescribeTasks", cluster="c", tasks=[task])
            assert not untold["tasks"][0].get("tags")

    asyncio.run(story())


@pytest.mark.parametrize(
    ("source", "tags"),
    [("SERVICE", {"of": "service"}), ("TASK_DEFINITION", {"of": "definition"}), ("NONE", {})],
)
def test_a_services_tasks_have_the_tags_of_what_propagates_them_and_ecss_own(
    source: str, tags: dict[str, str]
) -> None:
    async def story() -> None:
        yard = Yard()
        arn = await yard.register()
        await yard.call("TagResource", resourceArn=arn, tags=[{"key": "of", "value": "definition"}])
        async with yard.at_work():
            await yard.create(
                tags=[{"key": "of", "value": "service"}], propagateTags=source, enableECSManagedTags=True
            )
            await yard.steady()
            arns = (await yard.call("ListTasks", cluster="c"))["taskArns"]
            answer = await yard.call("DescribeTasks", cluster="c", tasks=arns, include=["TAGS"])
        assert {each["key"]: each["value"] for each in answer["tasks"][0]["tags"]} == {
            **tags,
            "aws:ecs:clusterName": "c",
            "aws:ecs:serviceName": "s",
        }

    asyncio.run(story())


def test_an_override_of_an_unknown_container_is_refused() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        with pytest.raises(ServiceError, match="Override for container named x is not a container"):
            await run_one(yard, overrides={"containerOverrides": [{"name": "x"}]})

    asyncio.run(story())


def test_the_same_client_token_runs_a_task_once_and_with_other_parameters_conflicts() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        first = await run_one(yard, clientToken="t")
        assert await run_one(yard, clientToken="t") == first
        with pytest.raises(ServiceError) as refused:
            await run_one(yard, clientToken="t", count=2)
        assert refused.value.code == "ConflictException"
        assert refused.value.members == {"resourceIds": [first]}

    asyncio.run(story())


def test_stopping_an_unknown_task_is_refused() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.call("CreateCluster", clusterName="c")
        with pytest.raises(ServiceError) as refused:
            await yard.call("StopTask", cluster="c", task="f" * 32)
        assert (refused.value.code, refused.value.message) == (
            "InvalidParameterException",
            "The referenced task was not found.",
        )

    asyncio.run(story())


def test_a_task_can_be_stopped_while_its_image_is_pulled() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["httpd"] = Script(pull_s=3600.0)
        await yard.register()
        async with yard.at_work():
            arn = await run_one(yard)
            await reaches(yard, arn, "PENDING")
            await yard.call("StopTask", cluster="c", task=arn)
            task = await reaches(yard, arn, "STOPPED")
        assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "Task stopped by user")

    asyncio.run(story())


def test_a_container_starts_when_what_it_depends_on_has_succeeded_and_stops_before_it() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["once"] = Script(exits_after_s=0.01)
        await yard.register_all(
            "app",
            {
                "name": "web",
                "image": "httpd",
                "dependsOn": [
                    {"containerName": "migrate", "condition": "SUCCESS"},
                    {"containerName": "cache", "condition": "START"},
                ],
            },
            {"name": "migrate", "image": "once", "essential": False},
            {"name": "cache", "image": "redis", "essential": False},
        )
        async with yard.at_work():
            arn = await run_one(yard)
            await reaches(yard, arn, "RUNNING")
            assert yard.journal == ["start migrate", "start cache", "start web"]
            await yard.call("StopTask", cluster="c", task=arn)
            await reaches(yard, arn, "STOPPED")
        assert yard.journal[3:] == ["stop web 30", "stop cache 30", "remove"]

    asyncio.run(story())


def test_a_dependency_that_failed_stops_the_task() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["once"] = Script(exits_after_s=0.01, exit_code=3)
        need = [{"containerName": "migrate", "condition": "SUCCESS"}]
        await yard.register_all(
            "app",
            {"name": "web", "image": "httpd", "dependsOn": need},
            {"name": "migrate", "image": "once", "essential": False},
        )
        async with yard.at_work():
            task = await reaches(yard, await run_one(yard), "STOPPED")
        assert task["stopCode"] == "TaskFailedToStart"
        assert "start web" not in yard.journal

    asyncio.run(story())


def test_an_essential_container_that_ends_takes_the_others_with_it() -> None:
    async def story() -> None:
        yard = Yard()
        yard.runtime.scripts["short"] = Script(exits_after_s=0.05, exit_code=2)
        await yard.register_all("app", {"name": "a", "image": "short"}, {"name": "b", "image": "httpd"})
        async with yard.at_work():
            task = await reaches(yard, await run_one(yard), "STOPPED")
        codes = {each["name"]: each["exitCode"] for each in task["containers"]}
        assert codes == {"a": 2, "b": 143}

    asyncio.run(story())


def test_the_interface_is_described_with_the_task_and_deleted_at_its_end() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            arn = await run_one(yard)
            task = await reaches(yard, arn, "RUNNING")
            details = {each["name"]: each["value"] for each in task["attachments"][0]["details"]}
            assert details["networkInterfaceId"] in yard.network.interfaces
            assert details["privateIPv4Address"] == "10.0.0.1"
            assert (task["attachments"][0]["status"], task["connectivity"]) == ("ATTACHED", "CONNECTED")
            await yard.call("StopTask", cluster="c", task=arn)
            task = await reaches(yard, arn, "STOPPED")
        assert task["attachments"][0]["status"] == "DELETED"

    asyncio.run(story())


def test_everything_can_be_stopped_at_once_for_an_orderly_end() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create(desiredCount=3)
            await yard.steady()
            await yard.ecs.stop_everything()
            assert await yard.tasks() == []
        assert yard.registry.instances == {}
        assert yard.network.interfaces == {}
        assert (await yard.describe())["desiredCount"] == 3
        await eventually(lambda: yard.journal.count("remove") == 3)

    asyncio.run(story())
