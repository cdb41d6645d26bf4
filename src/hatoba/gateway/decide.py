"""What becomes of a request, decided without I/O: answer it here, or send it to an integration.

stage → route → preflight, or no route → throttle → authorizer → integration
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.gateway.answers import Answer, refuse
from hatoba.gateway.authorizer import Refused
from hatoba.gateway.headers import lines

if TYPE_CHECKING:
    from hatoba.gateway.context import Context
    from hatoba.gateway.request import Request
    from hatoba.gateway.served import Forward, ServedApi, ServedRoute, ServedStage


def decide(api: ServedApi, context: Context, now: float, monotonic: float) -> Answer | Forward:
    """Decide, and note on the way which stage answers and what its access log will want to know."""
    context.api_id = api.api_id
    context.account_id = api.account
    request = context.request
    if api.mapping is not None:
        context.base_path = api.mapping.path
    place = api.find(request.method, request.path)
    if place is None:
        return refuse(404)
    stage, route = place.stage, place.route
    context.served = stage
    context.stage = stage.name
    if route is None:
        return _preflight(stage, request) or refuse(404)
    context.route_key = route.key
    refusal = _refusal(route, context, now, monotonic)
    if refusal is not None:
        return refusal
    return refuse(404) if place.forward is None else place.forward


def _preflight(stage: ServedStage, request: Request) -> Answer | None:
    if stage.cors is None or request.method != "OPTIONS":
        return None
    origin = request.text(b"origin")
    if origin is None or b"access-control-request-method" not in request.fields:
        return None
    return Answer(204, lines(stage.cors.preflight(origin)))


def _refusal(route: ServedRoute, context: Context, now: float, monotonic: float) -> Answer | None:
    if route.bucket is not None and not route.bucket.take(monotonic):
        return refuse(429)
    if route.authorizer is None or route.identity is None:
        return None
    verdict = route.authorizer.judge(route.identity.read(context.request), route.scopes, now)
    if isinstance(verdict, Refused):
        context.authorizer_error = verdict.error
        context.failed_claim = verdict.claim
        challenge = verdict.challenge(route.scopes).encode("latin-1")
        return refuse(verdict.status, ((b"www-authenticate", challenge),))
    context.claims = verdict.claims
    return None
