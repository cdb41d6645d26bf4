"""A stage's access log: its format compiled once, one line rendered for each request.

A format is plain text in which ``$context`` variables are replaced; JSON is nothing special, and what is
empty becomes ``-``. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, final

from hatoba.gateway.context import ATTRIBUTES, lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hatoba.gateway.context import Context, Lookup

EMPTY = "-"

_VARIABLE = re.compile(r"\$context\.([A-Za-z][A-Za-z0-9_]*(?:[.:/-]+[A-Za-z0-9_]+)*)")
_LAST_PART = re.compile(r"[.:/-]+[A-Za-z0-9_]+\Z")


@final
class LogFormat:
    """One compiled format."""

    def __init__(self, text: str) -> None:
        pattern: list[str] = []
        names: list[str] = []
        lookups: list[Lookup] = []
        at = 0
        for found in _VARIABLE.finditer(text):
            name, read = _longest_known(found[1])
            pattern.append(text[at : found.start()].replace("%", "%%"))
            names.append(name)
            lookups.append(read)
            at = found.start(1) + len(name)
        pattern.append(text[at:].replace("%", "%%"))
        self._pattern = "%s".join(pattern)
        self._values = _reader(names, lookups)

    def render(self, context: Context) -> str:
        """Return the line of one answered request."""
        values = self._values(context)
        return self._pattern % tuple([each or ("0" if each == 0 else EMPTY) for each in values])


def _reader(names: list[str], lookups: list[Lookup]) -> Callable[[Context], Iterable[object]]:
    """Return how to read all values; in one go, where they stand in the context as they are."""
    attributes = [ATTRIBUTES[name] for name in names if name in ATTRIBUTES]
    if len(attributes) == len(names) > 1:
        return attrgetter(*attributes)
    return lambda context: [read(context) for read in lookups]


def _longest_known(name: str) -> tuple[str, Lookup]:
    """Leave out text that merely follows a variable, such as the ``-ms`` of ``$context.status-ms``."""
    known = name
    while (read := lookup(known)) is None:
        shorter = _LAST_PART.sub("", known)
        if shorter == known:
            return name, lambda _context: None  # an unknown variable is an empty one
        known = shorter
    return known, read
