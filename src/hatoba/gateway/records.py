"""What the gateway sends back: access-log lines, rendered, with where they go; and requests' stories."""

from __future__ import annotations

import msgspec


class AccessLogLine(msgspec.Struct, frozen=True, gc=False):
    """One request's line in its stage's format. ``at`` is epoch seconds, when the response was sent."""

    destination: str
    api_id: str
    stage: str
    at: float
    line: str


class RequestTrace(msgspec.Struct, frozen=True):
    """One request's own story, without secrets. What is None or empty did not come to pass.

    Attributes:
        number: Counts the gateway process's requests, from 1.
        at: Epoch seconds when it was whole.
        headers: As the client sent them, values masked where they could be secret; so are ``path``'s query,
            and ``sent``, the request line and the headers for the back end.
        why: How the route was found, or why none was.
        authorizer: ``admitted``, ``refused: …`` in the authorizer's words, or ``not asked``.
        failed_claim: The claim, or the part of the token, that it was refused for.
        instance: ``instance-id (host:port)``, the last one tried; ``host:port`` of a public integration.
        error: The integration's error, else the message of the gateway's own answer.
        status: What the client got; None when it went away before.
        times_ms: ``decide``, ``integration`` and ``total``, in milliseconds.
    """

    number: int
    request_id: str
    at: float
    source_ip: str
    method: str
    host: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body_bytes: int
    api_id: str | None
    stage: str | None
    route_key: str | None
    why: str
    authorizer: str
    failed_claim: str | None
    claims: dict[str, str]
    integration_id: str | None
    instance: str | None
    sent: tuple[str, ...]
    integration_status: int | None
    error: str | None
    status: int | None
    response_bytes: int
    times_ms: dict[str, float]
