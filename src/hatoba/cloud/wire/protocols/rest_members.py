"""Members that REST protocols carry outside of the body: labels, query string, headers, status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.wire.protocols.compiler import Misfit
from hatoba.cloud.wire.protocols.text import header_text, text_reader

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    if member.type_name == "map":
        return _query_map(member, request)
    values = [value for key, value in request.query_items if key == wire_name]
    if not values:
        return None
    if member.type_name == "list":
        return [text_reader(member.member)(value) for value in values]  # type: ignore[attr-defined]  # a ListShape
    return text_reader(member)(values[-1])


def _query_map(member: Shape, request: HttpRequest) -> dict[str, Any] | None:
    items: dict[str, Any] = {}
    for key, value in request.query_items:
        if member.value.type_name == "list":  # type: ignore[attr-defined]  # a MapShape
            items.setdefault(key, []).append(value)
        else:
            items[key] = value
    return items or None


def _from_header(member: Shape, text: str) -> Any:
    if member.type_name == "list":
        read = text_reader(member.member)  # type: ignore[attr-defined]  # a ListShape
        return [read(part.strip().strip('"')) for part in text.split(",")]
    return text_reader(member)(text)


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
