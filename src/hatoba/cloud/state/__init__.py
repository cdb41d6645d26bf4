"""What the cloud knows, kept on disk, and the feed that says what changed.

::

    service.store ── Table.put/delete ──→ State ──→ SQLite (one file, WAL)
                                            │ after the commit
                                            └─→ Feed ──→ Subscription.wait() in each control loop

A record is a frozen struct with a ``key``. It lives in a *scope*: one account in one region is a
world of its own. Every write of one API call is one transaction; whoever must act is woken after the
commit, never before, so what a loop sees is what survives a crash.
"""

from hatoba.cloud.state.feed import Change, Feed, Subscription
from hatoba.cloud.state.scope import Scope
from hatoba.cloud.state.store import Record, State, StateError, Table

__all__ = ["Change", "Feed", "Record", "Scope", "State", "StateError", "Subscription", "Table"]
