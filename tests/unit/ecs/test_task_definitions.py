"""A definition's life: registered, deregistered, deleted; and what is started from it in each of these."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.calls import SCOPE, refused
from tests.unit.ecs.test_rules import definition
from tests.unit.ecs.yard import Yard

NEW: dict[str, Any] = {"serviceName": "n", "desiredCount": 0}


async def status(yard: Yard, arn: str) -> str:
    found: str = (await yard.call("DescribeTaskDefinition", taskDefinition=arn))["taskDefinition"]["status"]
    return found


def test_nothing_new_starts_from_an_inactive_definition_and_what_runs_from_it_may_grow() -> None:
    async def story() -> None:
        yard = Yard()
        arn = await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            gone = await yard.call("DeregisterTaskDefinition", taskDefinition=arn)
            assert gone["taskDefinition"]["status"] == "INACTIVE"
            inactive = ("ClientException", "TaskDefinition is inactive")
            assert await refused(yard.run(taskDefinition=arn)) == inactive
            assert await refused(yard.create(taskDefinition=arn, **NEW)) == inactive
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=2)
            service = await yard.steady()
        assert (service["runningCount"], service["taskDefinition"]) == (2, arn)

    asyncio.run(story())


def test_a_deleted_definition_stands_while_something_runs_from_it() -> None:
    async def story() -> None:
        yard = Yard()
        used, unused = await yard.register(), await yard.register("other")
        await yard.create(taskDefinition=used)
        for arn in (used, unused):
            await yard.call("DeregisterTaskDefinition", taskDefinition=arn)
            deleted = await yard.call("DeleteTaskDefinitions", taskDefinitions=[arn])
            assert deleted["taskDefinitions"][0]["status"] == "DELETE_IN_PROGRESS"
        assert await status(yard, used) == "DELETE_IN_PROGRESS"
        assert (await refused(status(yard, unused)))[0] == "ClientException"

    asyncio.run(story())


def test_an_active_definition_is_not_deleted_but_named_as_a_failure() -> None:
    async def story() -> None:
        yard = Yard()
        arn = await yard.register()
        answer = await yard.call("DeleteTaskDefinitions", taskDefinitions=[arn])
        assert (answer["taskDefinitions"], answer["failures"][0]["arn"]) == ([], arn)
        assert "still in ACTIVE status" in answer["failures"][0]["reason"]
        assert await status(yard, arn) == "ACTIVE"

    asyncio.run(story())


def test_a_definition_says_what_it_was_checked_for_only_when_it_was_asked() -> None:
    async def story() -> None:
        yard = Yard()
        checked = (await yard.call("RegisterTaskDefinition", **definition()))["taskDefinition"]
        plain = definition(requiresCompatibilities=None, networkMode=None)
        unchecked = (await yard.call("RegisterTaskDefinition", **plain))["taskDefinition"]
        assert checked["requiresCompatibilities"] == ["FARGATE"]
        assert checked["compatibilities"] == ["EC2", "FARGATE"]
        assert "requiresCompatibilities" not in unchecked

    asyncio.run(story())


def test_sizes_with_units_are_returned_as_integers() -> None:
    async def story() -> None:
        answer = await Yard().call("RegisterTaskDefinition", **definition(cpu="1 vCPU", memory="2 GB"))
        found = answer["taskDefinition"]
        assert (found["cpu"], found["memory"]) == ("1024", "2048")

    asyncio.run(story())


def test_who_registered_it_and_what_became_of_it_is_told() -> None:
    async def story() -> None:
        yard = Yard()
        now = yard.bench.clock.now()
        arn = await yard.register()
        await yard.create()
        found = (await yard.call("DescribeTaskDefinition", taskDefinition=arn))["taskDefinition"]
        assert found["registeredBy"] == f"arn:aws:iam::{SCOPE.account}:root"
        assert found["registeredAt"].timestamp() >= int(now)
        assert (found.get("deregisteredAt"), found.get("deleteRequestedAt")) == (None, None)
        gone = (await yard.call("DeregisterTaskDefinition", taskDefinition=arn))["taskDefinition"]
        assert gone["deregisteredAt"] >= found["registeredAt"]
        deleted = (await yard.call("DeleteTaskDefinitions", taskDefinitions=[arn]))["taskDefinitions"][0]
        assert deleted["deleteRequestedAt"] >= gone["deregisteredAt"]

    asyncio.run(story())


def test_tags_are_told_beside_the_definition_and_when_they_are_asked_for() -> None:
    async def story() -> None:
        yard, tags = Yard(), [{"key": "k", "value": "v"}]
        made = await yard.call("RegisterTaskDefinition", **definition(tags=tags))
        plain = await yard.call("DescribeTaskDefinition", taskDefinition="app")
        asked = await yard.call("DescribeTaskDefinition", taskDefinition="app", include=["TAGS"])
        assert (made["tags"], plain.get("tags"), asked["tags"]) == (tags, None, tags)
        assert "tags" not in asked["taskDefinition"]

    asyncio.run(story())


async def listed(yard: Yard, **params: Any) -> list[str]:
    """Return the short names of all pages, two on each."""
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = await yard.call("ListTaskDefinitions", maxResults=2, **params, **token)
        found += [arn.rsplit("/", 1)[1] for arn in answer["taskDefinitionArns"]]
        if not answer["nextToken"]:
            return found
        token = {"nextToken": answer["nextToken"]}


def test_definitions_are_listed_by_family_and_revision_over_all_pages() -> None:
    async def story() -> None:
        yard = Yard()
        for family in ("app-b", "app", "app", "app", "zoo"):
            last = await yard.register(family)
        await yard.call("DeregisterTaskDefinition", taskDefinition=last)
        upwards = ["app:1", "app:2", "app:3", "app-b:1"]
        assert await listed(yard) == await listed(yard, sort="ASC") == upwards
        assert await listed(yard, sort="DESC") == upwards[::-1]
        assert await listed(yard, familyPrefix="app") == upwards[:3]
        assert await listed(yard, status="INACTIVE") == ["zoo:1"]

    asyncio.run(story())


WORDS = [
    definition(networkMode="nat"),
    definition(requiresCompatibilities=["MOON"]),
    definition(runtimePlatform={"cpuArchitecture": "RISC"}),
    definition(runtimePlatform={"operatingSystemFamily": "BSD"}),
    definition({"dependsOn": [{"containerName": "b", "condition": "DONE"}]}, {"name": "b"}),
    definition({"logConfiguration": {"logDriver": "paper"}}),
    definition({"ulimits": [{"name": "patience", "softLimit": 1, "hardLimit": 1}]}),
    definition({"environmentFiles": [{"type": "ftp", "value": "arn:aws:s3:::b/a.env"}]}),
    definition({"portMappings": [{"containerPort": 80, "protocol": "sctp"}]}),
]


@pytest.mark.parametrize("members", WORDS)
def test_a_word_that_aws_does_not_know_is_refused_with_those_it_knows(members: dict[str, Any]) -> None:
    async def story() -> None:
        code, message = await refused(Yard().call("RegisterTaskDefinition", **members))
        assert code == "InvalidParameterException"
        assert "Member must satisfy enum value set" in message

    asyncio.run(story())


ULIMITS = (
    *("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss"),
    *("rtprio", "rttime", "sigpending", "stack"),
)


def test_aws_knows_15_limits_of_processes() -> None:
    async def story() -> None:
        limits = [{"name": name, "softLimit": 1, "hardLimit": 2} for name in ULIMITS]
        answer = await Yard().call("RegisterTaskDefinition", **definition({"ulimits": limits}))
        assert len(answer["taskDefinition"]["containerDefinitions"][0]["ulimits"]) == 15

    asyncio.run(story())


def test_a_restart_policy_says_whether_it_is_enabled() -> None:
    async def story() -> None:
        code, message = await refused(Yard().register(restartPolicy={"restartAttemptPeriod": 60}))
        assert code == "InvalidParameterException"
        assert "enabled" in message

    asyncio.run(story())
