"""What happens in the worker thread: bring, answer, see what changed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from hatoba.cloud.neighbours import additions
from hatoba.cloud.neighbours.backends import reset_backends
from hatoba.cloud.neighbours.bring.standing import standing
from hatoba.cloud.neighbours.door import Moto
from hatoba.cloud.neighbours.keeping import Keeper
from hatoba.cloud.neighbours.model import Changed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.neighbours.client import InwardClients
    from hatoba.cloud.neighbours.model import Brought, Kept
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call
    from hatoba.cloud.wire.http import HttpRequest, HttpResponse


class Work:
    """moto, loaded. Made and used in the worker thread only."""

    def __init__(self) -> None:
        self._moto = Moto()
        self._keeper = Keeper()
        self._clients: InwardClients | None = None

    def answer(self, request: HttpRequest, service: str, brought: Brought) -> HttpResponse:
        """Answer a request; see :meth:`hatoba.cloud.neighbours.door.Moto.answer`."""
        self._bring(brought)
        return self._answer(request, service, brought.scope)

    def _answer(self, request: HttpRequest, service: str, scope: Scope) -> HttpResponse:
        """Let an addition answer, or else moto."""
        added = additions.answer(request, service, scope)
        if added is not None:
            return added
        keep = additions.begin(request, service, scope)
        response = self._moto.answer(request, service, scope)
        if keep is not None and response.status < HTTPStatus.MULTIPLE_CHOICES:
            keep()
        return response

    def invoke(self, call: Call, params: Mapping[str, Any], brought: Brought) -> dict[str, Any]:
        """Run an operation; see :meth:`hatoba.cloud.neighbours.client.InwardClients.invoke`."""
        self._bring(brought)
        if self._clients is None:
            from hatoba.cloud.neighbours.client import InwardClients

            self._clients = InwardClients(self._answer)
        return self._clients.invoke(call, params)

    def changes(self) -> Changed:
        """Return what differs from what is on disk, the user pools that stand, and what has companions."""
        kept = self._keeper.changes()
        pools: Mapping[Scope, Any] = {}
        if any(each.service == "cognito-idp" for each in kept):
            from hatoba.cloud.neighbours.bring.cognito import standing_pools

            pools = standing_pools()
        return Changed(kept, pools, standing({each.place for each in kept}))

    def written(self, kept: Iterable[Kept]) -> None:
        """Note what is on disk now. Called from the event loop's thread, between two jobs or beside one."""
        self._keeper.written(kept)

    def restore(self, kept: Iterable[Kept]) -> None:
        """Put back what an earlier cloud kept.

        Raises:
            ServiceError: It cannot be read.
        """
        self._keeper.restore(kept)

    def reset(self) -> None:
        """Empty every neighbour."""
        reset_backends()
        self._keeper.forget()

    def _bring(self, brought: Brought) -> None:
        if brought.pool is not None:
            from hatoba.cloud.neighbours.bring.cognito import bring_pool

            bring_pool(brought.scope, brought.pool)
        if brought.zones is not None:
            from hatoba.cloud.neighbours.bring.route53 import bring_zones

            bring_zones(brought.scope.account, brought.zones)
        if brought.network is not None:
            from hatoba.cloud.neighbours.bring.network import bring_network

            bring_network(brought.scope, brought.network)
        if brought.containers is not None:
            from hatoba.cloud.neighbours.bring.containers import bring_containers

            bring_containers(brought.scope, brought.containers)
