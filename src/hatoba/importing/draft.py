"""A draft: statements of a definition in order, what is left over, and both as the text of a file."""

from __future__ import annotations

import keyword
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hatoba.importing.source import Assign, Call, Code, Inputs, statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

HEAD = '''\
"""{title}

{story}
"""
'''
MODULES = ("apigateway", "cloudmap", "ec2", "ecs", "iam", "logs")
NAMES = ("ACCOUNT", "PARTITION", "REGION", "Input", "Inputs", "System")
_WIDTH = 104


class ImportFailed(Exception):
    """A source cannot be read: where, what, and what to try."""

    def __init__(self, place: str, what: str, remedy: str) -> None:
        super().__init__(f"{place}: {what}")
        self.place, self.what, self.remedy = place, what, remedy


@contextmanager
def shaped(place: Callable[[], str]) -> Iterator[None]:
    """Say where a source is not of the shape that its tool takes; ``place`` is asked only then."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        what = f"this has not the form that is expected here: {error}"
        raise ImportFailed(
            place(), what, "Check it with the tool that it is for, then draft again."
        ) from error


@dataclass(frozen=True, slots=True)
class Left:
    """Something of the source that the draft does not have, or has otherwise: where, and why."""

    place: str
    why: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.place}: {self.why}"


@dataclass
class Draft:
    """What is written so far. Variables are unique; inputs come first, the system last."""

    title: str
    inputs: Inputs = field(default_factory=Inputs)
    statements: list[Assign] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    _names: set[str] = field(default_factory=lambda: {*MODULES, *NAMES, "given", "system"})

    def add(self, wanted: str, value: Call) -> Code:
        """Assign a construct to a variable named like ``wanted``; return the variable."""
        variable = self.name(wanted)
        self.statements.append(Assign(variable, value))
        return Code(variable)

    def name(self, wanted: str) -> str:
        """A Python name that nothing else has."""
        plain = identifier(wanted)
        name, number = plain, 2
        while name in self._names:
            name, number = f"{plain}_{number}", number + 1
        self._names.add(name)
        return name

    def leave(self, place: str, why: str) -> None:
        """Note what is not carried."""
        self.left.append(Left(place, why))

    def code(self) -> list[str]:
        """The statements' lines."""
        return [statement(each, _WIDTH) for each in self.statements]

    def text(self) -> str:
        """The definition's file."""
        story = "Drafted by `hatoba import`: read it, then run `hatoba validate`."
        if self.left:
            story += "\n\nNot carried, or carried otherwise:\n" + "\n".join(_listed(self.left))
        body = [*self.inputs.lines(), *self.code()]
        code = "\n".join(body) + "\n"
        used = [name for name in (*NAMES, *MODULES) if re.search(rf"\b{name}\b", code)]
        first = HEAD.format(title=self.title, story=_in_docstring(story))
        return f"{first}\nfrom hatoba import {', '.join(used)}\n\n{code}"


def _listed(left: Iterable[Left]) -> list[str]:
    return [f"- {each}" for each in dict.fromkeys(left)]


def _in_docstring(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def identifier(wanted: str) -> str:
    """A text as a Python name: ``my-app 2`` is ``my_app_2``."""
    plain = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_").lower() or "it"
    plain = f"n_{plain}" if plain[0].isdigit() else plain
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def given(**arguments: object) -> Mapping[str, object]:
    """Arguments that have a value."""
    return {name: value for name, value in arguments.items() if value not in (None, [], {}, "")}
