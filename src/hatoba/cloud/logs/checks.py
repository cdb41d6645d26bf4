"""The limits that the service model sets on members, with the text that CloudWatch Logs answers."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from hatoba.cloud.logs.errors import invalid
from hatoba.cloud.wire import NotImplementedHere
from hatoba.cloud.wire.models import operation_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.model import Shape

    from hatoba.cloud.wire import Call, Result


def checked(operation: Callable[[Call, Any], Result], *refused: str) -> Callable[[Call, Any], Result]:
    """Return the operation behind a check of its members against the service model.

    Args:
        operation: A plain operation function.
        refused: Members that are not implemented here; a call that gives one (but False) is refused.
    """

    def run(call: Call, request: Any) -> Result:
        for member in refused:
            if request.get(member):
                raise NotImplementedHere(f"The member {member} of {call.service}:{call.operation}")
        check_members(call.operation, request)
        return operation(call, request)

    return run


def check_members(operation: str, request: Mapping[str, object]) -> None:
    """Raise ``InvalidParameterException`` naming every member that is out of its bounds."""
    shape = operation_model("logs", operation).input_shape
    members = shape.members if shape is not None else {}
    faults = [
        f"Value '{value}' at '{name}' failed to satisfy constraint: {fault}"
        for name, value in request.items()
        for fault in (_fault(members[name], value),)
        if fault
    ]
    if faults:
        count = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected: "
        raise invalid(count + "; ".join(faults))


def _fault(shape: Shape, value: object) -> str | None:
    """Return what a value misses; botocore has checked types and minima already."""
    if isinstance(value, str):
        return _text_fault(shape, value)
    most = shape.metadata.get("max")
    if most is None or isinstance(value, bool):
        return None
    if isinstance(value, int) and value > most:
        return f"Member must have value less than or equal to {most}"
    if isinstance(value, list | dict) and len(value) > most:
        return f"Member must have length less than or equal to {most}"
    return None


def _text_fault(shape: Shape, value: str) -> str | None:
    most = shape.metadata.get("max")
    if most is not None and len(value) > most:
        return f"Member must have length less than or equal to {most}"
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        return f"Member must satisfy regular expression pattern: {pattern}"
    choices = shape.metadata.get("enum", ())
    if choices and value not in choices:
        return f"Member must satisfy enum value set: [{', '.join(choices)}]"
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)
