"""Whom DiscoverInstances answers.

https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.cloudmap.model import Instance

HealthFilter = Literal["HEALTHY", "UNHEALTHY", "ALL", "HEALTHY_OR_ELSE_ALL"]

DEFAULT_FILTER: HealthFilter = "HEALTHY"
"""Not in AWS's model; public documents say that healthy instances only are returned."""


def discovered(
    instances: Iterable[Instance],
    *,
    query: Mapping[str, str],
    optional: Mapping[str, str],
    health: HealthFilter = DEFAULT_FILTER,
) -> tuple[Instance, ...]:
    """Return the instances that match, in the order given.

    ``optional`` narrows the answer only where that leaves someone. An instance without a health check
    (UNKNOWN) passes every health filter.
    """
    matching = tuple(each for each in instances if matches(each, query)) if query else tuple(instances)
    chosen = by_health(matching, health)
    preferred = tuple(each for each in chosen if matches(each, optional)) if optional else ()
    return preferred or chosen


def matches(instance: Instance, wanted: Mapping[str, str]) -> bool:
    """Say whether the instance has all these attributes."""
    return all(instance.attributes.get(key) == value for key, value in wanted.items())


def by_health(instances: tuple[Instance, ...], health: HealthFilter) -> tuple[Instance, ...]:
    """Return the instances that a health filter passes."""
    match health:
        case "ALL":
            return instances
        case "HEALTHY" | "UNHEALTHY":
            return tuple(each for each in instances if each.health in {health, "UNKNOWN"})
        case "HEALTHY_OR_ELSE_ALL":
            return tuple(each for each in instances if each.health != "UNHEALTHY") or instances
