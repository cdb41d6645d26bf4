"""What stands before every operation of EC2: dry runs, and members that are not implemented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.cloud.wire import Call, Params, Result

    PlainOperation = Callable[[Call, Any], Result]

_EVERYWHERE = frozenset({"DryRun"})
_PRECONDITION_FAILED = 412


def guarded(name: str, operation: PlainOperation, members: str) -> PlainOperation:
    """Return the operation behind its guard.

    A member that is not named is refused, unless its value says nothing (false, 0, or empty): to
    ignore it would be to pretend.

    Args:
        name: The operation's name.
        operation: What answers it.
        members: The request members that it obeys, between spaces.
    """
    known = _EVERYWHERE | set(members.split())

    def guard(call: Call, request: Params) -> Result:
        unknown = sorted(member for member, value in request.items() if value and member not in known)
        if unknown:
            raise NotImplementedHere(f"ec2:{name} with {', '.join(unknown)}")
        if request.get("DryRun"):
            raise ServiceError(
                "DryRunOperation",
                "Request would have succeeded, but DryRun flag is set.",
                status=_PRECONDITION_FAILED,
            )
        return operation(call, request)

    return guard
