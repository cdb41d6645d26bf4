"""Results that go on, read by boto3 while they happen."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest
from botocore.exceptions import EventStreamError

from hatoba.cloud.clock import SystemClock
from hatoba.cloud.state import State
from hatoba.cloud.wire import Call, Dispatcher, Operations, ServiceError
from hatoba.cloud.wire.app import WireApp
from hatoba.cloud.world import Settings
from tests.functional.wire.serving import Served, served

GROUP = "arn:aws:logs:ap-northeast-1:111122223333:log-group:g"


class Tail:
    """StartLiveTail that sends two updates, then waits, fails, or ends, as the filter says."""

    def __init__(self) -> None:
        self.has_ended = threading.Event()

    async def start(self, _call: Call, params: Mapping[str, str]) -> Mapping[str, object]:
        return {"responseStream": self._events(params.get("logEventFilterPattern", ""))}

    async def _events(self, what: str) -> AsyncIterator[Mapping[str, object]]:
        try:
            yield {"sessionStart": {"sessionId": "s"}}
            for text in ("one", "ü"):
                yield {"sessionUpdate": {"sessionResults": [{"message": text}]}}
            if what == "fail":
                raise ServiceError("SessionTimeoutException", "three hours are over")
            if what == "wait":
                await asyncio.sleep(60)
        finally:
            self.has_ended.set()

    def app(self, _port: int) -> WireApp:
        logs = Operations("logs")
        logs.add("StartLiveTail", self.start)
        dispatcher = Dispatcher({"logs": logs}, State().transaction)
        return WireApp(dispatcher, SystemClock(), Settings(folder=Path("unused")))


@pytest.fixture
def tail() -> Tail:
    return Tail()


@pytest.fixture
def cloud(tail: Tail) -> Iterator[Served]:
    with served(tail.app) as running:
        yield running


def messages(stream: Iterator[Mapping[str, Mapping[str, list[Mapping[str, str]]]]]) -> list[str]:
    found = []
    for event in stream:
        if "sessionUpdate" in event:
            found += [line["message"] for line in event["sessionUpdate"]["sessionResults"]]
    return found


def test_events_are_read_until_the_stream_ends(cloud: Served) -> None:
    answer = cloud.client("logs").start_live_tail(logGroupIdentifiers=[GROUP])
    assert messages(iter(answer["responseStream"])) == ["one", "ü"]


def test_an_error_inside_a_stream_is_the_clients_exception(cloud: Served) -> None:
    answer = cloud.client("logs").start_live_tail(logGroupIdentifiers=[GROUP], logEventFilterPattern="fail")
    with pytest.raises(EventStreamError, match="three hours are over"):
        list(answer["responseStream"])
    assert answer["responseStream"]._raw_stream.read() == b""  # else botocore leaves its socket open


def test_a_client_that_hangs_up_ends_the_stream(cloud: Served, tail: Tail) -> None:
    body = json.dumps({"logGroupIdentifiers": [GROUP], "logEventFilterPattern": "wait"}).encode()
    head = f"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\nX-Amz-Target: "
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=60) as connection:
        connection.sendall(f"{head}Logs_20140328.StartLiveTail\r\n\r\n".encode() + body)
        seen = b""
        while b"sessionUpdate" not in seen:
            seen += connection.recv(65536)
        assert not tail.has_ended.is_set()
    assert tail.has_ended.wait(10)
