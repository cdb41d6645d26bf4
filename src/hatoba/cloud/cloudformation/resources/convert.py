"""Properties to API parameters and back, driven by botocore's shapes.

A property is the API's member with a capital first letter (``ContainerDefinitions`` is
``containerDefinitions``); the few that differ are named in :data:`SPELLED`. Keys of free maps are left as
they are. Values are coerced by the member's shape: templates write ``"80"`` and ``"true"``.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.model import ListShape, MapShape, StructureShape

from hatoba.cloud.cloudformation.errors import PropertyFault
from hatoba.cloud.wire.models import operation_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import Shape

SPELLED = {
    "EFSVolumeConfiguration": "efsVolumeConfiguration",
    "FSxWindowsFileServerVolumeConfiguration": "fsxWindowsFileServerVolumeConfiguration",
    "SOA": "SOA",
    "TTL": "TTL",
}
"""Properties whose member is not simply the same word in the service's case."""


@cache
def input_shape(service: str, operation: str) -> StructureShape:
    """Return an operation's input shape."""
    shape = operation_model(service, operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


@cache
def _members(shape: StructureShape) -> Mapping[str, tuple[str, Shape]]:
    """Return property name to member name and shape."""
    spelled = {member: name for name, member in SPELLED.items()}
    return {
        spelled.get(name, name[0].upper() + name[1:]): (name, member)
        for name, member in shape.members.items()
    }


def to_params(
    service: str, operation: str, properties: Mapping[str, Any], *, leave_out: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return an operation's parameters from properties.

    Args:
        service: botocore's name.
        operation: Whose input shape counts.
        properties: As in the template, resolved.
        leave_out: Properties that the handler treats itself.

    Raises:
        PropertyFault: A property that the operation does not have, or of the wrong type.
    """
    kept = {name: value for name, value in properties.items() if name not in leave_out}
    params: dict[str, Any] = _structure(input_shape(service, operation), kept, "#")
    return params


def known(service: str, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return only those properties that the operation has a member for."""
    members = _members(input_shape(service, operation))
    return {name: value for name, value in properties.items() if name in members}


def to_member(service: str, operation: str, member: str, value: Any, *, where: str) -> Any:
    """Return the value of one member from the property that stands for it under another name."""
    return _convert(input_shape(service, operation).members[member], value, where)


def _convert(shape: Shape, value: Any, where: str) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(shape, value, where)
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            raise _wrong(where, "JSONArray", value)
        return [_convert(shape.member, item, f"{where}/{index}") for index, item in enumerate(value)]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            raise _wrong(where, "JSONObject", value)
        return {key: _convert(shape.value, item, f"{where}/{key}") for key, item in value.items()}
    return scalar(shape.type_name, value, where)


def _structure(shape: StructureShape, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "JSONObject", value)
    members = _members(shape)
    result: dict[str, Any] = {}
    for name, item in value.items():
        if name not in members:
            raise PropertyFault(where, f"extraneous key [{name}] is not permitted")
        member, inner = members[name]
        result[member] = _convert(inner, item, f"{where}/{name}")
    for member in shape.required_members:
        if where != "#" and member not in result:
            name = next(name for name, (known_as, _) in members.items() if known_as == member)
            raise PropertyFault(where, f"required key [{name}] not found")
    return result


def scalar(type_name: str, value: Any, where: str) -> Any:
    """Coerce a scalar to a shape's type.

    Raises:
        PropertyFault: The value has no such form.
    """
    if isinstance(value, dict | list):
        raise _wrong(where, _JSON_NAMES.get(type_name, "String"), value)
    if type_name in {"integer", "long"}:
        return _number(value, where, int)
    if type_name in {"float", "double"}:
        return _number(value, where, float)
    if type_name == "boolean":
        text = str(value).lower()
        if text not in {"true", "false"}:
            raise _wrong(where, "Boolean", value)
        return text == "true"
    if type_name == "string" and not isinstance(value, str):
        return ("true" if value else "false") if isinstance(value, bool) else str(value)
    return value


_JSON_NAMES = {
    "integer": "Number",
    "long": "Number",
    "float": "Number",
    "double": "Number",
    "boolean": "Boolean",
}


def _number(value: Any, where: str, kind: type[int | float]) -> int | float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise _wrong(where, "Number", value) from error
    if isinstance(value, bool) or (kind is int and number != int(number)):
        raise _wrong(where, "Number", value)
    return kind(number)


def _wrong(where: str, expected: str, value: Any) -> PropertyFault:
    found = {
        dict: "JSONObject",
        list: "JSONArray",
        bool: "Boolean",
        int: "Number",
        float: "Number",
    }.get(type(value), "String")
    return PropertyFault(where, f"expected type: {expected}, found: {found}")


def to_properties(shape: Shape, value: Any) -> Any:
    """Return an output's value as properties: the way back, for reading a resource."""
    if isinstance(shape, StructureShape):
        names = {member: name for name, (member, _) in _members(shape).items()}
        return {
            names[member]: to_properties(shape.members[member], item)
            for member, item in value.items()
            if member in names and item is not None
        }
    if isinstance(shape, ListShape):
        return [to_properties(shape.member, item) for item in value]
    return dict(value) if isinstance(shape, MapShape) else value


def document(value: Any, where: str) -> str:
    """Return the text of a JSON document (a policy), which may be written as an object or as text."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        raise _wrong(where, "JSONObject", value)
    return json.dumps(value, separators=(",", ":"))
