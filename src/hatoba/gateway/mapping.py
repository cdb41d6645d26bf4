"""Parameter mapping: changing a request before its integration and a response after it. Without I/O.

Compiled from what API Gateway stores, ``append|overwrite|remove:header|querystring.name`` and
``overwrite:path|statuscode``, to a list of changes.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, unquote, unquote_plus

from hatoba.gateway.context import claim_text, lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hatoba.gateway.context import Context
    from hatoba.gateway.headers import Field
    from hatoba.gateway.tokens import Json

LONGEST_BODY_READ = 100 * 1024
"""Bytes of a body that a JSONPath sees."""

_SOLE = re.compile(r"\$(?:request|response|context|stageVariables)\.[^\s${}]+\Z|\$request\.(?:path|body)\Z")
_PIECE = re.compile(r"\$\{([^}]*)\}")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")
_CONTROLS = dict.fromkeys((*range(32), 127))
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class Source:
    """What a mapping's values are read from.

    Attributes:
        path: The request's path without its stage.
        headers: The request's headers, or the response's for a response mapping, by lower-case name.
        body: The request's or the response's.
    """

    context: Context
    path: str
    variables: Mapping[str, str]
    stage_variables: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    body: bytes


Value: TypeAlias = "Callable[[Source], str | None]"


@dataclass(frozen=True, slots=True)
class _Change:
    action: str
    place: str
    name: str
    value: Value


@dataclass(slots=True)
class Outgoing:
    """What a request mapping changes: path and query as sent, percent-encoded."""

    headers: list[Field]
    path: str
    query: str | None


class ParameterMapping:
    """One compiled mapping."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._changes = tuple(_change(key, value) for key, value in parameters.items())

    def __bool__(self) -> bool:
        return bool(self._changes)

    def apply(self, outgoing: Outgoing, source: Source) -> None:
        """Change a request. A value that is not there changes nothing."""
        for change in self._changes:
            value = change.value(source)
            if value is None and change.action != "remove":
                continue
            match change.place:
                case "header":
                    _change_header(outgoing.headers, change, value or "")
                case "querystring":
                    outgoing.query = _change_query(outgoing.query, change, value or "")
                case "path":
                    outgoing.path = _path(value or "")

    def apply_to_response(self, status: int, headers: list[Field], source: Source) -> int:
        """Change a response's headers in place and return its status."""
        for change in self._changes:
            value = change.value(source)
            if value is None and change.action != "remove":
                continue
            if change.place == "header":
                _change_header(headers, change, value or "")
            elif change.place == "statuscode" and value is not None and re.fullmatch(r"[2-5]\d\d", value):
                status = int(value)
        return status


def _change(key: str, value: str) -> _Change:
    action, _, target = key.partition(":")
    place, _, name = target.partition(".")
    return _Change(action, place, name, compile_value(value))


def compile_value(text: str) -> Value:
    """Compile a mapping's value: one ``$`` expression, text with ``${…}`` in it, or static text."""
    if _SOLE.match(text):
        return _expression(text[1:])
    pieces: list[Value | str] = []
    at = 0
    for found in _PIECE.finditer(text):
        pieces.extend((text[at : found.start()], _expression(found[1])))
        at = found.end()
    pieces.append(text[at:])

    def join(source: Source) -> str | None:
        return "".join(each if isinstance(each, str) else each(source) or "" for each in pieces)

    return join


def _expression(text: str) -> Value:
    root, _, rest = text.partition(".")
    match root:
        case "context":
            read = lookup(rest)
            return lambda source: None if read is None else read(source.context)
        case "stageVariables":
            return lambda source: source.stage_variables.get(rest)
        case "request" | "response":
            return _part(rest)
        case _:
            return lambda _source: None


def _part(text: str) -> Value:
    """Compile what stands after ``$request.`` or ``$response.``."""
    kind, _, name = text.partition(".")
    match kind:
        case "header":
            lower = name.lower().encode("latin-1")
            return lambda source: _text(source.headers.get(lower))
        case "querystring":
            return lambda source: source.context.request.parameter(name)
        case "path" if name:
            return lambda source: _unquoted(source.variables.get(name))
        case "path":
            return lambda source: source.path
        case _ if kind.startswith("body"):
            return _body(text.removeprefix("body"))
        case _:
            return lambda _source: None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _unquoted(value: str | None) -> str | None:
    return None if value is None else unquote(value)


def _body(path: str) -> Value:
    if not path:
        return lambda source: source.body.decode("utf-8", "replace")
    steps = [first or third or int(second) for first, second, third in _STEP.findall(path)]

    def read(source: Source) -> str | None:
        try:
            value: Json = json.loads(source.body[:LONGEST_BODY_READ])
        except (ValueError, RecursionError):
            return None
        for step in steps:
            value = _step(value, step)
        return claim_text(value)

    return read


def _step(value: Json, step: str | int) -> Json:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _change_header(headers: list[Field], change: _Change, value: str) -> None:
    lower = change.name.lower().encode("latin-1")
    if change.action != "append":
        headers[:] = [each for each in headers if each[0].lower() != lower]
    if change.action != "remove":
        clean = value.translate(_CONTROLS).encode("latin-1", "replace").strip()
        headers.append((change.name.encode("latin-1"), clean))


def _change_query(query: str | None, change: _Change, value: str) -> str | None:
    pairs = query.split("&") if query else []
    if change.action != "append":
        pairs = [each for each in pairs if unquote_plus(each.partition("=")[0]) != change.name]
    if change.action != "remove":
        pairs.append(f"{quote(change.name, safe='')}={quote(value, safe='')}")
    return "&".join(pairs) or None


def _path(value: str) -> str:
    path = quote(value, safe=_PATH_SAFE)
    return path if path.startswith("/") else f"/{path}"
