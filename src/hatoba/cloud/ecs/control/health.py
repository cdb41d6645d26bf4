"""What a container's health checks mean: when the next one is due, and what one that ended changes.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from hatoba.cloud.ecs.definition import HealthCheck
    from hatoba.cloud.ecs.model import Health

LONGEST_OUTPUT = 1024


class Wellness(msgspec.Struct, frozen=True):
    """What the checks of a running container have shown so far.

    Attributes:
        started_at: When the container was started.
        health: UNKNOWN until a check passed or enough failed.
        since: When the health became what it is.
        failures: Failed checks in a row, of those that count.
        output: What the last check wrote, cut.
    """

    started_at: float
    health: Health = "UNKNOWN"
    since: float | None = None
    failures: int = 0
    output: str = ""


class Look(msgspec.Struct, frozen=True):
    """One check: when it began and ended, whether it passed, and what it wrote."""

    began_at: float
    ended_at: float
    passed: bool
    output: str = ""


def command(check: HealthCheck) -> tuple[str, ...]:
    """Return the words to execute: ``CMD`` stands for itself, ``CMD-SHELL`` for the container's shell."""
    kind, *words = check.command
    return tuple(words) if kind == "CMD" else ("/bin/sh", "-c", " ".join(words))


def pause_s(check: HealthCheck, seen: Wellness, now: float, early_s: float) -> float:
    """Return how long to wait for the next check after the last one ended.

    Before its first interval is over a container that is not yet known to be well is looked at sooner,
    after ``early_s`` and then at doubling distances: it can only become HEALTHY sooner by that.
    """
    age_s = max(now - seen.started_at, 0.0)
    if seen.health != "UNKNOWN" or age_s >= check.interval:
        return float(check.interval)
    return min(max(early_s, age_s), check.interval - age_s)


def judge(check: HealthCheck, seen: Wellness, look: Look) -> Wellness:
    """Return what is known after a check.

    A pass counts at once and ends the start period; a failure counts after the start period, and not
    before the first interval is over: AWS has not looked by then.
    """
    told = replace(seen, output=look.output[:LONGEST_OUTPUT])
    if look.passed:
        since = seen.since if seen.health == "HEALTHY" else look.ended_at
        return replace(told, health="HEALTHY", since=since, failures=0)
    is_early = look.began_at - seen.started_at < max(check.start_period, check.interval)
    if seen.health == "UNKNOWN" and is_early:
        return told
    failures = seen.failures + 1
    if failures < check.retries or seen.health == "UNHEALTHY":
        return replace(told, failures=failures)
    return replace(told, failures=failures, health="UNHEALTHY", since=look.ended_at)
