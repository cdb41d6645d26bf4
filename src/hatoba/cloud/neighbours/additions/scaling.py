"""Tags of scalable targets, which moto does not keep. They stand in an attribute of moto's own record.

https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.applicationautoscaling.models import applicationautoscaling_backends

from hatoba.cloud.wire.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hatoba.cloud.state import Scope

KEPT = "kept_tags"


def list_tags(scope: Scope, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a target's tags."""
    return {"Tags": dict(_tags(_target(scope, params)))}


def tag(scope: Scope, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Set tags."""
    target = _target(scope, params)
    setattr(target, KEPT, {**_tags(target), **(params.get("Tags") or {})})
    return {}


def untag(scope: Scope, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Remove tags."""
    target = _target(scope, params)
    gone = set(params.get("TagKeys") or ())
    setattr(target, KEPT, {key: value for key, value in _tags(target).items() if key not in gone})
    return {}


def keep_tags(scope: Scope, params: Mapping[str, Any]) -> Callable[[], None]:
    """Keep the tags of a target that is registered; registering it again without any leaves them."""
    named = (params.get("ResourceId"), params.get("ScalableDimension"))

    def keep() -> None:
        for target in _targets(scope):
            if (target.resource_id, target.scalable_dimension) == named and params.get("Tags"):
                setattr(target, KEPT, dict(params["Tags"]))

    return keep


def _tags(target: Any) -> Mapping[str, str]:
    tags: Mapping[str, str] = getattr(target, KEPT, {})
    return tags


def _targets(scope: Scope) -> Iterator[Any]:
    backend = applicationautoscaling_backends[scope.account][scope.region]
    for by_resource in backend.targets.values():
        yield from by_resource.values()


def _target(scope: Scope, params: Mapping[str, Any]) -> Any:
    arn = params.get("ResourceARN")
    for target in _targets(scope):
        if target.arn == arn:
            return target
    raise ServiceError(
        "ResourceNotFoundException", f"The specified resource {arn} does not exist.", status=400
    )
