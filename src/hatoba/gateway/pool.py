"""Connections to back ends, kept open between requests: a stack for each address."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, final

from hatoba.gateway.backend import BackendConnection

if TYPE_CHECKING:
    import asyncio
    import ssl
    from collections.abc import Container

    from hatoba.gateway.budget import Budget
    from hatoba.gateway.outbox import Outbox
    from hatoba.gateway.served import Address

LONGEST_IDLE_S = 1.5
"""Shorter than common servers keep an idle connection (gunicorn 2 s, uvicorn and Node 5 s), so that a
request seldom meets a connection that is just being closed."""


@final
class Pool:
    """All idle connections of the process. A busy one is not in the pool."""

    def __init__(self, loop: asyncio.AbstractEventLoop, budget: Budget, outbox: Outbox) -> None:
        self._loop = loop
        self._budget = budget
        self._outbox = outbox
        self._idle: dict[Address, list[BackendConnection]] = {}
        self._tls: ssl.SSLContext | None = None

    def take(
        self, address: Address, now: float, longest_idle_s: float = LONGEST_IDLE_S
    ) -> BackendConnection | None:
        """Take the connection to ``address`` that was used last, if one was used lately."""
        stack = self._idle.get(address)
        while stack:
            connection = stack.pop()
            if connection.is_open and now - connection.idle_since < longest_idle_s:
                return connection
            connection.close()
        return None

    def give(self, connection: BackendConnection) -> None:
        """Put a connection back."""
        connection.idle_since = self._loop.time()
        stack = self._idle.get(connection.address)
        if stack is None:
            self._idle[connection.address] = [connection]
        else:
            stack.append(connection)

    def drop(self, connection: BackendConnection) -> None:
        """Forget a connection that closed."""
        stack = self._idle.get(connection.address)
        if stack and connection in stack:
            stack.remove(connection)

    async def connect(self, address: Address) -> BackendConnection:
        """Open a connection.

        Raises:
            OSError: Nothing was sent: refused, unreachable, unknown name; ``ssl.SSLError`` among them.
        """
        connection = BackendConnection(address, self, self._budget, self._outbox)
        await self._loop.create_connection(
            lambda: cast("asyncio.Protocol", connection),
            address.host,
            address.port,
            ssl=None if address.tls is None else self._context(),
            server_hostname=address.tls,
        )
        return connection

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            import ssl

            self._tls = ssl.create_default_context()
        return self._tls

    def keep_only(self, addresses: Container[Address]) -> None:
        """Close the idle connections to addresses that no route leads to any more."""
        for address in [each for each in self._idle if each not in addresses]:
            for connection in self._idle.pop(address):
                connection.close()

    def close_expired(self) -> None:
        """Close what has been idle for too long."""
        now = self._loop.time()
        for address, stack in list(self._idle.items()):
            fresh = [each for each in stack if now - each.idle_since < LONGEST_IDLE_S]
            for connection in stack:
                if connection not in fresh:
                    connection.close()
            if fresh:
                self._idle[address] = fresh
            else:
                del self._idle[address]

    def close(self) -> None:
        """Close everything that is idle."""
        self.keep_only(())
