"""What every call of ECS is held to by the model itself (facts: ecs.md sections 1.2, 1.4 and 8)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from tests.unit.ecs.yard import Yard


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("CreateCluster", {"tags": [{"key": "k" * 129, "value": "v"}]}),
        ("CreateCluster", {"tags": [{"key": "k", "value": "v" * 257}]}),
        ("CreateCluster", {"tags": [{"key": "k#", "value": "v"}]}),
        ("CreateCluster", {"tags": [{"key": f"k{each}", "value": "v"} for each in range(51)]}),
        ("ListTasks", {"cluster": "c", "desiredStatus": "GONE"}),
        ("RunTask", {"cluster": "c", "taskDefinition": "app", "launchType": "MOON"}),
    ],
)
def test_what_is_beyond_the_models_bounds_is_refused(operation: str, params: dict[str, Any]) -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        with pytest.raises(ServiceError) as refused:
            await yard.call(operation, **params)
        assert refused.value.code == "InvalidParameterException"

    asyncio.run(story())


@pytest.mark.parametrize(
    "members", [{"versionConsistency": "off"}, {"portMappings": [{"containerPort": 80, "protocol": "sctp"}]}]
)
def test_a_definition_with_a_word_that_aws_does_not_know_is_refused(members: dict[str, Any]) -> None:
    async def story() -> None:
        with pytest.raises(ServiceError, match="Member must satisfy enum value set"):
            await Yard().register(**members)

    asyncio.run(story())
