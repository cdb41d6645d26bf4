"""Calls by name from tasks that run as processes: ``http://stock.shop.internal:9090`` in their environment.

::

    environment of a process ── NAME:PORT of a Cloud Map service ──→ 127.0.0.1:P
                                                                          │ each connection
                            DiscoverInstances ── a healthy task ──→ the port that stands for PORT there

On AWS, and in containers here, the name is resolved and every task listens on the same port. A process has
the machine's resolver, which does not know the name, and a port of its own. So the cloud listens for the
name, and whoever calls reaches the tasks that are healthy when it calls, in whatever protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.ecs.act.guards import Place
from hatoba.cloud.ecs.act.http import HOST
from hatoba.cloud.ecs.act.listening import listen
from hatoba.cloud.ecs.model import CalledName
from hatoba.cloud.wire import ServiceError
from hatoba.runtime.relay import both_ways, closed, reset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.ecs.act.guards import Guards
    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.state import Scope
    from hatoba.runtime.protocol import TaskSpec

CONNECT_WITHIN_S = 5.0
_NOT_THERE = frozenset({"NamespaceNotFound", "ServiceNotFound", "InvalidInput"})
_AUTHORITY = re.compile(r"(?<![\w.-])([A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+):(\d{1,5})(?!\d)")


class Calls:
    """The names that processes call, each with the port of this machine where the cloud listens for it."""

    def __init__(self, outside: Outside, guards: Guards) -> None:
        self._outside = outside
        self._guards = guards
        self._opening = asyncio.Lock()
        self._servers: dict[tuple[Scope, str], asyncio.Server] = {}

    async def listen_again(self) -> None:
        """Listen where an earlier cloud did: its tasks run on and know those ports."""
        for scope, called in self._outside.store.called_names.everywhere():
            await self._open(scope, called)

    def close(self) -> None:
        """Listen no more."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    async def answered(self, scope: Scope, spec: TaskSpec) -> TaskSpec:
        """Return a task whose containers find an address of this machine where they name a service."""
        names = {
            (found[1].lower(), int(found[2]))
            for container in spec.containers
            for value in container.environment.values()
            for found in _AUTHORITY.finditer(value)
        }
        places = {
            f"{host}:{port}": f"{HOST}:{(await self._open(scope, CalledName(host, port))).listens_on}"
            for host, port in sorted(names)
            if await self._is_service(scope, host)
        }
        if not places:
            return spec
        return replace(
            spec,
            containers=tuple(
                replace(each, environment=_replaced(each.environment, places)) for each in spec.containers
            ),
        )

    async def _is_service(self, scope: Scope, host: str) -> bool:
        try:
            await self._discover(scope, host)
        except ServiceError as error:
            if error.code not in _NOT_THERE:
                raise
            return False
        return True

    async def _discover(self, scope: Scope, host: str) -> list[Mapping[str, object]]:
        service, _, namespace = host.partition(".")
        found = await self._outside.ask(
            scope,
            "servicediscovery",
            "DiscoverInstances",
            NamespaceName=namespace,
            ServiceName=service,
            HealthStatus="HEALTHY",
        )
        return list(found["Instances"])

    async def _open(self, scope: Scope, called: CalledName) -> CalledName:
        """Listen for a name, at the port that tasks know where it is free."""
        async with self._opening:
            kept = self._outside.store.called_names.get(scope, called.key) or called
            if (scope, called.key) in self._servers:
                return kept

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await self._serve(scope, called, reader, writer)

            server, port = await listen(serve, HOST, kept.listens_on)
            self._servers[scope, called.key] = server
            return self._outside.store.called_names.put(scope, replace(called, listens_on=port))

    async def _serve(
        self, scope: Scope, called: CalledName, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass one connection on to a task. Where none answers, or may be reached, it is reset."""
        try:
            there = await self._connect(scope, called, writer)
            if there is None:
                reset(writer)
            else:
                await both_ways((reader, writer), there)
        except (OSError, ServiceError):
            return
        finally:
            await closed(writer)

    async def _connect(
        self, scope: Scope, called: CalledName, caller: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        places = [self._place(each, called.port) for each in await self._discover(scope, called.host)]
        for host, port, guarded in random.sample(places, len(places)):
            if guarded is not None and not await self._guards.admits(caller, guarded):
                continue
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_WITHIN_S):
                    return await asyncio.open_connection(host, port)
        return None

    def _place(self, instance: Mapping[str, object], port: int) -> tuple[str, int, Place | None]:
        """Where an instance is reached for a port: a task's own address for it, else what is registered."""
        found = self._outside.store.task_of(str(instance["InstanceId"]))
        if found is not None:
            scope, task = found
            for each in task.endpoints:
                if each.container_port == port:
                    return each.host, each.port, Place(scope, task.key, each)
        attributes = instance["Attributes"]
        assert isinstance(attributes, dict), "Cloud Map's model says so"
        return str(attributes.get("AWS_INSTANCE_IPV4", "")), port, None


def _replaced(environment: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    def place(found: re.Match[str]) -> str:
        return places.get(found[0].lower(), found[0])

    return {name: _AUTHORITY.sub(place, value) for name, value in environment.items()}
