"""The whole of a directory as a draft: each kind in the order in which a definition needs it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hatoba.importing.draft import Draft, identifier, shaped
from hatoba.importing.source import Assign, Call, Code, Joined, statement
from hatoba.importing.terraform import entry, roles, tasks
from hatoba.importing.terraform.directory import Directory, Unknown
from hatoba.importing.terraform.read import read
from hatoba.importing.terraform.variables import tidy

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.importing.terraform.read import Block


def draft(folder: Path) -> Draft:
    """Draft a definition from a Terraform directory.

    Raises:
        ImportFailed: It cannot be read.
    """
    made = Draft(f"What the Terraform directory {folder.resolve().name} makes.")
    here = Directory(made)
    with shaped(lambda: f"{folder}: {here.place or 'variables'}"):
        _draft(here, read(folder), folder.resolve().name)
    return made


def _draft(here: Directory, blocks: list[Block], name: str) -> None:
    here.take_in(blocks)
    tasks.log_groups(here)
    roles.roles(here)
    roles.security_groups(here)
    tasks.names(here)
    tasks.clusters(here)
    tasks.task_definitions(here)
    services = tasks.services(here)
    entry.links(here)
    apis = entry.apis(here)
    for kind, found in here.resources.items():
        for label in found:
            here.draft.leave(f"{kind}.{label}", "hatoba has no construct for it")
    _system(here, name, services, apis)


def _system(here: Directory, name: str, services: list[Code], apis: list[Code]) -> None:
    tags = _each(here, here.tags, "provider aws: default_tags")
    outputs = _each(here, {name: block.body.get("value") for name, block in here.outputs.items()}, "output")
    parts = {"services": services, "apis": apis, "tags": tags, "outputs": outputs}
    named: dict[str, Any] = {label: value for label, value in parts.items() if value}
    call = Call("System", (identifier(name).replace("_", "-"),), named)
    tidy(here.draft, "\n".join((*here.draft.code(), statement(Assign("system", call), 0))))
    if here.draft.inputs.members:
        call = replace(call, named={"inputs": Code("given"), **named})
    here.draft.statements.append(Assign("system", call))


def text_of(value: Any) -> Any:
    """A tag's or an output's value, which is a text.

    Raises:
        Unknown: It is a list or an object.
    """
    if isinstance(value, (list, dict)):
        raise Unknown("only texts are carried")
    return value if isinstance(value, (str, Code, Joined)) else str(value)


def _each(here: Directory, values: dict[str, Any], place: str) -> dict[str, Any]:
    known = {}
    for name, value in values.items():
        here.place = f"{place} {name}"
        try:
            known[name] = text_of(here.resolve(value))
        except Unknown as error:
            here.draft.leave(f"{place} {name}", str(error))
    return known
