"""Python programs whose own pins do not go with hatoba's: each in a virtual environment of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import pytest

INSTALL_WITHIN_S = 400
SAID_SHOWN = 400


def program(name: str, requirement: str) -> Path:
    """Return a program's path, from an environment that is made once in the folder for temporary files.

    The test is skipped where the requirement cannot be installed.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    home = Path(tempfile.gettempdir()) / f"hatoba-{requirement.replace('==', '-')}-python{version}"
    done = home / ".installed"
    if not done.exists():
        venv.create(home, clear=True, with_pip=True)
        _install(home, requirement)
        done.touch()
    return home / "bin" / name


def _install(home: Path, requirement: str) -> None:
    try:
        said = subprocess.run(
            [home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", requirement],
            capture_output=True,
            text=True,
            timeout=INSTALL_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"pip did not install {requirement} in {INSTALL_WITHIN_S} s")
    if said.returncode:
        pytest.skip(f"pip cannot install {requirement}: {said.stderr[-SAID_SHOWN:]}")
