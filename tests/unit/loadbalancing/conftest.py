"""Every test gets a bench of its own."""

import pytest

from tests.unit.loadbalancing.bench import BalancingBench


@pytest.fixture
def bench() -> BalancingBench:
    return BalancingBench()
