"""A port that a cloud was told to take and cannot have ends its start: half a cloud is none."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hatoba.cloud.server.ready import StartFailed, understand
from hatoba.cloud.server.runfile import RunFile
from tests.functional.server.killing import cloud_that_is_killed
from tests.support.cloud import running_cloud

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


def test_a_cloud_with_any_ports_takes_those_of_the_killed_one_before_it(tmp_path: Path) -> None:
    with cloud_that_is_killed(tmp_path, "--runtime", "process") as first:
        pass
    with cloud_that_is_killed(tmp_path, "--runtime", "process") as second:
        assert (second.run.port, second.run.dns_port) == (first.run.port, first.run.dns_port)

    with socket.create_server((first.run.host, first.run.port)), dns_taken(second.run):
        with running_cloud(tmp_path, "--runtime", "process") as third:
            ports = {third.run.port, third.run.dns_port}
        assert ports.isdisjoint({first.run.port, first.run.dns_port})


@contextmanager
def dns_taken(run: RunFile) -> Iterator[None]:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((run.host, run.dns_port))
        yield
