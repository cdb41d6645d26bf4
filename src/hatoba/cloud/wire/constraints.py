"""What botocore's validator leaves to AWS: length, range, pattern, enum, null, in AWS's words.

A service opts in with ``Operations(service, strict_constraints=True)``; then every call gives, before
its operation runs, such texts as::

    1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must
    have length greater than or equal to 2
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from hatoba.cloud.wire.errors import ValidationError
from hatoba.cloud.wire.models import invalid_code
from hatoba.cloud.wire.protocols.compiler import Compiler

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

Find = Callable[[object, str], Iterator[str]]
"""Finds the faults of a value at a place, each as AWS words it."""

Rule = Callable[[object], str | None]
"""Says which constraint a value fails, or None. Values of another type pass: that is botocore's matter."""


def check(model: OperationModel, params: Mapping[str, object]) -> None:
    """Check parameters against all constraints of the input shape.

    Raises:
        ValidationError: With every fault in its message, in AWS's order and words.
    """
    shape = model.input_shape
    if shape is None:
        return
    service = model.service_model.service_name
    faults = list(_finder(service).of(shape)(params, ""))
    if faults:
        count = "1 validation error" if len(faults) == 1 else f"{len(faults)} validation errors"
        raise ValidationError(f"{count} detected: {'; '.join(faults)}", invalid_code(service))


class _Finder(Compiler[Find]):
    """Compiles shapes to functions that find faults."""

    def compile_structure(self, shape: StructureShape) -> Find:
        """Check that required members are there, and the members."""
        required = shape.required_members
        members = {name: self.of(member) for name, member in shape.members.items()}

        def find(value: object, place: str) -> Iterator[str]:
            if not isinstance(value, Mapping):
                return
            for name in required:
                if value.get(name) is None:
                    yield _fault("null", _inside(place, name), "Member must not be null")
            for name, item in value.items():
                if item is not None and name in members:
                    yield from members[name](item, _inside(place, name))

        return find

    def compile_list(self, shape: ListShape) -> Find:
        """Check how many items there are, and the items."""
        find_in_item = self.of(shape.member)
        rules = _rules(shape)

        def find(value: object, place: str) -> Iterator[str]:
            if not isinstance(value, list | tuple):
                return
            yield from _broken(rules, value, place)
            for number, item in enumerate(value, 1):
                yield from find_in_item(item, f"{place}.{number}.member")

        return find

    def compile_map(self, shape: MapShape) -> Find:
        """Check how many entries there are, the keys, and the values."""
        find_in_value = self.of(shape.value)
        rules, key_rules = _rules(shape), _rules(shape.key)

        def find(value: object, place: str) -> Iterator[str]:
            if not isinstance(value, Mapping):
                return
            yield from _broken(rules, value, place)
            for key, item in value.items():
                broken = [constraint for rule in key_rules if (constraint := rule(key)) is not None]
                if broken:
                    keys = f"Map keys must satisfy constraint: [{', '.join(broken)}]"
                    yield _fault(f"'{{{key}={item}}}'", place, keys)
                yield from find_in_value(item, f"{place}.{key}.member")

        return find

    def compile(self, shape: Shape) -> Find:
        """Make the function of a shape; leaves have rules only."""
        if shape.type_name in {"structure", "list", "map"}:
            return super().compile(shape)
        rules = _rules(shape)
        return lambda value, place: _broken(rules, value, place)


@cache
def _finder(_service: str) -> _Finder:
    return _Finder()


def _broken(rules: tuple[Rule, ...], value: object, place: str) -> Iterator[str]:
    for rule in rules:
        constraint = rule(value)
        if constraint is not None:
            yield _fault(f"'{_shown(value)}'", place, constraint)


def _fault(value: str, place: str, constraint: str) -> str:
    return f"Value {value} at '{place}' failed to satisfy constraint: {constraint}"


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(str(item) for item in value)}]"
    return str(value)


def _inside(place: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{place}.{name}" if place else name


def _rules(shape: Shape) -> tuple[Rule, ...]:
    traits = shape.metadata
    rules: list[Rule] = []
    if "pattern" in traits and shape.type_name == "string":
        rules.append(_pattern_rule(traits["pattern"]))
    is_number = shape.type_name in {"integer", "long", "float", "double"}
    if "min" in traits or "max" in traits:
        rules.append((_range_rule if is_number else _length_rule)(traits.get("min"), traits.get("max")))
    if "enum" in traits:
        rules.append(_enum_rule(tuple(traits["enum"])))
    return tuple(rules)


def _range_rule(least: float | None, most: float | None) -> Rule:
    def rule(value: object) -> str | None:
        if not isinstance(value, int | float):
            return None
        if least is not None and value < least:
            return f"Member must have value greater than or equal to {least}"
        if most is not None and value > most:
            return f"Member must have value less than or equal to {most}"
        return None

    return rule


def _length_rule(least: int | None, most: int | None) -> Rule:
    def rule(value: object) -> str | None:
        if not isinstance(value, str | bytes | list | tuple | Mapping):
            return None
        if least is not None and len(value) < least:
            return f"Member must have length greater than or equal to {least}"
        if most is not None and len(value) > most:
            return f"Member must have length less than or equal to {most}"
        return None

    return rule


def _enum_rule(values: tuple[str, ...]) -> Rule:
    def rule(value: object) -> str | None:
        if value in values:
            return None
        return f"Member must satisfy enum value set: [{', '.join(values)}]"

    return rule


def _pattern_rule(pattern: str) -> Rule:
    compiled = python_pattern(pattern)

    def rule(value: object) -> str | None:
        if compiled is None or not isinstance(value, str) or compiled.fullmatch(value):
            return None
        return f"Member must satisfy regular expression pattern: {pattern}"

    return rule


_JAVA_IN_PYTHON = (
    (r"\\u10000-\\u10FFFF", r"\\U00010000-\\U0010FFFF"),
    (r"\\p\{L\}", r"A-Za-z\\u00aa-\\U0010ffff"),
    (r"\\p\{N\}", r"0-9\\u00b2-\\u00be\\u0660-\\U0010ffff"),
    (r"\\p\{Z\}", r" \\u00a0\\u2000-\\u200a\\u2028\\u2029\\u202f\\u3000"),
    (r"\\([wsd])-(?=[^\]])", r"\\\1\\-"),
)
"""Java's regular expressions where Python's differ; letters and digits beyond ASCII are approximated."""


def python_pattern(pattern: str) -> re.Pattern[str] | None:
    """Return a model's regular expression, written for Java, or None when Python has nothing like it."""
    for java, python in _JAVA_IN_PYTHON:
        pattern = re.sub(java, python, pattern)
    try:
        return re.compile(pattern, re.ASCII)  # Java's \w and \d are ASCII
    except (re.error, OverflowError):
        return None
