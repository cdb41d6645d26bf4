"""Who runs in a project's folder: one small file, written when the cloud listens, removed when it ends.

The command line reads it to find the cloud; a process id alone is never trusted, since ids are given
again: the file names the process's creation time too.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class RunFile(msgspec.Struct, frozen=True):
    """A running cloud: its process and where it listens."""

    pid: int
    created: float
    version: str
    host: str
    port: int
    gateway_port: int
    dns_port: int
    region: str
    account: str
    runtime: str

    @property
    def endpoint(self) -> str:
        """What ``AWS_ENDPOINT_URL`` should be."""
        return f"http://{self.host}:{self.port}"

    def is_alive(self) -> bool:
        """Say whether the process that wrote the file still runs."""
        import psutil

        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.created and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def path_in(folder: Path) -> Path:
    """Return where the file of a project's ``.hatoba`` folder stands."""
    return folder / "run" / "cloud.json"


def write(folder: Path, run: RunFile) -> None:
    """Write the file at once: a reader sees all of it or none."""
    path = path_in(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(run))
    draft.replace(path)


def read(folder: Path) -> RunFile | None:
    """Return the cloud that runs in the folder; None when there is none, or only a dead one's file."""
    run = _written(folder)
    return run if run is not None and run.is_alive() else None


def left_behind(folder: Path) -> RunFile | None:
    """Return the cloud that was killed in the folder: nobody removed its file."""
    run = _written(folder)
    return None if run is None or run.is_alive() else run


def _written(folder: Path) -> RunFile | None:
    try:
        return msgspec.json.decode(path_in(folder).read_bytes(), type=RunFile)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def remove(folder: Path) -> None:
    """Remove the file."""
    with contextlib.suppress(FileNotFoundError):
        path_in(folder).unlink()


def created_now() -> float:
    """Return this process's creation time, as other processes will read it."""
    import psutil

    return psutil.Process(os.getpid()).create_time()
