"""Sessions that were asked for, and where clients join them."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.wire.call import random_hex

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.ecs.session.server import SessionServer
    from hatoba.runtime.protocol import Runtime, Terminal

PREFIX = "ecs-execute-command-"
IDLE_AFTER_S = 20 * 60.0
JOINED_WITHIN_S = 10 * 60.0
"""A token that nobody showed is worth nothing afterwards."""


class Session(msgspec.Struct, frozen=True):
    """A command that waits for a client. ``start`` starts it; it may raise CannotExecute."""

    id: str
    token: str
    stream_url: str
    start: Callable[[], Awaitable[Terminal]]
    asked_at: float


class Sessions:
    """The sessions of one cloud. They end with it."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._opening = asyncio.Lock()
        self._server: SessionServer | None = None
        self._port = 0
        self._waiting: dict[str, Session] = {}

    async def new(self, runtime: Runtime, task: Task, container: str, command: Sequence[str]) -> Session:
        """Make a session for a command in a running container."""
        port = await self._listen()
        now = self._outside.now()
        self._waiting = {
            key: each for key, each in self._waiting.items() if now - each.asked_at < JOINED_WITHIN_S
        }
        session_id = f"{PREFIX}{random_hex(17)}"
        host = self._outside.world.settings.host

        async def start() -> Terminal:
            return await runtime.terminal(task.id, container, command)

        session = Session(
            session_id,
            secrets.token_urlsafe(48),
            f"ws://{host}:{port}/v1/data-channel/{session_id}?role=publish_subscribe",
            start,
            now,
        )
        self._waiting[session_id] = session
        return session

    def waiting(self, session_id: str) -> Session | None:
        """Return a session that nobody has joined yet."""
        session = self._waiting.get(session_id)
        if session is None or self._outside.now() - session.asked_at >= JOINED_WITHIN_S:
            return None
        return session

    def end(self, session_id: str) -> None:
        """End a session, joined or not; one that is not there has ended."""
        self._waiting.pop(session_id, None)
        if self._server is not None:
            self._server.end(session_id)

    async def close(self) -> None:
        """End them all."""
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def _listen(self) -> int:
        async with self._opening:
            if self._server is None:
                # aiohttp costs 200 ms: only when somebody asks for a session.
                from hatoba.cloud.ecs.session.server import SessionServer

                server = SessionServer(self._take, self._outside.now, IDLE_AFTER_S)
                self._port = await server.open(self._outside.world.settings.host)
                self._server = server
            return self._port

    def _take(self, session_id: str) -> Session | None:
        """Return a session that waits; nobody else joins it."""
        session = self.waiting(session_id)
        self._waiting.pop(session_id, None)
        return session
