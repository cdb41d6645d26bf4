"""The first and only word of a starting cloud to who started it: one line of JSON on stdout.

``{"ready": {...}}`` with the run file's members, or ``{"failed": "...", "remedy": "..."}``.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from hatoba.cloud.server.runfile import RunFile


class StartFailed(Exception):
    """The cloud cannot start. Carries what to try."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


async def told_to_go() -> bool:
    """Wait for a line on stdin: True when it came, False when there will be none."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return bool(await reader.readline())


def say_ready(run: RunFile) -> None:
    """Tell that the cloud answers, then give stdout back."""
    _say({"ready": run})


def say_failed(error: StartFailed) -> None:
    """Tell why the cloud cannot start."""
    _say({"failed": error.what, "remedy": error.remedy})


def understand(line: bytes) -> None:
    """Return if the line says ready.

    Raises:
        StartFailed: As the cloud said it; also when it ended without a word.
    """
    try:
        word = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        raise StartFailed("The local cloud ended while it started.", "Read .hatoba/run/cloud.log.") from None
    if "ready" in word:
        return
    raise StartFailed(
        msgspec.json.decode(word["failed"], type=str), msgspec.json.decode(word["remedy"], type=str)
    )


def _say(word: dict[str, object]) -> None:
    sys.stdout.write(msgspec.json.encode(word).decode() + "\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
