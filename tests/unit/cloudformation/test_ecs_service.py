"""AWS::ECS::Service: what CreateService and UpdateService are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from hatoba.cloud.cloudformation.resources.ecs_service import Service
from hatoba.cloud.cloudformation.resources.protocol import Context
from tests.support.calls import SCOPE

PROPERTIES = {"Cluster": "c", "TaskDefinition": "app:1"}


class Desk:
    """The part of a Context that a service needs to be made and changed: it writes down what is asked."""

    scope, tags, token = SCOPE, cast("Mapping[str, str]", {}), "t" * 32

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    async def invoke(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append((f"{service}:{operation}", params))
        return {"service": {"serviceArn": "arn"}}

    def new_name(self, most: int = 255) -> str:
        return "s-Service-000000000000"[:most]


def created(**properties: Any) -> Mapping[str, Any]:
    desk = Desk()
    asyncio.run(Service().create(cast("Context", desk), {**PROPERTIES, **properties}))
    ((operation, params),) = desk.asked
    assert operation == "ecs:CreateService"
    return params


def updated(old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    desk = Desk()
    asyncio.run(Service().update(cast("Context", desk), "arn", {**PROPERTIES, **old}, {**PROPERTIES, **new}))
    ((operation, params),) = desk.asked
    assert operation == "ecs:UpdateService"
    return params


def test_a_new_service_without_a_count_wants_one_task() -> None:
    assert created()["desiredCount"] == 1
    assert created(DesiredCount=0)["desiredCount"] == 0


def test_an_update_without_a_count_leaves_the_count_to_whoever_set_it() -> None:
    assert "desiredCount" not in updated({}, {"PropagateTags": "SERVICE"})
    assert "desiredCount" not in updated({"DesiredCount": 2}, {})
    assert updated({"DesiredCount": 2}, {"DesiredCount": 3})["desiredCount"] == 3
