"""A cloud's life that ends by SIGKILL."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.cloud import RunningCloud, running_cloud
from tests.support.waiting import wait_until


@contextmanager
def cloud_that_is_killed(folder: Path, *words: str) -> Iterator[RunningCloud]:
    """Start a cloud in a folder, and kill it at the end of the block: what it ran runs on."""
    with (
        suppress(OSError),
        running_cloud(folder, *words) as cloud,
    ):  # that it cannot be stopped in order any more
        try:
            yield cloud
        finally:
            kill(cloud)


def kill(cloud: RunningCloud) -> None:
    """End a cloud at once."""
    os.kill(cloud.run.pid, signal.SIGKILL)
    wait_until(lambda: not cloud.run.is_alive(), what="the end of the killed cloud")
