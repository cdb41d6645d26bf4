from __future__ import annotations

import pytest

from tests.unit.ec2.bench import Ec2Bench


@pytest.fixture
def cloud() -> Ec2Bench:
    return Ec2Bench()
