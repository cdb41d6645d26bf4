"""Terms: all of them, none of those after ``-``, one of those after ``?``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.logs.pattern.condition import BadPattern, regex

if TYPE_CHECKING:
    from collections.abc import Callable

_TERM = re.compile(
    r"""\s*(?P<mark>[-?]?)\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)"|%(?P<regex>[^%]*)%|(?P<word>[^\s"%]+))""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)")
_WORD = re.compile(r"\w+")


class TextPattern:
    """Terms of an unstructured pattern. A term is found anywhere, inside words too; case counts."""

    def __init__(self, pattern: str) -> None:
        terms: dict[str, list[Callable[[str], bool]]] = {"": [], "-": [], "?": []}
        place = 0
        while place < len(pattern):
            match = _TERM.match(pattern, place)
            if match is None:
                raise BadPattern(f"{pattern[place:].strip()!r} cannot be read")
            terms[match["mark"]].append(_term(match))
            place = match.end()
        self._wanted = terms[""]
        self._unwanted = terms["-"]
        # AWS leaves the optional terms out where there are others too.
        self._optional = [] if self._wanted or self._unwanted else terms["?"]

    def matches(self, message: str) -> bool:
        """Say whether the message has the wanted terms and none of the unwanted."""
        if self._optional:
            return any(found(message) for found in self._optional)
        return all(found(message) for found in self._wanted) and not any(
            found(message) for found in self._unwanted
        )

    def extracted(self, message: str) -> dict[str, str]:
        """Return nothing: terms have no names."""
        del message
        return {}


def _term(match: re.Match[str]) -> Callable[[str], bool]:
    if match["regex"] is not None:
        search = regex(match["regex"]).search
        return lambda message: search(message) is not None
    if match["quoted"] is not None:
        phrase = _ESCAPED.sub(r"\1", match["quoted"])
        return lambda message: phrase in message or not phrase.strip()
    word = match["word"]
    if not _WORD.fullmatch(word):
        raise BadPattern(f"Invalid character(s) in term '{word}'; put it in double quotes")
    return lambda message: word in message
