"""What is wrong with a definition: where, which rule, and what to do about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_OURS = str(Path(__file__).parents[1]) + os.sep
_BETWEEN = (_OURS, "<frozen", "<string>")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A file, with a line (a Python file) or a key (a file of values)."""

    file: str
    line: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        """The form that editors and terminals make clickable: ``file:line``."""
        if self.line is not None:
            return f"{self.file}:{self.line}"
        return f"{self.file}: {self.key}" if self.key else self.file

    @staticmethod
    def of_caller() -> Place:
        """The first line on the call stack that is not hatoba's own: where the user wrote the construct."""
        frame = sys._getframe(1)  # noqa: SLF001 - the only door to the caller's line
        while frame.f_back is not None and _is_between(frame.f_code.co_filename):
            frame = frame.f_back
        return Place(frame.f_code.co_filename, frame.f_lineno)


def _is_between(file: str) -> bool:
    return file.startswith(_BETWEEN) or "/pydantic/" in file.replace("\\", "/")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says about one construct: the rule that does not hold and its remedy."""

    rule: str
    remedy: str

    def at(self, place: Place) -> Fault:
        """The finding with the place of the construct it is about."""
        return Fault(place, self.rule, self.remedy)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the place in the user's files, the rule that it breaks, the remedy."""

    place: Place
    rule: str
    remedy: str

    def __str__(self) -> str:
        """Two lines: place and rule, then what to do."""
        return f"{self.place}: {self.rule}\n    {self.remedy}"


class DefinitionError(Exception):
    """The definition or its values cannot be used; ``faults`` holds all that was found, in file order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = dict.fromkeys(faults)
        self.faults = tuple(sorted(found, key=lambda fault: (fault.place.file, fault.place.line or 0)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class NoDefinitionError(DefinitionError):
    """There is no definition where one was looked for; ``faults`` holds that one fault."""
