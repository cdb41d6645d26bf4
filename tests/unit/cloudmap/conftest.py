from __future__ import annotations

import pytest

from tests.unit.cloudmap.bench import CloudMapBench


@pytest.fixture
def cloud() -> CloudMapBench:
    return CloudMapBench()
