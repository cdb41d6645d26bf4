"""Guards before tasks that run as processes: whom security groups do not let in is not passed on.

::

    another task ─→ 127.0.0.1:<guard> ─→ whose socket is that? ─→ walls ─→ the task's own port, or a reset
                         ↑
        the port that Cloud Map registers, DNS and DiscoverInstances tell

Processes share this machine's loopback, where nothing keeps one from another. So what other tasks are told
is a port of the cloud's own. Who calls is seen by the process that holds the caller's socket: it may be a
task, whose groups count; or no task, such as the gateway, a health check or a person's shell, which are let
through. A task that finds out another's own port reaches it all the same. Containers have a wall instead,
which asks here too (:mod:`hatoba.runtime.wall`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.act.services import with_event
from hatoba.runtime.callers import CallerGone, Callers, Connection
from hatoba.runtime.ports import free_port
from hatoba.runtime.relay import both_ways, closed, reset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Endpoint, Task
    from hatoba.cloud.state import Scope

_log = logging.getLogger(__name__)

TOLD_AGAIN_AFTER_S = 60.0
"""The same refusal is told once in this time."""


class Place(msgspec.Struct, frozen=True):
    """What a caller wants to reach: a container port of a task."""

    scope: Scope
    task: str
    endpoint: Endpoint


class Guards:
    """All guards of this cloud, and who is let through."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._callers = Callers(outside.world.settings.folder)
        self._servers: dict[str, list[asyncio.Server]] = {}
        self._told: dict[tuple[str, ...], float] = {}

    @property
    def _are_wanted(self) -> bool:
        return self._outside.walls is not None and self._callers.why_unknown() is None

    async def listen_again(self) -> None:
        """Stand before the tasks of an earlier cloud, whose guards are known to others."""
        for scope, task in self._outside.store.tasks.everywhere():
            if task.last_status != "STOPPED" and task.id not in self._servers:
                for endpoint in task.endpoints:
                    if endpoint.guard is not None:
                        await self._listen_as_before(Place(scope, task.key, endpoint))

    async def stand_before(
        self, scope: Scope, task: Task, endpoints: Sequence[Endpoint]
    ) -> tuple[Endpoint, ...]:
        """Return the endpoints of a task that runs as processes: TCP ones guarded, where that is wanted.

        Raises:
            OSError: There is no port to listen at. None of the task's is guarded then.
        """
        if not self._are_wanted:
            return tuple(endpoints)
        guarded = []
        try:
            for each in endpoints:
                is_bare = each.protocol == "tcp" and each.guard is None
                guarded.append(await self._listen(Place(scope, task.key, each)) if is_bare else each)
        except OSError:
            self.leave(task.id)
            raise
        return tuple(guarded)

    def leaves_out(self, endpoints: Sequence[Endpoint]) -> tuple[str, ...]:
        """Return what security groups are not held to at a task's endpoints."""
        has_udp = self._outside.walls is not None and any(each.protocol == "udp" for each in endpoints)
        return ("security groups do not keep others from its UDP ports",) if has_udp else ()

    def leave(self, task_id: str) -> None:
        """Stand before a task no more: it is gone. Idempotent."""
        for server in self._servers.pop(task_id, []):
            server.close()

    def close(self) -> None:
        """Listen no more."""
        for task_id in tuple(self._servers):
            self.leave(task_id)

    async def admits(self, writer: asyncio.StreamWriter, place: Place) -> bool:
        """Say whether the one who opened a connection may reach a place; told where it may not."""
        if not self._are_wanted:
            return True
        connection = Connection(writer.get_extra_info("peername"), writer.get_extra_info("sockname"))
        try:
            caller_id = await asyncio.to_thread(self._callers.task_of, connection)
        except CallerGone:
            return False
        return self._may(caller_id, place.scope, place.task, place.endpoint.container_port)

    async def admits_container(self, caller_id: str | None, task_id: str, port: int) -> bool:
        """Say the same of two tasks that run as containers, given by their ids."""
        found = self._outside.store.task_of(task_id)
        return found is None or self._may(caller_id, found[0], found[1].key, port)

    def _may(self, caller_id: str | None, target_scope: Scope, target: str, port: int) -> bool:
        found = self._outside.store.task_of(caller_id) if caller_id else None
        if found is None or self._outside.walls is None:
            return caller_id is None or self._outside.walls is None
        scope, caller = found
        why = self._outside.walls.task_refusal((scope, caller.key), (target_scope, target), "tcp", port)
        if why is not None:
            self._tell((scope, caller), (target_scope, target), why)
        return why is None

    async def _listen_as_before(self, place: Place) -> None:
        try:
            await self._listen(place)
        except OSError as error:
            _log.error("task %s: others do not reach it any more: %s", place.task, error)

    async def _listen(self, place: Place) -> Endpoint:
        """Listen at the endpoint's guard, or at a new one where it has none.

        Raises:
            OSError: The port is taken.
        """
        endpoint = place.endpoint
        number = endpoint.guard or free_port("tcp")

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(place, reader, writer)

        server = await asyncio.start_server(serve, endpoint.host, number)
        self._servers.setdefault(place.task.rpartition("/")[2], []).append(server)
        return replace(endpoint, guard=number)

    async def _serve(self, place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not await self.admits(writer, place):
                reset(writer)
                return
            there = await asyncio.open_connection(place.endpoint.host, place.endpoint.port)
            await both_ways((reader, writer), there)
        except OSError:
            reset(writer)
        finally:
            await closed(writer)

    def _tell(self, source: tuple[Scope, Task], place: tuple[Scope, str], why: str) -> None:
        """Write a refusal into the histories of both services, and into the cloud's log; seldom again."""
        (scope, caller), target = source, self._outside.store.tasks.get(*place)
        now = self._outside.now()
        what = (caller.service_key or caller.key, place[1], why)
        if target is None or now - self._told.get(what, -TOLD_AGAIN_AFTER_S) < TOLD_AGAIN_AFTER_S:
            return
        self._told = {each: when for each, when in self._told.items() if now - when < TOLD_AGAIN_AFTER_S} | {
            what: now
        }
        _log.warning("task %s does not reach task %s: %s", caller.key, target.key, why)
        store = self._outside.store
        with store.state.transaction():
            for where, key in {(scope, caller.service_key), (place[0], target.service_key)}:
                service = store.services.get(where, key) if key else None
                if service is not None:
                    told = texts.event_kept_out(service.name, caller.id, target.id, why)
                    store.put_service(where, with_event(service, told, now))
