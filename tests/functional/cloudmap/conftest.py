"""Cloud Map served over HTTP, beside EC2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hatoba.cloud.clock import SystemClock
from hatoba.cloud.cloudmap import CloudMap
from hatoba.cloud.ec2 import Ec2
from hatoba.cloud.wire.app import WireApp
from tests.functional.wire.serving import Served, served
from tests.support.calls import Bench


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("cloud")

    def make(_port: int) -> WireApp:
        bench = Bench(folder, SystemClock())
        bench.add(Ec2(bench.world).operations)
        bench.add(CloudMap(bench.world).operations)
        return WireApp(bench.dispatcher, bench.clock, bench.world.settings)

    with served(make) as running:
        yield running
