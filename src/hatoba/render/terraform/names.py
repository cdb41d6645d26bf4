"""Terraform's names: snake case, without the type said twice, and never two the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
RESERVED = frozenset(
    {"source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"}
)
"""Names that a variable may not have."""


def snake(name: str) -> str:
    """``snake("EcsTaskExecRole")`` is ``ecs_task_exec_role``."""
    return "_".join(word.lower() for word in _WORDS.findall(name))


def is_identifier(name: str) -> bool:
    """Whether Terraform takes a name as it is."""
    return _IDENTIFIER.fullmatch(name) is not None


def labels(ids: Iterable[tuple[str, str, str, str]]) -> dict[str, str]:
    """A label for each logical id, from (logical id, wanted, Terraform type, what ids of its kind end with).

    ``AppService`` of the kind ``Service`` is ``app``. Where two ids of a type would become one, the later
    keeps its logical id as it is.
    """
    found: dict[str, str] = {}
    taken: set[tuple[str, str]] = set()
    for logical_id, wanted, kind, ending in ids:
        label = snake(wanted.removesuffix(ending) or wanted)
        if (kind, label) in taken or not is_identifier(label):
            label = logical_id
        taken.add((kind, label))
        found[logical_id] = label
    return found
