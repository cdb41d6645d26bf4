"""What a service's tasks use, in percent of what they reserve, and what they are asked, as datapoints."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from hatoba.cloud.scaling.model import REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hatoba.cloud.scaling.model import Policy, Target
    from hatoba.cloud.scaling.pace import Pace
    from hatoba.cloud.world import TaskUsage

CPU_UNITS_OF_A_CORE = 1024
NANOSECONDS = 1e9
BYTES_OF_A_MIB = 1024 * 1024
A_MINUTE_S = 60.0


class Measurements:
    """The newest datapoints of each policy. In memory only: a new cloud measures anew."""

    def __init__(self, pace: Pace) -> None:
        self._longest = max(pace.high_after, pace.low_after)
        self._points: defaultdict[tuple[str, str], deque[float | None]] = defaultdict(self._empty)
        self._before: dict[str, dict[str, TaskUsage]] = {}
        self._counted: dict[tuple[str, str], tuple[float, int]] = {}

    def _empty(self) -> deque[float | None]:
        return deque(maxlen=self._longest)

    def add(self, where: str, target: Target, usages: Sequence[TaskUsage]) -> None:
        """Add one datapoint to each policy of a target. ``where`` names the target in all of the cloud."""
        before = self._before.get(where, {})
        seen: dict[str, float | None] = {
            "ECSServiceAverageCPUUtilization": _average(cpu(before.get(each.task), each) for each in usages),
            "ECSServiceAverageMemoryUtilization": _average(memory(each) for each in usages),
        }
        self._before[where] = {each.task: each for each in usages}
        for policy in target.policies:
            if policy.metric != REQUESTS:
                self._points[where, policy.name].append(seen.get(policy.metric))

    def add_requests(self, where: str, policy: Policy, requests: int, tasks: int, now: float) -> None:
        """Add one datapoint to a policy that counts requests: those of a minute, for each task.

        Args:
            where: Names the target in all of the cloud.
            policy: Whose.
            requests: How many its target group ever got.
            tasks: How many share them.
            now: When they were counted.
        """
        before_at, before = self._counted.get((where, policy.name), (now, requests))
        self._counted[where, policy.name] = (now, requests)
        is_known = now > before_at and requests >= before and tasks > 0
        rate = (requests - before) / (now - before_at) * A_MINUTE_S / tasks if is_known else None
        self._points[where, policy.name].append(rate)

    def of(self, where: str, target: Target) -> Mapping[str, Sequence[float | None]]:
        """Return a target's datapoints by policy, oldest first."""
        return {each.name: tuple(self._points[where, each.name]) for each in target.policies}

    def forget(self, wheres: Iterable[str]) -> None:
        """Forget all targets but these."""
        kept = set(wheres)
        self._before = {where: each for where, each in self._before.items() if where in kept}
        for key in [key for key in self._points if key[0] not in kept]:
            del self._points[key]
            self._counted.pop(key, None)


def cpu(before: TaskUsage | None, now: TaskUsage) -> float | None:
    """Return the share of its reserved CPU that a task used between two looks; None before the second."""
    if before is None or now.at <= before.at or now.cpu_ns < before.cpu_ns:
        return None
    cores = (now.cpu_ns - before.cpu_ns) / NANOSECONDS / (now.at - before.at)
    return cores * CPU_UNITS_OF_A_CORE / now.cpu_units * 100


def memory(now: TaskUsage) -> float:
    """Return the share of its reserved memory that a task uses."""
    return now.memory_bytes / BYTES_OF_A_MIB / now.memory_mib * 100


def _average(values: Iterable[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return sum(known) / len(known) if known else None
