"""What is written down about a task that runs as processes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hatoba.runtime.protocol import Address, TaskSpec


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A container's last start."""

    pid: int
    created: float
    running: bool = True
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A prepared task; ``processes`` by container name, only those that were started."""

    spec: TaskSpec
    addresses: tuple[Address, ...]
    processes: dict[str, ProcessRecord] = field(default_factory=dict)

    def with_process(self, container: str, process: ProcessRecord) -> TaskRecord:
        """Return the record after a start or an end."""
        return replace(self, processes=self.processes | {container: process})
