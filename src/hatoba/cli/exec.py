"""``hatoba exec``: a command in a running container, and its exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hatoba.cli import local

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ANSWER_AFTER_S = 10.0


def execute(
    folder: Path, task: str, container: str | None, command: Sequence[str], *, timeout_s: float
) -> int:
    """Print what the command wrote, when it has ended, and return its exit code."""
    asked: dict[str, object] = {"task": task, "command": list(command), "timeout_s": timeout_s}
    if container:
        asked["container"] = container
    run = local.running(folder)
    answer = local.ask(run, "POST", "execute", asked, within_s=timeout_s + ANSWER_AFTER_S)
    sys.stdout.write(answer["output"])
    sys.stdout.flush()
    return int(answer["exit_code"])
