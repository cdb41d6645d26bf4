"""What arrives at a target: the event, a part of it, a text in its place, or a template filled. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hatoba.cloud.events.model import Rule, Target

_STEP = re.compile(r"\.(?P<name>[\w\-/:]+)|\[(?P<index>\d+|\*)\]|(?P<all>\.\*)")
_VARIABLE = re.compile(r"<(?P<name>[\w\-.]+)>")
_PLACE = re.compile(r'\\.|"|<[\w\-.]+>', re.DOTALL)
_MISSING = object()


class BadPath(ValueError):
    """A path into events, or a template, cannot be read. The text says why."""


def check(target: Target) -> None:
    """Look at a target's paths and its template.

    Raises:
        BadPath: One cannot be read.
    """
    for path in filter(None, (target.input_path, *target.paths.values())):
        _steps(path)
    for name in _VARIABLE.findall(target.template or ""):
        if name not in target.paths and not name.startswith("aws.events."):
            raise BadPath(f"<{name}> is in the template and no variable")


def body(rule: Rule, target: Target, event: Mapping[str, Any]) -> str:
    """Return what arrives at a target, as JSON text.

    Raises:
        BadPath: There is nothing in the event where ``InputPath`` points.
    """
    if target.input is not None:
        return target.input
    if target.input_path is not None:
        found = _find(event, target.input_path)
        if found is _MISSING:
            raise BadPath(f"the event has nothing at {target.input_path}")
        return as_json(found)
    if target.template is not None:
        return _filled(target.template, _variables(rule, target, event))
    return as_json(event)


def as_json(value: Any) -> str:
    """Return JSON as it travels: without a space."""
    return msgspec.json.encode(value).decode()


def _variables(rule: Rule, target: Target, event: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: _find(event, path) for name, path in target.paths.items()}
    return {
        **{name: value for name, value in found.items() if value is not _MISSING},
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }


def _filled(template: str, variables: Mapping[str, Any]) -> str:
    """Put values in: between quotes as a part of the text, elsewhere as JSON."""
    is_quoted = False

    def put(found: re.Match[str]) -> str:
        nonlocal is_quoted
        text = found[0]
        if text == '"':
            is_quoted = not is_quoted
        if not text.startswith("<"):
            return text
        value = variables.get(text[1:-1], _MISSING)
        if is_quoted:
            shown = "" if value is _MISSING else value if isinstance(value, str) else as_json(value)
            return as_json(shown)[1:-1]
        return "null" if value is _MISSING else as_json(value)

    return _PLACE.sub(put, template)


def _steps(path: str) -> Iterator[str | int]:
    """Return the names and indexes of a path; ``*`` is all that is there."""
    if not path.startswith("$"):
        raise BadPath(f"{path} does not begin with $")
    found: list[str | int] = []
    rest = path[1:]
    while rest:
        step = _STEP.match(rest)
        if step is None:
            raise BadPath(f"{path} cannot be read from {rest!r} on: write names with dots, and [0] or [*]")
        if step["name"]:
            found.append(step["name"])
        else:
            found.append(int(step["index"]) if (step["index"] or "*") != "*" else "*")
        rest = rest[step.end() :]
    return iter(found)


def _find(event: Any, path: str) -> Any:
    found, is_many = [event], False
    for step in _steps(path):
        if step == "*":
            is_many = True
            found = [inner for each in found for inner in _members(each)]
        elif isinstance(step, int):
            found = [each[step] for each in found if isinstance(each, list) and step < len(each)]
        else:
            found = [each[step] for each in found if isinstance(each, dict) and step in each]
    if is_many:
        return found
    return found[0] if found else _MISSING


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
