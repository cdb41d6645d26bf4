"""moto's backends on disk: one row each, and their large bytes once each.

The rows are pickles, so a state file is to be trusted like a program: it is the user's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.neighbours.model import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.state import State


class Store:
    """The neighbours' two tables. Used on the event loop's thread, as all of the state."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.execute(
            "CREATE TABLE IF NOT EXISTS neighbours_backend (service TEXT, account TEXT, region TEXT,"
            " body BLOB NOT NULL, digests TEXT NOT NULL, PRIMARY KEY (service, account, region))"
        )
        state.execute(
            "CREATE TABLE IF NOT EXISTS neighbours_blob (digest TEXT PRIMARY KEY, body BLOB NOT NULL)"
        )

    def all(self) -> tuple[Kept, ...]:
        """Return every backend with its large bytes."""
        rows = self._state.execute("SELECT service, account, region, body, digests FROM neighbours_backend")
        blobs: dict[str, bytes] = (
            dict(self._state.execute("SELECT digest, body FROM neighbours_blob")) if rows else {}
        )
        found = []
        for service, account, region, body, digests in rows:
            names = frozenset(digests.split())
            found.append(Kept(service, account, region, body, names, {name: blobs[name] for name in names}))
        return tuple(found)

    def keep(self, changed: Iterable[Kept]) -> None:
        """Write backends, each in place of what it was, and forget large bytes that nobody names any more."""
        with self._state.transaction():
            dropped: set[str] = set()
            for each in changed:
                dropped |= self._digests(each) - each.digests
                self._state.execute_many(
                    "INSERT OR IGNORE INTO neighbours_blob VALUES (?, ?)", list(each.blobs.items())
                )
                self._state.execute(
                    "INSERT OR REPLACE INTO neighbours_backend VALUES (?, ?, ?, ?, ?)",
                    (*each.place, each.body, " ".join(sorted(each.digests))),
                )
            for digest in dropped:
                self._state.execute(
                    "DELETE FROM neighbours_blob WHERE digest = ?"
                    " AND NOT EXISTS (SELECT 1 FROM neighbours_backend WHERE instr(digests, digest))",
                    (digest,),
                )

    def empty(self) -> None:
        """Forget everything."""
        with self._state.transaction():
            self._state.execute("DELETE FROM neighbours_backend")
            self._state.execute("DELETE FROM neighbours_blob")

    def _digests(self, kept: Kept) -> frozenset[str]:
        rows = self._state.execute(
            "SELECT digests FROM neighbours_backend WHERE service = ? AND account = ? AND region = ?",
            kept.place,
        )
        return frozenset(rows[0][0].split()) if rows else frozenset()
