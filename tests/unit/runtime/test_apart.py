"""What is said at the start of a cloud that cannot hold all tasks apart."""

from __future__ import annotations

import sys

import pytest

from hatoba.runtime.apart import not_held_apart
from hatoba.runtime.sockets import EngineAddress

ENGINE, NONE = EngineAddress("tcp://127.0.0.1:2375"), EngineAddress(None, "no socket")


@pytest.mark.skipif(sys.platform != "linux", reason="callers are known on Linux only")
@pytest.mark.parametrize(
    ("mode", "engine", "kinds"),
    [
        ("auto", ENGINE, ["containers"]),  # its networks are not entered by TCP
        ("container", ENGINE, ["containers"]),
        ("auto", NONE, []),
        ("process", ENGINE, []),
        ("simulated", ENGINE, []),
    ],
)
def test_each_kind_of_task_that_is_not_held_apart_is_named(
    mode: str, engine: EngineAddress, kinds: list[str]
) -> None:
    said = not_held_apart(mode, lambda: engine)
    assert [each.partition(" run as ")[2].partition(":")[0] for each in said] == kinds
