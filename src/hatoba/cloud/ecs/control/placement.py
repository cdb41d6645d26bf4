"""Where the next task goes: the zone with the fewest of its service's tasks, then the emptiest subnet.

And which task goes first, so that those that stay are spread as evenly.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hatoba.cloud.ecs.model import StrategyItem, Subnet, Task


def spread(subnets: Sequence[Subnet], tasks: Iterable[Task], deployment: str | None = None) -> Subnet:
    """Return the subnet for one more task beside ``tasks``; equal ones in the order given.

    Those of its own ``deployment`` count first: the others go.
    """
    live = [task for task in tasks if task.is_live]
    staying = Counter(task.attachment.zone for task in live if task.deployment == deployment)
    by_zone = Counter(task.attachment.zone for task in live)
    by_subnet = Counter(task.attachment.subnet_id for task in live)
    return min(subnets, key=lambda subnet: (staying[subnet.zone], by_zone[subnet.zone], by_subnet[subnet.id]))


def leaving(tasks: Iterable[Task], among: Iterable[Task]) -> Iterator[Task]:
    """Yield ``tasks`` in the order in which they may go: of the zone with the most of all, the youngest."""
    left: defaultdict[str, deque[Task]] = defaultdict(deque)
    for task in sorted(tasks, key=lambda each: -each.created_at):
        left[task.attachment.zone].append(task)
    standing = Counter(task.attachment.zone for task in among)
    while left:
        zone = max(left, key=lambda each: (standing[each], left[each][0].created_at))
        standing[zone] -= 1
        yield left[zone].popleft()
        if not left[zone]:
            del left[zone]


def provider(strategy: Sequence[StrategyItem], tasks: Iterable[Task]) -> str | None:
    """Return the capacity provider for one more task: the base first, then by weight; None without any."""
    if not strategy:
        return None
    taken = Counter(task.capacity_provider for task in tasks if task.is_live)
    for item in strategy:
        if taken[item.provider] < item.base:
            return item.provider
    weighted = [item for item in strategy if item.weight]
    chosen = min(
        weighted or list(strategy),
        key=lambda item: (taken[item.provider] - item.base + 1) / max(item.weight, 1),
    )
    return chosen.provider
