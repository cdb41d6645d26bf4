"""EventBridge's event patterns: read once, asked for each event. Pure.

::

    {"source": ["aws.ecs"], "detail": {"containers": {"exitCode": [{"anything-but": 0}]}}}

Every field of a pattern must match, any value of its list may. A list in an event matches when one of its
members does; of a list of objects, one member must match all that the pattern says of them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Matches = Callable[[Any], bool]
"""Says whether an event, or a value of one, matches."""

_ABSENT = object()
_COMPARISONS = {"<": operator.lt, "<=": operator.le, "=": operator.eq, ">": operator.gt, ">=": operator.ge}
_ANYTHING_BUT = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})
_FEWEST_ALTERNATIVES = 2


class InvalidPattern(ValueError):
    """A pattern cannot be read. The text says why."""


def read(text: str) -> Matches:
    """Return the pattern that a text is.

    Raises:
        InvalidPattern: It is not JSON, or nothing that AWS reads.
    """
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise InvalidPattern("Invalid JSON") from error
    if not isinstance(pattern, dict):
        raise InvalidPattern("Filter is not an object")
    if not pattern:
        raise InvalidPattern("Empty objects are not allowed")
    return _fields(pattern)


def _fields(pattern: Mapping[str, Any]) -> Matches:
    fields: list[tuple[str, Matches]] = []
    choices: list[list[Matches]] = []
    for name, wanted in pattern.items():
        if name == "$or" and isinstance(wanted, list):
            choices.append(_alternatives(wanted))
        elif isinstance(wanted, dict):
            if not wanted:
                raise InvalidPattern("Empty objects are not allowed")
            fields.append((name, _inside(_fields(wanted))))
        elif isinstance(wanted, list):
            fields.append((name, _any_of(wanted)))
        else:
            raise InvalidPattern(f"'{name}' must be an object or an array")

    def match(event: Any) -> bool:
        is_object = isinstance(event, dict)
        return all(
            matches(event.get(name, _ABSENT) if is_object else _ABSENT) for name, matches in fields
        ) and all(any(matches(event) for matches in each) for each in choices)

    return match


def _alternatives(wanted: list[Any]) -> list[Matches]:
    if len(wanted) < _FEWEST_ALTERNATIVES or not all(isinstance(each, dict) and each for each in wanted):
        raise InvalidPattern("There must have at least 2 Objects in $or relationship.")
    return [_fields(each) for each in wanted]


def _inside(matches: Matches) -> Matches:
    """Match an object, or one of a list of them."""
    return lambda value: (
        any(matches(each) for each in value) if isinstance(value, list) and value else matches(value)
    )


def _any_of(wanted: list[Any]) -> Matches:
    if not wanted:
        raise InvalidPattern("Empty arrays are not allowed")
    found = [_value(each) for each in wanted]

    def match(value: Any) -> bool:
        values = value if isinstance(value, list) else [value]
        leaves = [each for each in values if not isinstance(each, dict)] or [_ABSENT]
        return any(matches(each) for each in leaves for matches in found)

    return match


def _value(wanted: Any) -> Matches:
    if isinstance(wanted, dict):
        return _operation(wanted)
    if isinstance(wanted, list):
        raise InvalidPattern("Match value must be String, number, true, false, or null")
    return _equal(wanted)


def _equal(wanted: Any) -> Matches:
    """Compare as AWS does: 300 is not 300.0, nor is it the text "300"; and 1 is not true."""
    return lambda value: type(value) is type(wanted) and value == wanted


def _operation(wanted: Mapping[str, Any]) -> Matches:
    if len(wanted) != 1:
        raise InvalidPattern("Only one key allowed in match expression")
    [(name, argument)] = wanted.items()
    make = _OPERATIONS.get(name)
    if make is None:
        raise InvalidPattern(f"Unrecognized match type {name}")
    return make(argument)


def _exists(argument: Any) -> Matches:
    if not isinstance(argument, bool):
        raise InvalidPattern("exists match pattern must be either true or false.")
    return lambda value: (value is not _ABSENT) is argument


def _text(name: str, argument: Any) -> str:
    if not isinstance(argument, str) or (not argument and name in {"prefix", "suffix"}):
        raise InvalidPattern(f"{name} match pattern must be a string")
    return argument


def _affix(name: str, has: Callable[[str, str], bool]) -> Callable[[Any], Matches]:
    """Make the operator that looks at one end of a text, with or without regard to its case."""

    def make(argument: Any) -> Matches:
        if isinstance(argument, dict):
            if set(argument) != {"equals-ignore-case"}:
                raise InvalidPattern(f"Unsupported anything in {name}: only equals-ignore-case")
            folded = _text(name, argument["equals-ignore-case"]).lower()
            return lambda value: isinstance(value, str) and has(value.lower(), folded)
        text = _text(name, argument)
        return lambda value: isinstance(value, str) and has(value, text)

    return make


def _ignore_case(argument: Any) -> Matches:
    text = _text("equals-ignore-case", argument).lower()
    return lambda value: isinstance(value, str) and value.lower() == text


def _wildcard(argument: Any) -> Matches:
    text = _text("wildcard", argument)
    if "**" in text.replace(r"\*", ""):
        raise InvalidPattern("Consecutive wildcard characters are not allowed")
    pieces = re.split(r"(\\[*\\]|\*)", text)
    expression = "".join(
        ".*" if each == "*" else re.escape(re.sub(r"\\([*\\])", r"\1", each)) for each in pieces
    )
    compiled = re.compile(expression, re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _cidr(argument: Any) -> Matches:
    try:
        network = ipaddress.ip_network(_text("cidr", argument), strict=False)
    except ValueError as error:
        raise InvalidPattern(f"Malformed CIDR, {argument}") from error

    def match(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return match


def _numeric(argument: Any) -> Matches:
    if not isinstance(argument, list) or not argument or len(argument) % 2:
        raise InvalidPattern("Invalid member in numeric match: a list of operators and numbers")
    tests = []
    for sign, number in zip(argument[::2], argument[1::2], strict=True):
        if sign not in _COMPARISONS or not _is_number(number):
            raise InvalidPattern(f"Unrecognized numeric range operator: {sign} {number}")
        tests.append((_COMPARISONS[sign], number))
    return lambda value: _is_number(value) and all(compare(value, number) for compare, number in tests)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _anything_but(argument: Any) -> Matches:
    if isinstance(argument, dict):
        name = next(iter(argument), "")
        if len(argument) != 1 or name not in _ANYTHING_BUT:
            raise InvalidPattern(f"Unsupported anything-but pattern: {', '.join(argument)}")
        refused = [_OPERATIONS[name](each) for each in _listed(argument[name])]
    else:
        values = _listed(argument)
        if not values or not all(isinstance(each, str) or _is_number(each) for each in values):
            raise InvalidPattern("anything-but list must be only strings or numbers")
        refused = [_equal(each) for each in values]
    return lambda value: value is not _ABSENT and not any(matches(value) for matches in refused)


def _listed(argument: Any) -> list[Any]:
    return argument if isinstance(argument, list) else [argument]


_OPERATIONS: Mapping[str, Callable[[Any], Matches]] = {
    "exists": _exists,
    "prefix": _affix("prefix", str.startswith),
    "suffix": _affix("suffix", str.endswith),
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "cidr": _cidr,
    "numeric": _numeric,
    "anything-but": _anything_but,
}
