"""Frozen records in SQLite: typed tables, one transaction per API call, a change feed.

Only the event loop's thread uses it, so transactions never interleave. A commit reaches the operating
system before the call is answered (WAL, ``synchronous=NORMAL``): killing the cloud loses nothing that
was acknowledged. https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable

import msgspec

from hatoba.cloud.state.feed import Change, Feed
from hatoba.cloud.state.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

FORMAT_VERSION = 1
PAGE_BYTES = 8192
"""Of a new file: a task's record does not spill out of its page, which halves what a write costs."""
_KIND = re.compile(r"[a-z0-9]+\.[a-z0-9_]+")
_LAST_CHARACTER = "\U0010ffff"

SqlValue = str | int | float | bytes | None
Rows = list[tuple[Any, ...]]


class StateError(Exception):
    """The state on disk cannot be used. The text says where, what, and what to try."""


@runtime_checkable
class Record(Protocol):
    """A frozen struct that knows the name it is kept under."""

    @property
    def key(self) -> str:
        """The record's name, unique within its kind and scope."""


R = TypeVar("R", bound=Record)


class Table(Generic[R]):
    """All records of one kind, in every scope. ``remembered``: what was read or written is at hand again."""

    def __init__(
        self, state: State, kind: str, record: type[R], remembered: dict[tuple[Scope, str], R] | None = None
    ) -> None:
        self.kind = kind
        self._state = state
        self._remembered = remembered
        self._name = kind.replace(".", "_")
        self._decoder = msgspec.json.Decoder(record)

    def get(self, scope: Scope, key: str) -> R | None:
        """Return the record kept under ``key``, or None."""
        if self._remembered is not None:
            found = self._remembered.get((scope, key))
            if found is not None:
                return found
        rows = self._read(
            f"SELECT body FROM {self._name} WHERE account = ? AND region = ? AND key = ?",
            (scope.account, scope.region, key),
        )
        record = self._decoder.decode(rows[0][0]) if rows else None
        if record is not None and self._remembered is not None:
            self._remembered[scope, key] = record
        return record

    def put(self, scope: Scope, record: R) -> R:
        """Keep ``record``, in place of one with the same key, and return it."""
        self._state.make(self._name)
        # One statement is a transaction of its own where none runs.
        self._state.execute(
            f"INSERT OR REPLACE INTO {self._name} VALUES (?, ?, ?, ?)",
            (scope.account, scope.region, record.key, msgspec.json.encode(record).decode()),
        )
        if self._remembered is not None:
            self._state.may_be_undone(self._remembered, (scope, record.key))
            self._remembered[scope, record.key] = record
        self._state.changed(Change(self.kind, scope, record.key))
        return record

    def delete(self, scope: Scope, key: str) -> bool:
        """Forget the record kept under ``key``; return whether there was one."""
        with self._state.transaction():
            gone = self._read(
                f"DELETE FROM {self._name} WHERE account = ? AND region = ? AND key = ? RETURNING key",
                (scope.account, scope.region, key),
            )
            if gone:
                self._state.changed(Change(self.kind, scope, key))
        if self._remembered is not None:
            self._remembered.pop((scope, key), None)
        return bool(gone)

    def list(self, scope: Scope, prefix: str = "") -> tuple[R, ...]:
        """Return the scope's records whose key begins with ``prefix``, ordered by key."""
        rows = self._read(
            f"SELECT body FROM {self._name} WHERE account = ? AND region = ? AND key >= ? AND key < ?"
            " ORDER BY key",
            (scope.account, scope.region, prefix, prefix + _LAST_CHARACTER),
        )
        return tuple(self._decoder.decode(row[0]) for row in rows)

    def count(self, scope: Scope, prefix: str = "") -> int:
        """Return how many of the scope's records have a key that begins with ``prefix``."""
        rows = self._read(
            f"SELECT COUNT(*) FROM {self._name} WHERE account = ? AND region = ? AND key >= ? AND key < ?",
            (scope.account, scope.region, prefix, prefix + _LAST_CHARACTER),
        )
        return int(rows[0][0]) if rows else 0

    def everywhere(self) -> tuple[tuple[Scope, R], ...]:
        """Return the records of all scopes, for the loops that serve every account and region."""
        rows = self._read(f"SELECT account, region, body FROM {self._name} ORDER BY account, region, key")
        return tuple((Scope(row[0], row[1]), self._decoder.decode(row[2])) for row in rows)

    def _read(self, sql: str, parameters: Sequence[SqlValue] = ()) -> Rows:
        return self._state.execute(sql, parameters) if self._state.has(self._name) else []


class State:
    """The store of one cloud: one SQLite file, or memory when ``path`` is None."""

    def __init__(self, path: Path | None = None) -> None:
        self.feed = Feed()
        self._depth = 0
        self._changes: list[Change] = []
        self._connection = _open(path)
        self._names = {row[0] for row in self.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        self._made: list[str] = []
        self._kinds: set[str] = set()
        self._remembered: dict[str, dict[tuple[Scope, str], Any]] = {}
        self._undone: list[tuple[dict[tuple[Scope, str], Any], tuple[Scope, str]]] = []

    def table(self, kind: str, record: type[R], *, remember: bool = False) -> Table[R]:
        """Return the table of ``kind``: ``service.noun``, such as ``ecs.task``.

        Args:
            kind: Its name.
            record: What it holds.
            remember: Keep records in memory too, for those that are read again and again. Nobody may
                change what is inside of one.
        """
        if not _KIND.fullmatch(kind):
            raise ValueError(f"{kind!r} is no kind of record; write service.noun in lower case")
        self._kinds.add(kind)
        if remember:
            self._remembered.setdefault(kind, {})
        return Table(self, kind, record, self._remembered.get(kind))

    @property
    def kinds(self) -> frozenset[str]:
        """All kinds of records that have a table, be it without a record yet."""
        return frozenset(self._kinds)

    def has(self, name: str) -> bool:
        """Say whether a table stands: it is made by the first record, which spares the start most of them."""
        return name in self._names

    def make(self, name: str) -> None:
        """Make a table of records, unless it stands."""
        if name in self._names:
            return
        self.execute(
            f"CREATE TABLE IF NOT EXISTS {name}"
            " (account TEXT, region TEXT, key TEXT, body TEXT NOT NULL,"
            " PRIMARY KEY (account, region, key)) WITHOUT ROWID"
        )
        self._names.add(name)
        if self._depth:
            self._made.append(name)

    def may_be_undone(self, remembered: dict[tuple[Scope, str], Any], key: tuple[Scope, str]) -> None:
        """Forget a record that was written in the running transaction, should it be rolled back."""
        if self._depth:
            self._undone.append((remembered, key))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside happen together or not at all. May be nested; never await inside."""
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        self._connection.execute("BEGIN")
        self._depth = 1
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # SQLite itself may have rolled back already, as where the disk is full.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._changes.clear()
            for remembered, key in self._undone:
                remembered.pop(key, None)
            self._names.difference_update(self._made)
            raise
        finally:
            self._depth = 0
            self._undone.clear()
            self._made.clear()
        changes, self._changes = self._changes, []
        self.feed.publish(changes)

    def execute(self, sql: str, parameters: Sequence[SqlValue] = ()) -> Rows:
        """Run one statement; for tables with their own shape (log events, counters)."""
        return self._connection.execute(sql, parameters).fetchall()

    def execute_many(self, sql: str, rows: Iterable[Sequence[SqlValue]]) -> None:
        """Run one statement for many rows."""
        self._connection.executemany(sql, rows)

    def changed(self, change: Change) -> None:
        """Publish a change when the running transaction commits; at once outside of one."""
        if self._depth:
            self._changes.append(change)
        else:
            self.feed.publish((change,))

    def next_number(self, scope: Scope, counter: str) -> int:
        """Return 1, 2, 3 … for a counter: numbers that are never given twice, even after a deletion."""
        with self.transaction():
            rows = self.execute(
                "INSERT INTO counters VALUES (?, ?, ?, 1) ON CONFLICT (account, region, name)"
                " DO UPDATE SET value = value + 1 RETURNING value",
                (scope.account, scope.region, counter),
            )
        number = rows[0][0]
        assert isinstance(number, int)
        return number

    def empty(self, keep: Collection[str] = ()) -> None:
        """Delete everything but the records of the kinds to ``keep``, and tell of each record that goes."""
        names = [row[0] for row in self.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        with self.transaction():
            for name in names:
                kind = name.replace("_", ".", 1)
                if kind in keep or name.startswith("sqlite_"):
                    continue
                columns = {row[1] for row in self.execute(f"PRAGMA table_info({name})")}
                if {"account", "region", "key", "body"} <= columns:
                    for account, region, key in self.execute(f"SELECT account, region, key FROM {name}"):
                        self.changed(Change(kind, Scope(account, region), key))
                self.execute(f"DELETE FROM {name}")
        for each in self._remembered.values():
            each.clear()

    def close(self) -> None:
        """Write everything into the one file and let go of it."""
        self._connection.close()


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=True)
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in {0, FORMAT_VERSION}:
            raise StateError(
                f"{path}: its format is {version}, this hatoba reads {FORMAT_VERSION}."
                " Use the hatoba that wrote it, or move the folder away to start anew."
            )
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS counters"
            " (account TEXT, region TEXT, name TEXT, value INTEGER NOT NULL,"
            " PRIMARY KEY (account, region, name)) WITHOUT ROWID"
        )
    except sqlite3.DatabaseError as error:
        raise StateError(
            f"{path}: cannot be read as hatoba's state ({error}). Move it away to start anew."
        ) from error
    return connection
