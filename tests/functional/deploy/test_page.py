"""What stands in for httpd in the reference system, as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "examples" / "sales_support_system" / "page.py"


@pytest.fixture
def page() -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        [sys.executable, str(PAGE)],
        env={**os.environ, "HOST": "127.0.0.1", "PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as said:
        yield process, int(said.readline().rpartition(":")[2])
        process.kill()


def test_every_path_is_the_page_over_one_connection_and_each_request_is_logged(
    page: tuple[subprocess.Popen[str], int],
) -> None:
    process, port = page
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for method, path, body in (("GET", "/", None), ("POST", "/orders/1", b"hello"), ("GET", "/again", None)):
        connection.request(method, path, body)
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200
        assert "<title>Amazon ECS Sample App</title>" in text
        assert "Congratulations!" in text
    connection.close()

    assert process.stdout is not None
    assert '"GET / HTTP/1.1" 200' in process.stdout.readline()
    assert '"POST /orders/1 HTTP/1.1" 200' in process.stdout.readline()


def test_sigterm_ends_it_cleanly(page: tuple[subprocess.Popen[str], int]) -> None:
    process, _ = page
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=60) == 0
