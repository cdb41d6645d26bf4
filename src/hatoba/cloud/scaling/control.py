"""How many tasks a service should have: one pure function of its policies, the datapoints and the time.

An alarm is high when the newest datapoints are all above the policy's value, low when many are all below
nine tenths of it. Any policy scales out; all that may scale in must agree to it; a datapoint that is
missing decides nothing. A count that somebody set outside of the bounds is brought within when the bounds
are written, and when an alarm is on.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from hatoba.cloud.timetable import Unreadable, read, zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.scaling.model import Action, Policy, Target
    from hatoba.cloud.scaling.pace import Pace

LOW = 0.9
"""Share of a policy's value below which its low alarm counts."""
A_HAIR = 1e-9
A_MOMENT_S = 0.001
"""Epoch seconds have no finer steps to rely on."""
LATE_S = 60.0


class Seen(msgspec.Struct, frozen=True):
    """A service now. ``is_deploying``: a deployment is in progress, and nothing scales in."""

    desired: int
    running: int
    is_deploying: bool = False


class Measured(msgspec.Struct, frozen=True):
    """What was measured until now: by policy its datapoints, oldest first, None where nothing could be."""

    datapoints: Mapping[str, Sequence[float | None]]
    now: float
    pace: Pace

    def high(self, policy: Policy) -> list[float] | None:
        """Return the newest datapoints of a policy whose high alarm is on."""
        newest = self._newest(policy, self.pace.high_after)
        return newest if newest is not None and min(newest) > policy.value else None

    def low(self, policy: Policy) -> list[float] | None:
        """Return the newest datapoints of a policy whose low alarm is on."""
        newest = self._newest(policy, self.pace.low_after)
        return newest if newest is not None and max(newest) < policy.value * LOW else None

    def _newest(self, policy: Policy, count: int) -> list[float] | None:
        """Return a policy's newest datapoints, if that many were measured in a row."""
        points = self.datapoints.get(policy.name, ())
        newest = [each for each in points[-count:] if each is not None]
        return newest if len(newest) == count else None


class Change(msgspec.Struct, frozen=True):
    """A new desired count, why, and the target as it is after it."""

    desired: int
    cause: str
    target: Target


def decide(target: Target, seen: Seen, measured: Measured) -> Change | None:
    """Return how the service's desired count changes now, or None."""
    wanted = [
        each for policy in target.policies if (each := _out(target, policy, seen, measured)) is not None
    ]
    if wanted:
        desired, policy = max(wanted, key=lambda pair: pair[0])
        base = min(_base(target, each, seen, measured.now) for each in target.policies)
        after = replace(target, out_at=measured.now, out_from=base, in_at=None)
        return Change(desired, _cause(policy, 0), after)
    return _in(target, seen, measured) or _within_by_alarm(target, seen, measured)


def _out(target: Target, policy: Policy, seen: Seen, measured: Measured) -> tuple[int, Policy] | None:
    newest = measured.high(policy)
    if target.suspended.outward or newest is None or not seen.running:
        return None
    base = _base(target, policy, seen, measured.now)
    wanted = _clamped(_in_proportion(base, newest[-1], policy.value), target)
    return (wanted, policy) if wanted > seen.desired else None


def _base(target: Target, policy: Policy, seen: Seen, now: float) -> int:
    """Return how many tasks a step out is taken from.

    While it cools down, what the last step added counts as there already: only a larger step is taken.
    """
    cools = target.out_at is not None and now < target.out_at + policy.out_cooldown_s
    return min(seen.running, target.out_from) if cools else seen.running


def _in(target: Target, seen: Seen, measured: Measured) -> Change | None:
    policies = [each for each in target.policies if each.scales_in]
    if not policies or target.suspended.inward or seen.is_deploying or not seen.running:
        return None
    if any(measured.high(each) is not None for each in target.policies):
        return None
    wanted = 0
    for policy in policies:
        newest = measured.low(policy)
        if newest is None:
            return None
        if target.in_at is not None and measured.now < target.in_at + policy.in_cooldown_s:
            return None
        wanted = max(wanted, _in_proportion(seen.running, newest[-1], policy.value))
    desired = _clamped(wanted, target)
    if desired >= seen.desired:
        return None
    return Change(desired, _cause(policies[0], 1), replace(target, in_at=measured.now))


def _within_by_alarm(target: Target, seen: Seen, measured: Measured) -> Change | None:
    """Bring a count within the bounds where an alarm is on that alone would not change it."""
    desired = _clamped(seen.desired, target)
    is_held = (
        target.suspended.outward if desired > seen.desired else target.suspended.inward or seen.is_deploying
    )
    if desired == seen.desired or is_held or not seen.running:
        return None
    for policy in target.policies:
        if measured.high(policy) is not None:
            return Change(desired, _cause(policy, 0), target)
        if policy.scales_in and measured.low(policy) is not None:
            return Change(desired, _cause(policy, 1), target)
    return None


def _clamped(count: int, target: Target) -> int:
    return min(max(count, target.minimum), target.maximum)


def _in_proportion(running: int, metric: float, value: float) -> int:
    return ceil(running * metric / value - A_HAIR)


def _cause(policy: Policy, alarm: int) -> str:
    name = policy.alarms[alarm] if alarm < len(policy.alarms) else policy.metric
    return f"monitor alarm {name} in state ALARM triggered policy {policy.name}"


def begun(action: Action, now: float) -> Action:
    """Return a scheduled action that was written now, with its first time; none if it cannot be read."""
    try:
        read(action.expression)
        zone_of(action.zone)
    except Unreadable:
        return replace(action, since=now, occurs_at=None)
    return went_on(replace(action, since=now), now - LATE_S if action.expression.startswith("at(") else now)


def went_on(action: Action, after: float) -> Action:
    """Return a scheduled action with the first time after ``after`` as the next."""
    start = action.since if action.start is None else action.start
    moment = after if action.start is None else max(after, action.start - A_MOMENT_S)
    found = read(action.expression).after(moment, start, action.zone)
    return replace(
        action, occurs_at=None if action.end is not None and found and found > action.end else found
    )


def act_on_schedule(target: Target, action: Action, desired: int) -> tuple[Target, Change | None]:
    """Return a target with the bounds of an action that came due, and the count that they make necessary."""
    minimum = target.minimum if action.minimum is None else action.minimum
    maximum = target.maximum if action.maximum is None else action.maximum
    bounded = replace(target, minimum=minimum, maximum=max(maximum, minimum))
    return bounded, brought_within(bounded, desired)


def brought_within(target: Target, desired: int) -> Change | None:
    """Return the count that a target's bounds make necessary, or None."""
    if desired < target.minimum:
        return Change(target.minimum, f"minimum capacity was set to {target.minimum}", target)
    if desired > target.maximum:
        return Change(target.maximum, f"maximum capacity was set to {target.maximum}", target)
    return None
