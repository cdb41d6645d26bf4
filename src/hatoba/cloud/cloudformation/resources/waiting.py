"""AWS::CloudFormation::WaitCondition and its handle: a stack that waits for a word from outside.

The handle is an address that takes the word by HTTP PUT, as the presigned one of AWS does.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import PropertyFault, ResourceFailure
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import scalar
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

KINDS = ("cloudformation.wait_handle",)
LONGEST_S = 43_200


class WaitConditionHandle(Base):
    """An address for signals. Ref is the address."""

    schema = Schema("AWS::CloudFormation::WaitConditionHandle", properties=frozenset())
    service = "cloudformation"

    def check(self, properties: Properties) -> None:
        """It has no properties."""

    async def create(self, context: Context, properties: Properties) -> str:
        """Open it."""
        return context.open_handle()

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Close it."""
        context.close_handle(physical_id)


class WaitCondition(Base):
    """Waits for signals at a handle."""

    schema = Schema(
        "AWS::CloudFormation::WaitCondition",
        properties=words("Count Handle Timeout"),
        attributes=words("Data"),
    )
    service = "cloudformation"

    def check(self, properties: Properties) -> None:
        """Check the numbers."""
        _number(properties, "Count", 1)
        if not 0 <= _number(properties, "Timeout", LONGEST_S) <= LONGEST_S:
            raise PropertyFault("#/Timeout", f"Timeout must be between 0 and {LONGEST_S}")

    async def create(self, context: Context, properties: Properties) -> str:
        """Only a name; settling waits."""
        return context.new_name()

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Wait for as many signals as were asked for, each with an id of its own."""
        if "Handle" not in properties:
            return
        wanted = _number(properties, "Count", 1)

        async def is_told() -> bool:
            signals = context.signals(str(properties["Handle"]))
            for signal in signals:
                if signal.status != "SUCCESS":
                    raise ResourceFailure(
                        f"WaitCondition received failed message: '{signal.reason}' for uniqueId:"
                        f" {signal.unique_id}"
                    )
            return len(signals) >= wanted

        late = await context.wait_up_to(_number(properties, "Timeout", LONGEST_S), KINDS, is_told)
        if late:
            received = len(context.signals(str(properties["Handle"])))
            raise ResourceFailure(
                f"WaitCondition timed out. Received {received} conditions when expecting {wanted}"
            )

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Refuse, as AWS does."""
        raise ResourceFailure("Update to resource type AWS::CloudFormation::WaitCondition is not supported.")

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Nothing stands."""

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """What the signals carried, by their ids, as JSON text."""
        signals = context.signals(str(properties.get("Handle", "")))
        told = {signal.unique_id: signal.data for signal in signals}
        return {"Data": json.dumps(told, separators=(",", ":"))}


def _number(properties: Properties, name: str, default: int) -> int:
    return int(scalar("integer", properties.get(name, default), f"#/{name}"))
