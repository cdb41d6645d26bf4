"""A port that a cloud was told to take and cannot have ends its start: half a cloud is none."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hatoba.cloud.server.ready import StartFailed, understand

WITHIN_S = 60.0


@pytest.mark.parametrize("option", ["--port", "--gateway-port", "--dns-port"])
def test_a_port_that_is_taken_is_named_before_anything_is_called_ready(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"--port": "0", option: str(port)}
        words = [word for pair in ports.items() for word in pair]
        ended = subprocess.run(
            [sys.executable, "-m", "hatoba.cloud.server", "--folder", str(tmp_path), *words],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            timeout=WITHIN_S,
            check=False,
        )

    with pytest.raises(StartFailed, match=rf"\b{port}\b") as raised:
        understand(ended.stdout)
    assert "--port 0" in raised.value.remedy
