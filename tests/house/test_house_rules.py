"""The rules of the house that no linter knows, and the linters themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 800
OUR_FOLDERS = ("src", "tests", "examples", "benchmarks", "tools")
MOCKS = re.compile(r"unittest\.mock|mock\.patch|\bmocker\b|monkeypatch\.setattr")


def python_files() -> list[Path]:
    return [path for folder in OUR_FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def test_no_file_is_longer_than_800_lines() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in python_files()}

    assert lengths, "no Python file was found: the test looks in the wrong place"
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_nothing_is_patched_by_a_mock() -> None:
    this_file = Path(__file__)

    found = [path for path in python_files() if path != this_file and MOCKS.search(path.read_text())]

    assert found == []


def test_every_package_tells_its_story() -> None:
    packages = list((ROOT / "src").rglob("__init__.py"))

    assert [path for path in packages if not path.read_text().startswith('"""')] == []


def test_no_test_sleeps_and_hopes() -> None:
    # Half a minute and more is no waiting: it stands for something that never ends.
    sleeping = re.compile(r"\b(?:time|asyncio)\.sleep\((?:[1-9]|[12]\d)(?:\.\d+)?\)")
    tests = [path for path in python_files() if "tests" in path.parts and "support" not in path.parts]

    assert [path for path in tests if sleeping.search(path.read_text())] == []


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("ruff", "format", "--check", "."), id="format"),
        pytest.param(("ruff", "check", "."), id="lint"),
        pytest.param(("mypy",), id="types"),
        pytest.param(("lint-imports",), id="imports"),
    ],
)
def test_the_checkers_have_nothing_to_say(command: tuple[str, ...]) -> None:
    program, *words = command
    done = subprocess.run(
        [Path(sys.executable).parent / program, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
