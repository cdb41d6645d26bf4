"""Calling a service's operations in process, as the cloud itself does: validated, in a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hatoba.cloud.clock import Clock
from hatoba.cloud.state import Scope, State
from hatoba.cloud.wire import Call, Caller, Dispatcher, Operations, ServiceError
from hatoba.cloud.world import Settings, World
from tests.support.fakes import FakeClock

SCOPE = Scope("000000000000", "ap-northeast-1")


class Bench:
    """A world in memory with a fake clock, to which services are added one by one.

    ``bench.call("ecs", "CreateCluster", clusterName="c")`` runs one operation and returns its result.
    """

    def __init__(self, folder: Path | None = None, clock: Clock | None = None) -> None:
        self.state = State()
        self.clock = clock or FakeClock()
        self.dispatcher = Dispatcher({}, self.state.transaction)
        self.world = World(
            state=self.state,
            clock=self.clock,
            settings=Settings(folder=folder or Path("unused"), ephemeral=True),
            invoke=self.dispatcher,
            call_as_service=self.call_as,
        )

    def call_as(self, scope: Scope, service: str) -> Call:
        return Call(
            scope, Caller.root(scope.account), self.clock.now(), service, endpoint="http://127.0.0.1:4566"
        )

    def add(self, operations: Operations) -> None:
        self.dispatcher.services[operations.service] = operations

    async def acall(
        self, service: str, operation: str, /, scope: Scope = SCOPE, **params: Any
    ) -> Mapping[str, Any]:
        call = self.call_as(scope, service)
        return await self.dispatcher(call, service, operation, params)

    def call(self, service: str, operation: str, /, scope: Scope = SCOPE, **params: Any) -> Mapping[str, Any]:
        return asyncio.run(self.acall(service, operation, scope, **params))


async def refused(work: Awaitable[object]) -> tuple[str, str]:
    """Return the code and the message with which a call is refused."""
    with pytest.raises(ServiceError) as error:
        await work
    return error.value.code, error.value.message
