"""What EventBridge's neighbour keeps of rules with an event pattern, read into our records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hatoba.cloud.events.model import DEFAULT_BUS, Rule, Target

if TYPE_CHECKING:
    from collections.abc import Mapping


def rules_in(standing: bytes) -> tuple[Rule, ...]:
    """Return all rules of a neighbour that have an event pattern."""
    return tuple(
        Rule(
            arn=each["Arn"],
            name=each["Name"],
            bus=each.get("EventBusName") or DEFAULT_BUS,
            pattern=each["EventPattern"],
            enabled=each["State"] != "DISABLED",
            targets=tuple(target_of(given) for given in each["Targets"]),
        )
        for each in msgspec.json.decode(standing)["Rules"]
        if each.get("EventPattern")
    )


def target_of(given: Mapping[str, Any]) -> Target:
    """Return a target as PutTargets takes it."""
    transformer = given.get("InputTransformer") or {}
    return Target(
        id=given["Id"],
        arn=given["Arn"],
        input=given.get("Input"),
        input_path=given.get("InputPath"),
        template=transformer.get("InputTemplate"),
        paths=dict(transformer.get("InputPathsMap") or {}),
        ecs=dict(given.get("EcsParameters") or {}),
        message_group=(given.get("SqsParameters") or {}).get("MessageGroupId"),
        dead_letters=(given.get("DeadLetterConfig") or {}).get("Arn"),
    )
