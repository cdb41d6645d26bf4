"""Ending a gateway process: gently, then for certain, and never another process that has its pid."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import TYPE_CHECKING

from hatoba.gateway import runfile

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from hatoba.gateway.runfile import RunFile

TERM_S = 12.0
KILL_S = 5.0
POLL_S = 0.01


async def sweep(folder: Path) -> list[str]:
    """End the gateway that an earlier cloud of this folder left. Returns what was ended, in words."""
    found = runfile.all_in(folder)
    alive = [each for each in found if runfile.is_alive(each)]
    await asyncio.gather(*(end(folder, each) for each in found))
    return [f"gateway process {each.pid}" for each in alive]


async def end(
    folder: Path, content: RunFile, child: subprocess.Popen[bytes] | None = None, *, after_s: float = 0.0
) -> None:
    """End the process of a run file: wait ``after_s``, SIGTERM, wait for its drain, SIGKILL.

    Args:
        folder: Where the run file stands; it is removed.
        content: Which process.
        child: The process, if it is a child of this one and must be reaped.
        after_s: How long it may take to end by itself.
    """
    for wait_s, number in ((after_s, None), (TERM_S, signal.SIGTERM), (KILL_S, signal.SIGKILL)):
        if not _runs(content, child):
            break
        if number is not None:
            _signal(content.pid, number)
        await _until_ended(content, child, wait_s)
    runfile.remove(folder, content)


async def wait_for_end(child: subprocess.Popen[bytes]) -> None:
    """Wait for a killed child, so that no zombie is left."""
    for _ in range(int(KILL_S / POLL_S)):
        if child.poll() is not None:
            return
        await asyncio.sleep(POLL_S)


async def _until_ended(content: RunFile, child: subprocess.Popen[bytes] | None, within_s: float) -> None:
    for _ in range(int(within_s / POLL_S)):
        if not _runs(content, child):
            return
        await asyncio.sleep(POLL_S)


def _runs(content: RunFile, child: subprocess.Popen[bytes] | None) -> bool:
    if child is not None and child.pid == content.pid:
        return child.poll() is None
    return runfile.is_alive(content)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
