"""Gateways that a killed cloud has left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from hatoba.gateway.snapshot import Stage
from tests.functional.gateway.served import LOG, route

if TYPE_CHECKING:
    from tests.functional.gateway.served import Served


def left_behind(made: Served, workers: int = 1) -> list[int]:
    """Have a cloud start a gateway, kill the cloud, and return the gateway's pids."""
    path = made.folder / "snapshot.json"
    path.write_bytes(msgspec.json.encode(made.snapshot(Stage("$default", (route(),), None, LOG))))
    command = [
        sys.executable,
        "-m",
        "tests.functional.gateway.owner",
        str(made.folder),
        str(path),
        str(workers),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        pids = [int(each) for each in owner.stdout.readline().split()]
        os.kill(owner.pid, signal.SIGKILL)
    return pids
