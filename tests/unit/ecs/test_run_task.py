"""RunTask, StopTask, ListTasks, DescribeTasks: defaults, bounds, filters, tokens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.calls import SCOPE, refused
from tests.support.fakes import FakeClock
from tests.unit.ecs.yard import PLACE, Yard

ECS = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}"
INVALID = "InvalidParameterException"
A_DAY_S = 24 * 3600.0


class Quay(Yard):
    """A yard where nothing moves by itself, with cluster ``c`` and the definition ``app``."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        super().__init__(clock=self.clock)

    async def run_task(self, **params: Any) -> list[str]:
        """Run tasks; return their ARNs."""
        wanted = {"cluster": "c", "taskDefinition": "app", "networkConfiguration": PLACE, **params}
        return [each["taskArn"] for each in (await self.call("RunTask", **wanted))["tasks"]]

    async def described(self, arn: str, *include: str) -> dict[str, Any]:
        answer = await self.call("DescribeTasks", cluster="c", tasks=[arn], include=list(include))
        return dict(answer["tasks"][0])

    async def listed(self, **filters: Any) -> list[str]:
        return list((await self.call("ListTasks", cluster="c", **filters))["taskArns"])


def run(story: Callable[[Quay], Awaitable[None]]) -> None:
    async def whole() -> None:
        quay = Quay()
        await quay.register()
        await quay.call("CreateCluster", clusterName="c")
        await story(quay)

    asyncio.run(whole())


def test_one_task_is_run_unless_up_to_ten_are_asked_for() -> None:
    async def story(quay: Quay) -> None:
        assert len(await quay.run_task()) == 1
        assert len(await quay.run_task(count=10)) == 10
        answer = await quay.call("RunTask", cluster="c", taskDefinition="app", networkConfiguration=PLACE)
        assert answer["failures"] == []
        for count in (0, 11):
            assert await refused(quay.run_task(count=count)) == (INVALID, "Count must be between 1 and 10.")

    run(story)


def test_who_started_a_task_is_told_in_up_to_128_characters() -> None:
    async def story(quay: Quay) -> None:
        name = "aZ09-/_".ljust(128, "x")
        (arn,) = await quay.run_task(startedBy=name)
        assert (await quay.described(arn))["startedBy"] == name
        for wrong in ("x" * 129, "a b", "a.b", "a:b", "é"):
            code, message = await refused(quay.run_task(startedBy=wrong))
            assert (code, "startedBy" in message) == (INVALID, True), wrong

    run(story)


def test_a_task_of_no_service_is_of_the_group_of_its_family_and_says_no_starter() -> None:
    async def story(quay: Quay) -> None:
        (arn,) = await quay.run_task()
        task = await quay.described(arn)
        assert task["group"] == "family:app"
        assert "startedBy" not in task

    run(story)


def test_a_services_task_is_of_its_group_and_started_by_its_deployment() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        async with yard.at_work():
            await yard.create()
            service = await yard.steady()
            (task,) = await yard.tasks()
        assert (task["group"], task["startedBy"]) == ("service:s", service["deployments"][0]["id"])

    asyncio.run(story())


def overrides_of(length: int, letter: str = "x") -> dict[str, Any]:
    """Return overrides that are so many characters of JSON."""
    given = {"containerOverrides": [{"name": "app", "command": [""]}]}
    missing = length - len(json.dumps(given, separators=(",", ":")))
    return {"containerOverrides": [{"name": "app", "command": [letter * missing]}]}


@pytest.mark.parametrize("letter", ["x", "波"])
def test_overrides_have_up_to_8192_characters_as_json(letter: str) -> None:
    async def story(quay: Quay) -> None:
        assert await quay.run_task(overrides=overrides_of(8192, letter))
        assert await refused(quay.run_task(overrides=overrides_of(8193, letter))) == (
            INVALID,
            "overrides must not exceed 8192 characters.",
        )

    run(story)


def test_an_override_says_which_container_it_is_of() -> None:
    async def story(quay: Quay) -> None:
        overrides = {"containerOverrides": [{"command": ["x"]}]}
        assert await refused(quay.run_task(overrides=overrides)) == (
            INVALID,
            "A container override must have the name of its container.",
        )

    run(story)


def test_a_client_token_has_up_to_64_visible_ascii_characters() -> None:
    async def story(quay: Quay) -> None:
        assert await quay.run_task(clientToken="!~".ljust(64, "x"))
        for wrong in ("x" * 65, "", "a b", "\x7f", "é"):
            code, message = await refused(quay.run_task(clientToken=wrong))
            assert (code, "clientToken" in message) == (INVALID, True), wrong

    run(story)


def test_a_client_token_is_kept_for_a_day_and_for_its_cluster() -> None:
    async def story(quay: Quay) -> None:
        first = await quay.run_task(clientToken="t")
        await quay.call("CreateCluster", clusterName="d")
        assert await quay.run_task(clientToken="t", cluster="d") != first
        quay.clock.advance(A_DAY_S)
        assert await quay.run_task(clientToken="t") == first
        quay.clock.advance(1.0)
        assert await quay.run_task(clientToken="t") != first

    run(story)


def test_the_tags_of_a_service_are_not_to_be_propagated_by_run_task() -> None:
    async def story(quay: Quay) -> None:
        code, message = await refused(quay.run_task(propagateTags="SERVICE"))
        assert (code, "propagateTags" in message) == (INVALID, True)

    run(story)


def test_exec_needs_the_platform_version_1_4() -> None:
    async def story(quay: Quay) -> None:
        assert await quay.run_task(enableExecuteCommand=True, platformVersion="1.4.0")
        for work in (
            quay.run_task(enableExecuteCommand=True, platformVersion="1.3.0"),
            quay.create(enableExecuteCommand=True, platformVersion="1.3.0"),
        ):
            assert (await refused(work))[0] == "PlatformTaskDefinitionIncompatibilityException"
        await quay.create(platformVersion="1.3.0")
        update = {"cluster": "c", "service": "s", "enableExecuteCommand": True}
        code, _ = await refused(quay.call("UpdateService", **update))
        assert code == "PlatformTaskDefinitionIncompatibilityException"

    run(story)


@pytest.mark.parametrize(
    "member",
    [
        {"placementConstraints": [{"type": "distinctInstance"}]},
        {"placementStrategy": [{"type": "spread"}]},
        {"referenceId": "r"},
        {
            "volumeConfigurations": [
                {"name": "v", "managedEBSVolume": {"roleArn": f"arn:aws:iam::{SCOPE.account}:role/r"}}
            ]
        },
    ],
)
def test_what_run_task_cannot_do_here_is_refused_by_name(member: dict[str, Any]) -> None:
    async def story(quay: Quay) -> None:
        code, message = await refused(quay.run_task(**member))
        (name,) = member
        assert (code, f"RunTask with {name}" in message) == ("NotImplementedException", True)

    run(story)


def test_a_task_that_is_stopped_is_wanted_stopped_at_once_and_loses_its_tags() -> None:
    async def story(quay: Quay) -> None:
        (arn,) = await quay.run_task(tags=[{"key": "a", "value": "b"}])
        assert (await quay.described(arn, "TAGS"))["tags"]
        stopped = (await quay.call("StopTask", cluster="c", task=arn, reason="enough"))["task"]
        assert (stopped["desiredStatus"], stopped["stopCode"]) == ("STOPPED", "UserInitiated")
        assert stopped["stoppedReason"] == "enough"
        assert (await quay.described(arn, "TAGS"))["tags"] == []

    run(story)


def test_stopping_a_task_again_changes_nothing() -> None:
    async def story(quay: Quay) -> None:
        (arn,) = await quay.run_task()
        first = (await quay.call("StopTask", cluster="c", task=arn, reason="enough"))["task"]
        again = (await quay.call("StopTask", cluster="c", task=arn, reason="more"))["task"]
        assert again == first

    run(story)


def test_tasks_that_are_to_run_are_listed_unless_another_status_is_asked_for() -> None:
    async def story(quay: Quay) -> None:
        runs, stops = await quay.run_task(count=2)
        await quay.call("StopTask", cluster="c", task=stops)
        assert await quay.listed() == [runs]
        assert await quay.listed(desiredStatus="RUNNING") == [runs]
        assert await quay.listed(desiredStatus="STOPPED") == [stops]
        assert await quay.listed(desiredStatus="PENDING") == []

    run(story)


def test_tasks_are_listed_by_family_service_and_launch_type() -> None:
    async def story(quay: Quay) -> None:
        await quay.register("other")
        (own,) = await quay.run_task()
        (other,) = await quay.run_task(taskDefinition="other")
        await quay.create(desiredCount=0)
        assert await quay.listed(family="app") == [own]
        assert await quay.listed(family="other", launchType="FARGATE") == [other]
        assert await quay.listed(launchType="EC2") == []
        assert await quay.listed(serviceName="s") == []
        assert (await refused(quay.listed(serviceName="none")))[0] == "ServiceNotFoundException"
        code, message = await refused(quay.listed(containerInstance="i"))
        assert (code, "containerInstance" in message) == ("NotImplementedException", True)

    run(story)


@pytest.mark.parametrize(
    "other",
    [{"family": "app"}, {"serviceName": "s"}, {"launchType": "FARGATE"}, {"containerInstance": "i"}],
)
def test_who_started_them_is_a_filter_that_stands_alone_but_for_the_status(other: dict[str, str]) -> None:
    async def story(quay: Quay) -> None:
        (arn,) = await quay.run_task(startedBy="me")
        await quay.run_task(startedBy="you")
        assert await quay.listed(startedBy="me") == [arn]
        assert await quay.listed(startedBy="me", desiredStatus="RUNNING") == [arn]
        assert await refused(quay.listed(startedBy="me", **other)) == (
            INVALID,
            "cannot specify startedBy with other arguments",
        )

    run(story)


def test_a_list_of_tasks_has_pages_of_a_hundred_and_not_more() -> None:
    async def story(quay: Quay) -> None:
        for _ in range(10):
            await quay.run_task(count=10)
        await quay.run_task()
        first = await quay.call("ListTasks", cluster="c")
        rest = await quay.call("ListTasks", cluster="c", nextToken=first["nextToken"])
        assert (len(first["taskArns"]), len(rest["taskArns"]), rest["nextToken"]) == (100, 1, None)
        assert (await refused(quay.listed(maxResults=101)))[0] == INVALID

    run(story)


def test_a_hundred_tasks_are_described_at_once_and_unknown_ones_are_missing() -> None:
    async def story(quay: Quay) -> None:
        (arn,) = await quay.run_task()
        unknown = [f"{each:032x}" for each in range(100)]
        answer = await quay.call("DescribeTasks", cluster="c", tasks=[arn, *unknown[:99]])
        assert [each["taskArn"] for each in answer["tasks"]] == [arn]
        assert len(answer["failures"]) == 99
        assert answer["failures"][0] == {"arn": f"{ECS}:task/c/{unknown[0]}", "reason": "MISSING"}
        for wrong in ([arn, *unknown], []):
            assert (await refused(quay.call("DescribeTasks", cluster="c", tasks=wrong)))[0] == INVALID

    run(story)
