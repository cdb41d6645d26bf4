"""How a plan's values speak of one another: references, parameters, and text made of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Reference:
    """Another resource of the plan: its identity, or one of its attributes in CloudFormation's name."""

    id: str
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """The value of a parameter of the plan."""

    name: str


@dataclass(frozen=True, slots=True)
class PseudoParameter:
    """What every deployment knows of itself: ``Region``, ``Partition``."""

    name: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Text with references in it."""

    parts: tuple[str | Reference | Parameter | PseudoParameter, ...]


Term: TypeAlias = Reference | Parameter | PseudoParameter | Joined
Words: TypeAlias = str | Term
Whole: TypeAlias = int | Term
Texts: TypeAlias = tuple[Words, ...] | Parameter


def joined(parts: Iterable[Words]) -> Words:
    """One text of several; plain text where nothing in it is known late."""
    flat: list[str | Reference | Parameter | PseudoParameter] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Joined) else (part,):
            if isinstance(piece, str) and flat and isinstance(flat[-1], str):
                flat[-1] += piece
            else:
                flat.append(piece)
    return flat[0] if len(flat) == 1 else Joined(tuple(flat))


def references(value: object) -> Iterator[Reference]:
    """Every reference to a resource inside a value, however deep."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from references(member)
    elif isinstance(value, (tuple, list)):
        for member in value:
            yield from references(member)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from references(getattr(value, field.name))
