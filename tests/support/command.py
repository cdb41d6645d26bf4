"""The ``hatoba`` command, as a user runs it in a project's folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

EXAMPLES = Path(__file__).parents[2] / "examples"
LEFT_OUT = shutil.ignore_patterns(".hatoba", "__pycache__")


class Hatoba:
    """Runs commands in one folder; no AWS or hatoba setting of this machine has a part in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables: dict[str, str] = {}

    @classmethod
    def with_example(cls, name: str, scratch: Path) -> Hatoba:
        folder = scratch / name
        shutil.copytree(EXAMPLES / name, folder, ignore=LEFT_OUT)
        return cls(folder)

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: text for key, text in os.environ.items() if not key.startswith(("AWS_", "HATOBA_"))}
        return kept | self.variables

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "hatoba", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, within_s: float = 110) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        with self.start(*words) as process:
            try:
                out, err = process.communicate(timeout=within_s)
            finally:
                if process.poll() is None:
                    process.kill()
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def __call__(self, *words: str) -> str:
        """Run a command that must succeed; return what it printed to stdout."""
        done = self.run(*words)
        assert done.returncode == 0, (
            f"hatoba {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done.stdout

    def json(self, *words: str) -> Any:
        """Run a command with ``--json`` and return the document."""
        return json.loads(self(*words, "--json"))

    def processes(self) -> list[str]:
        """Return the processes that belong to this folder: the cloud, its gateway, its tasks."""
        found = []
        for process in psutil.process_iter():
            try:
                text = " ".join([process.cwd(), *process.cmdline()])
                if str(self.folder) in text and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(f"{process.pid} {text}")
            except psutil.Error:
                continue
        return found
