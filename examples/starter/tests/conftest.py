"""The whole system, up on this machine while the tests run, each port a free one."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1]
Hatoba = Callable[..., str]


def hatoba(*words: str) -> str:
    """Run a command in the project's folder; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "hatoba", *words], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"hatoba {' '.join(words)}: {done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def system() -> Iterator[Hatoba]:
    """The command of a system that is up; afterwards nothing of it is left."""
    hatoba("up", "--detach", "--port", "0")
    try:
        yield hatoba
    finally:
        hatoba("down", "--yes")


@pytest.fixture(scope="session")
def outputs(system: Hatoba) -> Any:
    """The system's outputs, under the definition's names."""
    return json.loads(system("status", "--json"))["outputs"]
