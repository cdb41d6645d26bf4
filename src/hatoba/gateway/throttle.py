"""Token buckets: how many requests a route may take. Without I/O; the caller brings the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, final

if TYPE_CHECKING:
    from hatoba.gateway.snapshot import Throttle


class Throttling(Protocol):
    """A token bucket, wherever its tokens are."""

    limits: Throttle

    def take(self, now: float) -> bool:
        """Take a token at ``now`` (monotonic seconds). False means 429."""


@final
class Bucket:
    """Holds up to ``burst`` tokens and gains ``rate`` per second. Zero and zero lets nothing through."""

    __slots__ = ("_at", "_tokens", "limits")

    def __init__(self, limits: Throttle, now: float, _name: str = "") -> None:
        self.limits = limits
        self._tokens = float(limits.burst)
        self._at = now

    def take(self, now: float) -> bool:
        """Take a token at ``now`` (monotonic seconds). False means 429."""
        taken, self._tokens, self._at = take(self.limits, self._tokens, self._at, now)
        return taken


def take(limits: Throttle, tokens: float, at: float, now: float) -> tuple[bool, float, float]:
    """Take a token from a bucket that held ``tokens`` at ``at``; return whether, and what it holds when."""
    if now > at:
        tokens = min(float(limits.burst), tokens + (now - at) * limits.rate)
        at = now
    return (True, tokens - 1.0, at) if tokens >= 1.0 else (False, tokens, at)
