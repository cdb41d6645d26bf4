"""The one door to time. Everything that waits or stamps asks a clock, so tests move it by hand."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time as the cloud sees it."""

    def now(self) -> float:
        """Return seconds since the epoch."""

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds``; cancellation ends it early."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds``."""
        await asyncio.sleep(seconds)


def timestamp(seconds: float) -> datetime:
    """Return epoch seconds as the aware datetime that botocore's serializers and parsers use."""
    return datetime.fromtimestamp(seconds, UTC)
