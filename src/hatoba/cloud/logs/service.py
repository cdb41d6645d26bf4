"""CloudWatch Logs as the cloud runs it: operations, the sink for everyone's lines, housekeeping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.logs.act import Housekeeping
from hatoba.cloud.logs.api.events import EventOperations
from hatoba.cloud.logs.api.filters import FilterOperations
from hatoba.cloud.logs.api.groups import GroupOperations
from hatoba.cloud.logs.api.policies import PolicyOperations
from hatoba.cloud.logs.api.streams import StreamOperations
from hatoba.cloud.logs.api.tail import TailOperations
from hatoba.cloud.logs.errors import no_stream
from hatoba.cloud.logs.store import LogStore
from hatoba.cloud.wire import Operations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import Loop, World


class Logs:
    """The service ``logs`` and the :class:`~hatoba.cloud.world.LogSink` of the other services."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.store = LogStore(world.state)
        self.housekeeping = Housekeeping(world, self.store)
        self.operations = Operations("logs", strict_constraints=True)
        for group in (GroupOperations, StreamOperations, EventOperations, FilterOperations, PolicyOperations):
            group(self.store).register(self.operations)
        TailOperations(self.store, world).register(self.operations)

    def append(
        self,
        scope: Scope,
        group: str,
        stream: str,
        events: Sequence[tuple[int, str]],
        *,
        create_stream: bool = True,
    ) -> None:
        """Keep events in the order given; see :class:`~hatoba.cloud.world.LogSink`.

        An empty message is no event, as in AWS's log driver. The limits of PutLogEvents (age, size, order)
        are for its callers and do not count here.
        """
        now_ms = int(self._world.clock.now() * 1000)
        kept = [(at, storable(message)) for at, message in events if message]
        with self._world.state.transaction():
            record = self.store.group(scope, group)
            found = self.store.find_stream(scope, group, stream)
            if found is None:
                if not create_stream:
                    raise no_stream()
                found = self.store.create_stream(scope, group, stream, now_ms)
            if kept:
                self.store.add_events(scope, record, found, kept, now_ms)

    def loops(self) -> tuple[Loop, ...]:
        """Return what removes events past their retention, and those of deleted streams."""
        return self.housekeeping.loops()

    async def close(self) -> None:
        """Nothing is held."""


def storable(message: str) -> str:
    """Return the message without what UTF-8 cannot carry (half of a surrogate pair becomes ``?``)."""
    try:
        message.encode()
    except UnicodeEncodeError:
        return message.encode("utf-8", "replace").decode()
    return message
