"""CloudWatch Logs served over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hatoba.cloud.clock import SystemClock
from hatoba.cloud.logs import Logs
from hatoba.cloud.wire.app import WireApp
from tests.functional.wire.serving import Served, served
from tests.support.calls import Bench


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("cloud")

    def make(_port: int) -> WireApp:
        bench = Bench(folder, SystemClock())
        bench.add(Logs(bench.world).operations)
        return WireApp(bench.dispatcher, bench.clock, bench.world.settings)

    with served(make) as running:
        yield running
