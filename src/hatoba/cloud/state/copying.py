"""A state file copied as it is at one moment, also while a cloud writes to it.

https://www.sqlite.org/backup.html
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from hatoba.cloud.state.store import StateError

if TYPE_CHECKING:
    from pathlib import Path


def copy_state(source: Path, target: Path) -> None:
    """Copy a state file; the target is there whole or, after a failure, as it was.

    No cloud may use the target. What is committed to the source when the copying begins is in the copy.

    Raises:
        StateError: The source is no state file.
    """
    draft = target.with_name(f"{target.name}.draft")
    draft.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as reader,
            contextlib.closing(sqlite3.connect(draft)) as writer,
        ):
            reader.backup(writer)
            writer.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        draft.unlink(missing_ok=True)
        raise StateError(f"{source}: cannot be read as hatoba's state ({error}).") from error
    remove_state(target)
    draft.replace(target)


def remove_state(path: Path) -> None:
    """Remove a state file with its journal, if it is there."""
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
