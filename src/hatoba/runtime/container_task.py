"""What the container runtime knows of a task while it stands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hatoba.runtime.container_config import Names, own_network

if TYPE_CHECKING:
    from hatoba.runtime.container_output import OutputPlace
    from hatoba.runtime.doors import OpenDoors
    from hatoba.runtime.engine import Config
    from hatoba.runtime.model import TaskRecord
    from hatoba.runtime.ports import Reservation
    from hatoba.runtime.protocol import ContainerSpec, FoundContainer, Listener
    from hatoba.runtime.wall import Wall


class RunningContainer:
    """A started container with who reads its output and waits for its end."""

    def __init__(self, container_id: str) -> None:
        self.container_id = container_id
        self.watcher: asyncio.Task[None] | None = None
        self.died = asyncio.Event()
        self.ended = asyncio.Event()


class ContainerTask:
    """A prepared task: what was made for it, and what runs of it."""

    def __init__(self, record: TaskRecord, listener: Listener, names: Names) -> None:
        self.record = record
        self.listener = listener
        self.names = names
        self.reservation: Reservation | None = None
        self.network: Config = own_network(record.addresses, record.spec.containers)
        self.made: dict[str, str] = {}
        self.running: dict[str, RunningContainer] = {}
        self.places: dict[str, OutputPlace] = {}
        self.found: dict[str, FoundContainer] | None = None
        self.doors: OpenDoors | None = None
        self.address = ""
        self.wall: Wall | None = None
        self.no_wall: str | None = None
        """Why it alone is not held apart, where a wall was to be built."""

    def release_ports(self) -> None:
        """Let its containers bind their ports. Idempotent."""
        if self.reservation is not None:
            self.reservation.release()

    async def close_doors(self) -> None:
        """Let it reach nothing any more, and nobody it but this machine. Idempotent."""
        if self.wall is not None:
            self.wall.close()
            self.wall = None
        if self.doors is not None:
            await self.doors.close()
            self.doors = None

    def container(self, name: str) -> ContainerSpec:
        """Return what a container is to be."""
        return next(spec for spec in self.record.spec.containers if spec.name == name)
