"""From a decoded body (JSON or CBOR) to parameters: wire names become member names, leaves are checked.

Strict where AWS is: a string is not a number. Unknown members stay, so that validation names them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hatoba.cloud.wire.protocols.compiler import Compiler, Misfit, read_members
from hatoba.cloud.wire.protocols.timestamps import parse_timestamp

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

Read = Callable[[object], Any]

_FLOAT_WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def kind_of(value: object) -> str:
    """Name a value's kind as AWS's JSON errors do."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    kinds = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE", dict: "START_OBJECT"}
    kinds |= {list: "START_ARRAY", bytes: "BLOB_VALUE"}
    return kinds.get(type(value), type(value).__name__)


def misfit(value: object, wanted: str) -> Misfit:
    """Say that a value cannot be what the shape wants."""
    article = "an" if wanted[0] in "AEIO" else "a"
    return Misfit(f"{kind_of(value)} can not be converted to {article} {wanted}")


class TreeReader(Compiler[Read]):
    """Compiles shapes to functions from a decoded value to a parameter."""

    def compile_structure(self, shape: StructureShape) -> Read:
        """Read an object; members that are null are left out."""
        if shape.is_document_type:
            return _as_it_is
        fields = {
            member.serialization.get("name", name): (name, self.of(member))
            for name, member in shape.members.items()
        }

        def read(value: object) -> dict[str, Any]:
            if not isinstance(value, dict):
                raise misfit(value, "Structure")
            items = ((name, item) for name, item in value.items() if item is not None and name != "__type")
            return read_members(fields, items)

        return read

    def compile_list(self, shape: ListShape) -> Read:
        """Read an array."""
        read_member = self.of(shape.member)

        def read(value: object) -> list[Any]:
            if not isinstance(value, list):
                raise misfit(value, "List")
            items = []
            for index, item in enumerate(value):
                try:
                    items.append(read_member(item))
                except Misfit as error:
                    raise error.inside(index) from None
            return items

        return read

    def compile_map(self, shape: MapShape) -> Read:
        """Read an object of any keys."""
        read_value = self.of(shape.value)

        def read(value: object) -> dict[str, Any]:
            if not isinstance(value, dict):
                raise misfit(value, "Map")
            items = {}
            for key, item in value.items():
                if item is None:
                    continue
                try:
                    items[str(key)] = read_value(item)
                except Misfit as error:
                    raise error.inside(str(key)) from None
            return items

        return read

    def compile_string(self, _shape: Shape) -> Read:
        """Read a string; a JSON document inside one (jsonvalue) stays a string, except in headers."""
        return read_string

    compile_character = compile_string

    def compile_integer(self, _shape: Shape) -> Read:
        """Read a whole number, also when written as 1.0."""
        return read_integer

    compile_long = compile_integer

    def compile_float(self, _shape: Shape) -> Read:
        """Read a number, or the words for those that JSON cannot write."""
        return read_float

    compile_double = compile_float

    def compile_boolean(self, _shape: Shape) -> Read:
        """Read true or false."""
        return read_boolean

    def compile_blob(self, _shape: Shape) -> Read:
        """Read bytes, in JSON as base64."""
        return read_blob

    def compile_timestamp(self, _shape: Shape) -> Read:
        """Read a timestamp of any form."""
        return read_timestamp


def _as_it_is(value: object) -> Any:
    return value


def read_string(value: object) -> str:
    """Return a string as it is."""
    if not isinstance(value, str):
        raise misfit(value, "String")
    return value


def read_integer(value: object) -> int:
    """Return a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise misfit(value, "Integer")


def read_float(value: object) -> float:
    """Return a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and value in _FLOAT_WORDS:
        return _FLOAT_WORDS[value]
    raise misfit(value, "Double")


def read_boolean(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise misfit(value, "Boolean")
    return value


def read_blob(value: object) -> bytes:
    """Return bytes, decoded when they came as base64."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise misfit(value, "Blob")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Misfit("is not base64") from None


def read_timestamp(value: object) -> Any:
    """Return an aware datetime."""
    try:
        return parse_timestamp(value)
    except ValueError:
        raise misfit(value, "Timestamp") from None
