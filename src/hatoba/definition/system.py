"""The whole of one definition."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field

from hatoba.definition.apigateway import HttpApi
from hatoba.definition.construct import Construct, construct
from hatoba.definition.ecs import Container, Job, Service
from hatoba.definition.environments import Environment
from hatoba.definition.inputs import Input, Inputs
from hatoba.definition.known import Known
from hatoba.definition.raw import Raw
from hatoba.definition.scheduler import Schedule
from hatoba.definition.values import Text

C = TypeVar("C", bound=Construct)


@dataclass(frozen=True, slots=True)
class LocalCommand:
    """What runs for an image where no container engine is reachable; ``PORT`` and ``HOST`` are added then."""

    image: str
    argv: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]


@construct
class System(Construct):
    """A system: its services, its APIs, and all that they name. Its name is the stack's name.

    Jobs that have a schedule need not be named again; ``resources`` are ``Raw`` ones that nothing else names.
    ``tags`` go on everything that can be tagged; ``outputs`` are shown after a deployment.
    """

    name: str
    _: KW_ONLY
    services: Sequence[Service] = ()
    apis: Sequence[HttpApi] = ()
    jobs: Sequence[Job] = ()
    schedules: Sequence[Schedule] = ()
    resources: Sequence[Raw] = ()
    inputs: Inputs = Field(default_factory=Inputs)
    tags: Mapping[str, str] = Field(default_factory=dict)
    outputs: Mapping[str, Text] = Field(default_factory=dict)

    def constructs(self) -> Iterator[Construct]:
        """Every construct that the system names, itself last, each once and after those it names."""
        return iter(self._constructs)

    @cached_property
    def _constructs(self) -> tuple[Construct, ...]:
        # Rules ask for them dozens of times, and nothing of a definition changes.
        return tuple(below(self, set()))

    def all_of(self, kind: type[C]) -> tuple[C, ...]:
        """Every construct of one kind."""
        return tuple(found for found in self.constructs() if isinstance(found, kind))

    def local_commands(self, environment: Environment | None = None) -> tuple[LocalCommand, ...]:
        """What stands in for the images of this system, where something does.

        An image that is an input has the value of ``environment``, or else its own for this machine.
        """
        known = Known(environment.value_of if environment else _value_here)
        return tuple(
            _local_command(container, image, container.local_command)
            for container in self.all_of(Container)
            for image in (known(container.image),)
            if container.local_command and image is not None
        )


def below(above: Construct, seen: set[int]) -> Iterator[Construct]:
    """A construct after all that it names, each once; ``seen`` holds the identities of those met."""
    if id(above) in seen:
        return
    seen.add(id(above))
    for child in above.children():
        yield from below(child, seen)
    yield above


def _value_here(given: Input[Any]) -> object | None:
    here: object | None = given.default if given.local is None else given.local
    return here


def _local_command(container: Container, image: str, argv: Sequence[str]) -> LocalCommand:
    # The interpreter that runs hatoba: "python" is on no PATH where a virtual environment is not activated.
    program = sys.executable if argv[0] in ("python", "python3") else argv[0]
    return LocalCommand(
        image=image,
        argv=(program, *argv[1:]),
        directory=Path(container.place.file).parent,
        environment={},
    )
