"""The probe that says whether a task's port answers."""

from __future__ import annotations

import asyncio
import socket

import pytest

from hatoba.cloud.ecs.act.outside import answers


def probe(port: int, *, may_be_proxied: bool = False) -> bool:
    return asyncio.run(answers("127.0.0.1", port, may_be_proxied))


def test_a_listening_port_answers_and_a_closed_one_does_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert probe(port)
        assert probe(port, may_be_proxied=True)
    assert not probe(port)


@pytest.mark.parametrize("may_be_proxied", [True, False])
def test_a_connection_that_is_closed_at_once_is_a_proxys(may_be_proxied: bool) -> None:  # noqa: FBT001 - a parameter
    async def story() -> bool:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await answers("127.0.0.1", port, may_be_proxied)

    assert asyncio.run(story()) is not may_be_proxied
