"""A container's output as the engine keeps it, line by line, exactly once over the lives of the cloud."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from hatoba.runtime.lines import LineSplitter

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.runtime.engine import Frame

_NANO = 1_000_000_000


class OutputPlace:
    """How far the output was read: the time stamp of the last frame, and how many frames bear it.

    The engine can begin at a second only; frames before the place are left out here.
    """

    def __init__(self, path: Path) -> None:
        """Go on from the place that an earlier cloud wrote into ``path``, if there is one."""
        self._path = path
        text = path.read_text() if path.exists() else "0 0"
        at, count = text.split()
        self._place = self._written = (int(at), int(count))
        self._safe = self._place
        self._to_skip = 0
        self._splitters = {1: LineSplitter(), 2: LineSplitter()}

    def begin(self) -> int:
        """Return the second of the epoch to ask the engine for; what follows may repeat older frames."""
        at_ns, self._to_skip = self._place
        return at_ns // _NANO

    def take(self, frames: list[Frame]) -> list[tuple[float, str]]:
        """Return the lines that these frames complete, each with its time in epoch seconds."""
        lines = []
        for frame in frames:
            if self._is_known(frame):
                continue
            at = frame.at_ns / _NANO
            lines += [(at, line) for line in self._splitters[frame.stream].feed(frame.data)]
            at_ns, count = self._place
            self._place = (frame.at_ns, count + 1 if frame.at_ns == at_ns else 1)
            if not any(splitter.pending for splitter in self._splitters.values()):
                self._safe = self._place
        return lines

    def rest(self) -> list[tuple[float, str]]:
        """Return the incomplete lines; the output is over."""
        at = self._place[0] / _NANO
        self._safe = self._place
        return [(at, line) for splitter in self._splitters.values() for line in splitter.flush()]

    def keep(self) -> None:
        """Write down the last place where no line was half read; called after the lines were delivered."""
        if self._safe == self._written:
            return
        draft = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk: these lines may come twice after a crash
            draft.write_text(f"{self._safe[0]} {self._safe[1]}")
            draft.replace(self._path)
            self._written = self._safe

    def _is_known(self, frame: Frame) -> bool:
        """Say whether a frame was taken before the last :meth:`begin`."""
        if not self._to_skip:
            return False
        if frame.at_ns > self._place[0]:
            self._to_skip = 0
            return False
        self._to_skip -= frame.at_ns == self._place[0]
        return True
