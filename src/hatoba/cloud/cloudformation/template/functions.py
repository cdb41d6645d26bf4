"""The intrinsic functions that need nothing but their arguments."""

from __future__ import annotations

import base64
import ipaddress
import json
from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template.values import UNKNOWN, as_text, is_unknown, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hatoba.cloud.cloudformation.template.values import Value


def truth(value: Value, where: str) -> bool:
    """Return a condition's outcome as a boolean."""
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return bool(value == "true")
    raise Invalid(f"Template format error: {where} does not evaluate to a boolean.")


def sub_arguments(body: Value) -> tuple[str, dict[str, Value]]:
    """Return text and map of the long form of Fn::Sub."""
    if isinstance(body, list) and len(body) == 2 and isinstance(body[0], str) and isinstance(body[1], dict):  # noqa: PLR2004 - text and map
        return body[0], body[1]
    raise Invalid(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a"
        " string as first argument, and an optional second argument to specify a mapping of values to replace"
        " in the string"
    )


def sub_text(name: str, value: Value) -> str:
    """Return what stands for a placeholder."""
    if isinstance(value, list | dict):
        raise Invalid(f"Template error: variable {name} in Fn::Sub expression does not resolve to a string")
    return as_text(value)


def with_unknown(name: str, arguments: Value) -> Value:
    """Return what a function comes to when an argument is not known yet: mostly, that is not known either."""
    if name == "Fn::Select" and isinstance(arguments, list) and isinstance(arguments[1], list):
        index, items = arguments
        if not is_unknown(index) and int(as_text(index)) < len(items):
            return items[int(as_text(index))]
    if name == "Fn::Length" and isinstance(arguments, list):
        return len(arguments)
    return UNKNOWN


def _join(arguments: Value) -> Value:
    if not isinstance(arguments, list) or len(arguments) != 2 or not isinstance(arguments[1], list):  # noqa: PLR2004 - delimiter and items
        raise Invalid(
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a"
            " list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs)"
            " to be joined."
        )
    delimiter, items = arguments
    return as_text(delimiter).join(map(as_text, items))


def _select(arguments: Value) -> Value:
    if not isinstance(arguments, list) or len(arguments) != 2 or not isinstance(arguments[1], list):  # noqa: PLR2004 - index and items
        raise Invalid(
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a"
            " list"
        )
    index, items = arguments
    try:
        number = int(as_text(index))
    except ValueError as error:
        raise Invalid("Template error: Fn::Select requires an integer index") from error
    if not 0 <= number < len(items):
        raise Invalid(f"Template error: Fn::Select cannot select nonexistent value at index {number}")
    return items[number]


def _split(arguments: Value) -> Value:
    if not isinstance(arguments, list) or len(arguments) != 2:  # noqa: PLR2004 - delimiter and text
        raise Invalid(
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a"
            " string to be split or a function that returns a string to be split."
        )
    delimiter, text = arguments
    return as_text(text).split(as_text(delimiter))


def _base64(text: Value) -> Value:
    return base64.b64encode(as_text(text).encode()).decode()


def _cidr(arguments: Value) -> Value:
    if not isinstance(arguments, list) or len(arguments) not in {2, 3}:
        raise Invalid("Template error: every Fn::Cidr object requires two or three parameters")
    try:
        block = ipaddress.ip_network(as_text(arguments[0]), strict=False)
        count = int(as_text(arguments[1]))
        host_bits = int(as_text(arguments[2])) if len(arguments) == 3 else 8  # noqa: PLR2004 - the third
        subnets = block.subnets(new_prefix=block.max_prefixlen - host_bits)
        return [str(subnet) for subnet, _ in zip(subnets, range(count), strict=False)]
    except ValueError as error:
        raise Invalid(f"Template error: Fn::Cidr: {error}") from error


def _pair(name: str, arguments: Value) -> tuple[Value, Value]:
    if not isinstance(arguments, list) or len(arguments) != 2:  # noqa: PLR2004 - two to compare
        raise Invalid(f"Template error: {name} requires a list argument with two elements")
    return arguments[0], arguments[1]


def _each(name: str, arguments: Value, least: int) -> list[bool]:
    most = 10
    if not isinstance(arguments, list) or not least <= len(arguments) <= most:
        raise Invalid(
            f"Template error: every {name} object requires a list of at least {least} and at most {most}"
            " boolean parameters."
        )
    return [truth(item, name) for item in arguments]


def _contains(arguments: Value) -> Value:
    items, wanted = _pair("Fn::Contains", arguments)
    return any(same(item, wanted) for item in items)


def _each_member_equals(arguments: Value) -> Value:
    items, wanted = _pair("Fn::EachMemberEquals", arguments)
    return all(same(item, wanted) for item in items)


def _each_member_in(arguments: Value) -> Value:
    items, allowed = _pair("Fn::EachMemberIn", arguments)
    return all(any(same(item, choice) for choice in allowed) for item in items)


def _length(arguments: Value) -> Value:
    if not isinstance(arguments, list):
        raise Invalid("Template error: Fn::Length requires a list or a function that returns a list.")
    return len(arguments)


def _to_json_string(arguments: Value) -> Value:
    if not isinstance(arguments, list | dict):
        raise Invalid("Template error: Fn::ToJsonString requires an object or an array.")
    return json.dumps(arguments, separators=(",", ":"))


PURE: Mapping[str, Callable[[Value], Value]] = {
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::Equals": lambda arguments: same(*_pair("Fn::Equals", arguments)),
    "Fn::Not": lambda arguments: not _each("Fn::Not", arguments, 1)[0],
    "Fn::And": lambda arguments: all(_each("Fn::And", arguments, 2)),
    "Fn::Or": lambda arguments: any(_each("Fn::Or", arguments, 2)),
    "Fn::Contains": _contains,
    "Fn::EachMemberEquals": _each_member_equals,
    "Fn::EachMemberIn": _each_member_in,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
}
"""Name to function of already evaluated arguments."""
