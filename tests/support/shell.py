"""A client's program, run to its end in an environment that a cloud gave."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WITHIN_S = 240


@dataclass(frozen=True)
class Program:
    """A command with the words that stand before every other, its folder and its environment."""

    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]

    def __call__(self, *words: str, expect: int = 0) -> str:
        """Run it with words; it must end with this exit code. Return what it printed."""
        done = subprocess.run(
            [*self.command, *words],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        assert done.returncode == expect, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def json(self, *words: str) -> Any:
        """Run it and return the document that it printed."""
        return json.loads(self(*words))
