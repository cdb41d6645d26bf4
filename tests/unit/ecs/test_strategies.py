"""Capacity provider strategies: bounds, defaults, which provider the next task gets, what excludes what."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.calls import refused
from tests.unit.ecs.yard import PLACE, Yard

INVALID = "InvalidParameterException"
BOTH = ["FARGATE", "FARGATE_SPOT"]


def item(provider: str = "FARGATE", **members: int) -> dict[str, Any]:
    return {"capacityProvider": provider, **members}


def run(story: Callable[[Yard], Awaitable[None]], **cluster: Any) -> None:
    """Tell a story of a cluster that has both providers, unless something else is said."""

    async def whole() -> None:
        yard = Yard()
        await yard.register()
        await yard.call("CreateCluster", clusterName="c", **({"capacityProviders": BOTH} | cluster))
        await story(yard)

    asyncio.run(whole())


async def run_task(yard: Yard, strategy: list[dict[str, Any]], **params: Any) -> list[dict[str, Any]]:
    asked = {
        "cluster": "c",
        "taskDefinition": "app",
        "networkConfiguration": PLACE,
        "capacityProviderStrategy": strategy,
        **params,
    }
    # Not by the yard, which adds a launch type.
    return list((await yard.bench.acall("ecs", "RunTask", **asked))["tasks"])


WITHIN = [
    [item(weight=1)],
    [item(weight=1000, base=100_000)],
    [item(weight=1), item("FARGATE_SPOT", weight=0, base=1)],
    [item(weight=1)] * 20,
]


@pytest.mark.parametrize("strategy", WITHIN, ids=["least", "most", "base beside weight", "20 items"])
def test_a_strategy_within_the_bounds_is_taken(strategy: list[dict[str, Any]]) -> None:
    async def story(yard: Yard) -> None:
        assert len(await run_task(yard, strategy)) == 1
        made = await yard.create(capacityProviderStrategy=strategy)
        assert made["capacityProviderStrategy"] == [{"weight": 0, "base": 0, **each} for each in strategy]

    run(story)


BEYOND = [
    ([item(weight=1001)], "less than or equal to 1000"),
    ([item(weight=-1)], "valid min value: 0"),
    ([item(weight=1, base=100_001)], "less than or equal to 100000"),
    ([item(weight=1, base=-1)], "valid min value: 0"),
    ([item(weight=1)] * 21, "at most 20 items"),
    ([item(weight=1, base=1), item("FARGATE_SPOT", weight=1, base=1)], "Only one capacity provider"),
    ([item("mine", weight=1)], "capacity provider mine was not found"),
]


@pytest.mark.parametrize(("strategy", "text"), BEYOND, ids=[text for _, text in BEYOND])
def test_a_strategy_beyond_the_bounds_is_refused_wherever_it_is_given(
    strategy: list[dict[str, Any]], text: str
) -> None:
    async def story(yard: Yard) -> None:
        place = {"taskDefinition": "app", "networkConfiguration": PLACE}
        asked = {"cluster": "c", "capacityProviderStrategy": strategy}
        default = {"capacityProviders": BOTH, "defaultCapacityProviderStrategy": strategy}
        for operation, params in (
            ("RunTask", {**asked, **place}),
            ("CreateService", {**asked, **place, "serviceName": "s", "desiredCount": 1}),
            ("PutClusterCapacityProviders", {"cluster": "c", **default}),
            ("CreateCluster", {"clusterName": "d", **default}),
        ):
            code, message = await refused(yard.bench.acall("ecs", operation, **params))
            assert (code, text in message) == (INVALID, True), message

    run(story)


def test_a_weight_that_is_not_given_is_0_and_one_of_a_strategy_must_be_more() -> None:
    async def story(yard: Yard) -> None:
        assert await refused(run_task(yard, [item(), item("FARGATE_SPOT")])) == (
            INVALID,
            (
                "There are no capacity providers in the capacity provider strategy with a weight value"
                " greater than zero"
            ),
        )
        tasks = await run_task(yard, [item(), item("FARGATE_SPOT", weight=1)], count=10)
        assert {each["capacityProviderName"] for each in tasks} == {"FARGATE_SPOT"}

    run(story)


def test_the_base_is_filled_first_and_the_rest_is_shared_by_weight() -> None:
    async def story(yard: Yard) -> None:
        strategy = [item(weight=1, base=2), item("FARGATE_SPOT", weight=3)]
        tasks = await run_task(yard, strategy, count=10)
        given = [each["capacityProviderName"] for each in tasks]
        assert given[:2] == ["FARGATE", "FARGATE"]
        assert Counter(given) == {"FARGATE": 4, "FARGATE_SPOT": 6}
        assert {each["launchType"] for each in tasks} == {"FARGATE"}
        listed = await yard.call("ListTasks", cluster="c", launchType="FARGATE")
        assert len(listed["taskArns"]) == 10

    run(story)


def test_a_launch_type_and_a_strategy_exclude_each_other() -> None:
    async def story(yard: Yard) -> None:
        assert await refused(run_task(yard, [item(weight=1)], launchType="FARGATE")) == (
            INVALID,
            "Specifying both a launch type and capacity provider strategy is not supported.",
        )

    run(story)


def test_a_launch_type_needs_no_provider_and_leaves_the_clusters_default_alone() -> None:
    async def story(yard: Yard) -> None:
        task = await yard.run(launchType="FARGATE")
        assert task["launchType"] == "FARGATE"
        assert "capacityProviderName" not in task

    run(story, capacityProviders=[])
    run(story, defaultCapacityProviderStrategy=[item("FARGATE_SPOT", weight=1)])


def test_a_cluster_without_a_default_takes_a_strategy_and_no_silence() -> None:
    async def story(yard: Yard) -> None:
        (task,) = await run_task(yard, [item("FARGATE_SPOT", weight=1)])
        assert task["capacityProviderName"] == "FARGATE_SPOT"
        code, message = await refused(run_task(yard, []))
        assert (code, "which means EC2" in message) == ("NotImplementedException", True)

    run(story)


def test_where_nothing_is_said_run_task_goes_by_the_clusters_default() -> None:
    async def story(yard: Yard) -> None:
        (task,) = await run_task(yard, [])
        assert task["capacityProviderName"] == "FARGATE_SPOT"

    run(story, defaultCapacityProviderStrategy=[item("FARGATE_SPOT", weight=1)])


def test_a_provider_that_is_not_associated_is_refused_by_run_task_too() -> None:
    async def story(yard: Yard) -> None:
        code, message = await refused(run_task(yard, [item("FARGATE_SPOT", weight=1)]))
        assert (code, "not associated with the cluster" in message) == (INVALID, True)

    run(story, capacityProviders=["FARGATE"])


@pytest.mark.parametrize("missing", ["cluster", "capacityProviders", "defaultCapacityProviderStrategy"])
def test_putting_the_providers_of_a_cluster_needs_all_three_members(missing: str) -> None:
    async def story(yard: Yard) -> None:
        params: dict[str, Any] = {
            "cluster": "c",
            "capacityProviders": [],
            "defaultCapacityProviderStrategy": [],
        }
        answer = await yard.call("PutClusterCapacityProviders", **params)
        assert answer["cluster"]["capacityProviders"] == []
        del params[missing]
        code, message = await refused(yard.call("PutClusterCapacityProviders", **params))
        assert (code, missing in message) == (INVALID, True)

    run(story)
