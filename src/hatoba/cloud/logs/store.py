"""Groups and filters as records; streams and events in tables with their own shape.

Events are many, so they lie in one narrow table with an index by stream and one by group. The events of a
deleted stream are out of sight at once and out of the file soon, in pieces, so that no call waits for it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.logs.errors import no_group, no_stream
from hatoba.cloud.logs.model import (
    IngestedEvent,
    LogEvent,
    LogGroup,
    LogStream,
    MetricFilter,
    ResourcePolicy,
    SubscriptionFilter,
)
from hatoba.cloud.state import Change, Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.state import State

STREAM_KIND = "logs.stream"
EVENT_OVERHEAD_BYTES = 26
_NUMBERS = Scope("", "")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS logs_streams (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL, region TEXT NOT NULL, log_group TEXT NOT NULL, name TEXT NOT NULL,
    created INTEGER NOT NULL, first_event INTEGER, last_event INTEGER, last_ingestion INTEGER,
    bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, region, log_group, name));
CREATE TABLE IF NOT EXISTS logs_events (
    id INTEGER PRIMARY KEY,
    group_number INTEGER NOT NULL, stream INTEGER NOT NULL,
    at INTEGER NOT NULL, ingested INTEGER NOT NULL, message TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS logs_events_by_stream ON logs_events (stream, at);
CREATE INDEX IF NOT EXISTS logs_events_by_group ON logs_events (group_number, at);
CREATE TABLE IF NOT EXISTS logs_dropped (stream INTEGER PRIMARY KEY);
"""
_STREAM_COLUMNS = "id, log_group, name, created, first_event, last_event, last_ingestion, bytes"
_EVENT_COLUMNS = "e.id, s.name, e.at, e.ingested, e.message"
_IN_GROUP = "account = ? AND region = ? AND log_group = ?"


class Search(msgspec.Struct, frozen=True):
    """Which events of a group are looked at.

    Attributes:
        group_number: The group.
        streams: Numbers of its streams; None for all.
        is_forward: Oldest first.
        edge: The last millisecond that counts: the latest when going forward, else the earliest.
    """

    group_number: int
    streams: tuple[int, ...] | None
    is_forward: bool
    edge: int


class LogStore:
    """Everything that CloudWatch Logs knows."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.groups = state.table("logs.group", LogGroup)
        self.metric_filters = state.table("logs.metric_filter", MetricFilter)
        self.subscription_filters = state.table("logs.subscription_filter", SubscriptionFilter)
        self.policies = state.table("logs.resource_policy", ResourcePolicy)
        for statement in _SCHEMA.split(";\n"):
            state.execute(statement)

    def new_group_number(self) -> int:
        """Return a number that no group of any scope ever had."""
        return self._state.next_number(_NUMBERS, "logs.group")

    def group(self, scope: Scope, name: str) -> LogGroup:
        """Return the group, or raise ``ResourceNotFoundException``."""
        group = self.groups.get(scope, name)
        if group is None:
            raise no_group()
        return group

    def delete_group(self, scope: Scope, name: str) -> None:
        """Delete a group with its streams, events and filters."""
        self.groups.delete(scope, name)
        for stream in self.streams(scope, name):
            self.delete_stream(scope, stream)
        for metric in self.metric_filters.list(scope, f"{name}\n"):
            self.metric_filters.delete(scope, metric.key)
        for subscription in self.subscription_filters.list(scope, f"{name}\n"):
            self.subscription_filters.delete(scope, subscription.key)

    def stored_bytes(self, scope: Scope, group: str) -> int:
        """Return how much is kept in a group, as AWS counts it: UTF-8 bytes and 26 for each event."""
        rows = self._state.execute(
            f"SELECT COALESCE(SUM(bytes), 0) FROM logs_streams WHERE {_IN_GROUP}",  # noqa: S608 - our names
            _place(scope, group),
        )
        return int(rows[0][0])

    def create_stream(self, scope: Scope, group: str, name: str, now_ms: int) -> LogStream:
        """Create a stream that is not there yet."""
        rows = self._state.execute(
            "INSERT INTO logs_streams (account, region, log_group, name, created) VALUES (?, ?, ?, ?, ?)"
            " RETURNING id",
            (*_place(scope, group), name, now_ms),
        )
        self._changed(scope, group, name)
        return LogStream(rows[0][0], group, name, now_ms, None, None, None, 0)

    def find_stream(self, scope: Scope, group: str, name: str) -> LogStream | None:
        """Return the stream, or None."""
        rows = self._state.execute(
            f"SELECT {_STREAM_COLUMNS} FROM logs_streams WHERE {_IN_GROUP} AND name = ?",  # noqa: S608 - same
            (*_place(scope, group), name),
        )
        return LogStream(*rows[0]) if rows else None

    def stream(self, scope: Scope, group: str, name: str) -> LogStream:
        """Return the stream, or raise ``ResourceNotFoundException``."""
        stream = self.find_stream(scope, group, name)
        if stream is None:
            raise no_stream()
        return stream

    def streams(self, scope: Scope, group: str, prefix: str = "") -> tuple[LogStream, ...]:
        """Return the group's streams whose name begins with ``prefix``, ordered by name."""
        rows = self._state.execute(
            f"SELECT {_STREAM_COLUMNS} FROM logs_streams WHERE {_IN_GROUP}"  # noqa: S608 - same
            " AND substr(name, 1, length(?)) = ? ORDER BY name",
            (*_place(scope, group), prefix, prefix),
        )
        return tuple(LogStream(*row) for row in rows)

    def delete_stream(self, scope: Scope, stream: LogStream) -> None:
        """Delete a stream; its events go later, see :meth:`purge_dropped`."""
        self._state.execute("DELETE FROM logs_streams WHERE id = ?", (stream.number,))
        self._state.execute("INSERT INTO logs_dropped VALUES (?)", (stream.number,))
        self._changed(scope, stream.group, stream.name)

    def add_events(
        self, scope: Scope, group: LogGroup, stream: LogStream, events: Sequence[tuple[int, str]], now_ms: int
    ) -> None:
        """Keep events, each an epoch millisecond and a message, in one go."""
        times = [at for at, _ in events]
        size = sum(len(message.encode()) for _, message in events) + EVENT_OVERHEAD_BYTES * len(events)
        with self._state.transaction():
            self._state.execute_many(
                "INSERT INTO logs_events (group_number, stream, at, ingested, message)"
                " VALUES (?, ?, ?, ?, ?)",
                [(group.number, stream.number, at, now_ms, message) for at, message in events],
            )
            self._state.execute(
                "UPDATE logs_streams SET first_event = MIN(COALESCE(first_event, ?), ?),"
                " last_event = MAX(COALESCE(last_event, ?), ?), last_ingestion = ?, bytes = bytes + ?"
                " WHERE id = ?",
                (min(times), min(times), max(times), max(times), now_ms, size, stream.number),
            )
            self._changed(scope, group.name, stream.name)

    def events_after(
        self, stream: LogStream, place: tuple[int, int], until: int, limit: int
    ) -> tuple[LogEvent, ...]:
        """Return a stream's first events after a place (time, number) and before ``until``, oldest first."""
        return self._events(
            "e.stream = ? AND e.at >= ? AND (e.at, e.id) > (?, ?) AND e.at < ? ORDER BY e.at, e.id LIMIT ?",
            (stream.number, place[0], *place, until, limit),
            "by_stream",
        )

    def events_before(
        self, stream: LogStream, place: tuple[int, int], since: int, limit: int
    ) -> tuple[LogEvent, ...]:
        """Return a stream's last events before a place (time, number) and since ``since``, oldest first."""
        events = self._events(
            "e.stream = ? AND e.at <= ? AND (e.at, e.id) < (?, ?) AND e.at >= ?"
            " ORDER BY e.at DESC, e.id DESC LIMIT ?",
            (stream.number, place[0], *place, since, limit),
            "by_stream",
        )
        return events[::-1]

    def search(self, within: Search, place: tuple[int, int], limit: int) -> tuple[LogEvent, ...]:
        """Return the next events of a search from a place (time, number), itself not among them.

        Oldest first from ``place`` on, or newest first back from it.
        """
        numbers = within.streams
        chosen = "" if numbers is None else f" AND e.stream IN ({', '.join(map(str, numbers))})"
        edge, sign, order = ("<=", ">", "ASC") if within.is_forward else (">=", "<", "DESC")
        return self._events(
            f"e.group_number = ?{chosen} AND e.at {sign}= ? AND (e.at, e.id) {sign} (?, ?)"
            f" AND e.at {edge} ? ORDER BY e.at {order}, e.id {order} LIMIT ?",
            (within.group_number, place[0], *place, within.edge, limit),
            "by_group",
        )

    def last_event_number(self) -> int:
        """Return the number of the event that was kept last, 0 where there is none."""
        return int(self._state.execute("SELECT COALESCE(MAX(id), 0) FROM logs_events")[0][0])

    def events_since(self, number: int, groups: tuple[int, ...], limit: int) -> tuple[IngestedEvent, ...]:
        """Return the events of some groups that were kept after the one with this number."""
        rows = self._state.execute(
            f"SELECT e.group_number, {_EVENT_COLUMNS} FROM logs_events e"  # noqa: S608 - same
            " JOIN logs_streams s ON s.id = e.stream"
            f" WHERE e.id > ? AND e.group_number IN ({', '.join(map(str, groups))}) ORDER BY e.id LIMIT ?",
            (number, limit),
        )
        return tuple(IngestedEvent(row[0], LogEvent(*row[1:])) for row in rows)

    def remove_older(self, group: LogGroup, before_ms: int, limit: int) -> int:
        """Remove the group's events older than ``before_ms``, ``limit`` at the most; return how many went."""
        rows = self._state.execute(
            "DELETE FROM logs_events WHERE id IN (SELECT id FROM logs_events"
            " WHERE group_number = ? AND at < ? ORDER BY at LIMIT ?)"
            " RETURNING stream, length(CAST(message AS BLOB))",
            (group.number, before_ms, limit),
        )
        gone: Counter[int] = Counter()
        for stream, size in rows:
            gone[stream] += size + EVENT_OVERHEAD_BYTES
        for stream, size in gone.items():
            self._state.execute(
                "UPDATE logs_streams SET bytes = bytes - ?, first_event = "
                "(SELECT MIN(at) FROM logs_events WHERE stream = logs_streams.id) WHERE id = ?",
                (size, stream),
            )
        return len(rows)

    def purge_dropped(self, limit: int) -> int:
        """Remove events of deleted streams, ``limit`` at the most; return how many went or 0 when done."""
        dropped = self._state.execute("SELECT stream FROM logs_dropped LIMIT 1")
        if not dropped:
            return 0
        gone = self._state.execute(
            "DELETE FROM logs_events WHERE id IN (SELECT id FROM logs_events WHERE stream = ? LIMIT ?)"
            " RETURNING id",
            (dropped[0][0], limit),
        )
        if len(gone) < limit:
            self._state.execute("DELETE FROM logs_dropped WHERE stream = ?", dropped[0])
        return max(len(gone), 1)

    def _events(self, where: str, values: Sequence[int], index: str) -> tuple[LogEvent, ...]:
        rows = self._state.execute(
            f"SELECT {_EVENT_COLUMNS} FROM logs_events e INDEXED BY logs_events_{index}"  # noqa: S608 - same
            f" JOIN logs_streams s ON s.id = e.stream WHERE {where}",
            values,
        )
        return tuple(LogEvent(*row) for row in rows)

    def _changed(self, scope: Scope, group: str, stream: str) -> None:
        self._state.changed(Change(STREAM_KIND, scope, f"{group}\n{stream}"))


def _place(scope: Scope, group: str) -> tuple[str, str, str]:
    return (scope.account, scope.region, group)
