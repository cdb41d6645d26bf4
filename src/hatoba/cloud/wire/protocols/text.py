"""Leaves as text: in form fields, URI labels, query strings and headers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hatoba.cloud.wire.protocols.compiler import Misfit
from hatoba.cloud.wire.protocols.reader import read_blob, read_timestamp
from hatoba.cloud.wire.protocols.timestamps import HTTP_DATE, format_timestamp
from hatoba.cloud.wire.protocols.writer import wrong

if TYPE_CHECKING:
    from botocore.model import Shape

ReadText = Callable[[str], Any]


def text_reader(shape: Shape) -> ReadText:
    """Return the function that reads a leaf of this shape from text."""
    if shape.serialization.get("jsonvalue"):
        return _read_json_header
    return _READERS.get(shape.type_name, str)


def _read_integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Misfit(f"{text!r:.60} is no whole number") from None


def _read_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Misfit(f"{text!r:.60} is no number") from None


def _read_boolean(text: str) -> bool:
    match text.lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise Misfit(f"{text!r:.60} is neither true nor false")


def _read_json_header(text: str) -> Any:
    try:
        return json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise Misfit("is no JSON document in base64") from None


_READERS: dict[str, ReadText] = {
    "integer": _read_integer,
    "long": _read_integer,
    "float": _read_float,
    "double": _read_float,
    "boolean": _read_boolean,
    "timestamp": read_timestamp,
    "blob": read_blob,
}


def header_text(value: object, shape: Shape) -> str:
    """Return a result's value as a header carries it."""
    if shape.serialization.get("jsonvalue"):
        return base64.b64encode(json.dumps(value).encode()).decode()
    if isinstance(value, datetime):
        return str(format_timestamp(value, shape.serialization.get("timestampFormat", HTTP_DATE)))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(_quoted(str(item)) for item in value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str | int | float):
        return str(value)
    raise wrong(value, "something that a header can carry")


def _quoted(item: str) -> str:
    if '"' not in item and "," not in item:
        return item
    escaped = item.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
