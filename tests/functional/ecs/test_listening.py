"""Where tasks find what is here for them: the port that they knew, or one that stays free."""

from __future__ import annotations

import asyncio
import socket

import pytest

from hatoba.cloud.ecs.act.listening import listen
from hatoba.runtime.ports import FIRST_PORT, LAST_PORT, free_port

HOST = "127.0.0.1"


async def end(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def listened(known: int = 0) -> int:
    """Listen for a moment; return where, once somebody was served there."""
    server, port = await listen(end, HOST, known)
    async with server:
        reader, writer = await asyncio.open_connection(HOST, port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    return port


def test_the_known_port_is_taken_again() -> None:
    known = free_port("tcp")
    assert asyncio.run(listened(known)) == known


@pytest.mark.parametrize("is_known", [True, False])
def test_another_port_is_one_that_no_outgoing_connection_is_given(*, is_known: bool) -> None:
    with socket.create_server((HOST, 0)) as taken:
        known = taken.getsockname()[1] if is_known else 0
        port = asyncio.run(listened(known))
    assert port != known
    assert FIRST_PORT <= port <= LAST_PORT
