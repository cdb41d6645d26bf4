"""A template as text.

YAML is written here rather than by PyYAML, which takes a second for a hundred services: a template has only
mappings, lists, texts, numbers and truths, and whatever is not plainly a text is quoted as JSON, which YAML
reads as it stands.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hatoba.render.cloudformation import Template

_PLAIN = re.compile(r"[A-Za-z/](?:[\w./@,()+ -]|:(?=[^\s]))*(?<! )", re.ASCII)
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
"""What YAML 1.1 reads as something else than a text, in any case of letters."""


def to_json(template: Template, *, compact: bool = False) -> str:
    """The template as JSON in its own order: indented by two spaces, or without any space."""
    if compact:
        return json.dumps(template, separators=(",", ":"), ensure_ascii=False)
    return json.dumps(template, indent=2, ensure_ascii=False) + "\n"


def to_yaml(template: Template) -> str:
    """The template as YAML in its own order; texts that YAML would read as something else are quoted."""
    return "".join(f"{line}\n" for line in _mapping(template, ""))


def _mapping(value: Mapping[str, object], indent: str) -> Iterator[str]:
    for key, member in value.items():
        if isinstance(member, dict) and member:
            yield f"{indent}{_scalar(key)}:"
            yield from _mapping(member, indent + "  ")
        elif isinstance(member, list) and member:
            yield f"{indent}{_scalar(key)}:"
            yield from _list(member, indent + "  ")
        else:
            yield f"{indent}{_scalar(key)}: {_scalar(member)}"


def _list(value: list[object], indent: str) -> Iterator[str]:
    for member in value:
        if isinstance(member, (dict, list)) and member:
            below = indent + "  "
            inside = _mapping(member, below) if isinstance(member, dict) else _list(member, below)
            first = next(inside)
            yield f"{indent}- {first[len(below) :]}"
            yield from inside
        else:
            yield f"{indent}- {_scalar(member)}"


def _scalar(value: object) -> str:
    """A text, a number, a truth, or something empty."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
