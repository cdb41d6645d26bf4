"""Log events: put, get by stream, filter by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.logs.api.filters import readable
from hatoba.cloud.logs.control import judge
from hatoba.cloud.logs.errors import invalid
from hatoba.cloud.logs.model import INFREQUENT_ACCESS
from hatoba.cloud.logs.names import named_group
from hatoba.cloud.logs.store import Search
from hatoba.cloud.logs.tokens import (
    LAST_MS,
    backward_token,
    event_id,
    forward_token,
    read_token,
    sequence_token,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from types_boto3_logs.type_defs import (
        FilterLogEventsRequestTypeDef,
        GetLogEventsRequestTypeDef,
        PutLogEventsRequestTypeDef,
    )

    from hatoba.cloud.logs.model import LogEvent, LogGroup
    from hatoba.cloud.logs.pattern import Pattern
    from hatoba.cloud.logs.store import LogStore
    from hatoba.cloud.logs.tokens import Place
    from hatoba.cloud.wire import Call, Operations, Result

MAX_EVENTS = 10_000
MAX_PAGE_BYTES = 1024 * 1024
# One call looks at so many events at the most, so that a search in millions does not hold up the cloud; it
# may answer an empty page with a token, as AWS does.
MAX_SCANNED = 50_000
_SCAN_BATCH = 5_000


class EventOperations:
    """The operations on log events."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Add them to the service's table."""
        operations.add("PutLogEvents", self.put)
        operations.add("GetLogEvents", self.get)
        operations.add("FilterLogEvents", self.filter)

    def put(self, call: Call, request: PutLogEventsRequestTypeDef) -> Result:
        """Keep events; a sequence token is taken and not looked at."""
        group = self._store.group(call.scope, request["logGroupName"])
        stream = self._store.stream(call.scope, group.name, request["logStreamName"])
        events = [(event["timestamp"], event["message"]) for event in request["logEvents"]]
        now_ms = int(call.now * 1000)
        verdict = judge(group, events, now_ms)
        kept = [
            (at, message.encode("utf-8", "replace").decode())
            for at, message in events[verdict.first : verdict.end]
        ]
        if kept:
            self._store.add_events(call.scope, group, stream, kept, now_ms)
            stream = self._store.stream(call.scope, group.name, stream.name)
        return {
            "nextSequenceToken": sequence_token(stream),
            "rejectedLogEventsInfo": verdict.rejected or None,
            # Entities tie events to AWS's own observability; there is nothing here to tie them to.
            "rejectedEntityInfo": {"errorType": "UnsupportedLogGroupType"} if request.get("entity") else None,
        }

    def get(self, call: Call, request: GetLogEventsRequestTypeDef) -> Result:
        """Return one page of a stream, oldest first; at either end the token given comes back."""
        name = named_group(call.scope, request.get("logGroupName"), request.get("logGroupIdentifier"))
        group = self._readable(call, name)
        stream = self._store.stream(call.scope, group.name, request["logStreamName"])
        since = min(request.get("startTime", 0), LAST_MS)
        until = min(request.get("endTime", LAST_MS), LAST_MS)
        limit = request.get("limit", MAX_EVENTS)
        token = request.get("nextToken")
        if token:
            is_forward, place = read_token(token)
        else:
            is_forward = request.get("startFromHead", False)
            place = (since, 0) if is_forward else (until, 0)
        if is_forward:
            events = self._store.events_after(stream, max(place, (since, 0)), until, limit)
            events = tuple(_first_bytes(events))
        else:
            events = self._store.events_before(stream, min(place, (until, 0)), since, limit)
            events = tuple(_first_bytes(reversed(events)))[::-1]
        forward, backward = _around(events, place, is_forward=is_forward, given=bool(token), since=since)
        return {
            "events": [
                {"timestamp": event.at, "message": event.message, "ingestionTime": event.ingested}
                for event in events
            ],
            "nextForwardToken": forward_token(forward),
            "nextBackwardToken": backward_token(backward),
        }

    def filter(self, call: Call, request: FilterLogEventsRequestTypeDef) -> Result:
        """Return one page of a group's matching events; ``endTime`` itself counts, unlike in GetLogEvents."""
        name = named_group(call.scope, request.get("logGroupName"), request.get("logGroupIdentifier"))
        group = self._readable(call, name)
        pattern = readable(request.get("filterPattern", ""))
        since = min(request.get("startTime", 0), LAST_MS)
        until = min(request.get("endTime", LAST_MS - 1), LAST_MS - 1)
        token = request.get("nextToken")
        if token:
            is_forward, place = read_token(token)
        else:
            is_forward = request.get("startFromHead", True)
            place = (since, 0) if is_forward else (until + 1, 0)
        streams = self._chosen(call, group, request)
        within = Search(group.number, streams, is_forward, until if is_forward else since)
        search = _Page(pattern, request.get("limit", MAX_EVENTS))
        if streams is None or streams:
            search.fill(self._store, within, place)
        write_token = forward_token if is_forward else backward_token
        return {
            "events": [
                {
                    "logStreamName": event.stream,
                    "timestamp": event.at,
                    "message": event.message,
                    "ingestionTime": event.ingested,
                    "eventId": event_id((event.at, event.number)),
                }
                for event in search.matches
            ],
            # Empty since 2020; kept in AWS's answer for old clients.
            "searchedLogStreams": [],
            "nextToken": write_token(search.place) if search.place else None,
        }

    def _readable(self, call: Call, name: str) -> LogGroup:
        group = self._store.group(call.scope, name)
        if group.log_class == INFREQUENT_ACCESS:
            raise invalid(
                f"{call.operation} cannot read the log group {name}: its class is {INFREQUENT_ACCESS},"
                " which is read by Logs Insights only. Create the group with class STANDARD."
            )
        return group

    def _chosen(
        self, call: Call, group: LogGroup, request: FilterLogEventsRequestTypeDef
    ) -> tuple[int, ...] | None:
        """Return the numbers of the streams to search; None for all."""
        names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
        if names and prefix:
            raise invalid("Both logStreamNames and logStreamNamePrefix are specified; give one of them.")
        if prefix:
            return tuple(stream.number for stream in self._store.streams(call.scope, group.name, prefix))
        if names:
            return tuple(self._store.stream(call.scope, group.name, name).number for name in names)
        return None


class _Page:
    """One page of a search: what matched, and where the next page goes on (None at the end)."""

    def __init__(self, pattern: Pattern, limit: int) -> None:
        self._pattern = pattern
        self._limit = limit
        self._bytes = 0
        self.matches: list[LogEvent] = []
        self.place: Place | None = None

    def fill(self, store: LogStore, within: Search, place: Place) -> None:
        """Look at events from ``place`` on until the page is full, or enough were looked at."""
        for _ in range(MAX_SCANNED // _SCAN_BATCH):
            events = store.search(within, place, _SCAN_BATCH)
            for event in events:
                place = (event.at, event.number)
                if self._pattern.matches(event.message) and self._take(event):
                    self.place = place
                    return
            if len(events) < _SCAN_BATCH:
                return
        self.place = place

    def _take(self, event: LogEvent) -> bool:
        """Add a match; say whether the page is full."""
        self.matches.append(event)
        self._bytes += len(event.message)
        return len(self.matches) >= self._limit or self._bytes >= MAX_PAGE_BYTES


def _first_bytes(events: Iterable[LogEvent]) -> Iterable[LogEvent]:
    """Yield events until a page is full."""
    size = 0
    for event in events:
        yield event
        size += len(event.message)
        if size >= MAX_PAGE_BYTES:
            return


def _around(
    events: Sequence[LogEvent], place: Place, *, is_forward: bool, given: bool, since: int
) -> tuple[Place, Place]:
    """Return the places for the forward and the backward token of a page."""
    if events:
        return (events[-1].at, events[-1].number), (events[0].at, events[0].number)
    at, number = place
    if is_forward:
        return place, (at, number + 1)
    # Nothing older: reading forward from here must find what comes later.
    return ((at, number - 1) if given and number else (since, 0)), place
