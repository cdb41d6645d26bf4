"""Who refers to whom in a template, and the order that follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from hatoba.cloud.cloudformation.template.values import Value

PLACEHOLDER = re.compile(r"\$\{(!?)([^${}]*)\}")
"""``${Name}``, ``${Name.Attribute}`` in Fn::Sub; ``${!x}`` is literal text."""


class Reference(msgspec.Struct, frozen=True):
    """A Ref (``attribute`` is None) or a GetAtt."""

    name: str
    attribute: str | None = None

    def __str__(self) -> str:
        return self.name if self.attribute is None else f"{self.name}.{self.attribute}"


def references(value: Value) -> Iterator[Reference]:
    """Yield every Ref, GetAtt and placeholder below ``value``, in order."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if len(value) == 1:
            ((name, body),) = value.items()
            found = _reference(name, body)
            if found is not None:
                yield from found
                return
        for item in value.values():
            yield from references(item)


def _reference(name: str, body: Value) -> Iterator[Reference] | None:
    if name == "Ref" and isinstance(body, str):
        return iter((Reference(body),))
    if name == "Fn::GetAtt":
        parts = body.split(".", 1) if isinstance(body, str) else body
        if isinstance(parts, list) and parts and isinstance(parts[0], str):
            attribute = ".".join(part for part in parts[1:] if isinstance(part, str))
            return iter((Reference(parts[0], attribute or "?"), *references(parts[1:])))
    if name == "Fn::Sub":
        return _placeholders(body)
    return None


def _placeholders(body: Value) -> Iterator[Reference]:
    text, given = (body, {}) if isinstance(body, str) else (body[0], body[1]) if _is_pair(body) else ("", {})
    yield from references(given)
    for literal, name in PLACEHOLDER.findall(text):
        if not literal and name.strip() not in given:
            yield placeholder(name.strip())


def _is_pair(body: Value) -> bool:
    return (
        isinstance(body, list) and len(body) == 2 and isinstance(body[0], str) and isinstance(body[1], dict)  # noqa: PLR2004 - text and values
    )


def placeholder(name: str) -> Reference:
    """Return what ``${name}`` refers to."""
    resource, dot, attribute = name.partition(".")
    return Reference(resource, attribute) if dot else Reference(name)


def needs(resource: dict[str, Value]) -> set[str]:
    """Return the names that a resource's body refers to or depends on (parameters among them)."""
    depends_on = resource.get("DependsOn") or []
    return {
        *(reference.name for reference in references(resource.get("Properties") or {})),
        *([depends_on] if isinstance(depends_on, str) else depends_on),
    }


def conditions_of_if(value: Value) -> Iterator[str]:
    """Yield the names of the conditions that Fn::If chooses by, below ``value``."""
    if isinstance(value, list):
        for item in value:
            yield from conditions_of_if(item)
    elif isinstance(value, dict):
        chosen = value.get("Fn::If")
        if isinstance(chosen, list) and chosen and isinstance(chosen[0], str):
            yield chosen[0]
        for item in value.values():
            yield from conditions_of_if(item)


def circle(needs_of: Mapping[str, AbstractSet[str]]) -> set[str]:
    """Return the names that cannot be ordered, those on circles; empty if there are none."""
    left = {name: set(wanted) for name, wanted in needs_of.items()}
    while ready := [name for name, wanted in left.items() if not wanted & left.keys()]:
        for name in ready:
            del left[name]
    while leaves := [name for name in left if not any(name in wanted for wanted in left.values())]:
        for name in leaves:
            del left[name]
    return set(left)


def in_order(needs_of: Mapping[str, AbstractSet[str]]) -> list[str]:
    """Return the names so that each comes after all that it needs, else in the order given."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in ordered or name not in needs_of:
            return
        for wanted in needs_of:
            if wanted in needs_of[name]:
                visit(wanted)
        ordered[name] = None

    for name in needs_of:
        visit(name)
    return list(ordered)
