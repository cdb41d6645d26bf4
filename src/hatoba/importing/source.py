"""Python source of a definition: values, calls and inputs, broken into lines where one is too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Source: TypeAlias = object
"""Plain values, lists and mappings of them, and what is below."""


@dataclass(frozen=True, slots=True)
class Code:
    """An expression as it stands: a variable, ``given.vpc_id``."""

    text: str


@dataclass(frozen=True)
class Call:
    """A call: ``ecs.Cluster("main")``."""

    name: str
    arguments: tuple[Source, ...] = ()
    named: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True)
class Joined:
    """Texts and expressions, joined by ``+``."""

    parts: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Assign:
    """A statement."""

    variable: str
    value: Source


def statement(assign: Assign, width: int) -> str:
    """A statement as lines."""
    return f"{assign.variable} = " + written(assign.value, width, len(assign.variable) + 3)


def written(value: Source, width: int, at: int = 0, depth: int = 0) -> str:
    """A value's source; ``at`` is the column where it begins."""
    line = _line(value)
    if at + len(line) <= width or not _parts(value):
        return line
    opening, closing = _brackets(value)
    inner = "    " * (depth + 1)
    lines = [
        inner + label + written(member, width, len(inner) + len(label) + 1, depth + 1) + ","
        for label, member in _parts(value)
    ]
    return "\n".join([opening, *lines, "    " * depth + closing])


def _parts(value: Source) -> list[tuple[str, Source]]:
    match value:
        case Call():
            return [("", each) for each in value.arguments] + [
                (f"{name}=", each) for name, each in value.named.items()
            ]
        case list() | tuple():
            return [("", each) for each in value]
        case Mapping():
            return [(f"{_line(key)}: ", each) for key, each in value.items()]
        case _:
            return []


def _brackets(value: Source) -> tuple[str, str]:
    match value:
        case Call(name=name):
            return f"{name}(", ")"
        case Mapping():
            return "{", "}"
        case _:
            return "[", "]"


def _line(value: Source) -> str:
    match value:
        case Code(text=text):
            return text
        case Joined(parts=parts):
            return " + ".join(_line(part) for part in parts)
        case str():
            return _quoted(value)
        case set() | frozenset():
            return "{" + ", ".join(_line(each) for each in sorted(value)) + "}"
        case Call() | list() | tuple() | Mapping():
            opening, closing = _brackets(value)
            return opening + ", ".join(label + _line(member) for label, member in _parts(value)) + closing
        case _:
            return repr(value)


def _quoted(text: str) -> str:
    # As formatters write it: double quotes, unless that means more escapes.
    plain = repr(text)
    if plain.startswith("'") and '"' not in text:
        return '"' + plain[1:-1].replace("\\'", "'") + '"'
    return plain


@dataclass(frozen=True)
class Given:
    """An input: which kind, its arguments."""

    kind: str
    default: Source = None
    local: Source = None
    description: str = ""

    def call(self) -> Call:
        """The declaration."""
        named: dict[str, Source] = {}
        if self.local is not None and self.default is None:
            named["local"] = self.local
        if self.description:
            named["description"] = self.description
        default = () if self.default is None else (self.default,)
        return Call(f"Input.{self.kind}", default, named)


@dataclass
class Inputs:
    """The inputs, by their path: a group for each object."""

    members: dict[str, Given | Inputs] = field(default_factory=dict)

    def put(self, path: tuple[str, ...], given: Given) -> None:
        """Declare an input, in place of an earlier one of the same path."""
        *groups, last = path
        inner = self
        for group in groups:
            below = inner.members.setdefault(group, Inputs())
            assert isinstance(below, Inputs), "a group and an input cannot have one name"
            inner = below
        inner.members[last] = given

    def all(self, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Given]]:
        """Every input with its path."""
        for member, inner in self.members.items():
            if isinstance(inner, Inputs):
                yield from inner.all((*before, member))
            else:
                yield (*before, member), inner

    def drop(self, path: tuple[str, ...]) -> None:
        """Remove an input, and groups that are empty then."""
        first, *rest = path
        inner = self.members[first]
        if isinstance(inner, Inputs):
            inner.drop(tuple(rest))
        if not isinstance(inner, Inputs) or not inner.members:
            del self.members[first]

    def lines(self) -> Iterator[str]:
        """A class for each group, the outermost last, and the object that the definition uses."""
        if self.members:
            yield from self.classes("Given", "What differs from environment to environment.")
            yield "\ngiven = Given()"

    def classes(self, name: str, story: str) -> Iterator[str]:
        """The group's class, after those of the groups in it."""
        for member, inner in self.members.items():
            if isinstance(inner, Inputs):
                yield from inner.classes(_class_name(member), f"The members of {member}.")
        lines = [f'class {name}(Inputs):\n    """{story}"""\n']
        for member, inner in self.members.items():
            value = Call(f"{_class_name(member)}") if isinstance(inner, Inputs) else inner.call()
            lines.append(f"    {member} = {written(value, 104, len(member) + 7, 1)}")
        yield "\n" + "\n".join(lines) + "\n"


def _class_name(member: str) -> str:
    return "".join(word.capitalize() for word in member.split("_")) + "Inputs"
