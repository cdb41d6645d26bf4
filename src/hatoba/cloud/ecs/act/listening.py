"""Where tasks find what is here for them: at a port that they knew before, or at one that stays free.

What listens here must be found again by tasks that outlive a killed cloud. So a new port is one that the
system gives to no outgoing connection, which could sit on it when the next cloud comes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hatoba.runtime.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_TRIES = 5


async def listen(serve: Serve, host: str, known: int = 0) -> tuple[asyncio.Server, int]:
    """Return a server and its port: the known one where it is free, else another.

    Raises:
        NoFreePort: There is none.
        OSError: None of those that were free a moment ago could be had.
    """
    taken: OSError | None = None
    for port in _candidates(known):
        try:
            return await asyncio.start_server(serve, host, port), port
        except OSError as error:
            taken = error
    assert taken is not None
    raise taken


def _candidates(known: int) -> Iterator[int]:
    if known:
        yield known
    for _ in range(_TRIES):
        yield free_port("tcp")
