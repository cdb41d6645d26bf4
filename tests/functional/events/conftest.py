from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.support.cloud import RunningCloud, running_cloud

IMAGE = "waits"
WAITS = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """One cloud for all: its neighbours take a while to load."""
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        commands = [{"image": IMAGE, "command": WAITS, "directory": str(running.folder)}]
        running.ask("POST", "local-commands", {"commands": commands})
        yield running
