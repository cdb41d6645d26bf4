"""What becomes of a request, decided without I/O: answer it here, or send it to an integration.

stage → route → preflight, or no route → throttle → authorizer → integration
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hatoba.gateway.answers import Answer, refuse
from hatoba.gateway.authorizer import Refused
from hatoba.gateway.headers import lines
from hatoba.gateway.picture import Forward

__all__ = ["Decision", "Forward", "decide"]

if TYPE_CHECKING:
    from hatoba.gateway.context import Context
    from hatoba.gateway.picture import ServedApi, ServedRoute, ServedStage
    from hatoba.gateway.request import Request


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The stage that answers, if any, and what to do."""

    stage: ServedStage | None
    outcome: Answer | Forward


def decide(api: ServedApi, context: Context, now: float, monotonic: float) -> Decision:
    """Decide, and note on the way what the access log will want to know."""
    context.api_id = api.api_id
    context.account_id = api.account
    request = context.request
    if api.mapping is not None:
        context.base_path = api.mapping.path
    place = api.find(request.method, request.path)
    if place is None:
        return Decision(None, refuse(404))
    stage, route, forward = place
    context.stage = stage.name
    if route is None:
        return Decision(stage, _preflight(stage, request) or refuse(404))
    context.route_key = route.key
    refusal = _refusal(route, context, now, monotonic)
    if refusal is not None:
        return Decision(stage, refusal)
    return Decision(stage, forward or refuse(404))


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
