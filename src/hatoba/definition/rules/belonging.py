"""Inputs and constructs that a system uses belong to it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from hatoba.definition.construct import Construct, what_it_is
from hatoba.definition.faults import Finding
from hatoba.definition.inputs import Input
from hatoba.definition.known import Known
from hatoba.definition.system import System
from hatoba.definition.values import Attribute, Joined, Value

_PARAMETERS = 200
_RESERVED = "forcenewdeploymentnonce"


def inputs_are_declared(system: System, _: Known) -> Iterable[Finding]:
    """Every input in use is one of the system's inputs."""
    declared = {given.name: given for given in system.inputs}
    for name in dict.fromkeys(value.name for value in _late_values(system) if isinstance(value, Input)):
        if not name:
            yield Finding(
                "an input is used that was never given a name", "Assign it to a name in a class of Inputs."
            )
        elif name not in declared:
            yield Finding(
                f"input {name} is used but is not among the system's inputs",
                "Give System the object that it was taken from: inputs=….",
            )


def input_names(system: System, _: Known) -> Iterable[Finding]:
    """Inputs stay different as parameters, which have no punctuation."""
    plain = Counter(given.name.replace("_", "").replace(".", "").lower() for given in system.inputs)
    for name, count in plain.items():
        if count > 1 or name == _RESERVED:
            yield Finding(f"two inputs would be the parameter {name!r}, case not counted", "Rename one.")
    if len(plain) > _PARAMETERS:
        yield Finding(f"there are {len(plain)} inputs; a stack has up to {_PARAMETERS}", "Remove some.")


def attributes_belong(system: System, _: Known) -> Iterable[Finding]:
    """An output, a variable or a permission speaks of what the system has."""
    own = {id(construct) for construct in system.constructs()}
    for name, value in system.outputs.items():
        yield from _strangers(f"output {name}", value, own)
    for construct in system.constructs():
        if construct is not system:
            for field in dataclasses.fields(cast("Any", construct)):
                where = f"{field.name} of {_called(construct)}"
                yield from _strangers(where, getattr(construct, field.name), own)


def _called(construct: Construct) -> str:
    name = getattr(construct, "name", None)
    return name if isinstance(name, str) else what_it_is(type(construct))


def _strangers(where: str, value: object, own: set[int]) -> Iterator[Finding]:
    for late in _inside(value):
        if isinstance(late, Attribute) and id(late.construct) not in own:
            yield Finding(
                f"{where} speaks of a {type(late.construct).__name__} that the system does not use",
                "Use it in the system, or remove what speaks of it.",
            )


def _late_values(system: System) -> Iterator[Value[Any]]:
    for construct in system.constructs():
        for field in dataclasses.fields(cast("Any", construct)):
            yield from _inside(getattr(construct, field.name))


def _inside(value: object) -> Iterator[Value[Any]]:
    if isinstance(value, Joined):
        yield from _inside(value.parts)
    elif isinstance(value, Value):
        yield value
    elif isinstance(value, Construct):
        return
    elif isinstance(value, Mapping):
        yield from _inside(list(value.values()))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for member in value:
            yield from _inside(member)
