"""``hatoba up`` on a terminal: log lines, and under them how the services are."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
from typing import Self
from urllib.request import Request, urlopen

from tests.support.command import Hatoba
from tests.support.waiting import wait_until


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
        self.process.wait(30)
        self._reader.join()
        os.close(self._ours)

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def _read(self) -> None:
        while True:
            try:
                some = os.read(self._ours, 65536)
            except OSError:
                return
            if not some:
                return
            self._written += some


def test_a_terminal_shows_logs_and_services_until_ctrl_c(hatoba: Hatoba) -> None:
    with Terminal(hatoba, "up", "--runtime", "process", "--port", "0") as terminal:
        wait_until(lambda: "● 1/1" in terminal.text, within_s=30, what="the table of services")
        url = hatoba.json("status")["outputs"]["apigateway_endpoint"]
        good = {"Authorization": hatoba("token").strip()}

        urlopen(Request(f"{url}/seen-live", headers=good), timeout=10).close()

        wait_until(
            lambda: '"path":"/seen-live"' in terminal.text.replace("\r\n", ""), what="the access log line"
        )
        assert terminal.interrupt() == 0
        wait_until(lambda: "Stopped; its state is kept." in terminal.text, what="the last line")
    assert hatoba.processes() == []
