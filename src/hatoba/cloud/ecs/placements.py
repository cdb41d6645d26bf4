"""Where tasks really run on this machine: what AWS's API has no words for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from hatoba.cloud.ecs.model import Task


class Placement(msgspec.Struct, frozen=True):
    """One task: the kind of its runtime, why that and what it leaves out, and where its ports are reached."""

    task: str
    runtime: str | None
    runs_so: str
    addresses: tuple[str, ...]


def placed(task: Task) -> Placement:
    """Return where a task runs."""
    addresses = tuple(f"{endpoint.host}:{endpoint.port}" for endpoint in task.endpoints)
    return Placement(task.id, task.runtime, task.runs_so, addresses)
