from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Hatoba


@pytest.fixture
def hatoba(tmp_path: Path) -> Iterator[Hatoba]:
    """The reference system's folder, not up yet; nothing of it is left afterwards."""
    command = Hatoba.with_example("sales_support_system", tmp_path)
    yield command
    command.run("down", "--force")
    assert command.processes() == []
