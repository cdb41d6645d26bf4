"""A session in which nobody says anything ends after ECS's twenty minutes."""

from __future__ import annotations

import asyncio

from hatoba.cloud.ecs.session.server import SessionServer
from hatoba.cloud.ecs.session.sessions import IDLE_AFTER_S, Session
from tests.support.fakes import FakeClock
from tests.support.plugin import joined
from tests.support.waiting import eventually

TWENTY_MINUTES_S = 20 * 60.0


class Quiet:
    """A terminal that repeats what is typed."""

    def __init__(self) -> None:
        self.is_closed = False
        self._written: asyncio.Queue[bytes] = asyncio.Queue()

    async def read(self) -> bytes:
        return await self._written.get()

    async def write(self, data: bytes) -> None:
        self._written.put_nowait(data)

    async def resize(self, columns: int, rows: int) -> None:
        del columns, rows

    async def ended(self) -> int | None:
        await asyncio.Event().wait()
        return None

    async def close(self) -> None:
        self.is_closed = True


class Looked(FakeClock):
    """A clock that counts how often it is asked: twice in each of the server's looks."""

    looks = 0

    def now(self) -> float:
        self.looks += 1
        return super().now()

    async def looked_at(self) -> None:
        """Wait until the server looked again, and for silence too."""
        enough = self.looks + 5
        await eventually(lambda: self.looks >= enough, within_s=30, what="the server's look")


def test_a_session_ends_after_twenty_minutes_without_a_word_from_either_side() -> None:
    async def story() -> str:
        clock, terminal = Looked(), Quiet()
        session = Session("s", "token", "", lambda: asyncio.sleep(0, terminal), clock.now())
        server = SessionServer(lambda _: session, clock.now, IDLE_AFTER_S)
        port = await server.open("127.0.0.1")
        opening = {"streamUrl": f"ws://127.0.0.1:{port}/v1/data-channel/s", "tokenValue": "token"}
        try:
            async with joined(opening) as plugin:
                await plugin.until_ready()
                clock.advance(TWENTY_MINUTES_S - 1)
                await clock.looked_at()
                await plugin.type("still here")
                await plugin.until("still here")
                clock.advance(TWENTY_MINUTES_S - 1)
                await clock.looked_at()
                assert not terminal.is_closed
                clock.advance(1)
                closed = await plugin.until_closed()
                assert plugin.shown == "still here"
            await eventually(lambda: terminal.is_closed, within_s=30, what="the terminal's end")
        finally:
            await server.close()
        return str(closed["Output"])

    assert asyncio.run(story()) == "Your session timed out due to inactivity"
