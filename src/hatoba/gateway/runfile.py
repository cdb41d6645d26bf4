"""The file by which a cloud finds the gateway process of its folder: ``<folder>/run/gateway.json``.

Only its owner may read it, for it holds the token that commands the gateway. A pid alone proves nothing,
so the time at which the process was created stands beside it.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class RunFile(msgspec.Struct, frozen=True):
    """Who runs, and how to reach it."""

    pid: int
    created: float
    port: int
    token: str
    generation: int


def path_in(folder: Path) -> Path:
    """Return the run file's path."""
    return folder / "run" / "gateway.json"


def log_path_in(folder: Path) -> Path:
    """Return the path of what the process itself has to say."""
    return folder / "run" / "gateway.log"


def write(folder: Path, content: RunFile) -> None:
    """Write the file at once: who reads it, reads all of it."""
    path = path_in(folder)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix="gateway-")  # 0600
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(content))
    os.replace(temporary, path)  # noqa: PTH105 - pathlib's replace takes no bare string


def read(folder: Path) -> RunFile | None:
    """Return what the file says; None where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(path_in(folder).read_bytes(), type=RunFile)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def remove(folder: Path, pid: int) -> None:
    """Remove the file, if it is still about this process."""
    content = read(folder)
    if content is not None and content.pid == pid:
        path_in(folder).unlink(missing_ok=True)


def is_alive(content: RunFile) -> bool:
    """Tell whether the process that the file is about still runs."""
    import psutil

    try:
        process = psutil.Process(content.pid)
        same = abs(process.create_time() - content.created) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
