"""Lines of output, joined to messages: a stack trace is one event, not forty.

A line that the pattern is found in begins a message; those that follow belong to it.
https://docs.docker.com/engine/logging/drivers/awslogs/ (awslogs-multiline-pattern, awslogs-datetime-format)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PATTERN, FORMAT = "awslogs-multiline-pattern", "awslogs-datetime-format"
MOST_BYTES = 262_144 - 26
"""Of one event: CloudWatch Logs counts 26 for itself."""

Timed = tuple[float, str]
"""A text with its time in epoch seconds."""

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIRECTIVES = {
    "a": "|".join(day[:3] for day in _DAYS),
    "A": "|".join(_DAYS),
    "b": "|".join(month[:3] for month in _MONTHS),
    "B": "|".join(_MONTHS),
    "d": "0[1-9]|[12][0-9]|3[01]",
    "f": "[0-9]{6}",
    "H": "[01][0-9]|2[0-3]",
    "I": "0[1-9]|1[0-2]",
    "j": "[0-3][0-9]{2}",
    "L": r"\.[0-9]{3}",
    "m": "0[1-9]|1[0-2]",
    "M": "[0-5][0-9]",
    "p": "AM|PM",
    "S": "[0-5][0-9]|60",
    "w": "[0-6]",
    "y": "[0-9]{2}",
    "Y": "[0-9]{4}",
    "z": r"[+-][0-9]{4}",
    "Z": "[A-Z]{1,4}T|UTC",
}
_POSIX_CLASSES = {
    "[:alnum:]": "A-Za-z0-9",
    "[:alpha:]": "A-Za-z",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:space:]": r"\s",
    "[:upper:]": "A-Z",
}


class BadPattern(ValueError):
    """Nothing can be matched by it. The text says why."""


def beginning(options: Mapping[str, str]) -> re.Pattern[str] | None:
    """Return what a message begins with by the options of the awslogs driver; None: each line is one.

    Raises:
        BadPattern: It cannot be read.
    """
    if options.get(FORMAT):
        # As the driver reads it: what is not a directive is a regular expression itself.
        pattern = re.sub("%(.)", lambda found: f"(?:{_directive(found[1])})", options[FORMAT])
    else:
        pattern = options.get(PATTERN) or ""
    if not pattern:
        return None
    for name, characters in _POSIX_CLASSES.items():
        pattern = pattern.replace(name, characters)
    try:
        return re.compile(pattern)
    except re.error as error:
        raise BadPattern(f"{pattern}: {error}") from error


def _directive(letter: str) -> str:
    if letter not in _DIRECTIVES:
        raise BadPattern(f"%{letter} is none of %{', %'.join(sorted(_DIRECTIVES))}")
    return _DIRECTIVES[letter]


class Gathering:
    """The lines of one container on their way to becoming messages."""

    def __init__(self, begins: re.Pattern[str]) -> None:
        self._begins = begins
        self._at = 0.0
        self._lines: list[str] = []
        self._bytes = 0

    def __bool__(self) -> bool:
        """Say whether a message is held that may go on."""
        return bool(self._lines)

    def add(self, lines: Iterable[Timed]) -> list[Timed]:
        """Take lines; return the messages that end with them, each at the time of its first line."""
        whole: list[Timed] = []
        for at, line in lines:
            length = len(line.encode()) + 1
            if self._begins.search(line) or self._bytes + length > MOST_BYTES:
                whole += self.rest()
            if not self._lines:
                self._at = at
            self._lines.append(line)
            self._bytes += length
        return whole

    def rest(self) -> list[Timed]:
        """Return what is held: nothing more belongs to it."""
        held = [(self._at, "".join(f"{line}\n" for line in self._lines))] if self._lines else []
        self._lines, self._bytes = [], 0
        return held
