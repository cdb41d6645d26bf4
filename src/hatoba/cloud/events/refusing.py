"""Rules that are refused when they are written: nobody could read them, or their events would not arrive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatoba.cloud import task_target
from hatoba.cloud.events import pattern, transform
from hatoba.cloud.events.model import DEFAULT_BUS
from hatoba.cloud.events.standing import target_of
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.events.model import Target

SERVICES = frozenset({"logs", "sqs", "sns", "ecs", "events", "lambda"})
"""What may be the target of a rule for events that this cloud itself sends. A function of Lambda may, as most
such rules have one: it is kept, and each event that does not reach it is told."""
OURS = frozenset(
    {
        ("aws.ecs", "ECS Task State Change"),
        ("aws.ecs", "ECS Service Action"),
        ("aws.ecs", "ECS Deployment State Change"),
    }
)
"""The events that this cloud sends, by source and detail type."""


def readable(text: str) -> pattern.Matches:
    """Return a pattern.

    Raises:
        ServiceError: ``InvalidEventPatternException``: it cannot be read.
    """
    try:
        return pattern.read(text)
    except pattern.InvalidPattern as error:
        raise ServiceError(
            "InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}"
        ) from error


def service_of(arn: str) -> str:
    """Return the service that a target belongs to."""
    parts = arn.split(":", 3)
    return parts[2] if len(parts) > 2 else ""  # noqa: PLR2004 - arn, partition, service


def gets_of_ours(bus: str, text: str) -> frozenset[tuple[str, str]]:
    """Return which events that this cloud sends a rule may match: what it says of the rest may be met."""
    if bus != DEFAULT_BUS:
        return frozenset()
    wanted = json.loads(text)
    head = {name: wanted[name] for name in ("source", "detail-type") if name in wanted}
    if not head:
        return OURS
    try:
        matches = pattern.read(json.dumps(head))
    except pattern.InvalidPattern:  # an older cloud let it through
        return frozenset()
    return frozenset(
        (source, kind) for source, kind in OURS if matches({"source": source, "detail-type": kind})
    )


def check_reach(what: str, bus: str, text: str, targets: Iterable[Target]) -> None:
    """Refuse targets that this cloud's own events would not reach.

    Raises:
        NotImplementedHere: By the target's name.
    """
    if not gets_of_ours(bus, text):
        return
    for target in targets:
        if service_of(target.arn) not in SERVICES or _is_odd_bus(target.arn):
            raise NotImplementedHere(
                f"{what} with the target {target.arn}: events of ECS reach log groups, queues, topics, event"
                " buses and clusters of ECS, it"
            )


def _is_odd_bus(arn: str) -> bool:
    """Say whether it is something of EventBridge that is no bus: an API destination."""
    return service_of(arn) == "events" and ":api-destination/" in arn


def check_targets(bus: str, text: str, given: Iterable[Mapping[str, Any]]) -> None:
    """Refuse targets of a rule with an event pattern that its events would not reach as they should.

    Raises:
        ServiceError: ``NotImplementedException``, ``ValidationException``.
    """
    what = "events:PutTargets of a rule with an event pattern"
    for each in given:
        target = target_of(each)
        check_reach(what, bus, text, [target])
        try:
            transform.check(target)
        except transform.BadPath as error:
            message = f"Parameter {target.id} is not valid. Reason: {error}."
            raise ServiceError("ValidationException", message) from error
        if task_target.is_cluster(target.arn):
            task_target.check(what, each)
