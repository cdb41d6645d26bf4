"""All faults of a definition in one environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hatoba.definition.construct import Construct
from hatoba.definition.environments import FILE_NAME, Environment
from hatoba.definition.faults import Fault
from hatoba.definition.inputs import Input
from hatoba.definition.known import Known
from hatoba.definition.rules import OWN, RULES
from hatoba.definition.system import System


def check(system: System, environment: Environment) -> list[Fault]:
    """Every fault: wrong arguments, wrong or missing values of inputs, and AWS's rules with those values.

    Rules look only at arguments that are free of faults themselves.
    """
    constructs = list(system.constructs())
    sound = _sound(constructs)
    known = Known(environment.value_of)
    return [
        *(fault for construct in constructs for fault in construct.faults),
        *(fault for given in _inputs(system) for fault in _check_input(given, environment)),
        *(
            finding.at(construct.place)
            for construct in constructs
            if not construct.faults
            for kind, rule in (RULES if id(construct) in sound else OWN)
            if isinstance(construct, kind)
            for finding in rule(construct, known)
        ),
    ]


def _sound(constructs: list[Construct]) -> set[int]:
    """Constructs (by identity) without wrong arguments in them or below; children come before parents."""
    sound: set[int] = set()
    for construct in constructs:
        if not construct.faults and all(id(child) in sound for child in construct.children()):
            sound.add(id(construct))
    return sound


def _inputs(system: System) -> list[Input[Any]]:
    return [] if system.faults else list(system.inputs)


def _check_input(given: Input[Any], environment: Environment) -> Iterator[Fault]:
    for role, value in (("default", given.default), ("local value", given.local)):
        wrong = None if value is None else given.wrong(value)
        if wrong is not None:
            yield Fault(
                given.place,
                f"the {role} of input {given.name} is {value!r}: it should be {wrong}",
                "Correct it.",
            )
    if environment.value_of(given) is None and not environment.is_filled(given):
        yield Fault(
            environment.place("inputs", given.name),
            f"input {given.name} has no value in environment {environment.name}",
            f"Add {_setting(given)} below [{environment.name}.inputs] in {FILE_NAME}: "
            f"{given.kind.wrong(None)}.",
        )


def _setting(given: Input[Any]) -> str:
    *groups, last = given.path
    text = f"{last} = …"
    for group in reversed(groups):
        text = f"{group} = {{ {text} }}"
    return text
