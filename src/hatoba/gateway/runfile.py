"""The file by which a cloud finds a gateway process of its folder: ``<folder>/run/gateway.json``.

The further workers of a gateway have one each, ``gateway-1.json`` and so on. Only its owner may read it, for
it holds the token that commands the gateway. A pid alone proves nothing, so the time at which the process
was created stands beside it.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


BUCKETS = "gateway.buckets"
"""Beside the run files: the token buckets that workers share."""


class RunFile(msgspec.Struct, frozen=True):
    """Who runs, and how to reach it. ``workers`` is how many share its ports, itself among them."""

    pid: int
    created: float
    port: int
    token: str
    generation: int
    worker: int = 0
    workers: int = 1


def path_in(folder: Path, worker: int = 0) -> Path:
    """Return the path of a worker's run file."""
    return folder / "run" / f"{_name(worker)}.json"


def log_path_in(folder: Path, worker: int = 0) -> Path:
    """Return the path of what the process itself has to say."""
    return folder / "run" / f"{_name(worker)}.log"


def _name(worker: int) -> str:
    return f"gateway-{worker}" if worker else "gateway"


def all_in(folder: Path) -> list[RunFile]:
    """Return what all run files of the folder say, the first worker's first."""
    numbers = [int(each.stem[8:] or "0") for each in (folder / "run").glob("gateway*.json") if _is_ours(each)]
    return [content for number in sorted(numbers) if (content := read(folder, number)) is not None]


def _is_ours(path: Path) -> bool:
    return path.stem == "gateway" or (path.stem.startswith("gateway-") and path.stem[8:].isdigit())


def write(folder: Path, content: RunFile) -> None:
    """Write the file at once: who reads it, reads all of it."""
    path = path_in(folder, content.worker)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix="gateway-")  # 0600
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(content))
    os.replace(temporary, path)  # noqa: PTH105 - pathlib's replace takes no bare string


def read(folder: Path, worker: int = 0) -> RunFile | None:
    """Return what a worker's file says; None where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(path_in(folder, worker).read_bytes(), type=RunFile)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def remove(folder: Path, content: RunFile) -> None:
    """Remove the file, if it is still about this process."""
    found = read(folder, content.worker)
    if found is not None and found.pid == content.pid:
        path_in(folder, content.worker).unlink(missing_ok=True)


def is_alive(content: RunFile) -> bool:
    """Tell whether the process that the file is about still runs."""
    import psutil

    try:
        process = psutil.Process(content.pid)
        same = abs(process.create_time() - content.created) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
