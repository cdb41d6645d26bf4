"""Removing what a crashed cloud left, for ``hatoba down``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hatoba.runtime.environment import CONTAINER_MARK, PROJECT_MARK, TASK_MARK
from hatoba.runtime.processes import kill, marked
from hatoba.runtime.records import TaskFolders, project_mark
from hatoba.runtime.sockets import find_engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hatoba.runtime.sockets import EngineAddress


async def sweep(folder: Path, *, find: Callable[[], EngineAddress] = find_engine) -> list[str]:
    """Stop and remove what an earlier cloud of ``folder`` left: processes, containers, networks, files.

    No cloud of this folder may be running. Returns one line per thing, for people; may be called again.
    """
    swept = await asyncio.to_thread(_sweep_processes, folder)
    if not TaskFolders(folder, "containers").are_empty():
        address = find()
        if address.url is None:
            return [*swept, f"containers may be left: {address.problem}; start the engine and try again"]
        from hatoba.runtime.containers import sweep_containers

        swept += await sweep_containers(folder, address.url)
    return swept


def _sweep_processes(folder: Path) -> list[str]:
    left = marked({PROJECT_MARK: project_mark(folder)})
    kill(left)
    swept = [
        f"process {pid} ({environment.get(CONTAINER_MARK)} of task {environment.get(TASK_MARK)}): killed"
        for pid, environment in left.items()
    ]
    folders = TaskFolders(folder)
    for record in folders.read():
        folders.remove(record.spec.task_id)
        swept.append(f"files of task {record.spec.task_id}: removed")
    return swept
