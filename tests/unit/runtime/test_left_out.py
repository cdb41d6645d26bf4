"""What a task asks for and does not get as a process is named, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hatoba.runtime.machine import LocalCommands
from hatoba.runtime.process import ProcessRuntime
from hatoba.runtime.protocol import ContainerSpec, Memory, Mount, Port, TaskSpec


def left_out(folder: Path, *containers: ContainerSpec) -> tuple[str, ...]:
    return ProcessRuntime(folder, LocalCommands()).leaves_out(TaskSpec("t", containers, 256, 512))


@pytest.mark.parametrize(
    ("member", "value", "name"),
    [
        ("user", "1234", "user"),
        ("working_directory", "/srv", "workingDirectory"),
        ("read_only_root", True, "readonlyRootFilesystem"),
        ("ulimits", {"nofile": (1, 2)}, "ulimits"),
        ("init_process", True, "initProcessEnabled"),
        ("capabilities_added", ("SYS_PTRACE",), "capabilities"),
        ("capabilities_dropped", ("MKNOD",), "capabilities"),
        ("in_memory", (Memory("/fast", 16),), "tmpfs"),
        ("keeps_input_open", True, "interactive"),
        ("has_terminal", True, "pseudoTerminal"),
        ("kernel_parameters", {"net.core.somaxconn": "1"}, "systemControls"),
    ],
)
def test_what_a_process_cannot_have_is_named(tmp_path: Path, member: str, value: Any, name: str) -> None:
    asking = ContainerSpec("app", "i", **{member: value})
    assert left_out(tmp_path, asking, ContainerSpec("side", "i"), asking) == (name,)


def test_nothing_is_named_of_what_a_process_has(tmp_path: Path) -> None:
    plain = ContainerSpec("app", "i", ports=(Port(80),), mounts=(Mount("v", "/v"),), environment={"A": "1"})
    assert left_out(tmp_path, plain) == ()
