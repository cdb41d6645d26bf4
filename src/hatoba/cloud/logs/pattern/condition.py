"""One comparison of a pattern: an operator and what is on its right."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions
_REGEX_CHARACTERS = re.compile(r"[A-Za-z0-9:_#=@/;,\- ^$?\[\]{}|\\*+.]*")
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Scalar = str | int | float | bool


class BadPattern(Exception):
    """The pattern cannot be read; the text says what is wrong."""


def regex(source: str) -> re.Pattern[str]:
    """Compile what stands between two ``%``: a small subset, without groups and lookarounds."""
    if not _REGEX_CHARACTERS.fullmatch(source):
        raise BadPattern(f"%{source}% uses characters that a filter's regular expression may not have")
    try:
        return re.compile(source)
    except re.error as error:
        raise BadPattern(f"%{source}% is no regular expression: {error}") from error


def number(text: str) -> float | None:
    """Return the number that the whole text writes, or None."""
    return float(text) if _NUMBER.fullmatch(text) else None


class Comparison:
    """``OPERATOR VALUE``, asked for the value on its left."""

    def __init__(self, sign: str, literal: str, *, quoted: bool = False, is_regex: bool = False) -> None:
        """Read the right side.

        Args:
            sign: One of = != < <= > >=.
            literal: The value without its quotes or percent signs; ``*`` stands for any text.
            quoted: It stood in double quotes, so it is a text even if it looks like a number.
            is_regex: It stood between percent signs.

        Raises:
            BadPattern: An order needs a number; the regular expression cannot be read.
        """
        self._wants = sign != "!="
        self._order = _ORDER.get(sign)
        self._number = None if quoted or is_regex else number(literal)
        if self._order is not None and self._number is None:
            raise BadPattern(f"{sign} compares with a number, and {literal!r} is none")
        self._literal = literal
        self._regex = regex(literal) if is_regex else None
        self._glob = None if is_regex or "*" not in literal else _glob(literal)

    def holds(self, value: Scalar) -> bool:
        """Say whether ``value OPERATOR VALUE`` is true."""
        if self._order is not None and self._number is not None:
            left = _as_number(value)
            return left is not None and self._order(left, self._number)
        return self._equals(value) is self._wants

    def _equals(self, value: Scalar) -> bool:
        text = _as_text(value)
        if self._regex is not None:
            return self._regex.search(text) is not None
        if self._glob is not None:
            return self._glob.fullmatch(text) is not None
        if self._number is not None and _as_number(value) == self._number:
            return True
        return text == self._literal


def _glob(literal: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in literal.split("*")), re.DOTALL)


def _as_text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _as_number(value: Scalar) -> float | None:
    if isinstance(value, bool):
        return None
    return number(value) if isinstance(value, str) else float(value)
