"""Where tasks really run on this machine: what AWS's API has no words for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.model import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.state import State


def placements(state: State) -> list[Mapping[str, object]]:
    """Return, for each task that has not stopped, its runtime and where its ports are reached."""
    tasks = (task for _, task in state.table("ecs.task", Task).everywhere())
    return [
        {
            "task": task.id,
            "runtime": task.runtime,
            "runs_so": task.runs_so,
            "addresses": [f"{endpoint.host}:{endpoint.port}" for endpoint in task.endpoints],
        }
        for task in tasks
        if task.last_status != "STOPPED"
    ]
