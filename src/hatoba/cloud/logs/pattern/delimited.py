"""Conditions on the fields of an event whose fields are divided by spaces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.logs.pattern.condition import BadPattern, Comparison
from hatoba.cloud.logs.pattern.expression import Expression

if TYPE_CHECKING:
    from hatoba.cloud.logs.pattern.expression import Test

# Brackets and double quotes make one field of what is in them.
_FIELD = re.compile(r"\"(?P<quoted>[^\"]*)\"|\[(?P<bracketed>[^\]]*)\]|(?P<plain>\S+)")
_PART = re.compile(r"""\s*((?:"(?:\\.|[^"\\])*"|%[^%]*%|[^,"%])*)(,|$)""", re.DOTALL)
_NAME = re.compile(r"[\w-]*")
_ELLIPSES = ("...", "…")


class _Field:
    """A named field with its condition; without one it takes any value."""

    def __init__(self, part: str) -> None:
        self.name = ""
        self.test: Test[str] | None = None
        if _NAME.fullmatch(part):
            self.name = part
        else:
            self.test = Expression(part, self._condition).test

    def _condition(self, reader: Expression[str]) -> Test[str]:
        kind, name = reader.next()
        if kind != "word" or not _NAME.fullmatch(name) or self.name not in {"", name}:
            raise BadPattern(f"a condition of the field {self.name or name!r} begins with its name")
        self.name = name
        kind, sign = reader.next()
        if kind != "sign" or sign in {"(", ")", "&&", "||"}:
            raise BadPattern(f"after {name} comes an operator, not {sign!r}")
        kind, literal = reader.next()
        if kind == "sign":
            raise BadPattern(f"{name} {sign} is compared with a value, not with {literal!r}")
        return Comparison(sign, literal, quoted=kind == "quoted", is_regex=kind == "regex").holds


class DelimitedPattern:
    """``[field, …]``: as many fields as the event has, or an ellipsis for those that do not matter."""

    def __init__(self, inside: str) -> None:
        parts = _parts(inside)
        ellipses = [place for place, part in enumerate(parts) if part in _ELLIPSES]
        if len(ellipses) > 1:
            raise BadPattern("only one ellipsis (...) can stand in a pattern")
        self._is_open = bool(ellipses)
        split = ellipses[0] if ellipses else len(parts)
        self._head = [_Field(part) for part in parts[:split]]
        self._tail = [_Field(part) for part in parts[split + 1 :]]

    def matches(self, message: str) -> bool:
        """Say whether the message has these fields and every condition holds."""
        pairs = self._pairs(_fields(message))
        return pairs is not None and all(
            field.test(value) for field, value in pairs if field is not None and field.test is not None
        )

    def extracted(self, message: str) -> dict[str, str]:
        """Return the values by ``$name``, or by ``$`` and the place where a field has no name."""
        pairs = self._pairs(_fields(message)) or []
        return {
            f"${field.name if field is not None and field.name else place}": value
            for place, (field, value) in enumerate(pairs, 1)
        }

    def _pairs(self, values: list[str]) -> list[tuple[_Field | None, str]] | None:
        """Return each value with its field (None under the ellipsis); None where the numbers differ."""
        between = len(values) - len(self._head) - len(self._tail)
        if between < 0 or (between and not self._is_open):
            return None
        return list(zip([*self._head, *[None] * between, *self._tail], values, strict=True))


def _parts(inside: str) -> list[str]:
    parts = []
    place = 0
    while True:
        match = _PART.match(inside, place)
        if match is None:
            raise BadPattern(f"{inside[place:].strip()!r} cannot be read")
        parts.append(match[1].strip())
        place = match.end()
        if not match[2]:
            return parts


def _fields(message: str) -> list[str]:
    return [match[match.lastgroup] for match in _FIELD.finditer(message) if match.lastgroup]
