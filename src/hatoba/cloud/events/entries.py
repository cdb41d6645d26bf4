"""Events as they are given and as they travel. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hatoba.cloud.clock import timestamp
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import ServiceEvent

REQUIRED = ("Source", "DetailType", "Detail")


def fault(entry: Mapping[str, Any]) -> dict[str, str] | None:
    """Return what PutEvents answers for an entry that is no event; None for one that is."""
    for name in REQUIRED:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


def event(entry: Mapping[str, Any], scope: Scope, identifier: str, now: float) -> dict[str, Any]:
    """Return a user's event, from an entry without a fault."""
    given = entry.get("Time")
    when = given.timestamp() if isinstance(given, datetime) else float(given or now)
    return _event(
        scope,
        identifier,
        when,
        source=entry["Source"],
        detail_type=entry["DetailType"],
        resources=list(entry.get("Resources") or ()),
        detail=json.loads(entry["Detail"]),
    )


def event_of_service(sent: ServiceEvent, scope: Scope, identifier: str, now: float) -> dict[str, Any]:
    """Return a service's event."""
    return _event(
        scope,
        identifier,
        now,
        source=sent.source,
        detail_type=sent.detail_type,
        resources=list(sent.resources),
        detail=dict(sent.detail),
    )


def event_in(text: str) -> dict[str, Any]:
    """Return the event that TestEventPattern is given.

    Raises:
        ServiceError: ``InvalidEventPatternException``: it is no JSON object.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ServiceError(
            "ValidationException", "Parameter Event is not valid. Reason: it is no JSON object."
        )
    return found


def _event(
    scope: Scope,
    identifier: str,
    when: float,
    *,
    source: str,
    detail_type: str,
    resources: list[str],
    detail: dict[str, Any],
) -> dict[str, Any]:
    return {
        "version": "0",
        "id": identifier,
        "detail-type": detail_type,
        "source": source,
        "account": scope.account,
        "time": f"{timestamp(when):%Y-%m-%dT%H:%M:%SZ}",
        "region": scope.region,
        "resources": resources,
        "detail": detail,
    }
