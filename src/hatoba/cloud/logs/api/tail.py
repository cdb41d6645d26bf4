"""Live tail: events of some groups as they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from hatoba.cloud.logs.api.filters import readable
from hatoba.cloud.logs.errors import invalid
from hatoba.cloud.logs.names import group_arn, group_in_arn
from hatoba.cloud.logs.store import STREAM_KIND
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from types_boto3_logs.type_defs import StartLiveTailRequestTypeDef

    from hatoba.cloud.logs.model import IngestedEvent, LogGroup
    from hatoba.cloud.logs.pattern import Pattern
    from hatoba.cloud.logs.store import LogStore
    from hatoba.cloud.wire import Call, Operations, Result
    from hatoba.cloud.world import World

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html
SESSION_S = 3 * 60 * 60
UPDATE_S = 1.0
MAX_EVENTS = 500
# AWS updates once a second. Here a line shows at once, and lines that come together show together.
_GATHER_S = 0.1


class TailOperations:
    """The operation that goes on."""

    def __init__(self, store: LogStore, world: World) -> None:
        self._store = store
        self._world = world

    def register(self, operations: Operations) -> None:
        """Add it to the service's table."""
        operations.add("StartLiveTail", self.start)

    async def start(self, call: Call, request: StartLiveTailRequestTypeDef) -> Result:
        """Answer with a stream of the events that are kept from now on."""
        groups = [
            self._store.group(call.scope, group_in_arn(call.scope, arn))
            for arn in request["logGroupIdentifiers"]
        ]
        names, prefixes = request.get("logStreamNames"), request.get("logStreamNamePrefixes")
        if names and prefixes:
            raise invalid("Both logStreamNames and logStreamNamePrefixes are specified; give one of them.")
        if (names or prefixes) and len(groups) > 1:
            raise invalid("Streams can be chosen only when logGroupIdentifiers has one log group.")
        pattern = readable(request.get("logEventFilterPattern", ""))
        session = _Session(groups, tuple(names or ()), tuple(prefixes or ()), pattern)
        start = {
            "requestId": call.request_id,
            "sessionId": str(uuid4()),
            "logGroupIdentifiers": list(request["logGroupIdentifiers"]),
            "logStreamNames": list(names or ()),
            "logStreamNamePrefixes": list(prefixes or ()),
            "logEventFilterPattern": request.get("logEventFilterPattern", ""),
        }
        return {"responseStream": self._events(call, session, start)}

    async def _events(
        self, call: Call, session: _Session, start: Mapping[str, object]
    ) -> AsyncIterator[Mapping[str, object]]:
        clock, feed = self._world.clock, self._world.state.feed
        changes = feed.subscribe(STREAM_KIND)
        last = self._store.last_event_number()
        try:
            yield {"sessionStart": start}
            while clock.now() < call.now + SESSION_S:
                if await changes.wait(UPDATE_S):
                    await clock.sleep(_GATHER_S)
                events = self._store.events_since(last, session.group_numbers, MAX_EVENTS)
                last = events[-1].event.number if events else last
                yield {
                    "sessionUpdate": {
                        "sessionMetadata": {"sampled": False},
                        "sessionResults": [
                            session.shown(call, event) for event in events if session.wants(event)
                        ],
                    }
                }
        finally:
            feed.unsubscribe(changes)
        raise ServiceError("SessionTimeoutException", "The live tail session is over after three hours.")


class _Session:
    """What one live tail looks for."""

    def __init__(
        self, groups: list[LogGroup], names: tuple[str, ...], prefixes: tuple[str, ...], pattern: Pattern
    ) -> None:
        self._groups = {group.number: group.name for group in groups}
        self._names = names
        self._prefixes = prefixes
        self._pattern = pattern

    @property
    def group_numbers(self) -> tuple[int, ...]:
        return tuple(self._groups)

    def wants(self, found: IngestedEvent) -> bool:
        stream = found.event.stream
        if self._names and stream not in self._names:
            return False
        if self._prefixes and not stream.startswith(self._prefixes):
            return False
        return self._pattern.matches(found.event.message)

    def shown(self, call: Call, found: IngestedEvent) -> dict[str, object]:
        event = found.event
        return {
            "logStreamName": event.stream,
            "logGroupIdentifier": group_arn(call.scope, self._groups[found.group_number]),
            "message": event.message,
            "timestamp": event.at,
            "ingestionTime": event.ingested,
        }
