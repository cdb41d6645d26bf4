"""Members that AWS has and hatoba has not: refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.cloud.wire import Call, Result


def refusing(operation: Callable[[Call, Any], Result], *members: str) -> Callable[[Call, Any], Result]:
    """Return the operation; a call that gives one of these members (but False or empty) is refused."""

    def run(call: Call, request: Any) -> Result:
        for member in members:
            if request.get(member):
                raise NotImplementedHere(f"The member {member} of {call.service}:{call.operation}")
        return operation(call, request)

    return run
