"""Terraform's files, native and JSON syntax, as one kind of blocks. The door to python-hcl2.

A value is a plain one, or one of :class:`Template` (text with expressions in it) and :class:`Expression`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from hatoba.importing.draft import ImportFailed

if TYPE_CHECKING:
    from pathlib import Path

Value: TypeAlias = "bool | int | float | str | list[Any] | dict[str, Any] | Template | Expression | None"
Body: TypeAlias = dict[str, Any]
_LABELS = {"resource": 2, "data": 2, "variable": 1, "output": 1, "provider": 1, "module": 1}
_REFERENCE = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)+")
"""What needs no parser, which takes its time."""
_META = ("__is_block__", "__comments__", "__inline_comments__", "__start_line__", "__end_line__", "//")


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of Terraform's language, as written."""

    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """Text with expressions in it."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True)
class Block:
    """A block: ``resource "aws_ecs_cluster" "main"`` has the labels ``aws_ecs_cluster`` and ``main``."""

    type: str
    labels: tuple[str, ...]
    body: Body
    file: str


def read(folder: Path) -> list[Block]:
    """Every block of a directory's files, in the order of the files' names.

    Raises:
        ImportFailed: There is no such directory, nothing of Terraform in it, or a file that is broken.
    """
    if not folder.is_dir():
        raise ImportFailed(str(folder), "there is no such directory", "Give the directory of the *.tf files.")
    files = sorted([*folder.glob("*.tf"), *folder.glob("*.tf.json")])
    if not files:
        raise ImportFailed(
            str(folder), "there is no *.tf or *.tf.json in it", "Give the directory of the module."
        )
    return [block for file in files for block in _blocks(file)]


def _blocks(file: Path) -> Iterator[Block]:
    is_json = file.name.endswith(".json")
    for kind, members in (_json(file) if is_json else _native(file)).items():
        if kind in _META:
            continue
        for member in members if isinstance(members, list) else [members]:
            for labels, body in _labelled(member, _LABELS.get(kind, 0)):
                for each in body if isinstance(body, list) else [body]:
                    yield Block(kind, labels, _body(each, is_json=is_json), file.name)


def _labelled(
    member: Body, depth: int, labels: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    if depth == 0:
        yield labels, member
        return
    for label, inner in member.items():
        if label not in _META:
            yield from _labelled(inner, depth - 1, (*labels, label.strip('"')))


def _native(file: Path) -> Body:
    import hcl2
    from lark.exceptions import LarkError

    try:
        return hcl2.loads(_text(file))
    except LarkError as error:
        line, column = getattr(error, "line", None), getattr(error, "column", None)
        where = f"{file}:{line}:{column}" if line else str(file)
        raise ImportFailed(
            where, "this is not Terraform's language", "`terraform validate` says more."
        ) from error


def _json(file: Path) -> Body:
    try:
        read = json.loads(_text(file))
    except json.JSONDecodeError as error:
        raise ImportFailed(
            f"{file}:{error.lineno}", f"this is not JSON: {error.msg}", "Correct it."
        ) from error
    if not isinstance(read, dict):
        raise ImportFailed(str(file), "this is not a JSON object", "`terraform validate` says more.")
    return read


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFailed(str(file), f"this cannot be read: {error}", "Look at the file.") from error


def _body(body: Body, *, is_json: bool) -> Body:
    return {key.strip('"'): _value(value, is_json=is_json) for key, value in body.items() if key not in _META}


def _value(value: Any, *, is_json: bool) -> Any:
    if isinstance(value, list):
        return [_value(each, is_json=is_json) for each in value]
    if isinstance(value, Mapping):
        return _body(dict(value), is_json=is_json)
    if not isinstance(value, str):
        return value
    return template(value) if is_json else _native_text(value)


def _native_text(text: str) -> Value:
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return template(_unescaped(text[1:-1]))
    if text.startswith("${") and text.endswith("}"):
        return Expression(text[2:-1].strip())
    if re.match(r'"?<<-?', text):
        lines = text.strip('"').split("\n")
        return template("\n".join(lines[1:-1]) + "\n")
    # A bare word: an identifier such as a type, or a reference.
    return Expression(text)


def _unescaped(text: str) -> str:
    return re.sub(r'\\(["\\nt])', lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)


def expression(text: str) -> Value:
    """A value as written on the right of an argument, such as what is inside ``jsonencode(…)``."""
    if _REFERENCE.fullmatch(text):
        return Expression(text)
    import hcl2
    from lark.exceptions import LarkError

    try:
        value: Value = _value(hcl2.loads(f"x = {text}\n")["x"], is_json=False)
    except LarkError:
        return Expression(text)
    return value


def arguments(text: str) -> list[str]:
    """Split at the commas that are in no bracket and no quotes."""
    return [part.strip() for part in _split(text, ",")]


def choice(text: str) -> tuple[str, str, str] | None:
    """A conditional's condition and branches."""
    before, *rest = _split(text, "?", most=1)
    branches = _split(rest[0], ":", most=1) if rest else []
    return (before.strip(), branches[0].strip(), branches[1].strip()) if len(branches) > 1 else None


def _split(text: str, at: str, most: int = -1) -> list[str]:
    parts, depth, is_quoted = [""], 0, False
    for letter in text:
        is_quoted ^= letter == '"'
        if not is_quoted:
            depth += (letter in "([{") - (letter in ")]}")
        if letter == at and depth == 0 and not is_quoted and most != 0:
            parts.append("")
            most -= 1
        else:
            parts[-1] += letter
    return parts


def template(text: str) -> Value:
    """Text as plain text, one expression, or a template."""
    parts: list[str | Expression] = []
    plain, at = "", 0
    while at < len(text):
        if text.startswith(("$${", "%%{"), at):
            plain, at = plain + text[at + 1 : at + 3], at + 3
        elif text.startswith("${", at):
            end = _end_of(text, at + 2)
            parts += [*([plain] if plain else []), Expression(text[at + 2 : end].strip())]
            plain, at = "", end + 1
        else:
            plain, at = plain + text[at], at + 1
    if not parts:
        return plain
    if plain:
        parts.append(plain)
    return parts[0] if len(parts) == 1 and isinstance(parts[0], Expression) else Template(tuple(parts))


def _end_of(text: str, at: int) -> int:
    depth, is_quoted = 1, False
    while at < len(text):
        if text[at] == '"' and text[at - 1] != "\\":
            is_quoted = not is_quoted
        elif not is_quoted and text[at] in "{}":
            depth += 1 if text[at] == "{" else -1
            if depth == 0:
                return at
        at += 1
    return len(text)
