"""Parts of the cloud that act on what stands in a neighbour: asked before it, told after it.

::

    call ─→ Companion.answer ── a result: that is the answer ─→ client
                             └─ None: moto answers ─→ what stands there now ─→ Companion.keep
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.wire import Call, Caller
from hatoba.cloud.wire.locate import rest_routes
from hatoba.cloud.wire.models import check_params, operation_model, protocol_of_any
from hatoba.cloud.wire.protocols import all_protocols

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire.http import HttpRequest, HttpResponse
    from hatoba.cloud.world import Companion, World

JSON = "json"


class Companions:
    """All companions, by the services that each goes with; of several the first that answers does."""

    def __init__(self, world: World, companions: Sequence[Companion]) -> None:
        self._world = world
        self._by_service: dict[str, list[Companion]] = {}
        for each in companions:
            for service in each.services:
                self._by_service.setdefault(service, []).append(each)
        self._protocols = all_protocols()

    async def answer(self, request: HttpRequest, service: str, scope: Scope) -> HttpResponse | None:
        """Let a companion answer an HTTP request; None where moto is to answer.

        Raises:
            ServiceError: The companion refuses it.
        """
        found = _operation(request, service) if service in self._by_service else None
        if found is None:
            return None
        operation, labels = found
        model = operation_model(service, operation)
        protocol = self._protocols[protocol_of_any(service) or JSON]
        params = protocol.parse(request, model, labels)
        check_params(model, params)
        caller, endpoint = Caller.root(scope.account), self._world.settings.endpoint
        call = Call(scope, caller, self._world.clock.now(), service, operation, endpoint)
        result = await self.invoke(call, params)
        return None if result is None else protocol.answer(model, result, call.request_id)

    async def invoke(self, call: Call, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Let a companion answer a call from inside; None where moto is to answer.

        Raises:
            ServiceError: The companion refuses it.
        """
        for companion in self._by_service.get(call.service, ()):
            result = await companion.answer(call, params)
            if result is not None:
                return result
        return None

    def keep(self, standing: Mapping[tuple[str, Scope], bytes]) -> None:
        """Tell each companion what stands in its neighbours now. Runs in a transaction."""
        for (service, scope), records in standing.items():
            for companion in self._by_service.get(service, ()):
                companion.keep(scope, service, records)


def _operation(request: HttpRequest, service: str) -> tuple[str, Mapping[str, str]] | None:
    if protocol_of_any(service) == "rest-json":
        return rest_routes(service).match(request.method, request.path)
    name = request.headers.get("x-amz-target", "").rpartition(".")[2]
    return (name, {}) if name else None
