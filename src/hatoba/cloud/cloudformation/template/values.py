"""What a template's values are made of."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Value: TypeAlias = Any
"""A JSON value: str, int, float, bool, None, list, dict with str keys. Templates hold nothing else."""


class _Marker:
    """A value of its own kind, compared by identity."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


NO_VALUE: Final = _Marker("AWS::NoValue")
"""Removes the property, or the list's item, that it is the value of."""

UNKNOWN: Final = _Marker("{{changeSet:KNOWN_AFTER_APPLY}}")
"""Will be known when a resource has been made."""


def is_unknown(value: Value) -> bool:
    """Say whether a value holds, at any depth, something not known yet."""
    if isinstance(value, dict):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in value)
    return value is UNKNOWN


def as_text(value: Value) -> str:
    """Return a scalar as CloudFormation writes it into a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def same(left: Value, right: Value) -> bool:
    """Compare as CloudFormation does: 80 and "80" are the same value, so are true and "true"."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return False
    return left is right or (left is not UNKNOWN and right is not UNKNOWN and as_text(left) == as_text(right))
