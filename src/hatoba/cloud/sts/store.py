"""Sessions in the state store. An access key says nothing of its account, so they all live in one scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.state import Scope
from hatoba.cloud.sts.model import Session

if TYPE_CHECKING:
    from hatoba.cloud.state import State

EVERY_ACCOUNT = Scope("every-account", "").globally()

REMEMBERED_S = 24 * 3600.0
"""How long an expired session is kept, so that its holder is told that it expired."""


class SessionStore:
    """The sessions of all accounts."""

    def __init__(self, state: State) -> None:
        self._sessions = state.table("sts.session", Session)

    def get(self, access_key: str) -> Session | None:
        """Return the session of an access key."""
        return self._sessions.get(EVERY_ACCOUNT, access_key)

    def put(self, session: Session) -> None:
        """Keep a session."""
        self._sessions.put(EVERY_ACCOUNT, session)

    def forget(self, now: float) -> None:
        """Remove sessions that expired long ago."""
        for session in self._sessions.list(EVERY_ACCOUNT):
            if session.expires + REMEMBERED_S < now:
                self._sessions.delete(EVERY_ACCOUNT, session.key)
