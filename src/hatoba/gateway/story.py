"""A request's own story: the route and why, the verdict, the instance, the times, what was sent. Without I/O.

Written only when somebody asks. What may be a secret leaves the gateway as ``***``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.gateway.context import claim_text
from hatoba.gateway.records import Story

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.gateway.context import Context

MASKED = "***"
_SECRET = re.compile(
    r"auth|cookie|key|token|secret|passw|session|credential|signature|^sig$|^jwt$|^code$|^state$|^assertion$",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(bearer|basic|digest) +", re.IGNORECASE)
_JWT = re.compile(r"eyJ[\w-]*(?:\.|%2[Ee])[\w-]+(?:(?:\.|%2[Ee])[\w-]*)?")
_CLAIMS_SHOWN = ("iss", "sub", "aud", "client_id", "token_use", "scope", "scp", "nbf", "iat", "exp")
_NO_CONTENT, _THROTTLED = 204, 429


def tell(context: Context) -> Story:
    """Write a request's story."""
    request, forward, sending = context.request, context.forward, context.sending
    sent = sending.data.partition(b"\r\n\r\n")[0] if sending is not None and context.written_at else b""
    return Story(
        request_id=context.request_id,
        at=context.requested_at,
        ended_at=context.ended_at,
        source_ip=context.source_ip,
        method=request.method,
        host=request.host,
        path=_masked_target(request.path if request.query is None else f"{request.path}?{request.query}"),
        headers=tuple(_masked_fields((name, value) for name, value, _ in request.head.headers)),
        body_bytes=context.body_bytes,
        api_id=context.api_id,
        stage=context.stage,
        route_key=context.route_key,
        why=_why(context),
        authorizer=_verdict(context),
        failed_claim=context.failed_claim,
        claims=_claims(context),
        integration_id=None if forward is None else forward.integration.config.integration_id,
        instance=_instance(context, context.tried) if context.written_at else None,
        passed_over=tuple(_instance(context, each) for each in range(context.tried)),
        repeated=context.repeated,
        sent=_sent(sent),
        sent_body_bytes=context.body_bytes if sent else 0,
        integration_status=context.integration_status,
        error=context.integration_error or context.error_message,
        status=context.status or None,
        response_bytes=context.response_length,
        times_ms=_times(context),
    )


def masked(name: str, value: str) -> str:
    """Return a header's or a parameter's value, or what may be told of it."""
    if not _SECRET.search(name):
        return _JWT.sub(MASKED, value)
    scheme = _SCHEME.match(value)
    return f"{scheme[1]} {MASKED}" if scheme else MASKED


def _masked_fields(fields: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str]]:
    for name, value in fields:
        text = name.decode("latin-1")
        yield text, masked(text, value.decode("latin-1"))


def _masked_target(target: str) -> str:
    path, mark, query = target.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")] if mark else []
    shown = [f"{name}{equals}{masked(name, value) if value else ''}" for name, equals, value in pairs]
    return _JWT.sub(MASKED, path) + mark + "&".join(shown)


def _why(context: Context) -> str:
    """Say in a sentence how the route was found, or why none was."""
    request = context.request
    if context.api_id is None:
        return f"No API and no custom domain name answers to Host {request.host} here."
    if context.stage is None:
        return f"No stage of the API serves {_JWT.sub(MASKED, request.path)}."
    if context.route_key is None:
        if context.status == _NO_CONTENT:
            return "No route takes OPTIONS here, so the CORS configuration answers the preflight."
        return f"Stage {context.stage} has no route for {request.method} on this path."
    how = _how(context.route_key)
    if context.status == _THROTTLED and context.forward is None:
        return f"{how} Its throttle was exceeded."
    return how


def _how(key: str) -> str:
    if key == "$default":
        return "No other route takes it, so $default does."
    method, _, path = key.partition(" ")
    if "+}" in path:
        how = f"The greedy variable of {path} takes the rest of the path; no full match is there."
    elif "{" in path:
        how = f"{path} matches segment by segment, with variables; no literal path does."
    else:
        how = f"{path} is the very path."
    return f"{how} No route of the method itself is there, so ANY takes it." if method == "ANY" else how


def _verdict(context: Context) -> str:
    if context.authorizer_error is not None:
        return f"refused: {context.authorizer_error}"
    return "not asked" if context.claims is None else "admitted"


def _claims(context: Context) -> dict[str, str]:
    claims = context.claims or {}
    return {name: claim_text(claims[name]) or "" for name in _CLAIMS_SHOWN if name in claims}


def _instance(context: Context, number: int) -> str:
    assert context.sending is not None
    address = context.sending.addresses[number]
    where = f"{address.host}:{address.port}"
    name = None if context.forward is None else context.forward.integration.instances.get(address)
    return f"{name} ({where})" if name else where


def _sent(head: bytes) -> tuple[str, ...]:
    """Return the request line and the headers that were written for the back end."""
    if not head:
        return ()
    line, *fields = head.split(b"\r\n")
    method, _, rest = line.decode("latin-1").partition(" ")
    target, _, version = rest.rpartition(" ")
    pairs = (field.partition(b": ")[::2] for field in fields)
    shown = [f"{name}: {value}" for name, value in _masked_fields(pairs)]
    return (f"{method} {_masked_target(target)} {version}", *shown)


def _times(context: Context) -> dict[str, float]:
    """Return how long each step took that was reached, and the whole."""
    moments = [
        ("decide", context.decided_at),
        ("connect", context.written_at),
        ("integration", context.replied_at),
        ("answer", context.done_at),
    ]
    before = started = context.request.received_at
    times: dict[str, float] = {}
    for name, moment in moments:
        if moment:
            times[name] = moment - before
            before = moment
    times["total"] = context.done_at - started
    return {name: round(seconds * 1000, 3) for name, seconds in times.items()}
