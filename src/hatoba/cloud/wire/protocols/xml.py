"""From a result to XML, as Query and EC2 Query answer; loud about what the model does not know."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from hatoba.cloud.wire.protocols.compiler import Compiler, Misfit
from hatoba.cloud.wire.protocols.timestamps import ISO8601, format_timestamp, iso8601
from hatoba.cloud.wire.protocols.writer import (
    unknown_member,
    write_boolean,
    write_integer,
    write_string,
    wrong,
)

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

WriteXml = Callable[[object, str, list[str]], None]
"""Appends an element of this value and tag to the pieces of a document."""

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escaped(text: str) -> str:
    """Return text for an element; what XML 1.0 cannot say at all becomes a replacement character."""
    text = _NOT_IN_XML.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


class XmlWriter(Compiler[WriteXml]):
    """Compiles shapes to functions that write an element."""

    always_milliseconds = False

    def compile_structure(self, shape: StructureShape) -> WriteXml:
        """Write an element with an element for each member."""
        fields = {name: (_tag(name, member), self.of(member)) for name, member in shape.members.items()}

        def write(value: object, tag: str, out: list[str]) -> None:
            if not isinstance(value, Mapping):
                raise wrong(value, "a structure")
            out.append(f"<{tag}>")
            for name, item in value.items():
                if item is None:
                    continue
                field = fields.get(name)
                if field is None:
                    raise unknown_member(shape, name)
                try:
                    field[1](item, field[0], out)
                except Misfit as error:
                    raise error.inside(name) from None
            out.append(f"</{tag}>")

        return write

    def compile_list(self, shape: ListShape) -> WriteXml:
        """Write an element with the items inside, or the items alone when the list is flattened."""
        write_member = self.of(shape.member)
        is_flat = bool(shape.serialization.get("flattened"))
        own_tag: str = shape.member.serialization.get("name", "" if is_flat else "member")

        def write(value: object, tag: str, out: list[str]) -> None:
            if not isinstance(value, list | tuple):
                raise wrong(value, "a list")
            if not is_flat:
                out.append(f"<{tag}>")
            for index, item in enumerate(value):
                try:
                    write_member(item, own_tag or tag, out)
                except Misfit as error:
                    raise error.inside(index) from None
            if not is_flat:
                out.append(f"</{tag}>")

        return write

    def compile_map(self, shape: MapShape) -> WriteXml:
        """Write an element with an entry for each key, or the entries alone when the map is flattened."""
        write_value = self.of(shape.value)
        key_tag = shape.key.serialization.get("name", "key")
        value_tag = shape.value.serialization.get("name", "value")
        is_flat = bool(shape.serialization.get("flattened"))

        def write(value: object, tag: str, out: list[str]) -> None:
            if not isinstance(value, Mapping):
                raise wrong(value, "a map")
            entry = tag if is_flat else "entry"
            if not is_flat:
                out.append(f"<{tag}>")
            for key, item in value.items():
                out.append(f"<{entry}><{key_tag}>{escaped(write_string(key))}</{key_tag}>")
                write_value(item, value_tag, out)
                out.append(f"</{entry}>")
            if not is_flat:
                out.append(f"</{tag}>")

        return write

    def compile(self, shape: Shape) -> WriteXml:
        """Make the function of a shape; leaves are elements with text."""
        if shape.type_name in {"structure", "list", "map"}:
            return super().compile(shape)
        text_of = self._leaf(shape)

        def write(value: object, tag: str, out: list[str]) -> None:
            out.append(f"<{tag}>{text_of(value)}</{tag}>")

        return write

    def _leaf(self, shape: Shape) -> Callable[[object], str]:
        match shape.type_name:
            case "integer" | "long":
                return lambda value: str(write_integer(value))
            case "float" | "double":
                return _number
            case "boolean":
                return lambda value: "true" if write_boolean(value) else "false"
            case "blob":
                return _base64
            case "timestamp":
                return lambda value: self._timestamp(
                    value, shape.serialization.get("timestampFormat", ISO8601)
                )
            case _:
                return lambda value: escaped(write_string(value))

    def _timestamp(self, value: object, form: str) -> str:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise wrong(value, "an aware datetime")
        if form == ISO8601:
            return iso8601(value, always_milliseconds=self.always_milliseconds)
        return str(format_timestamp(value, form))


class Ec2XmlWriter(XmlWriter):
    """EC2 writes the milliseconds even when they are zero."""

    always_milliseconds = True


def _tag(name: str, member: Shape) -> str:
    tag: str = member.serialization.get("name", name)
    return tag


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(value, "a number")
    return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(str(value), str(value))


def _base64(value: object) -> str:
    if not isinstance(value, bytes):
        raise wrong(value, "bytes")
    return base64.b64encode(value).decode()
