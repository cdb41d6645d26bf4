"""The ASGI application: every request to the cloud's endpoint, and the only place where errors become bytes.

::

    HTTP ─ own name ─ extras ─ locate ─ identify ─ neighbours ─ operation ─ parse ─ run ─ serialize ─ HTTP
                                  └──────────────── ServiceError ─────────────────┘
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.state import Scope
from hatoba.cloud.wire.call import Call, Caller
from hatoba.cloud.wire.errors import ServiceError, UnknownOperation
from hatoba.cloud.wire.exchange import Exchange
from hatoba.cloud.wire.hosts import is_own_name
from hatoba.cloud.wire.http import LONGEST_CALL, ClientGone, HttpResponse, read_request, send_response
from hatoba.cloud.wire.locate import guessed_protocol, listing_of, protocol_of, signature_of, target_of
from hatoba.cloud.wire.models import operation_model, service_model
from hatoba.cloud.wire.protocols import Misfit, all_protocols, fault_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hatoba.cloud.clock import Clock
    from hatoba.cloud.wire.dispatch import Dispatcher
    from hatoba.cloud.wire.doors import Credentials, ExtraRoutes, Neighbourhood
    from hatoba.cloud.wire.http import AsgiReceive, AsgiScope, AsgiSend, HttpRequest
    from hatoba.cloud.wire.protocols import WireProtocol
    from hatoba.cloud.world import Settings

_log = logging.getLogger(__name__)

_ACCOUNT_DIGITS = 12


class WireApp:
    """AWS's API over HTTP, in front of the dispatcher.

    Args:
        dispatcher: Our services' operations.
        clock: Stamps each call.
        settings: The account and region of requests that name none, and our address.
        credentials: Who stands behind temporary access keys; None knows no such keys.
        extra_routes: What is answered before AWS's API.
        neighbours: Answers for services that are not ours; None refuses them.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        clock: Clock,
        settings: Settings,
        *,
        credentials: Credentials | None = None,
        extra_routes: ExtraRoutes | None = None,
        neighbours: Neighbourhood | None = None,
    ) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._settings = settings
        self._credentials = credentials
        self._extra_routes = extra_routes
        self._neighbours = neighbours
        self._protocols = all_protocols()
        self._chain: tuple[Callable[[Exchange], Awaitable[None]], ...] = (
            self._refuse_strange_names,
            self._answer_extra_routes,
            self._locate_service,
            self._identify_caller,
            self._pass_to_neighbours,
            self._name_operation,
            self._parse_parameters,
            self._run_operation,
            self._serialize_result,
        )

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        """Serve one connection event, as ASGI servers call it."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1003})
            return
        try:
            request = await read_request(scope, receive)
        except ClientGone:
            return
        except ServiceError as error:
            body = f"{error.code}: {error.message}".encode()
            response = HttpResponse(error.status or 400, {"content-type": "text/plain"}, body)
        else:
            response = await self.answer(request)
        try:
            await send_response(receive, send, response)
        except Misfit:
            _log.exception("%s %s: a stream of events ended with a bug", request.method, request.path)

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, whatever happens."""
        exchange = Exchange(request)
        try:
            for step in self._chain:
                await step(exchange)
                if exchange.response is not None:
                    break
        except ServiceError as error:
            exchange.response = self._refuse(exchange, error)
        except Exception:  # noqa: BLE001 - the outer edge of a request: it is logged and answered
            _log.exception("request %s: %s failed", exchange.request_id, _described(exchange))
            exchange.response = self._fail(exchange)
        response = exchange.response
        assert response is not None
        if "x-amzn-requestid" in response.headers:
            return response
        return replace(response, headers={**response.headers, "x-amzn-requestid": exchange.request_id})

    async def _refuse_strange_names(self, exchange: Exchange) -> None:
        """Refuse what a web page sends by a name of its own that points here."""
        host = exchange.request.host
        if not is_own_name(host):
            text = (
                f"{host} is not a name of this machine, so this may come from a web page (DNS rebinding). "
                f"Use {self._settings.endpoint}.\n"
            )
            exchange.response = HttpResponse(403, {"content-type": "text/plain"}, text.encode())

    async def _answer_extra_routes(self, exchange: Exchange) -> None:
        if self._extra_routes is not None:
            exchange.response = await self._extra_routes.answer(exchange.request)

    async def _locate_service(self, exchange: Exchange) -> None:
        exchange.signature = signature_of(exchange.request)
        listing = listing_of(exchange.request, exchange.signature)
        if listing is not None and self._dispatcher.serves(listing.service):
            exchange.listing = listing
            exchange.protocol = protocol_of(exchange.request, listing)

    async def _identify_caller(self, exchange: Exchange) -> None:
        key = exchange.signature.access_key
        now = self._clock.now()
        known = self._credentials.caller_of(key, now) if self._credentials and key else None
        is_account = len(key) == _ACCOUNT_DIGITS and key.isascii() and key.isdigit()
        exchange.caller = known or Caller.root(key if is_account else self._settings.account, key)
        region = exchange.signature.region or self._settings.region
        exchange.scope = Scope(exchange.caller.account, region)

    async def _pass_to_neighbours(self, exchange: Exchange) -> None:
        if exchange.listing is not None:
            return
        service = exchange.signature.service
        if self._neighbours is None:
            raise ServiceError(
                "UnknownService",
                f"No service stands here for {service or exchange.request.path!r}.",
                status=404,
            )
        assert exchange.scope is not None
        exchange.response = await self._neighbours.answer(exchange.request, service, exchange.scope)

    async def _name_operation(self, exchange: Exchange) -> None:
        assert exchange.listing is not None
        exchange.target = target_of(exchange.request, exchange.listing, exchange.protocol)
        exchange.operation = operation_model(exchange.target.service, exchange.target.operation)

    async def _parse_parameters(self, exchange: Exchange) -> None:
        assert exchange.operation is not None
        assert exchange.target is not None
        if len(exchange.request.content) > LONGEST_CALL:
            raise ServiceError(
                "RequestEntityTooLarge", f"A call holds at most {LONGEST_CALL} bytes.", status=413
            )
        protocol = self._protocol(exchange)
        exchange.parameters = protocol.parse(exchange.request, exchange.operation, exchange.target.labels)

    async def _run_operation(self, exchange: Exchange) -> None:
        assert exchange.target is not None
        assert exchange.scope is not None
        assert exchange.caller is not None
        request = exchange.request
        host = request.host or f"{self._settings.host}:{self._settings.port}"
        exchange.call = Call(
            scope=exchange.scope,
            caller=exchange.caller,
            now=self._clock.now(),
            service=exchange.target.service,
            operation=exchange.target.operation,
            endpoint=f"{request.scheme}://{host}",
            request_id=exchange.request_id,
        )
        exchange.result = await self._dispatcher.run(exchange.call, exchange.parameters)

    async def _serialize_result(self, exchange: Exchange) -> None:
        assert exchange.operation is not None
        assert exchange.result is not None
        protocol = self._protocol(exchange)
        exchange.response = protocol.answer(exchange.operation, exchange.result, exchange.request_id)

    def _refuse(self, exchange: Exchange, error: ServiceError) -> HttpResponse:
        protocol, error = self._protocol(exchange), self._in_its_words(exchange, error)
        model = service_model(exchange.listing.service) if exchange.listing else None
        try:
            return protocol.refuse(fault_of(error, model), exchange.request_id)
        except Misfit:
            _log.exception("request %s: the error %s has no such members", exchange.request_id, error)
            return self._fail(exchange)

    def _in_its_words(self, exchange: Exchange, error: ServiceError) -> ServiceError:
        """Return the error under the code that the request's protocol family has for it."""
        is_query = self._protocol_name(exchange) in {"query", "ec2", "rest-xml"}
        if isinstance(error, UnknownOperation) and is_query:
            return ServiceError("InvalidAction", error.message, status=error.status)
        if error.code == "ExpiredToken" and not is_query:
            return ServiceError("ExpiredTokenException", error.message, status=error.status)
        return error

    def _protocol_name(self, exchange: Exchange) -> str:
        return exchange.protocol or guessed_protocol(exchange.request, exchange.signature.service)

    def _protocol(self, exchange: Exchange) -> WireProtocol:
        return self._protocols[self._protocol_name(exchange)]

    def _fail(self, exchange: Exchange) -> HttpResponse:
        error = ServiceError(
            "InternalFailure",
            f"hatoba failed while answering {_described(exchange)}. This is a bug of hatoba: its log has the"
            f" traceback, under request id {exchange.request_id}.",
            status=500,
        )
        protocol = self._protocol(exchange)
        return protocol.refuse(fault_of(error, None), exchange.request_id)


def _described(exchange: Exchange) -> str:
    if exchange.target is not None:
        return f"{exchange.target.service}:{exchange.target.operation}"
    return f"{exchange.request.method} {exchange.request.path}"


async def _live(receive: AsgiReceive, send: AsgiSend) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
