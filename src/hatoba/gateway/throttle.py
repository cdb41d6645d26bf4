"""Token buckets: how many requests a route may take. Without I/O; the caller brings the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hatoba.gateway.snapshot import Throttle


class Bucket:
    """Holds up to ``burst`` tokens and gains ``rate`` per second. Zero and zero lets nothing through."""

    __slots__ = ("_at", "_tokens", "limits")

    def __init__(self, limits: Throttle, now: float) -> None:
        self.limits = limits
        self._tokens = float(limits.burst)
        self._at = now

    def take(self, now: float) -> bool:
        """Take a token at ``now`` (monotonic seconds). False means 429."""
        gained = max(0.0, now - self._at) * self.limits.rate
        self._tokens = min(float(self.limits.burst), self._tokens + gained)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
