"""What the acting part of ECS reaches: the world, its store, the runtimes, the logs, and its pace."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.ecs.pace import Pace
    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import LogSink, TaskWalls, World
    from hatoba.runtime.protocol import Runtimes

CONNECT_WITHIN_S = 1.0
CLOSED_AT_ONCE_S = 0.03

Probe = Callable[[str, int, bool], Awaitable[bool]]
"""Says whether something answers at a TCP address now; last: whether an engine's proxy may stand there."""


class Outside(msgspec.Struct, frozen=True):
    """Everything that acting needs; made once, shared by all runners."""

    world: World
    store: Store
    runtimes: Runtimes
    logs: LogSink
    pace: Pace
    probe: Probe
    walls: TaskWalls | None = None

    def now(self) -> float:
        """Return the time."""
        return self.world.clock.now()

    async def ask(self, scope: Scope, service: str, operation: str, **params: Any) -> Mapping[str, Any]:
        """Call another service's operation, as ECS's service-linked role does on AWS."""
        call = self.world.call_as_service(scope, "ecs")
        return await self.world.invoke(call, service, operation, params)


async def answers(host: str, port: int, may_be_proxied: bool) -> bool:  # noqa: FBT001 - a Probe
    """Connect to a TCP address; a connection that a proxy closes at once is no answer of the container."""
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            reader, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    try:
        if not may_be_proxied:
            return True
        async with asyncio.timeout(CLOSED_AT_ONCE_S):
            return bool(await reader.read(1))
    except TimeoutError:
        return True
    except OSError:
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
