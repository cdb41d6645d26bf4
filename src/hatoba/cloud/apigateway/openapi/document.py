"""A document's text as plain values, and safe ways into them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

Object = dict[str, object]

_VARIABLE = re.compile(r"\$\{(AWS::[A-Za-z]+)\}")


def parse(text: str) -> Object:
    """Return the document of a text, JSON or YAML.

    Raises:
        ServiceError: It is neither, or no OpenAPI 3.0 document.
    """
    document = _load(text)
    if not isinstance(document, dict):
        raise bad_request("Invalid OpenAPI input: the document is no object.")
    version = str(document.get("openapi", ""))
    if not re.fullmatch(r"3\.0(\.\d+)?", version):
        found = f"openapi {version}" if version else "no openapi member"
        raise bad_request(f"Invalid OpenAPI input: HTTP APIs take OpenAPI 3.0 only; there is {found}.")
    return document


def _load(text: str) -> object:
    import yaml

    if text.lstrip().startswith("{"):
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise bad_request(f"Invalid OpenAPI input: not well-formed JSON: {error}") from error
        return value
    try:
        value = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise bad_request(f"Invalid OpenAPI input: not well-formed YAML: {error}") from error
    return value


def as_object(value: object, where: str) -> Object:
    """Return an object with its keys as text; nothing is an empty one.

    Raises:
        ServiceError: It is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_request(f"Invalid OpenAPI input: {where} must be an object.")
    return {str(key): inner for key, inner in value.items()}


def as_list(value: object, where: str) -> list[object]:
    """Return a list; nothing is an empty one.

    Raises:
        ServiceError: It is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_request(f"Invalid OpenAPI input: {where} must be a list.")
    return value


def as_text(value: object, where: str) -> str:
    """Return a text; a number is written out, as YAML takes ``1.0`` for one.

    Raises:
        ServiceError: It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise bad_request(f"Invalid OpenAPI input: {where} must be a string.")
    return str(value)


def as_texts(value: object, where: str) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(as_text(each, where) for each in as_list(value, where))


def as_text_map(value: object, where: str) -> dict[str, str]:
    """Return an object of texts."""
    return {key: as_text(inner, f"{where}.{key}") for key, inner in as_object(value, where).items()}


def resolved(document: Object, value: Object, where: str) -> tuple[Object, str | None]:
    """Follow a ``$ref`` into the same document; return what it leads to, and its last word.

    Raises:
        ServiceError: It leads elsewhere, or nowhere.
    """
    reference = value.get("$ref")
    if reference is None:
        return value, None
    pointer = as_text(reference, f"{where}.$ref")
    found: object = document
    words = pointer.removeprefix("#/").split("/") if pointer.startswith("#/") else []
    for word in words:
        plain = word.replace("~1", "/").replace("~0", "~")
        found = found.get(plain) if isinstance(found, dict) else None
    if not words or not isinstance(found, dict):
        raise bad_request(
            f"Invalid OpenAPI input: {where} refers to {pointer}, which is not in the document."
        )
    return as_object(found, where), words[-1]


def with_variables(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with AWS's variables put in, such as ``${AWS::Region}``; others stay."""
    return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), text)
