"""What every service of the cloud is given when it is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.cloud.clock import Clock
    from hatoba.cloud.state import Scope, State
    from hatoba.cloud.wire import Call, Invoke, Operations


@dataclass(frozen=True, slots=True)
class LocalCommand:
    """What stands in for an image where no container engine is reachable.

    ``command`` runs in ``directory`` with ``PORT`` and ``HOST`` in its environment, and the task
    definition's own environment besides.
    """

    image: str
    command: tuple[str, ...]
    directory: str
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """How this cloud was started. Ports given as 0 are chosen by the system."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 4566
    gateway_port: int = 4580
    dns_port: int = 4553
    account: str = "000000000000"
    region: str = "ap-northeast-1"
    ephemeral: bool = False
    runtime: str = "auto"


@dataclass(frozen=True, slots=True)
class World:
    """The cloud as a service sees it: its state, its clock, and the other services by AWS's API."""

    state: State
    clock: Clock
    settings: Settings
    invoke: Invoke
    call_as_service: Callable[[Scope, str], Call]
    """Makes the :class:`Call` of a loop that acts by itself: ``call_as_service(scope, "ecs")``."""


Loop = Callable[[], Awaitable[None]]


class Service(Protocol):
    """One service of the cloud, as the server runs it."""

    @property
    def operations(self) -> Operations:
        """What it answers."""

    def loops(self) -> tuple[Loop, ...]:
        """Return the loops that act on changes. Each runs until it is cancelled, from start to stop.

        They start after every service was made, and find in the state what an earlier cloud left.
        """

    async def close(self) -> None:
        """Release what the service holds in the world. Called once, after its loops were cancelled."""
