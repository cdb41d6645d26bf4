"""Tags of scalable targets: moto has none, and Terraform asks for them after every registration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.scaling.model import NAMESPACE, Tagged
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.world import World

SERVICE = "application-autoscaling"
MOST = 50
_ABOUT_TAGS = frozenset({"ListTagsForResource", "TagResource", "UntagResource"})


class Tags:
    """Keeps the tags of scalable targets, by the resource that they scale."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tags = world.state.table("scaling.tags", Tagged)

    async def answer(self, call: Call, params: Mapping[str, Any]) -> Result | None:
        """Answer what is about tags; note those of a registration, which the neighbour answers.

        Raises:
            ServiceError: ``ResourceNotFoundException``, ``TooManyTagsException``.
        """
        if call.operation in _ABOUT_TAGS:
            resource = await self._resource(call, params["ResourceARN"])
            before = self._tags.get(call.scope, resource)
            return self._about(call, params, Tagged(resource) if before is None else before)
        if call.operation == "RegisterScalableTarget" and params.get("Tags"):
            self._keep(call, Tagged(params["ResourceId"], params["Tags"]))
        elif call.operation == "DeregisterScalableTarget":
            with self._world.state.transaction():
                self._tags.delete(call.scope, params["ResourceId"])
        return None

    def _about(self, call: Call, params: Mapping[str, Any], held: Tagged) -> Result:
        if call.operation == "ListTagsForResource":
            return {"Tags": held.tags}
        gone = params.get("TagKeys", ())
        kept = {key: value for key, value in held.tags.items() if key not in gone}
        self._keep(call, Tagged(held.resource, {**kept, **params.get("Tags", {})}))
        return {}

    def _keep(self, call: Call, tagged: Tagged) -> None:
        if len(tagged.tags) > MOST:
            raise ServiceError(
                "TooManyTagsException", f"A scalable target has at most {MOST} tags.", status=400
            )
        with self._world.state.transaction():
            self._tags.put(call.scope, tagged)

    async def _resource(self, call: Call, arn: str) -> str:
        inside = self._world.call_as_service(call.scope, SERVICE)
        asked: dict[str, Any] = {"ServiceNamespace": NAMESPACE}
        while True:
            found = await self._world.invoke(inside, SERVICE, "DescribeScalableTargets", asked)
            for target in found["ScalableTargets"]:
                if target.get("ScalableTargetARN") == arn:
                    return str(target["ResourceId"])
            if not found.get("NextToken"):
                break
            asked["NextToken"] = found["NextToken"]
        raise ServiceError("ResourceNotFoundException", f"The resource {arn} was not found.", status=400)
