"""What checks of a target mean. Pure.

A new target is *initial* until its first good check. After that it takes so many bad checks in a row to
make it unhealthy, and so many good ones to make it healthy again.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from hatoba.cloud.loadbalancing.model import HealthCheck

IN_PROGRESS = ("Elb.InitialHealthChecking", "Initial health checks in progress")
TIMED_OUT = ("Target.Timeout", "Request timed out")
FAILED = ("Target.FailedHealthChecks", "Health checks failed")
NOT_IN_USE = (
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)
NOT_REGISTERED = ("Target.NotRegistered", "Target is not registered to the target group")
DRAINING = ("Target.DeregistrationInProgress", "Target deregistration is in progress")


class Look(msgspec.Struct, frozen=True):
    """One check. ``trouble`` is AWS's reason and its text; None when it passed."""

    trouble: tuple[str, str] | None = None


class Wellness(msgspec.Struct, frozen=True):
    """What is known of a target; ``run`` counts the checks in a row that speak against its state."""

    state: str
    trouble: tuple[str, str] | None = None
    run: int = 0


def judge(check: HealthCheck, seen: Wellness, look: Look, *, is_early: bool) -> Wellness:
    """Return what is known after a check. Bad ones count from the first interval on: AWS looks only then."""
    if look.trouble is None:
        return _passed(check, seen)
    if seen.state == "unhealthy":
        return Wellness("unhealthy", look.trouble)
    if is_early and seen.state == "initial":
        return replace(seen, trouble=IN_PROGRESS)
    if seen.run + 1 >= check.unhealthy_count:
        return Wellness("unhealthy", look.trouble)
    return replace(seen, run=seen.run + 1)


def _passed(check: HealthCheck, seen: Wellness) -> Wellness:
    if seen.state == "unhealthy" and seen.run + 1 < check.healthy_count:
        return replace(seen, run=seen.run + 1)
    return Wellness("healthy")


def pause_s(check: HealthCheck, state: str, age_s: float, early_s: float) -> float:
    """Return how long to wait for the next check: a new target is looked at sooner, at doubling distances."""
    if state != "initial" or age_s >= check.interval_s:
        return float(check.interval_s)
    return min(max(early_s, age_s), check.interval_s - age_s)


def status_look(check: HealthCheck, status: int) -> Look:
    """Return what an HTTP status means for a check."""
    if matches(check.matcher or "200", status):
        return Look()
    return Look(("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"))


def matches(matcher: str, status: int) -> bool:
    """Say whether a status is one of ``200``, ``200,202`` or ``200-299``."""
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
