"""Packages of npm for a test, installed once into this machine's folder for temporary files."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

INSTALL_WITHIN_S = 300
SAID_SHOWN = 400


def node_modules(package: Path) -> Path:
    """Return the folder of what a ``package.json`` depends on; skip the test where it cannot be had."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    name = hashlib.sha256(package.read_bytes()).hexdigest()[:12]
    home = Path(tempfile.gettempdir()) / f"hatoba-node-{name}"
    if not home.is_dir():
        _install(package, home)
    return home / "node_modules"


def _install(package: Path, home: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="hatoba-node-", ignore_cleanup_errors=True) as scratch:
        draft = Path(scratch) / "draft"
        draft.mkdir()
        shutil.copy(package, draft / "package.json")
        try:
            done = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
                cwd=draft,
                capture_output=True,
                text=True,
                timeout=INSTALL_WITHIN_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm did not install {package.parent.name}'s packages in {INSTALL_WITHIN_S} s")
        if done.returncode:
            pytest.skip(f"npm cannot install {package.parent.name}'s packages: {done.stderr[:SAID_SHOWN]}")
        if not home.is_dir():
            draft.rename(home)
