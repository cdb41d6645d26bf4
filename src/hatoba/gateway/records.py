"""What the gateway sends back: an access-log line, rendered, with where it goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccessLogLine:
    """One request's line in its stage's format. ``at`` is epoch seconds, when the response was sent."""

    destination: str
    api_id: str
    stage: str
    at: float
    line: str
