"""Members that CreateStack, UpdateStack and CreateChangeSet share: what of them is refused, what is held to.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


def refuse_what_has_no_effect(request: Mapping[str, Any]) -> None:
    """Refuse topics to notify and alarms to watch; empty ones, as clients send them, say nothing.

    Raises:
        NotImplementedHere: They would have an effect on AWS.
    """
    if request.get("NotificationARNs"):
        raise NotImplementedHere("NotificationARNs of cloudformation (no stack event is published)")
    watched = request.get("RollbackConfiguration") or {}
    if watched.get("RollbackTriggers") or watched.get("MonitoringTimeInMinutes"):
        raise NotImplementedHere("RollbackConfiguration of cloudformation (no alarm is watched)")


def check_allowed_types(types: Iterable[str], allowed: Iterable[str] | None) -> None:
    """Hold a template to ResourceTypes, such as ``AWS::ECS::*``; none or an empty one allows all.

    Raises:
        Invalid: The template has another type.
    """
    patterns = list(allowed or ())
    for name in types:
        if patterns and not any(fnmatchcase(name, pattern) for pattern in patterns):
            raise Invalid(
                f"Resource type {name} is not allowed by parameter ResourceTypes [{', '.join(patterns)}]"
            )
