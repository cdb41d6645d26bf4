"""A value for every shape, so that whole models can go over the wire and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

MOMENT = datetime(2026, 1, 31, 12, 34, 56, tzinfo=UTC)
TEXT = 'a ü/+&<%20>="b"'
BYTES = b"\x00 bytes"
_DEEPEST = 10
_LONG_UNTIL = 2


_LEAVES = {"string", "integer", "long", "float", "double", "boolean", "blob", "timestamp"}


def sample(shape: Shape, *, required_only: bool = False, depth: int = 0) -> Any:
    """Return a value of the shape with all of its members, down to where it repeats itself."""
    if isinstance(shape, StructureShape):
        return _structure(shape, required_only=required_only, depth=depth)
    if isinstance(shape, ListShape):
        length = max(2 if depth < _LONG_UNTIL else 1, shape.metadata.get("min", 0))
        return [sample(shape.member, required_only=required_only, depth=depth + 1)] * length
    if isinstance(shape, MapShape):
        value = sample(shape.value, required_only=required_only, depth=depth + 1)
        names = _enum(shape.key)[:2] or ["k.1", "k ü"]
        return dict.fromkeys(names, value)
    return _leaf(shape)


def _structure(shape: StructureShape, *, required_only: bool, depth: int) -> Any:
    if shape.is_document_type:
        return {"any": [1, "thing"]}
    members = {
        name: member
        for name, member in shape.members.items()
        if name in shape.required_members
        or (not required_only and (depth < _DEEPEST or member.type_name in _LEAVES))
    }
    if shape.is_tagged_union:
        members = dict(list(shape.members.items())[:1])
    return {
        name: sample(member, required_only=required_only, depth=depth + 1) for name, member in members.items()
    }


def _leaf(shape: Shape) -> Any:
    match shape.type_name:
        case "string" | "character":
            return _string(shape)
        case "integer" | "long":
            return max(7, shape.metadata.get("min", 0))
        case "float" | "double":
            return max(1.5, shape.metadata.get("min", 0))
        case "boolean":
            return True
        case "blob":
            return BYTES
        case "timestamp":
            return MOMENT
        case _:
            raise AssertionError(shape.type_name)


def _string(shape: Shape) -> str:
    if _enum(shape):
        return _enum(shape)[0]
    text = TEXT
    while len(text) < shape.metadata.get("min", 0):
        text += TEXT
    return text


def _enum(shape: Shape) -> list[str]:
    return [str(value) for value in shape.metadata.get("enum", ())]
