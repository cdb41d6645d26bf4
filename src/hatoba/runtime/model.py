"""What is written down about a task that runs as processes."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from hatoba.runtime.protocol import Address, TaskSpec


class ProcessRecord(msgspec.Struct, frozen=True):
    """A container's last start."""

    pid: int
    created: float
    running: bool = True
    exit_code: int | None = None


class TaskRecord(msgspec.Struct, frozen=True):
    """A prepared task; ``processes`` by container name, only those that were started.

    ``wall`` is the port of the wall around its network, where there is one.
    """

    spec: TaskSpec
    addresses: tuple[Address, ...]
    processes: dict[str, ProcessRecord] = msgspec.field(default_factory=dict)
    wall: int | None = None

    def with_process(self, container: str, process: ProcessRecord) -> TaskRecord:
        """Return the record after a start or an end."""
        return replace(self, processes=self.processes | {container: process})
