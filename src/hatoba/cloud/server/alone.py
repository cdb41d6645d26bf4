"""One cloud in a folder: two would write one state and run each other's tasks."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hatoba.cloud.server.ready import StartFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def only_one_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. The system lets go of it when the process ends, however it ends.

    Raises:
        StartFailed: Another cloud holds it.
    """
    path = folder / "run" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StartFailed(
                f"Another local cloud is starting or running in {folder}.", "`hatoba down` ends it."
            ) from None
        yield
