"""AWS::LanguageExtensions: loops, and functions where the language alone takes text only.

``Fn::Length``, ``Fn::ToJsonString`` and the default of ``Fn::FindInMap`` are functions like any other and are
left to the :class:`Evaluator`; here is what must be done before there is a template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template.values import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hatoba.cloud.cloudformation.template.values import Value

LOOP = "Fn::ForEach::"
FUNCTIONS = frozenset({"Fn::Length", "Fn::ToJsonString"})
_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")


def extend(document: dict[str, Value], evaluate: Callable[[Value], Value]) -> dict[str, Value]:
    """Return the document with its loops unrolled and its policies decided.

    Args:
        document: A template's.
        evaluate: Answers what depends on parameters, mappings and conditions.

    Raises:
        Invalid: A loop is not well formed, or makes a name twice.
    """
    unrolled: dict[str, Value] = _unroll(document, evaluate)
    for resource in (unrolled.get("Resources") or {}).values():
        for policy in _POLICIES:
            if isinstance(resource, dict) and isinstance(resource.get(policy), dict):
                resource[policy] = evaluate(resource[policy])
    return unrolled


def used_without(document: Value) -> Iterator[str]:
    """Yield the functions of a document that only the transform offers."""
    if isinstance(document, list):
        for item in document:
            yield from used_without(item)
    elif isinstance(document, dict):
        for name, body in document.items():
            if name in FUNCTIONS or name.startswith(LOOP):
                yield name
            elif name == "Fn::FindInMap" and isinstance(body, list) and len(body) > 3:  # noqa: PLR2004 - map and two keys
                yield "DefaultValue of Fn::FindInMap"
            yield from used_without(body)


def _unroll(value: Value, evaluate: Callable[[Value], Value]) -> Value:
    if isinstance(value, list):
        return [_unroll(item, evaluate) for item in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Value] = {}
    for name, body in value.items():
        entries = _rounds(name, body, evaluate) if name.startswith(LOOP) else {name: _unroll(body, evaluate)}
        twice = sorted(entries.keys() & result.keys())
        if twice:
            raise Invalid(f"Template error: {name} makes [{', '.join(twice)}], which exist already.")
        result.update(entries)
    return result


def _rounds(name: str, body: Value, evaluate: Callable[[Value], Value]) -> dict[str, Value]:
    if not isinstance(body, list) or len(body) != 3 or not isinstance(body[2], dict):  # noqa: PLR2004 - name, items, what to repeat
        raise Invalid(f"Template error: {name} requires an identifier, a collection and a map to repeat")
    identifier, collection, repeated = as_text(body[0]), evaluate(body[1]), body[2]
    if not isinstance(collection, list):
        raise Invalid(f"Template error: the collection of {name} must resolve to a list")
    result: dict[str, Value] = {}
    for item in collection:
        entries = _unroll(_filled(repeated, identifier, as_text(item)), evaluate)
        twice = sorted(entries.keys() & result.keys())
        if twice:
            raise Invalid(f"Template error: {name} makes [{', '.join(twice)}] more than once.")
        result.update(entries)
    return result


def _filled(value: Value, identifier: str, item: str) -> Value:
    """Put the loop's item where its identifier stands: ``${X}``, ``&{X}`` (alphanumeric), or Ref."""
    if isinstance(value, str):
        plain = _NOT_ALPHANUMERIC.sub("", item)
        return value.replace(f"${{{identifier}}}", item).replace(f"&{{{identifier}}}", plain)
    if isinstance(value, list):
        return [_filled(each, identifier, item) for each in value]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": identifier}:
        return item
    return {_filled(key, identifier, item): _filled(each, identifier, item) for key, each in value.items()}
