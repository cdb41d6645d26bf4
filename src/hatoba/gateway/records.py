"""What the gateway sends back: access-log lines, rendered, with where they go; and stories of requests."""

from __future__ import annotations

import msgspec


class AccessLogLine(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One request's line in its stage's format. ``at`` is epoch seconds, when the response was sent."""

    destination: str
    api_id: str
    stage: str
    at: float
    line: str


class Story(msgspec.Struct, frozen=True, gc=False):
    """What became of one request, and why. Secrets are masked.

    Attributes:
        at: Epoch seconds, when it was received; ``ended_at`` when it was answered.
        path: With the query, as sent.
        route_key: The route that took it, if one did; ``why`` says why this one, or why none.
        authorizer: The verdict in words; ``failed_claim`` is what of the token failed.
        claims: Those that say whose the token is and what for.
        instance: The one chosen: its id, host and port. ``passed_over`` are those that could not be reached.
        sent: Request line and headers as the back end got them.
        status: What the client got; None where it went away before.
        times_ms: Of each step, in milliseconds.
    """

    request_id: str
    at: float
    ended_at: float
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
    passed_over: tuple[str, ...]
    repeated: bool
    sent: tuple[str, ...]
    sent_body_bytes: int
    integration_status: int | None
    error: str | None
    status: int | None
    response_bytes: int
    times_ms: dict[str, float]
