"""Log streams: create, describe, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.logs.errors import exists, invalid
from hatoba.cloud.logs.names import named_group, stream_arn
from hatoba.cloud.logs.tokens import sequence_token
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import (
        CreateLogStreamRequestTypeDef,
        DeleteLogStreamRequestTypeDef,
        DescribeLogStreamsRequestTypeDef,
    )

    from hatoba.cloud.logs.model import LogStream
    from hatoba.cloud.logs.store import LogStore
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Operations, Result

PAGE = 50
BY_TIME = "LastEventTime"


class StreamOperations:
    """The operations on log streams."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Add them to the service's table."""
        operations.add("CreateLogStream", self.create)
        operations.add("DeleteLogStream", self.delete)
        operations.add("DescribeLogStreams", self.describe)

    def create(self, call: Call, request: CreateLogStreamRequestTypeDef) -> Result:
        """Create an empty stream."""
        group = self._store.group(call.scope, request["logGroupName"])
        if self._store.find_stream(call.scope, group.name, request["logStreamName"]) is not None:
            raise exists("log stream")
        self._store.create_stream(call.scope, group.name, request["logStreamName"], int(call.now * 1000))
        return {}

    def delete(self, call: Call, request: DeleteLogStreamRequestTypeDef) -> Result:
        """Delete a stream and its events."""
        group = self._store.group(call.scope, request["logGroupName"])
        stream = self._store.stream(call.scope, group.name, request["logStreamName"])
        self._store.delete_stream(call.scope, stream)
        return {}

    def describe(self, call: Call, request: DescribeLogStreamsRequestTypeDef) -> Result:
        """Return streams by name, or by the time of their last event (those without one come first)."""
        name = named_group(call.scope, request.get("logGroupName"), request.get("logGroupIdentifier"))
        group = self._store.group(call.scope, name)
        prefix = request.get("logStreamNamePrefix", "")
        by_time = request.get("orderBy") == BY_TIME
        if by_time and prefix:
            raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        descending = request.get("descending", False)

        def order(stream: LogStream) -> str:
            return f"{stream.last_event or 0:020d}\n{stream.name}" if by_time else stream.name

        streams = sorted(self._store.streams(call.scope, group.name, prefix), key=order, reverse=descending)
        places = {stream.number: f"{place:09d}" for place, stream in enumerate(streams)}
        try:
            chosen, token = page(
                streams,
                token=request.get("nextToken"),
                limit=request.get("limit", PAGE),
                # A token is a place in the list: names cannot tell it when the order is descending.
                key=lambda stream: places[stream.number] if descending else order(stream),
            )
        except InvalidToken as error:
            raise invalid("The specified nextToken is invalid.") from error
        return {"logStreams": [_described(call.scope, stream) for stream in chosen], "nextToken": token}


def _described(scope: Scope, stream: LogStream) -> dict[str, object]:
    return {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        "firstEventTimestamp": stream.first_event,
        "lastEventTimestamp": stream.last_event,
        "lastIngestionTime": stream.last_ingestion,
        "uploadSequenceToken": sequence_token(stream) if stream.last_ingestion is not None else None,
        "arn": stream_arn(scope, stream.group, stream.name),
        # AWS counts bytes by group only and answers 0 here since 2019.
        "storedBytes": 0,
    }
