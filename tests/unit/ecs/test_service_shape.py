"""How a service is described, found, listed and made twice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs.api import shapes
from tests.support.calls import SCOPE, refused
from tests.unit.ecs.harbour import Harbour
from tests.unit.ecs.yard import Yard

ECS = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}"


def run(story: Callable[[Yard], Awaitable[None]]) -> None:
    async def with_yard() -> None:
        yard = Yard()
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        await story(yard)

    asyncio.run(with_yard())


def described(harbour: Harbour) -> Any:
    return shapes.service(SCOPE, harbour.service, harbour.tasks, with_tags=False)


def test_a_deployment_has_an_id_of_digits_and_says_that_it_is_in_progress() -> None:
    harbour = Harbour(1)
    (deployment,) = described(harbour)["deployments"]
    assert re.fullmatch(r"ecs-svc/\d{19,20}", deployment["id"])
    assert (deployment["status"], deployment["rolloutState"], deployment["failedTasks"]) == (
        "PRIMARY",
        "IN_PROGRESS",
        0,
    )
    assert deployment["rolloutStateReason"] == f"ECS deployment {deployment['id']} in progress."
    harbour.sail(6)
    (done,) = described(harbour)["deployments"]
    assert (done["id"], done["rolloutState"]) == (deployment["id"], "COMPLETED")
    assert done["rolloutStateReason"] == f"ECS deployment {deployment['id']} completed."


def test_a_services_counts_are_the_sums_of_its_deployments() -> None:
    harbour = Harbour(2)
    harbour.sail(6)
    harbour.now += 1.0
    harbour.deploy(2)
    harbour.keep()
    new = next(task for task in harbour.live if task.deployment == harbour.service.primary.id)
    for _ in range(3):
        harbour.advance(harbour.task(new.id))
    service = described(harbour)
    primary, replaced = service["deployments"]
    assert (primary["status"], primary["runningCount"], primary["pendingCount"]) == ("PRIMARY", 1, 1)
    assert (replaced["status"], replaced["runningCount"], replaced["pendingCount"]) == ("ACTIVE", 2, 0)
    assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (2, 3, 1)


def test_failed_tasks_are_counted_until_one_runs_those_that_failed_their_checks_too() -> None:
    harbour = Harbour(1)
    for count in (1, 2):
        harbour.now += 100.0
        harbour.keep()
        harbour.now += 1.0
        harbour.end(harbour.live[0])
        harbour.keep()
        assert described(harbour)["deployments"][0]["failedTasks"] == count
    harbour.sail(6)
    assert described(harbour)["deployments"][0]["failedTasks"] == 0
    harbour.end(harbour.live[0], "Task failed container health checks")
    harbour.keep()
    assert described(harbour)["deployments"][0]["failedTasks"] == 1


def test_a_service_shows_the_role_that_ecs_has_for_itself() -> None:
    service = described(Harbour(1))
    assert service["roleArn"] == (
        f"arn:aws:iam::{SCOPE.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    )


def test_a_service_rolls_between_100_and_200_percent_where_nothing_else_is_said() -> None:
    rollout = described(Harbour(1))["deploymentConfiguration"]
    assert (rollout["minimumHealthyPercent"], rollout["maximumPercent"]) == (100, 200)


def test_up_to_ten_services_are_described_and_unknown_ones_are_missing() -> None:
    async def story(yard: Yard) -> None:
        await yard.create()
        names = [f"x{number}" for number in range(9)]
        answer = await yard.call("DescribeServices", cluster="c", services=["s", *names])
        assert [each["serviceName"] for each in answer["services"]] == ["s"]
        assert answer["failures"] == [
            {"arn": f"{ECS}:service/c/{name}", "reason": "MISSING"} for name in names
        ]
        for wrong in ([], ["s"] * 11):
            code, _ = await refused(yard.call("DescribeServices", cluster="c", services=wrong))
            assert code == "InvalidParameterException"

    run(story)


def test_services_are_listed_by_tens_and_by_a_hundred_at_most() -> None:
    async def story(yard: Yard) -> None:
        for number in range(12):
            await yard.create(serviceName=f"s{number:02d}", desiredCount=0)
        first = await yard.call("ListServices", cluster="c")
        rest = await yard.call("ListServices", cluster="c", nextToken=first["nextToken"])
        every = await yard.call("ListServices", cluster="c", maxResults=100)
        assert len(first["serviceArns"]) == 10
        assert first["serviceArns"] + rest["serviceArns"] == every["serviceArns"]
        assert (len(every["serviceArns"]), every["nextToken"], rest["nextToken"]) == (12, None, None)
        for wrong in (0, 101):
            code, _ = await refused(yard.call("ListServices", cluster="c", maxResults=wrong))
            assert code == "InvalidParameterException"

    run(story)


@pytest.mark.parametrize("token", ["", "x" * 37, "with space", "é"])
def test_a_token_beyond_36_visible_characters_of_ascii_is_refused(token: str) -> None:
    async def story(yard: Yard) -> None:
        code, message = await refused(yard.create(clientToken=token))
        assert (code, "clientToken" in message) == ("InvalidParameterException", True)

    run(story)


def test_a_creation_said_again_is_answered_with_what_stands_and_another_is_refused() -> None:
    async def story(yard: Yard) -> None:
        token = "".join(chr(number) for number in range(33, 69))
        first = await yard.create(clientToken=token)
        for again in (token, "another"):
            assert (await yard.create(clientToken=again))["deployments"][0]["id"] == first["deployments"][0][
                "id"
            ]
        for other in (token, None):
            assert await refused(yard.create(healthCheckGracePeriodSeconds=5, clientToken=other)) == (
                "InvalidParameterException",
                "Creation of service was not idempotent.",
            )

    run(story)


def test_a_new_service_says_how_many_tasks_it_wants() -> None:
    async def story(yard: Yard) -> None:
        code, message = await refused(yard.create(desiredCount=None))
        assert code == "InvalidParameterException"
        assert message == "Desired count can not be empty with the REPLICA scheduling strategy."
        assert (await yard.create(desiredCount=0))["desiredCount"] == 0

    run(story)


def test_a_deployment_that_could_not_go_back_says_what_failed() -> None:
    harbour = Harbour(1)
    harbour.put(replace(harbour.service, rollout=replace(harbour.service.rollout, breaker=True)))
    for _ in range(3):
        harbour.now += 1000.0
        harbour.keep()
        harbour.now += 1.0
        harbour.end(harbour.live[0])
        harbour.keep()
    (failed,) = described(harbour)["deployments"]
    assert (failed["rolloutState"], failed["rolloutStateReason"]) == (
        "FAILED",
        "ECS deployment circuit breaker: tasks failed to start.",
    )
