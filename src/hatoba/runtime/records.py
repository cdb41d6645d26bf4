"""Where a task is written down, so that the next cloud takes it back.

::

    <folder>/run/tasks/<task id>/task.json         this record, replaced atomically
                                 <container>.out   what the container wrote
                                 <container>.read  how much of it was delivered
                                 volumes/<name>/   task volumes
    <folder>/run/containers/<task id>/…            the same for containers, but for output and volumes
"""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import msgspec

from hatoba.runtime.model import TaskRecord
from hatoba.runtime.ports import NoFreePort, Reservation
from hatoba.runtime.protocol import CannotStart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hatoba.runtime.protocol import TaskSpec

_RECORD = "task.json"


_decoder = msgspec.json.Decoder(TaskRecord)


def project_mark(folder: Path) -> str:
    """Return what marks everything that is made for the cloud of this folder."""
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]


class TaskFolders:
    """The folders of one project's tasks. Only the user may read them: environments hold secrets."""

    def __init__(self, folder: Path, kind: str = "tasks") -> None:
        """Keep them under ``<folder>/run/<kind>``: ``tasks`` (processes) or ``containers``."""
        self._root = folder / "run" / kind

    def of(self, task_id: str) -> Path:
        """Return a task's folder."""
        return self._root / task_id

    def are_empty(self) -> bool:
        """Say whether no task is on record."""
        return not any(self._root.glob("*"))

    def output(self, task_id: str, container: str) -> Path:
        """Return the file that a container's output is appended to."""
        return self.of(task_id) / f"{container}.out"

    def volume(self, task_id: str, name: str) -> Path:
        """Return the folder of a task volume."""
        return self.of(task_id) / "volumes" / name

    def write(self, record: TaskRecord) -> None:
        """Keep a record, in place of an older one of the same task."""
        folder = self.of(record.spec.task_id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f"{_RECORD}.new"
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.encode(record))
        draft.replace(folder / _RECORD)

    def begin(self, task: TaskSpec) -> tuple[TaskRecord, Reservation]:
        """Reserve a port of this machine for each of a new task's, and write the task down.

        Raises:
            CannotStart: No port is free, or nothing can be written; nothing is reserved then.
        """
        try:
            reservation = Reservation(task)
        except NoFreePort as error:
            raise CannotStart(str(error)) from error
        record = TaskRecord(task, reservation.addresses)
        try:
            self.write(record)
        except OSError as error:
            reservation.release()
            raise CannotStart(f"the task's record cannot be written: {error}") from error
        return record, reservation

    def read(self) -> Iterator[TaskRecord]:
        """Return the records of all tasks; a folder without a readable one is removed."""
        for folder in sorted(self._root.glob("*")):
            try:
                yield _decoder.decode((folder / _RECORD).read_bytes())
            except (OSError, msgspec.MsgspecError):
                shutil.rmtree(folder, ignore_errors=True)

    def remove(self, task_id: str) -> None:
        """Remove a task's folder and all that is in it. Idempotent."""
        shutil.rmtree(self.of(task_id), ignore_errors=True)
