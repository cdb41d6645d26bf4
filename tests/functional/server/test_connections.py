"""Connections that stay open: every request on one is answered, whatever was sent before it."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hatoba.cloud.server.run import KEEP_ALIVE_S
from tests.support.cloud import RunningCloud, running_cloud

CONNECTIONS = 12
REQUESTS = 60
SIGNED = "AWS4-HMAC-SHA256 Credential=000000000000/20260101/ap-northeast-1/{}/aws4_request, Signature=x"
IDLE_OF_GO_S = 90


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    folder: Path = tmp_path_factory.mktemp("connections")
    with running_cloud(folder / "cloud") as running:
        yield running


def test_idle_connections_are_closed_by_clients_first() -> None:
    assert KEEP_ALIVE_S > IDLE_OF_GO_S


def test_an_answer_leaves_in_one_piece(cloud: RunningCloud) -> None:
    """AWS's SDK for Go loses a body that comes after its head, and sends the request again."""
    url = urlsplit(cloud.endpoint)
    request = (
        f"POST / HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: 2\r\nX-Amz-Target: Logs_20140328."
        f"DescribeLogGroups\r\nAuthorization: {SIGNED.format('logs')}\r\n\r\n{{}}"
    )
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=30) as client:
        for _ in range(20):
            client.sendall(request.encode())
            assert client.recv(65536).endswith(b"}")


def ask(connection: HTTPConnection, dice: random.Random, number: int) -> None:
    """Send one of several kinds of request on an open connection, and read its answer to the end."""
    kind = dice.choice(("small", "large", "chunked", "wrong", "neighbour"))
    headers = {"content-type": "application/x-amz-json-1.1", "authorization": SIGNED.format("logs")}
    headers["x-amz-target"] = "Logs_20140328.DescribeLogGroups"
    body: object = b"{}"
    expected = 200
    if kind == "large":
        headers["x-amz-target"] = "Logs_20140328.PutLogEvents"
        events = [{"timestamp": number, "message": "x" * 1000} for _ in range(200)]
        body = json.dumps({"logGroupName": "none", "logStreamName": "s", "logEvents": events}).encode()
        expected = 400
    elif kind == "chunked":
        body = iter([b"{", b" " * 70_000, b"}"])
    elif kind == "wrong":
        body, expected = b"{", 400
    elif kind == "neighbour":
        headers = {"authorization": SIGNED.format("s3")}
        connection.request("GET", "/", headers=headers)
        assert read(connection) == 200
        return
    connection.request("POST", "/", body, headers, encode_chunked=kind == "chunked")  # type: ignore[arg-type]  # bytes or pieces
    assert read(connection) == expected, kind


def read(connection: HTTPConnection) -> int:
    answer = connection.getresponse()
    content = answer.read()
    assert content
    assert not answer.will_close
    return answer.status


def test_no_answer_is_lost_on_connections_that_stay_open(cloud: RunningCloud) -> None:
    url = urlsplit(cloud.endpoint)

    def use_one(seed: int) -> int:
        dice = random.Random(seed)
        connection = HTTPConnection(url.hostname or "", url.port, timeout=60)
        connection.connect()
        connection.auto_open = 0  # one that the cloud closes fails the next request
        try:
            for number in range(REQUESTS):
                ask(connection, dice, number)
        finally:
            connection.close()
        return REQUESTS

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        assert sum(pool.map(use_one, range(CONNECTIONS))) == CONNECTIONS * REQUESTS
