"""What a service is set to, and its end: zone rebalancing, grace period, deletion (facts: ecs.md 3.7)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hatoba.cloud.ecs.control.placement import leaving
from hatoba.cloud.ecs.model import Rollout
from tests.support.calls import refused
from tests.unit.ecs.harbour import Harbour
from tests.unit.ecs.yard import Yard, wait_for

FULL = {"minimumHealthyPercent": 50, "maximumPercent": 100}
INVALID = "InvalidParameterException"


def run(story: Callable[[Yard], Awaitable[None]]) -> None:
    async def whole() -> None:
        yard = Yard()
        await yard.register()
        await story(yard)

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({}, "ENABLED"),
        ({"availabilityZoneRebalancing": "DISABLED"}, "DISABLED"),
        ({"deploymentConfiguration": FULL}, "DISABLED"),
        ({"deploymentConfiguration": {**FULL, "maximumPercent": 101}}, "ENABLED"),
    ],
)
def test_zones_are_rebalanced_unless_something_else_is_said_or_there_is_no_room(
    given: dict[str, Any], value: str
) -> None:
    async def story(yard: Yard) -> None:
        assert (await yard.create(**given))["availabilityZoneRebalancing"] == value
        answer = await yard.call("UpdateService", cluster="c", service="s", desiredCount=2)
        assert answer["service"]["availabilityZoneRebalancing"] == value

    run(story)


def test_zones_cannot_be_rebalanced_without_room() -> None:
    async def story(yard: Yard) -> None:
        params = {"availabilityZoneRebalancing": "ENABLED", "deploymentConfiguration": FULL}
        code, message = await refused(yard.create(registered=False, **params))
        assert (code, "maximumPercent above 100" in message) == (INVALID, True)

    run(story)


def test_what_is_left_after_a_scale_in_is_spread_over_the_zones() -> None:
    harbour = Harbour(6)
    harbour.sail(6)
    for wanted in (4, 2):
        harbour.scale(wanted)
        harbour.keep()
        zones = Counter(task.attachment.zone for task in harbour.live)
        assert zones == {"a": wanted // 2, "c": wanted // 2}


def test_of_the_fullest_zone_the_youngest_goes_first() -> None:
    harbour = Harbour(1, Rollout())
    for wanted in (1, 2, 3):
        harbour.scale(wanted)
        harbour.sail(6)
    ages = sorted(harbour.live, key=lambda task: task.created_at)
    assert [task.attachment.zone for task in ages] == ["a", "c", "a"]
    assert list(leaving(ages, ages)) == [ages[2], ages[1], ages[0]]
    # One more in c, which may not go, makes c the fullest with a.
    assert list(leaving(ages[:2], [*ages[:2], ages[1]])) == [ages[1], ages[0]]


@pytest.mark.parametrize("seconds", [0, 2147483647])
def test_a_grace_period_has_no_end_but_that_of_its_number(seconds: int) -> None:
    async def story(yard: Yard) -> None:
        made = await yard.create(healthCheckGracePeriodSeconds=seconds)
        assert made["healthCheckGracePeriodSeconds"] == seconds

    run(story)


@pytest.mark.parametrize("seconds", [-1, 2147483648])
def test_a_grace_period_beyond_is_refused(seconds: int) -> None:
    async def story(yard: Yard) -> None:
        code, _ = await refused(yard.create(healthCheckGracePeriodSeconds=seconds))
        assert code == INVALID

    run(story)


def test_without_a_grace_period_it_is_0() -> None:
    async def story(yard: Yard) -> None:
        assert (await yard.create())["healthCheckGracePeriodSeconds"] == 0

    run(story)


def test_a_service_is_deleted_at_0_or_by_force_and_described_when_it_is_inactive() -> None:
    async def story(yard: Yard) -> None:
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            assert await refused(yard.call("DeleteService", cluster="c", service="s")) == (
                INVALID,
                "The service cannot be stopped while it is scaled above 0.",
            )
            await yard.call("UpdateService", cluster="c", service="s", desiredCount=0)
            answer = await yard.call("DeleteService", cluster="c", service="s")
            assert answer["service"]["status"] == "DRAINING"

            async def is_inactive() -> bool:
                return bool((await yard.describe())["status"] == "INACTIVE")

            await wait_for(is_inactive, within_s=20.0)
            assert (await yard.describe())["deployments"] == []
            assert (await refused(yard.call("DeleteService", cluster="c", service="s")))[0] == (
                "ServiceNotFoundException"
            )
            again = await yard.create()
            assert again["status"] == "ACTIVE"

    run(story)


def test_a_rolling_deployment_leaves_its_tasks_spread_over_the_zones() -> None:
    harbour = Harbour(4, Rollout(minimum_healthy_percent=50, maximum_percent=150))
    harbour.sail(6)
    harbour.deploy(2)
    # The old ones of one zone end first, by themselves: the new ones are not to crowd where those were.
    for task in harbour.live:
        if task.attachment.zone == "a":
            harbour.end(task)
    harbour.sail(12)
    assert harbour.service.primary.rollout_state == "COMPLETED"
    assert Counter(task.attachment.zone for task in harbour.live) == {"a": 2, "c": 2}
