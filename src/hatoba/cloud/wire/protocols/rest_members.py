"""Members that REST protocols carry outside of the body: labels, query string, headers, status."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore.model import ListShape, MapShape

from hatoba.cloud.wire.protocols.compiler import Misfit
from hatoba.cloud.wire.protocols.text import header_text, text_reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from botocore.model import Shape, StructureShape

    from hatoba.cloud.wire.http import HttpRequest


def outside_body(request: HttpRequest, shape: StructureShape, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the input members that are not in the body.

    Raises:
        Misfit: One of them cannot be read as its type.
    """
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        wire_name = member.serialization.get("name", name)
        try:
            match member.serialization.get("location"):
                case "uri" if wire_name in labels:
                    found[name] = text_reader(member)(labels[wire_name])
                case "querystring":
                    _put(found, name, _from_query(member, wire_name, request))
                case "header" if wire_name.lower() in request.headers:
                    found[name] = _from_header(member, request.headers[wire_name.lower()])
                case "headers":
                    _put(found, name, _prefixed(request, wire_name.lower()))
                case _:
                    pass
        except Misfit as error:
            raise error.inside(wire_name) from None
    return found


def _put(found: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        found[name] = value


def _from_query(member: Shape, wire_name: str, request: HttpRequest) -> Any:
    if isinstance(member, MapShape):
        return _query_map(member, request.query_items)
    values = [value for key, value in request.query_items if key == wire_name]
    if not values:
        return None
    if isinstance(member, ListShape):
        return [text_reader(member.member)(value) for value in values]
    return text_reader(member)(values[-1])


def _query_map(member: MapShape, items: Iterable[tuple[str, str]]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for key, value in items:
        if isinstance(member.value, ListShape):
            found.setdefault(key, []).append(value)
        else:
            found[key] = value
    return found or None


def _from_header(member: Shape, text: str) -> Any:
    if isinstance(member, ListShape):
        read = text_reader(member.member)
        return [read(part) for part in header_items(text, dates=member.member.type_name == "timestamp")]
    return text_reader(member)(text)


_QUOTED_OR_PLAIN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",]*))\s*(?:,|$)')
_HTTP_DATE = re.compile(r"\s*([A-Za-z]{3}, [^,]+)\s*(?:,|$)")


def header_items(text: str, *, dates: bool = False) -> list[str]:
    """Split a header that is a list; items may be quoted, and HTTP dates hold a comma of their own."""
    if dates and text[:1].isalpha():
        return _HTTP_DATE.findall(text)
    if not text.strip():
        return []
    items = []
    for quoted, plain in _QUOTED_OR_PLAIN.findall(text.rstrip() + ","):
        items.append(re.sub(r"\\(.)", r"\1", quoted) if quoted else plain.strip())
    return items[:-1] if items and not items[-1] else items


def _prefixed(request: HttpRequest, prefix: str) -> dict[str, str] | None:
    found = {name[len(prefix) :]: value for name, value in request.headers.items() if name.startswith(prefix)}
    return found or None


def output_headers(shape: StructureShape, result: Mapping[str, object]) -> dict[str, str]:
    """Return the members of a result that the model puts into headers."""
    headers = {}
    for name, member in shape.members.items():
        value = result.get(name)
        if value is None:
            continue
        wire_name = member.serialization.get("name", name)
        match member.serialization.get("location"):
            case "header":
                headers[wire_name.lower()] = header_text(value, member)
            case "headers" if isinstance(value, dict):
                headers |= {f"{wire_name}{key}".lower(): str(item) for key, item in value.items()}
            case _:
                pass
    return headers


def output_status(shape: StructureShape, result: Mapping[str, object]) -> int | None:
    """Return the member of a result that the model makes the HTTP status, if it has one."""
    for name, member in shape.members.items():
        if member.serialization.get("location") == "statusCode":
            status = result.get(name)
            return status if isinstance(status, int) else None
    return None
