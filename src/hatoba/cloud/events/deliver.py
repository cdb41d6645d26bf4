"""Events brought to targets: log groups, queues, topics, clusters of ECS, other buses.

Up to ten go at once, where the target's own API takes them so.
"""

from __future__ import annotations

import contextlib
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from hatoba.cloud.events.refusing import service_of
from hatoba.cloud.state import Scope
from hatoba.cloud.task_target import run_task
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from hatoba.cloud.events.model import Delivery
    from hatoba.cloud.world import LogSink, World

    Failures = list[tuple[Delivery, ServiceError]]
    Way = Callable[[Scope, Sequence[Delivery]], Awaitable[Failures]]

_PLACE = re.compile(r"arn:[^:]*:[^:]*:(?P<region>[^:]*):(?P<account>[^:]*):.")
MOST_AT_ONCE = 10
"""Of messages to a queue or a topic in one call."""


class OtherBuses(Protocol):
    """Who takes an event that a rule sends to another bus."""

    def pass_on(self, scope: Scope, bus: str, event: Mapping[str, Any]) -> None:
        """Match it there. From that bus it goes to no further one."""


class Carrier:
    """Knows the way to each kind of target."""

    def __init__(self, world: World, logs: LogSink, buses: OtherBuses) -> None:
        self._world = world
        self._logs = logs
        self._buses = buses
        self._ways: Mapping[str, Way] = {
            "logs": self._to_logs,
            "sqs": self._to_queue,
            "sns": self._to_topic,
            "ecs": self._to_cluster,
            "events": self._to_bus,
        }

    async def carry(self, deliveries: Sequence[Delivery]) -> Failures:
        """Bring events to the one target of them all; return what did not arrive, and why.

        What fails as a whole, such as a batch that is too large, is tried once more one by one.
        """
        try:
            return await self._carry(deliveries)
        except ServiceError as error:
            if len(deliveries) == 1:
                return [(deliveries[0], error)]
        return [failure for each in deliveries for failure in await self.carry([each])]

    async def _carry(self, deliveries: Sequence[Delivery]) -> Failures:
        arn = deliveries[0].target.arn
        way = self._ways.get(service_of(arn))
        found = _PLACE.match(arn)
        if way is None or found is None:
            raise NotImplementedHere(f"events: the delivery to {arn}")
        return await way(Scope(found["account"], found["region"]), deliveries)

    async def _to_logs(self, scope: Scope, deliveries: Sequence[Delivery]) -> Failures:
        first = deliveries[0]
        group = first.target.arn.split(":log-group:", 1)[-1].removesuffix(":*")
        lines = [_line(each) for each in deliveries]
        self._logs.append(scope, group, str(uuid5(NAMESPACE_URL, first.rule_arn + first.target.id)), lines)
        return []

    async def _to_queue(self, scope: Scope, deliveries: Sequence[Delivery]) -> Failures:
        name = deliveries[0].target.arn.rpartition(":")[2]
        queue = await self._ask(scope, "sqs", "GetQueueUrl", QueueName=name)
        entries = [_message(each) for each in deliveries]
        answer = await self._ask(
            scope, "sqs", "SendMessageBatch", QueueUrl=queue["QueueUrl"], Entries=entries
        )
        return _failed(deliveries, answer)

    async def _to_topic(self, scope: Scope, deliveries: Sequence[Delivery]) -> Failures:
        arn = deliveries[0].target.arn
        entries = [{"Id": str(each.number), "Message": each.body} for each in deliveries]
        answer = await self._ask(
            scope, "sns", "PublishBatch", TopicArn=arn, PublishBatchRequestEntries=entries
        )
        return _failed(deliveries, answer)

    async def _to_cluster(self, scope: Scope, deliveries: Sequence[Delivery]) -> Failures:
        failures: Failures = []
        for each in deliveries:
            try:
                await self._run_task(scope, each)
            except ServiceError as error:
                failures.append((each, error))
        return failures

    async def _run_task(self, scope: Scope, delivery: Delivery) -> None:
        target = delivery.target
        token = str(uuid5(NAMESPACE_URL, f"{delivery.rule_arn} {target.id} {delivery.event_id}"))
        try:
            asked = run_task(
                target.arn,
                target.ecs,
                overrides=None if delivery.is_event else delivery.body,
                started_by=f"events-rule/{delivery.rule_name}",
                token=token,
            )
        except ValueError as error:
            raise ServiceError("ValidationException", f"The overrides are not JSON: {error}") from error
        answer = await self._ask(scope, "ecs", "RunTask", **asked)
        for failure in answer.get("failures") or ():
            raise ServiceError("RunTaskFailure", str(failure.get("reason")))

    async def _to_bus(self, scope: Scope, deliveries: Sequence[Delivery]) -> Failures:
        bus = deliveries[0].target.arn.rpartition("/")[2]
        for each in deliveries:
            self._buses.pass_on(scope, bus, json.loads(each.body))
        return []

    async def _ask(self, scope: Scope, service: str, operation: str, **params: Any) -> Mapping[str, Any]:
        call = self._world.call_as_service(scope, "events")
        return await self._world.invoke(call, service, operation, params)


def _line(delivery: Delivery) -> tuple[int, str]:
    """Return an event of a log: of a template with a message and a timestamp, these.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    """
    at_ms, text = int(delivery.at * 1000), delivery.body
    if delivery.target.template is None:
        return at_ms, text
    try:
        made = json.loads(text)
    except ValueError:
        return at_ms, text
    if not isinstance(made, dict) or set(made) != {"timestamp", "message"}:
        return at_ms, text
    message, when = made["message"], made["timestamp"]
    if isinstance(when, str):
        with contextlib.suppress(ValueError):
            at_ms = int(when) if when.isdecimal() else int(datetime.fromisoformat(when).timestamp() * 1000)
    elif isinstance(when, int):
        at_ms = when
    return at_ms, message if isinstance(message, str) else json.dumps(message)


def _message(delivery: Delivery) -> dict[str, str]:
    entry = {"Id": str(delivery.number), "MessageBody": delivery.body}
    if delivery.target.message_group is not None:
        entry |= {"MessageGroupId": delivery.target.message_group}
    return entry


def _failed(deliveries: Sequence[Delivery], answer: Mapping[str, Any]) -> Failures:
    by_id = {str(each.number): each for each in deliveries}
    return [
        (by_id[each["Id"]], ServiceError(each.get("Code", ""), each.get("Message", "")))
        for each in answer.get("Failed") or ()
    ]
