"""Where tasks are placed: subnets, security groups and addresses that a launch names."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from tests.unit.ecs.yard import Yard

MANY = [f"subnet-{number}" for number in range(17)]
GROUPS = [f"sg-{number}" for number in range(6)]


def place(subnets: list[str], **members: Any) -> dict[str, Any]:
    return {"networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets, **members}}}


FAULTS = [
    (
        {"networkConfiguration": {}},
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    (place([]), "subnets can not be empty."),
    (place(MANY), "subnets can have at most 16 items."),
    (place(MANY[:1], securityGroups=GROUPS), "securityGroups can have at most 5 items."),
    (place(["subnet-a", "subnet-z"]), "subnets must all be in the same VPC."),
    (
        place(["subnet-a"], securityGroups=["sg-z"]),
        "securityGroups must all be in the same VPC as the subnets.",
    ),
    (
        place(["subnet-a"], securityGroups=["sg-1", "sg-z"]),
        "securityGroups must all be in the same VPC as the subnets.",
    ),
    (
        place(["subnet-x"]),
        (
            "Error retrieving subnet information for [subnet-x]: The subnet ID 'subnet-x' does not exist"
            " (ErrorCode: InvalidSubnetID.NotFound)"
        ),
    ),
]


@pytest.mark.parametrize(("members", "text"), FAULTS)
@pytest.mark.parametrize("launch", ["create", "run"])
def test_a_place_where_no_task_can_be_is_refused(launch: str, members: dict[str, Any], text: str) -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        with pytest.raises(ServiceError) as refused:
            await getattr(yard, launch)(**members)
        assert (refused.value.code, refused.value.message) == ("InvalidParameterException", text)

    asyncio.run(story())


def test_16_subnets_and_5_security_groups_are_taken() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        service = await yard.create(**place(MANY[:16], securityGroups=GROUPS[:5]))
        found = service["networkConfiguration"]["awsvpcConfiguration"]
        assert (found["subnets"], found["securityGroups"]) == (MANY[:16], GROUPS[:5])

    asyncio.run(story())


@pytest.mark.parametrize(("given", "kept"), [({}, "DISABLED"), ({"assignPublicIp": "ENABLED"}, "ENABLED")])
def test_a_task_gets_a_public_address_only_when_asked_for(given: dict[str, str], kept: str) -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        service = await yard.create(**place(["subnet-a"], **given))
        assert service["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == kept

    asyncio.run(story())
