"""The neighbours as the rest of the cloud sees them: one thread, started by the first call."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hatoba.cloud.neighbours.client import InwardClients
    from hatoba.cloud.neighbours.door import Moto
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call
    from hatoba.cloud.wire.http import HttpRequest, HttpResponse
    from hatoba.cloud.world import World

P = ParamSpec("P")
T = TypeVar("T")


class Neighbours:
    """Answers for every service that is not ours; see :class:`hatoba.cloud.wire.doors.Neighbourhood`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._worker: ThreadPoolExecutor | None = None
        self._moto: Moto | None = None
        self._clients: InwardClients | None = None

    async def answer(self, request: HttpRequest, service: str, scope: Scope) -> HttpResponse:
        """Answer an HTTP request for a service by its signing name, in the scope's account.

        Raises:
            ServiceError: There is no such service or operation; always a 4xx.
        """
        return await self._in_worker(self._answer, request, service, scope)

    async def invoke(self, call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
        """Run an operation for a part of the cloud; see :data:`hatoba.cloud.wire.dispatch.Elsewhere`.

        Raises:
            ServiceError: As the service raises it, or because there is none.
        """
        return await self._in_worker(self._invoke, call, params)

    async def close(self) -> None:
        """Let go of the worker; what it is busy with ends by itself."""
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=True)
            self._worker = None

    async def _in_worker(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        if self._worker is None:
            self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="neighbours")
        job = partial(function, *arguments, **named)
        return await asyncio.get_running_loop().run_in_executor(self._worker, job)

    def _answer(self, request: HttpRequest, service: str, scope: Scope) -> HttpResponse:
        if self._moto is None:
            from hatoba.cloud.neighbours.door import Moto

            self._moto = Moto()
        return self._moto.answer(request, service, scope)

    def _invoke(self, call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
        if self._clients is None:
            from hatoba.cloud.neighbours.client import InwardClients

            self._clients = InwardClients(self._answer)
        return self._clients.invoke(call, params)
