"""What the Session Manager plugin asks Systems Manager about the sessions of ECS Exec.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_TerminateSession.html
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ResumeSession.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.session.sessions import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.ecs.session.sessions import Sessions
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call


class SessionManager:
    """Companion of Systems Manager; see :class:`hatoba.cloud.world.Companion`."""

    services = frozenset({"ssm"})

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def answer(self, call: Call, params: Mapping[str, object]) -> Mapping[str, object] | None:
        """Answer for sessions of ECS; everything else is the neighbour's."""
        session_id = str(params.get("SessionId") or "")
        if not session_id.startswith(PREFIX):
            return None
        if call.operation == "TerminateSession":
            self._sessions.end(session_id)
            return {"SessionId": session_id}
        if call.operation == "ResumeSession":
            return self._resume(session_id)
        return None

    def keep(self, scope: Scope, service: str, standing: bytes) -> None:
        """Nothing that stands there concerns sessions."""

    def _resume(self, session_id: str) -> Mapping[str, object]:
        """Return what joins a session; without a token the plugin says that it timed out, and ends.

        A session ends with its connection, so only one that was never joined can be.
        """
        session = self._sessions.waiting(session_id)
        if session is None:
            return {"SessionId": session_id}
        return {"SessionId": session_id, "TokenValue": session.token, "StreamUrl": session.stream_url}
