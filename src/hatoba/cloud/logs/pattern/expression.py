"""``&&``, ``||`` and parentheses over conditions, for JSON and for space-delimited patterns."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, TypeVar

from hatoba.cloud.logs.pattern.condition import BadPattern

E = TypeVar("E")

Test = Callable[[E], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign>&&|\|\||!=|<=|>=|=|<|>|\(|\))
      | "(?P<quoted>(?:\\.|[^"\\])*)"
      | %(?P<regex>[^%]*)%
      | (?P<selector>\$(?:\.?\[(?:\*|\d+|'[^']*'|"[^"]*")\]|\.[^\s.\[\]()=<>!&|"'%]+)+)
      | (?P<word>[^\s()=<>!&|"%]+)
    )""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)")

Token = tuple[str, str]
"""What kind of token it is (the group's name above) and its text."""


def tokens_of(text: str) -> list[Token]:
    """Cut an expression into tokens."""
    tokens = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise BadPattern(f"{text[place:].strip()!r} cannot be read")
        value = match[match.lastgroup]
        if match.lastgroup == "quoted":
            value = _ESCAPED.sub(r"\1", value)
        tokens.append((match.lastgroup, value))
        place = match.end()
    return tokens


class Expression(Generic[E]):
    """A recursive-descent reader; ``condition`` reads one condition and returns its test."""

    def __init__(self, text: str, condition: Callable[[Expression[E]], Test[E]]) -> None:
        self._tokens = tokens_of(text)
        self._place = 0
        self._condition = condition
        self.test = self._any()
        if self.peek() is not None:
            raise BadPattern(f"{self.next()[1]!r} is one too many")

    def peek(self) -> Token | None:
        """Return the next token and leave it; None at the end."""
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def next(self) -> Token:
        """Return the next token and go on."""
        token = self.peek()
        if token is None:
            raise BadPattern("it ends too early")
        self._place += 1
        return token

    def _any(self) -> Test[E]:
        tests = [self._all()]
        while self.peek() == ("sign", "||"):
            self.next()
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda event: any(test(event) for test in tests)

    def _all(self) -> Test[E]:
        tests = [self._one()]
        while self.peek() == ("sign", "&&"):
            self.next()
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda event: all(test(event) for test in tests)

    def _one(self) -> Test[E]:
        if self.peek() != ("sign", "("):
            return self._condition(self)
        self.next()
        test = self._any()
        if self.next() != ("sign", ")"):
            raise BadPattern("a ) is missing")
        return test
