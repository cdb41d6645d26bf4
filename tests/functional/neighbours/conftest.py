from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hatoba.cloud.clock import SystemClock
from hatoba.cloud.neighbours import Neighbours
from hatoba.cloud.state import State
from hatoba.cloud.wire import Call, Dispatcher
from hatoba.cloud.wire.app import WireApp
from hatoba.cloud.world import Settings, World
from tests.functional.wire.serving import Served, served


def app(port: int) -> WireApp:
    state = State()
    clock = SystemClock()
    settings = Settings(folder=Path("unused"), port=port, ephemeral=True)
    dispatcher = Dispatcher({}, state.transaction)

    def call_as_service(*_: object) -> Call:
        raise AssertionError

    world = World(state, clock, settings, dispatcher, call_as_service)
    return WireApp(dispatcher, clock, settings, neighbours=Neighbours(world))


@pytest.fixture(scope="package")
def cloud() -> Iterator[Served]:
    with served(app) as running:
        yield running
