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
    """All companions, by the service that each goes with."""

    def __init__(self, world: World, companions: Sequence[Companion]) -> None:
        self._world = world
        self._by_service = {service: each for each in companions for service in each.services}
        self._protocols = all_protocols()

    async def answer(self, request: HttpRequest, service: str, scope: Scope) -> HttpResponse | None:
        """Let a companion answer an HTTP request; None where moto is to answer.

        Raises:
            ServiceError: The companion refuses it.
        """
        companion = self._by_service.get(service)
        found = _operation(request, service) if companion is not None else None
        if companion is None or found is None:
            return None
        operation, labels = found
        model = operation_model(service, operation)
        protocol = self._protocols[protocol_of_any(service) or JSON]
        params = protocol.parse(request, model, labels)
        check_params(model, params)
        caller, endpoint = Caller.root(scope.account), self._world.settings.endpoint
        call = Call(scope, caller, self._world.clock.now(), service, operation, endpoint)
        result = await companion.answer(call, params)
        return None if result is None else protocol.answer(model, result, call.request_id)

    async def invoke(self, call: Call, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Let a companion answer a call from inside; None where moto is to answer.

        Raises:
            ServiceError: The companion refuses it.
        """
        companion = self._by_service.get(call.service)
        return None if companion is None else await companion.answer(call, params)

    def keep(self, standing: Mapping[tuple[str, Scope], bytes]) -> None:
        """Tell each companion what stands in its neighbours now. Runs in a transaction."""
        for (service, scope), records in standing.items():
            companion = self._by_service.get(service)
            if companion is not None:
                companion.keep(scope, service, records)


def _operation(request: HttpRequest, service: str) -> tuple[str, Mapping[str, str]] | None:
    if protocol_of_any(service) == "rest-json":
        return rest_routes(service).match(request.method, request.path)
    name = request.headers.get("x-amz-target", "").rpartition(".")[2]
    return (name, {}) if name else None
