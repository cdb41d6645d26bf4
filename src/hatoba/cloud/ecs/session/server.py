"""The door of sessions: a WebSocket server on loopback. Only here aiohttp's server is imported."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from hatoba.cloud.ecs.session import channel as c
from hatoba.cloud.ecs.session.message import BadMessage
from hatoba.runtime.protocol import CannotExecute

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.cloud.ecs.session.sessions import Session
    from hatoba.runtime.protocol import Terminal

    Find = Callable[[str], Session | None]

_log = logging.getLogger(__name__)

PATH = "/v1/data-channel/"
TOKEN_WITHIN_S = 10.0
TICK_S = 0.25
LAST_WORDS_WITHIN_S = 3.0
_POLICY_VIOLATION = 1008
OURS = "hatoba"


class SessionServer:
    """Listens once it was opened."""

    def __init__(self, find: Find, now: Callable[[], float], idle_after_s: float) -> None:
        """Make it.

        Args:
            find: Gives a session that nobody has joined yet, by its id.
            now: The clock.
            idle_after_s: After how long without a word a session ends.
        """
        self._find = find
        self._now = now
        self._idle_after_s = idle_after_s
        self._runner: web.AppRunner | None = None
        self._sockets: set[web.WebSocketResponse] = set()
        self._conversations: dict[str, _Conversation] = {}

    async def open(self, host: str) -> int:
        """Listen, and return the port."""
        application = web.Application()
        application.router.add_get(PATH + "{session}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, 0)
        await site.start()
        port: int = self._runner.addresses[0][1]
        return port

    def end(self, session_id: str) -> None:
        """Ask for a session's end; nothing happens where nobody is in it."""
        conversation = self._conversations.get(session_id)
        if conversation is not None:
            conversation.end()

    async def close(self) -> None:
        """End every session and listen no more."""
        for socket in tuple(self._sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            session, client = await self._joined(socket, request.match_info["session"])
            if session is None:
                await socket.close(code=_POLICY_VIOLATION, message=b"no such session, or a wrong token")
                return socket
            conversation = _Conversation(socket, session, client, self._now, self._idle_after_s)
            self._conversations[session.id] = conversation
            try:
                await conversation.hold()
            finally:
                del self._conversations[session.id]
        except Exception:  # noqa: BLE001 - the session's outer edge
            _log.exception("a session ended with an error")
        finally:
            self._sockets.discard(socket)
            await socket.close()
        return socket

    async def _joined(self, socket: web.WebSocketResponse, session_id: str) -> tuple[Session | None, str]:
        """Return the session that a client shows the token of, and what the client calls its version."""
        try:
            first = await socket.receive(TOKEN_WITHIN_S)
            shown = json.loads(first.data) if first.type is WSMsgType.TEXT else {}
            token, client = str(shown.get("TokenValue")), str(shown.get("ClientVersion"))
        except (TimeoutError, ValueError, AttributeError):
            return None, ""
        session = self._find(session_id)
        if session is None or not hmac.compare_digest(session.token.encode(), token.encode()):
            return None, ""
        return session, client


class _Conversation:
    """One client in one session."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        session: Session,
        client: str,
        now: Callable[[], float],
        idle_after_s: float,
    ) -> None:
        self._socket = socket
        self._session = session
        self._client = client
        self._now = now
        self._idle_after_s = idle_after_s
        self._channel = c.AgentChannel(session.id)
        self._terminal: Terminal | None = None
        self._spoke_at = now()
        self._reason = ""
        self._early: list[c.Typed | c.Resized] = []
        self._has_begun = asyncio.Event()
        self._heard = asyncio.Event()
        self._is_to_end = asyncio.Event()

    def end(self) -> None:
        """Say goodbye soon."""
        self._is_to_end.set()

    async def hold(self) -> None:
        """Talk until one side ends it."""
        self._channel.begin(self._now())
        await self._flush()
        talks = {
            asyncio.create_task(talk())
            for talk in (
                self._listen,
                self._show,
                self._send_again,
                self._wait_for_silence,
                self._wait_for_the_end,
            )
        }
        try:
            done, _ = await asyncio.wait(talks, return_when=asyncio.FIRST_COMPLETED)
            for talk in done:
                talk.result()
            await self._say_goodbye(talks)
        finally:
            for talk in talks:
                talk.cancel()
            await asyncio.gather(*talks, return_exceptions=True)
            if self._terminal is not None:
                await self._terminal.close()

    async def _listen(self) -> None:
        """Take what the client sends, until it goes or ends the session."""
        async for message in self._socket:
            if message.type is not WSMsgType.BINARY:
                continue
            try:
                event = self._channel.receive(message.data, self._now())
            except (BadMessage, KeyError, ValueError) as error:
                _log.warning("session %s: %s", self._session.id, error)
                continue
            await self._flush()
            self._heard.set()
            if isinstance(event, c.Ended):
                self._reason = event.reason
                return
            await self._do(event)

    async def _do(self, event: c.Event | None) -> None:
        if isinstance(event, c.Begun):
            self._has_begun.set()
        elif isinstance(event, c.Typed | c.Resized):
            self._spoke_at = self._now()
            if self._terminal is None:
                self._early.append(event)
            else:
                await _enter(self._terminal, event)

    async def _show(self) -> None:
        """Start the command and show what it writes, until it ended."""
        await self._has_begun.wait()
        try:
            terminal = await self._session.start()
        except CannotExecute as error:
            self._reason = str(error)
            return
        self._terminal = terminal
        for event in self._early:
            await _enter(terminal, event)
        reading = asyncio.ensure_future(self._show_all(terminal))
        ending = asyncio.ensure_future(terminal.ended())
        try:
            await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
            # What it still had to say; others may hold its terminal for long.
            await asyncio.wait({reading}, timeout=LAST_WORDS_WITHIN_S / 10)
            async with asyncio.timeout(LAST_WORDS_WITHIN_S):
                code = await ending
            if self._client == OURS and code is not None:
                self._channel.exit_code(code, self._now())
                await self._flush()
        except TimeoutError:
            _log.warning("session %s: its command closed the terminal and runs on", self._session.id)
        finally:
            for each in (reading, ending):
                each.cancel()
            await asyncio.gather(reading, ending, return_exceptions=True)

    async def _show_all(self, terminal: Terminal) -> None:
        while data := await terminal.read():
            self._spoke_at = self._now()
            self._channel.output(data, self._now())
            await self._flush()

    async def _send_again(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._channel.tick(self._now())
            await self._flush()

    async def _wait_for_silence(self) -> None:
        while self._now() < self._spoke_at + self._idle_after_s:  # noqa: ASYNC110 - nothing tells silence
            await asyncio.sleep(TICK_S)
        self._reason = "Your session timed out due to inactivity"

    async def _wait_for_the_end(self) -> None:
        await self._is_to_end.wait()

    async def _say_goodbye(self, talks: set[asyncio.Task[None]]) -> None:
        """Close the channel once the client has everything, as long as it listens."""
        is_listening = any(not talk.done() for talk in talks) and not self._socket.closed
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_WITHIN_S if is_listening else 0):
                while not self._channel.is_acknowledged and not self._socket.closed:
                    self._heard.clear()
                    await self._heard.wait()
        self._channel.close(self._reason, self._now())
        await self._flush()

    async def _flush(self) -> None:
        for data in self._channel.taken():
            with contextlib.suppress(OSError, RuntimeError):  # the client has gone: _listen ends it
                await self._socket.send_bytes(data)


async def _enter(terminal: Terminal, event: c.Typed | c.Resized) -> None:
    if isinstance(event, c.Typed):
        await terminal.write(event.data)
    else:
        await terminal.resize(event.columns, event.rows)
