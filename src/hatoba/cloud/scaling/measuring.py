"""What a service's tasks use, as datapoints of a metric, in percent of what they reserve."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hatoba.cloud.scaling.model import Target
    from hatoba.cloud.scaling.pace import Pace
    from hatoba.cloud.world import TaskUsage

CPU_UNITS_OF_A_CORE = 1024
NANOSECONDS = 1e9
BYTES_OF_A_MIB = 1024 * 1024


class Measurements:
    """The newest datapoints of each policy. In memory only: a new cloud measures anew."""

    def __init__(self, pace: Pace) -> None:
        self._longest = max(pace.high_after, pace.low_after)
        self._points: defaultdict[tuple[str, str], deque[float | None]] = defaultdict(self._empty)
        self._before: dict[str, dict[str, TaskUsage]] = {}

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
            self._points[where, policy.name].append(seen.get(policy.metric))

    def of(self, where: str, target: Target) -> Mapping[str, Sequence[float | None]]:
        """Return a target's datapoints by policy, oldest first."""
        return {each.name: tuple(self._points[where, each.name]) for each in target.policies}

    def forget(self, wheres: Iterable[str]) -> None:
        """Forget all targets but these."""
        kept = set(wheres)
        self._before = {where: each for where, each in self._before.items() if where in kept}
        for key in [key for key in self._points if key[0] not in kept]:
            del self._points[key]


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
