"""Variables as inputs: texts, numbers, lists, and objects of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hatoba.importing.draft import identifier
from hatoba.importing.source import Given
from hatoba.importing.terraform.read import Expression, arguments, expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatoba.importing.draft import Draft

KINDS = {
    "string": "string",
    "number": "number",
    "list(string)": "strings",
    "set(string)": "strings",
}
"""Terraform's types, and the inputs that they are."""

NOT_INPUTS = frozenset({"aws_region", "region", "allowed_account_ids"})
"""Variables that say where to deploy: an environment's own keys here."""

LOCAL: dict[str, Any] = {"string": "local", "number": 1, "strings": ["local"]}
"""Values for this machine where a variable has no default, so that the draft can be tried as it is."""


def inputs_of(name: str, body: dict[str, Any], draft: Draft) -> None:
    """Declare the inputs of a variable; one that no input can hold is told."""
    kind = body.get("type")
    text = kind.text if isinstance(kind, Expression) else str(kind if kind is not None else "string")
    if name in NOT_INPUTS:
        draft.leave(f"var.{name}", "account and region of an environment are keys in environments.toml")
        return
    description = body.get("description")
    _declare((name,), text, body.get("default"), description if isinstance(description, str) else "", draft)


def _declare(path: tuple[str, ...], kind: str, default: Any, description: str, draft: Draft) -> None:
    where = "var." + ".".join(path)
    kind = re.sub(r"\s+", " ", kind).strip()
    if optional := re.fullmatch(r"optional\((.*)\)", kind):
        kind, given = (*arguments(optional[1]), "")[:2]
        default = expression(given) if default is None and given else default
    if held := re.fullmatch(r"object\(\{(.*)\}\)", kind):
        for member, inner in _members(held[1]):
            inner_default = default.get(member) if isinstance(default, dict) else None
            _declare((*path, member), inner, inner_default, "", draft)
        return
    if kind not in KINDS:
        draft.leave(where, f"no input holds {kind}: its default stands where it is used")
        return
    if isinstance(default, Expression) or (kind == "number" and not isinstance(default, (int, type(None)))):
        draft.leave(where, "its default is not carried")
        default = None
    wanted = KINDS[kind]
    draft.inputs.put(
        tuple(identifier(name) for name in path),
        Given(wanted, None if default in ([], "") else default, LOCAL[wanted], description),
    )


def _members(text: str) -> Iterator[tuple[str, str]]:
    for each in arguments(text):
        name, _, kind = each.partition("=")
        yield name.strip(), kind.strip()


def tidy(draft: Draft, code: str) -> None:
    """Drop inputs that no code uses; tell those whose local value is only there to try."""
    for path, given in list(draft.inputs.all()):
        name = ".".join(path)
        if not re.search(rf"\bgiven\.{re.escape(name)}\b", code):
            draft.inputs.drop(path)
            draft.leave(f"var.{name}", "nothing that is drafted uses it")
        elif given.default is None and given.local is not None:
            draft.leave(
                f"var.{name}", f"it has no default: the local value {given.local!r} is only there to try"
            )
