"""A gateway process for each test module; each test pushes its own snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.gateway.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("cloud")).start()
    yield served
    served.close()


@pytest.fixture
def served(process: Served) -> Served:
    """The module's gateway with a back end that echoes and nothing remembered."""
    process.backend.script = None
    process.backend.asked.clear()
    return process
