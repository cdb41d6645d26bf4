"""What every call is held to before its operation looks at it: this account and region, the model's bounds.

The bounds are those that botocore's validator leaves to AWS: enums, ranges, lengths and patterns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.api.finding import OF_CLOUDFORMATION
from hatoba.cloud.ecs.foreign import check_arns
from hatoba.cloud.wire import constraints
from hatoba.cloud.wire.models import operation_model

if TYPE_CHECKING:
    from hatoba.cloud.wire import Call, Params


def check(call: Call, request: Params) -> None:
    """Refuse a call that names something of another world, or is not within the model's bounds.

    Raises:
        ServiceError: ``InvalidParameterException``, ``AccessDeniedException``.
    """
    check_arns(call, request)
    constraints.check(operation_model("ecs", call.operation), _without_tags_of_stacks(request))


def _without_tags_of_stacks(request: Params) -> Params:
    """Return a request without the tags that CloudFormation adds: they do not count."""
    tags = request.get("tags")
    if not isinstance(tags, list):
        return request
    own = [each for each in tags if not str(each.get("key", "")).startswith(OF_CLOUDFORMATION)]
    return {**request, "tags": own}
