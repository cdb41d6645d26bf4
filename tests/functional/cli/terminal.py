"""A command on a terminal: what it wrote so far, and keys to press."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
from typing import Self

from tests.support.command import Hatoba


class Terminal:
    """What a command wrote to a terminal so far."""

    def __init__(self, hatoba: Hatoba, *words: str) -> None:
        ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hatoba", *words],
            cwd=hatoba.folder,
            env=hatoba.environment | {"TERM": "xterm", "COLUMNS": "120", "CI": ""},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._ours = ours
        self._written = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def text(self) -> str:
        return self._written.decode(errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(110)
        self._reader.join()
        os.close(self._ours)

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(110)

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{text}\n".encode())

    def _read(self) -> None:
        while True:
            try:
                some = os.read(self._ours, 65536)
            except OSError:
                return
            if not some:
                return
            self._written += some
