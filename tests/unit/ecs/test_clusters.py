"""Clusters, the ARNs of what lives in them, and tags."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from tests.support.calls import SCOPE
from tests.unit.ecs.yard import Yard

ECS = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}"
INVALID = "InvalidParameterException"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def run(story: Callable[[Yard], Awaitable[None]]) -> None:
    async def whole() -> None:
        await story(Yard())

    asyncio.run(whole())


async def refused(work: Awaitable[Any]) -> str:
    with pytest.raises(ServiceError) as error:
        await work
    return error.value.code


def test_a_cluster_without_a_name_is_default_and_so_is_what_names_none() -> None:
    async def story(yard: Yard) -> None:
        cluster = (await yard.call("CreateCluster"))["cluster"]
        assert (cluster["clusterName"], cluster["status"]) == ("default", "ACTIVE")
        assert (await yard.call("DescribeClusters"))["clusters"][0]["clusterName"] == "default"
        assert (await yard.call("ListTasks"))["taskArns"] == []

    run(story)


@pytest.mark.parametrize("name", ["a", "aZ09-_", "x" * 255])
def test_a_cluster_has_a_name_of_letters_digits_hyphens_underscores(name: str) -> None:
    async def story(yard: Yard) -> None:
        made = await yard.call("CreateCluster", clusterName=name)
        assert made["cluster"]["clusterArn"] == f"{ECS}:cluster/{name}"
        for wrong in ("x" * 256, "a.b", "a b", "a/b"):
            assert await refused(yard.call("CreateCluster", clusterName=wrong)) == INVALID

    run(story)


@pytest.mark.parametrize("value", ["enhanced", "enabled", "disabled"])
def test_container_insights_are_enhanced_enabled_or_disabled(value: str) -> None:
    async def story(yard: Yard) -> None:
        settings = [{"name": "containerInsights", "value": value}]
        for operation, params in (
            ("CreateCluster", {"clusterName": "c"}),
            ("UpdateClusterSettings", {"cluster": "c"}),
            ("UpdateCluster", {"cluster": "c"}),
        ):
            assert (await yard.call(operation, **params, settings=settings))["cluster"][
                "settings"
            ] == settings
            wrong = [{"name": "containerInsights", "value": "on"}]
            other = {"clusterName": "d"} if operation == "CreateCluster" else params
            assert await refused(yard.call(operation, **other, settings=wrong)) == INVALID

    run(story)


def test_a_cluster_that_says_nothing_has_no_insights_no_providers_and_no_default() -> None:
    async def story(yard: Yard) -> None:
        await yard.call("CreateCluster", clusterName="c")
        (told,) = (await yard.call("DescribeClusters", clusters=["c"], include=["SETTINGS"]))["clusters"]
        assert told["settings"] == [{"name": "containerInsights", "value": "disabled"}]
        assert (told["capacityProviders"], told["defaultCapacityProviderStrategy"]) == ([], [])
        (told,) = (await yard.call("DescribeClusters", clusters=["c"]))["clusters"]
        assert told["settings"] == []

    run(story)


def test_a_name_that_was_deleted_can_be_made_again_as_a_new_cluster() -> None:
    async def story(yard: Yard) -> None:
        await yard.call("CreateCluster", clusterName="c", tags=[{"key": "a", "value": "b"}])
        assert (await yard.call("DeleteCluster", cluster="c"))["cluster"]["status"] == "INACTIVE"
        again = (await yard.call("CreateCluster", clusterName="c"))["cluster"]
        assert (again["status"], again["tags"]) == ("ACTIVE", [])

    run(story)


def test_a_cluster_with_a_task_is_not_deleted() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        await yard.run()
        assert await refused(yard.call("DeleteCluster", cluster="c")) == "ClusterContainsTasksException"

    run(story)


def test_every_arn_has_its_long_form() -> None:
    async def story(yard: Yard) -> None:
        definition = await yard.register()
        service = await yard.create()
        task = await yard.run()
        assert definition == f"{ECS}:task-definition/app:1"
        assert (service["clusterArn"], service["serviceArn"]) == (f"{ECS}:cluster/c", f"{ECS}:service/c/s")
        found = re.fullmatch(re.escape(f"{ECS}:task/c/") + "([0-9a-f]{32})", task["taskArn"])
        assert found
        container = task["containers"][0]["containerArn"]
        assert re.fullmatch(re.escape(f"{ECS}:container/c/{found[1]}/") + UUID, container)

    run(story)


def test_a_task_is_known_by_its_arn_and_by_its_id() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        arn = (await yard.run())["taskArn"]
        for name in (arn, arn.rpartition("/")[2]):
            answer = await yard.call("DescribeTasks", cluster=f"{ECS}:cluster/c", tasks=[name])
            assert answer["tasks"][0]["taskArn"] == arn

    run(story)


def tags(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs]


@pytest.mark.parametrize(
    "given",
    [
        tags(("k" * 128, "v" * 256)),
        tags(("k", "")),
        tags(("Az 09_.:/=+-@", "Az 09_.:/=+-@")),
        tags(*((f"k{each}", "v") for each in range(50))),
    ],
    ids=["longest", "empty value", "all characters", "fifty"],
)
def test_tags_within_the_bounds_are_taken(given: list[dict[str, str]]) -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        cluster = (await yard.call("CreateCluster", clusterName="c", tags=given))["cluster"]
        assert cluster["tags"] == given
        arn = (await yard.run(tags=given))["taskArn"]
        assert (await yard.call("ListTagsForResource", resourceArn=arn))["tags"] == given

    run(story)


def test_no_resource_has_more_than_fifty_tags() -> None:
    async def story(yard: Yard) -> None:
        fifty = tags(*((f"k{each}", "v") for each in range(50)))
        arn = (await yard.call("CreateCluster", clusterName="c", tags=fifty))["cluster"]["clusterArn"]
        await yard.call("TagResource", resourceArn=arn, tags=tags(("k0", "other")))
        assert await refused(yard.call("TagResource", resourceArn=arn, tags=tags(("k50", "v")))) == INVALID

    run(story)


@pytest.mark.parametrize("key", ["aws:x", "AWS:x", "Aws:x"])
def test_keys_of_aws_are_refused_whatever_is_tagged(key: str) -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        arn = (await yard.call("CreateCluster", clusterName="c"))["cluster"]["clusterArn"]
        reserved = tags((key, "v"))
        for work in (
            yard.call("TagResource", resourceArn=arn, tags=reserved),
            yard.run(tags=reserved),
            yard.create(tags=reserved),
        ):
            assert await refused(work) == INVALID

    run(story)


def test_describing_tells_tags_only_where_they_are_asked_for() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        given = tags(("a", "b"))
        await yard.create(tags=given)
        arn = (await yard.run(tags=given))["taskArn"]
        for include, expected in (([], None), (["TAGS"], given)):
            services = await yard.call("DescribeServices", cluster="c", services=["s"], include=include)
            tasks = await yard.call("DescribeTasks", cluster="c", tasks=[arn], include=include)
            assert (services["services"][0].get("tags") or None) == expected
            assert (tasks["tasks"][0].get("tags") or None) == expected

    run(story)


def test_tags_are_propagated_and_ecss_own_are_set_only_where_it_is_said() -> None:
    async def story(yard: Yard) -> None:
        arn = await yard.register()
        await yard.call("TagResource", resourceArn=arn, tags=tags(("of", "definition")))
        async with yard.at_work():
            service = await yard.create(tags=tags(("of", "service")))
            await yard.steady()
            await yard.run()
            arns = (await yard.call("ListTasks", cluster="c"))["taskArns"]
            answer = await yard.call("DescribeTasks", cluster="c", tasks=arns, include=["TAGS"])
        assert (service["propagateTags"], service["enableECSManagedTags"]) == ("NONE", False)
        assert [each["tags"] for each in answer["tasks"]] == [[], []]

    run(story)
