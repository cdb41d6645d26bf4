"""What the gateway sends back: an access-log line, rendered, with where it goes."""

from __future__ import annotations

import msgspec


class AccessLogLine(msgspec.Struct, frozen=True, gc=False):
    """One request's line in its stage's format. ``at`` is epoch seconds, when the response was sent."""

    destination: str
    api_id: str
    stage: str
    at: float
    line: str
