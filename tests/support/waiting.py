"""Waiting for a condition with a deadline: no test sleeps and hopes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.02


def wait_until(condition: Callable[[], T], *, within_s: float = 60, what: str = "the condition") -> T:
    """Return the condition's first truthy value, or fail after ``within_s`` seconds with its last one."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s} s for {what}; the last value was {value!r}")
        time.sleep(POLL_S)


async def eventually(condition: Callable[[], T], *, within_s: float = 60, what: str = "the condition") -> T:
    """Do the same inside an event loop, letting its tasks run."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s} s for {what}; the last value was {value!r}")
        await asyncio.sleep(POLL_S)
