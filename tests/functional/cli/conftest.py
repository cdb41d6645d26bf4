from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Hatoba
from tests.support.waiting import wait_until


@pytest.fixture
def hatoba(tmp_path: Path) -> Iterator[Hatoba]:
    """The reference system's folder, not up yet; nothing of it is left afterwards."""
    command = Hatoba.with_example("sales_support_system", tmp_path)
    yield command
    command.run("down", "--force")
    # A cloud that was never told to go ends by itself, in its own time.
    wait_until(lambda: command.processes() == [], within_s=60, what="no process of the folder")
