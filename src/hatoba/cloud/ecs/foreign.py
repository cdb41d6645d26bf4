"""ARNs of ECS that name another region or account: refused before any operation looks at what stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatoba.cloud.wire import Call, Params

_OURS = "arn:aws:ecs:"
_REGION, _ACCOUNT = 3, 4


def check_arns(call: Call, request: Params) -> None:
    """Refuse a call that names something of another world.

    Raises:
        ServiceError: ``InvalidParameterException`` for another region, ``AccessDeniedException`` for another
            account.
    """
    for arn in _arns(request):
        parts = arn.split(":", _ACCOUNT + 1)
        if len(parts) <= _ACCOUNT:
            continue
        if parts[_REGION] != call.region:
            raise ServiceError("InvalidParameterException", "Invalid Region in ARN")
        if parts[_ACCOUNT] != call.account:
            action = f"ecs:{call.operation}"
            raise ServiceError(
                "AccessDeniedException",
                f"User: {call.caller.arn} is not authorized to perform: {action} on resource: {arn} because"
                f" no resource-based policy allows the {action} action",
            )


def _arns(request: Params) -> Iterator[str]:
    """Yield the ARNs of ECS among the members of a request, and of its lists."""
    for member in request.values():
        for value in member if isinstance(member, list) else (member,):
            if isinstance(value, str) and value.startswith(_OURS):
                yield value
