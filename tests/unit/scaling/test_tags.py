"""Tags of scalable targets, which the neighbour does not keep."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.scaling import Scaling
from hatoba.cloud.wire import Call, Operations, ServiceError
from hatoba.cloud.world import TaskUsage
from tests.support.calls import SCOPE, Bench

SERVICE = "application-autoscaling"
ARN = "arn:aws:application-autoscaling:ap-northeast-1:000000000000:scalable-target/1"
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/c/s",
    "ScalableDimension": "ecs:service:DesiredCount",
}


class Neighbour:
    """A scaling companion, and a neighbour in which one target stands on its second page."""

    def __init__(self) -> None:
        self.bench = Bench()
        own = Operations(SERVICE)
        own.add("DescribeScalableTargets", self._describe)
        self.bench.add(own)
        ecs = Operations("ecs")
        ecs.add("DescribeServices", self._service)
        self.bench.add(ecs)
        self.scaling = Scaling(self.bench.world, self)

    async def usages(self, *_: object) -> tuple[TaskUsage, ...]:
        return ()

    @staticmethod
    def _service(call: Call, request: dict[str, Any]) -> dict[str, Any]:
        del call, request
        service = {"status": "ACTIVE", "desiredCount": 1, "runningCount": 1, "deployments": []}
        return {"services": [service]}

    @staticmethod
    def _describe(call: Call, request: dict[str, Any]) -> dict[str, Any]:
        del call
        if "NextToken" not in request:
            return {"ScalableTargets": [], "NextToken": "2"}
        return {"ScalableTargets": [{"ScalableTargetARN": ARN, "ResourceId": TARGET["ResourceId"]}]}

    def __call__(self, operation: str, **params: Any) -> Any:
        call = self.bench.call_as(SCOPE, "x").of(SERVICE, operation)
        return asyncio.run(self.scaling.answer(call, params))


def test_tags_of_a_registration_are_listed_changed_and_gone_with_it() -> None:
    ask = Neighbour()

    bounds = {"MinCapacity": 1, "MaxCapacity": 2}
    assert ask("RegisterScalableTarget", **TARGET, **bounds, Tags={"Owner": "team"}) is None
    ask("TagResource", ResourceARN=ARN, Tags={"Cost": "shop"})
    ask("UntagResource", ResourceARN=ARN, TagKeys=["Owner"])

    assert ask("ListTagsForResource", ResourceARN=ARN) == {"Tags": {"Cost": "shop"}}
    ask("DeregisterScalableTarget", **TARGET)
    assert ask("ListTagsForResource", ResourceARN=ARN) == {"Tags": {}}


def test_a_target_that_does_not_stand_has_no_tags() -> None:
    with pytest.raises(ServiceError) as error:
        Neighbour()("ListTagsForResource", ResourceARN=ARN + "0")

    assert error.value.code == "ResourceNotFoundException"


def test_a_target_has_at_most_fifty_tags() -> None:
    with pytest.raises(ServiceError) as error:
        Neighbour()("TagResource", ResourceARN=ARN, Tags={str(number): "" for number in range(51)})

    assert error.value.code == "TooManyTagsException"
