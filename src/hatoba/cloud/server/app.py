"""One HTTP endpoint: AWS's API, the local issuer's documents, and what the command line asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.server.admin import PREFIX, Admin, encode
from hatoba.cloud.server.familiar import Familiar
from hatoba.cloud.wire.app import WireApp
from hatoba.cloud.wire.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.cloud.server.assembly import Cloud
    from hatoba.cloud.wire.http import HttpRequest
    from hatoba.gateway.protocol import Remembering

_WELL_KNOWN = "/.well-known/"


class Routes:
    """What is answered before AWS's API is looked at."""

    def __init__(self, cloud: Cloud, admin: Admin, familiar: Familiar) -> None:
        self._cloud = cloud
        self._admin = admin
        self._familiar = familiar

    async def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Answer ``/_hatoba/…``, signals, ``.well-known`` documents, what users of other clouds know."""
        if request.path.startswith(PREFIX):
            answer = await self._admin.answer(request.method, request.path, request.headers, request.body)
            return HttpResponse(answer.status, {"content-type": "application/json"}, encode(answer))
        if self._cloud.cloudformation.takes_signal(request.method, request.path):
            status, text = self._cloud.cloudformation.signal(request.path, request.body)
            return HttpResponse(status, {"content-type": "text/plain"}, text.encode())
        if _WELL_KNOWN in request.path:
            found = await self._cloud.identity.answer(request.method, request.path, request.host)
            if found is not None:
                status, headers, body = found
                return HttpResponse(status, headers, body)
        return await self._familiar.answer(request)


def server_app(cloud: Cloud, version: str, requests: Remembering, stop: Callable[[], None]) -> WireApp:
    """Return the ASGI application of a cloud; ``stop`` is called when it is asked to end."""
    return WireApp(
        cloud.dispatcher,
        cloud.clock,
        cloud.settings,
        credentials=cloud.sts,
        extra_routes=Routes(cloud, Admin(cloud, version, requests, stop), Familiar(cloud, version)),
        neighbours=cloud.neighbours,
    )
