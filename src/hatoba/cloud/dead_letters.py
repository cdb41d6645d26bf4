"""The dead-letter queue of a target of EventBridge or its Scheduler: told of what did not arrive.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import World

_log = logging.getLogger(__name__)


async def bury(
    world: World, scope: Scope, queue_arn: str | None, body: str, attributes: Mapping[str, str]
) -> None:
    """Send a letter to a queue; without one, or where it is gone, the cloud's log is all there is."""
    if queue_arn is None:
        return
    call = world.call_as_service(scope, "events")
    try:
        queue = await world.invoke(call, "sqs", "GetQueueUrl", {"QueueName": queue_arn.rpartition(":")[2]})
        letter = {
            "QueueUrl": queue["QueueUrl"],
            "MessageBody": body,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        }
        await world.invoke(call, "sqs", "SendMessage", letter)
    except ServiceError:
        _log.exception("%s: its dead-letter queue could not be told", attributes["RULE_ARN"])
