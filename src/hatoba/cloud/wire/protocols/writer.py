"""From a result to a tree that JSON or CBOR can encode: member names become wire names.

Loud on purpose: a member that the model does not know, or a value of another type, is a bug of the
operation and never reaches a client.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hatoba.cloud.wire.protocols.compiler import Compiler, Misfit
from hatoba.cloud.wire.protocols.timestamps import EPOCH, format_timestamp

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

Write = Callable[[object], Any]


def wrong(value: object, wanted: str) -> Misfit:
    """Say that a result's value is not what the model says."""
    return Misfit(f"the model wants {wanted}, the operation gave {type(value).__name__} {value!r:.60}")


def unknown_member(shape: Shape, name: object) -> Misfit:
    """Say that the output shape has no such member."""
    return Misfit(f"the shape {shape.name} has no member {name}")


class TreeWriter(Compiler[Write]):
    """Compiles shapes to functions from a result's value to what the encoder takes."""

    default_timestamps = EPOCH

    def compile_structure(self, shape: StructureShape) -> Write:
        """Write an object; members that are None are left out."""
        if shape.is_document_type:
            return _as_it_is
        fields = {
            name: (member.serialization.get("name", name), self.of(member))
            for name, member in shape.members.items()
            if member.serialization.get("location") is None
        }
        elsewhere = set(shape.members) - set(fields)

        def write(value: object) -> dict[str, Any]:
            if not isinstance(value, Mapping):
                raise wrong(value, "a structure")
            members: dict[str, Any] = {}
            for name, item in value.items():
                if item is None or name in elsewhere:
                    continue
                field = fields.get(name)
                if field is None:
                    raise unknown_member(shape, name)
                try:
                    members[field[0]] = field[1](item)
                except Misfit as error:
                    raise error.inside(name) from None
            return members

        return write

    def compile_list(self, shape: ListShape) -> Write:
        """Write an array."""
        write_member = self.of(shape.member)

        def write(value: object) -> list[Any]:
            if not isinstance(value, list | tuple):
                raise wrong(value, "a list")
            items = []
            for index, item in enumerate(value):
                try:
                    items.append(write_member(item))
                except Misfit as error:
                    raise error.inside(index) from None
            return items

        return write

    def compile_map(self, shape: MapShape) -> Write:
        """Write an object of any keys."""
        write_value = self.of(shape.value)

        def write(value: object) -> dict[str, Any]:
            if not isinstance(value, Mapping):
                raise wrong(value, "a map")
            items = {}
            for key, item in value.items():
                try:
                    items[write_string(key)] = write_value(item)
                except Misfit as error:
                    raise error.inside(str(key)) from None
            return items

        return write

    def compile_string(self, _shape: Shape) -> Write:
        """Write a string."""
        return write_string

    compile_character = compile_string

    def compile_integer(self, _shape: Shape) -> Write:
        """Write a whole number."""
        return write_integer

    compile_long = compile_integer

    def compile_float(self, _shape: Shape) -> Write:
        """Write a number."""
        return self.write_float

    compile_double = compile_float

    def compile_boolean(self, _shape: Shape) -> Write:
        """Write true or false."""
        return write_boolean

    def compile_blob(self, _shape: Shape) -> Write:
        """Write bytes."""
        return self.write_blob

    def compile_timestamp(self, shape: Shape) -> Write:
        """Write a timestamp in the form of the model, or of the protocol."""
        form = shape.serialization.get("timestampFormat", self.default_timestamps)

        def write(value: object) -> Any:
            if not isinstance(value, datetime) or value.tzinfo is None:
                raise wrong(value, "an aware datetime")
            return self.write_timestamp(value, form)

        return write

    def write_float(self, value: object) -> Any:
        """Return a number, or the word for one that JSON cannot write."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(value, "a number")
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"

    def write_blob(self, value: object) -> Any:
        """Return bytes as base64."""
        if not isinstance(value, bytes):
            raise wrong(value, "bytes")
        return base64.b64encode(value).decode()

    def write_timestamp(self, value: datetime, form: str) -> Any:
        """Return a timestamp in the form."""
        return format_timestamp(value, form)


def _as_it_is(value: object) -> Any:
    return value


def write_string(value: object) -> str:
    """Return a string as it is."""
    if not isinstance(value, str):
        raise wrong(value, "a string")
    return value


def write_integer(value: object) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(value, "a whole number")
    return value


def write_boolean(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise wrong(value, "true or false")
    return value
