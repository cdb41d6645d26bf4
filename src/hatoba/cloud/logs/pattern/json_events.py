"""Conditions on the members of an event that is a JSON object."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from hatoba.cloud.logs.pattern.condition import BadPattern, Comparison
from hatoba.cloud.logs.pattern.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hatoba.cloud.logs.pattern.condition import Scalar
    from hatoba.cloud.logs.pattern.expression import Test

_STEP = re.compile(
    r"""\.?\[(?:(?P<index>\d+)|(?P<any>\*)|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\]|\.(?P<name>[^.\[]+)"""
)
_decoder = msgspec.json.Decoder()
_WILD = "*"
_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}
_MAX_WILDCARDS = 3

Step = str | int
"""A member's name, an element's index, or ``*`` for any of both."""


class JsonPattern:
    """``{ condition … }``. A message that is no JSON object never matches."""

    def __init__(self, inside: str) -> None:
        self._wildcards = 0
        self._test: Test[Any] = Expression(inside, self._condition).test

    def matches(self, message: str) -> bool:
        """Say whether the message is a JSON object for which the expression holds."""
        if not message.lstrip().startswith("{"):
            return False
        try:
            event = _decoder.decode(message)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return False
        return self._test(event)

    def extracted(self, message: str) -> dict[str, str]:
        """Return nothing: AWS extracts fields of space-delimited patterns only."""
        del message
        return {}

    def _condition(self, reader: Expression[Any]) -> Test[Any]:
        kind, selector = reader.next()
        if kind != "selector":
            raise BadPattern(f"a condition begins with a property such as $.name, not with {selector!r}")
        steps = self._steps(selector)
        kind, sign = reader.next()
        if kind == "word":
            return _keyword(steps, sign, reader)
        if kind != "sign" or sign in {"(", ")", "&&", "||"}:
            raise BadPattern(f"after {selector} comes an operator, IS or NOT EXISTS, not {sign!r}")
        kind, literal = reader.next()
        if kind in {"sign", "selector"}:
            raise BadPattern(f"{selector} {sign} is compared with a value, not with {literal!r}")
        comparison = Comparison(sign, literal, quoted=kind == "quoted", is_regex=kind == "regex")
        return lambda event: any(comparison.holds(value) for value in _scalars(_values(event, steps)))

    def _steps(self, selector: str) -> tuple[Step, ...]:
        steps = tuple(_step(match) for match in _STEP.finditer(selector[1:]))
        wildcards = steps.count(_WILD)
        self._wildcards += wildcards
        if wildcards > 1 or self._wildcards > _MAX_WILDCARDS:
            raise BadPattern("one wildcard selector for a property and three for a pattern are the most")
        return steps


def _keyword(steps: tuple[Step, ...], word: str, reader: Expression[Any]) -> Test[Any]:
    second = reader.next()[1]
    if word == "IS" and second in _CONSTANTS:
        constant = _CONSTANTS[second]
        return lambda event: any(value is constant for value in _values(event, steps))
    if word == "NOT" and second == "EXISTS":
        return lambda event: next(_values(event, steps), _values) is _values
    raise BadPattern(f"{word} {second} is none of IS NULL, IS TRUE, IS FALSE, NOT EXISTS")


def _step(match: re.Match[str]) -> Step:
    if match["index"] is not None:
        return int(match["index"])
    if match["any"] is not None:
        return _WILD
    return next(name for name in (match["single"], match["double"], match["name"]) if name is not None)


def _values(node: object, steps: tuple[Step, ...]) -> Iterator[object]:
    """Yield what a selector points to: nothing, one node, or several behind a wildcard."""
    if not steps:
        yield node
        return
    step, rest = steps[0], steps[1:]
    for child in _children(node, step):
        yield from _values(child, rest)


def _children(node: object, step: Step) -> Iterable[object]:
    if isinstance(node, dict):
        if step == _WILD:
            return tuple(node.values())
        return (node[step],) if step in node else ()
    if isinstance(node, list):
        if step == _WILD:
            return node
        return (node[step],) if isinstance(step, int) and step < len(node) else ()
    return ()


def _scalars(nodes: Iterable[object]) -> Iterator[Scalar]:
    """Yield the nodes that a value can be compared with: texts, numbers, truths."""
    for node in nodes:
        if isinstance(node, str | int | float):
            yield node
