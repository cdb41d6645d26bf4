"""The order in which a stack's resources go, read from its own template. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")
RETAINING = frozenset({"Retain", "RetainExceptOnCreate"})


@dataclass(frozen=True, slots=True)
class Going:
    """A resource that a deletion of the stack removes, or leaves standing."""

    logical_id: str
    resource_type: str
    physical_id: str
    is_retained: bool


def going(template: str, standing: Mapping[str, tuple[str, str]]) -> tuple[Going, ...]:
    """What a deletion removes, first to last.

    Args:
        template: The stack's template, JSON. Of another one only the retained ones and the order are unknown.
        standing: Type and physical id of each resource, by logical id.
    """
    try:
        resources: dict[str, Any] = json.loads(template).get("Resources", {})
    except ValueError:
        resources = {}
    needs = {
        name: sorted(set(_names(resources.get(name, {}))) & standing.keys() - {name})
        for name in sorted(standing)
    }
    try:
        order = tuple(TopologicalSorter(needs).static_order())[::-1]
    except CycleError:
        order = tuple(standing)
    return tuple(
        Going(name, *standing[name], resources.get(name, {}).get("DeletionPolicy") in RETAINING)
        for name in order
    )


def _names(value: Any) -> Iterator[str]:
    """Every name that a part of a template refers to; parameters are among them."""
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _named_by(key, item)


def _named_by(key: str, item: Any) -> Iterator[str]:
    if key == "Ref" and isinstance(item, str):
        yield item
    elif key == "Fn::GetAtt":
        yield item[0] if isinstance(item, list) else str(item).partition(".")[0]
    elif key == "DependsOn":
        yield from [item] if isinstance(item, str) else item
    elif key == "Fn::Sub":
        yield from _IN_SUB.findall(item if isinstance(item, str) else item[0])
        yield from _names(item)
    else:
        yield from _names(item)
