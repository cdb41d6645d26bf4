"""Connections at both ends without a network: time limits, memory, and what is given back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from hatoba.gateway.backend import BackendConnection
from hatoba.gateway.client import (
    ANSWER_WRITTEN_S,
    HEADERS_READ_S,
    IDLE_S,
    LINGER_S,
    MOST_PIPELINED,
    ClientConnection,
)
from hatoba.gateway.deadlines import Deadlines
from hatoba.gateway.picture import compile_picture
from hatoba.gateway.served import Address
from hatoba.gateway.serving import Serving
from hatoba.gateway.snapshot import AccessLog, Endpoint, Stage
from tests.unit.gateway.builders import snapshot, stage, with_endpoints

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

HOST = b"Host: a\r\n\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Loop:
    """Time that is moved by hand, and calls that are made by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.calls: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, function: Callable[..., None], *given: object) -> None:
        self.calls.append((at, lambda: function(*given)))

    def call_soon(self, function: Callable[[], None]) -> None:
        function()

    def move(self, seconds: float) -> None:
        self.now += seconds
        due = [each for each in self.calls if each[0] <= self.now]
        self.calls = [each for each in self.calls if each[0] > self.now]
        for _, call in due:
            call()


class Transport:
    """Keeps what was written, and how it was closed."""

    def __init__(self) -> None:
        self.written = b""
        self.is_closed = self.has_eof = self.is_paused = False
        self.unsent = 0

    def get_extra_info(self, _name: str) -> tuple[str, int]:
        return "192.0.2.7", 5000

    def write(self, data: bytes) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.has_eof = True

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


class Bench:
    """A gateway with one client connection and one idle connection to a back end."""

    def __init__(self, *keys: str, stages: tuple[Stage, ...] = (), by_host: bool = False) -> None:
        self.loop = Loop()
        self.serving = Serving(cast("asyncio.AbstractEventLoop", self.loop))
        served = stage(*(keys or ("ANY /{proxy+}",)), log=AccessLog("arn", "$context.status"))
        pushed = with_endpoints(snapshot(*(stages or (served,))), (Endpoint("i", "127.0.0.1", 9),))
        self.serving.picture = compile_picture(pushed, self.serving.picture, self.loop.now)
        self.client = ClientConnection(self.serving, 8081, by_host=by_host)
        self.wire = Transport()
        self.client.connection_made(cast("asyncio.Transport", self.wire))
        self.backend = BackendConnection(
            Address("127.0.0.1", 9), self.serving.pool, self.serving.budget, self.serving.outbox
        )
        self.far = Transport()
        self.backend.connection_made(cast("asyncio.Transport", self.far))
        self.serving.pool.give(self.backend)

    def tick(self, seconds: float) -> None:
        self.loop.move(seconds)
        self.client.check_deadline(self.loop.now)

    def is_open(self) -> bool:
        return not self.wire.is_closed

    @property
    def held(self) -> int:
        return self.serving.budget.held


def test_a_client_that_says_nothing_is_not_kept() -> None:
    bench = Bench()
    bench.tick(HEADERS_READ_S - 0.1)
    assert bench.is_open()
    bench.tick(0.2)
    assert not bench.is_open()
    assert bench.wire.written == b""


def test_headers_that_trickle_in_are_cut_off_with_408() -> None:
    bench = Bench()
    bench.client.data_received(b"GET / HTTP/1.1\r\n")
    for _ in range(int(HEADERS_READ_S)):
        bench.tick(1.0)
        bench.client.data_received(b"X: y\r\n")
    bench.tick(0.1)
    assert bench.wire.written.startswith(b"HTTP/1.1 408")
    assert bench.wire.has_eof
    bench.tick(LINGER_S + 0.1)
    assert not bench.is_open()


def test_an_idle_connection_is_closed_and_a_busy_one_is_not() -> None:
    bench = Bench()
    bench.client.data_received(GET)
    bench.tick(IDLE_S * 10)
    assert bench.is_open()  # the integration's own time-out answered it
    assert bench.wire.written.startswith(b"HTTP/1.1 503")
    bench.tick(IDLE_S + 0.1)
    assert not bench.is_open()


def test_a_client_that_does_not_read_is_cut_off() -> None:
    bench = Bench()
    bench.client.pause_writing()
    bench.client.data_received(GET)
    assert bench.far.written == b""
    bench.tick(ANSWER_WRITTEN_S + 0.1)
    assert not bench.is_open()


def test_many_pipelined_requests_wait_in_the_kernel() -> None:
    bench = Bench()
    bench.client.data_received(GET * (MOST_PIPELINED + 1))
    assert bench.wire.is_paused
    bench.backend.data_received(OK)
    assert bench.far.written.count(b"GET / ") == 2
    paused: list[bool] = [bench.wire.is_paused]
    assert paused == [False]


def test_one_request_at_a_time_goes_to_a_back_end_connection() -> None:
    bench = Bench()
    bench.client.data_received(GET + GET)
    assert bench.far.written.count(b"GET / ") == 1
    assert bench.wire.written == b""


def post(body: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\nContent-Length: %d\r\n" % len(body) + HOST + body


def test_memory_is_given_back_after_an_answer() -> None:
    bench = Bench()
    bench.client.data_received(post(b"x" * 1000))
    assert bench.held == 1000
    bench.backend.data_received(OK[:-1])
    assert bench.held == 1001
    bench.backend.data_received(OK[-1:])
    assert bench.held == 0


@pytest.mark.parametrize("name", ["time out", "client gone", "back end gone", "malformed", "cut"])
def test_memory_is_given_back_whatever_happens(name: str) -> None:
    bench = Bench()
    bench.client.data_received(post(b"x" * 1000) + post(b"y" * 500) + post(b"z" * 9)[:-3])
    assert bench.held == 1506
    bench.backend.data_received(OK[:-1])
    match name:
        case "time out":
            bench.loop.move(30.1)
        case "client gone":
            pass
        case "back end gone":
            bench.backend.connection_lost(ConnectionResetError())
        case "malformed":
            bench.backend.data_received(b"xxHTTP/9")
        case "cut":
            bench.backend.connection_lost(None)
    bench.serving.pool.close()
    bench.client.connection_lost(None)
    assert bench.held == 0
    assert not bench.serving.deadlines
    assert not bench.serving.clients


def test_a_client_that_leaves_closes_the_back_ends_connection() -> None:
    bench = Bench()
    bench.client.data_received(GET)
    bench.client.connection_lost(None)
    assert bench.far.is_closed
    assert not bench.serving.deadlines


def test_more_bodies_than_memory_are_refused_with_503() -> None:
    bench = Bench()
    bench.serving.budget.most = 100
    bench.client.data_received(post(b"x" * 101))
    assert bench.wire.written.startswith(b"HTTP/1.1 503")
    assert bench.held == 0
    assert bench.far.written == b""


def test_a_response_beyond_memory_is_503() -> None:
    bench = Bench()
    bench.serving.budget.most = 1
    bench.client.data_received(GET)
    bench.backend.data_received(OK[:-1])
    bench.backend.data_received(OK[-1:])
    assert bench.wire.written.startswith(b"HTTP/1.1 503")
    assert bench.far.is_closed
    assert bench.held == 0


def test_a_late_answer_reaches_nobody() -> None:
    bench = Bench()
    bench.client.data_received(GET)
    bench.loop.move(30.1)
    bench.backend.data_received(OK)
    assert bench.wire.written.count(b"HTTP/1.1 ") == 1
    assert b"HTTP/1.1 503" in bench.wire.written


def test_a_fault_of_our_own_is_500_and_the_connection_lives_on() -> None:
    bench = Bench()
    api = bench.serving.picture.by_port[8081]
    bench.serving.picture.by_port[8081] = replace(api, stages={})
    bench.client.data_received(GET)
    assert bench.wire.written.startswith(b"HTTP/1.1 500")
    bench.serving.picture.by_port[8081] = api
    bench.client.data_received(GET)
    bench.backend.data_received(OK)
    assert bench.wire.written.count(b"HTTP/1.1 200") == 1


def test_repeated_headers_are_known_again_and_changed_ones_are_not_mixed_up() -> None:
    bench = Bench()
    for path, value in ((b"/1", b"a"), (b"/2", b"a"), (b"/3", b"b")):
        bench.far.written = b""
        bench.client.data_received(b"GET " + path + b" HTTP/1.1\r\nX-Who: " + value + b"\r\n" + HOST)
        assert bench.far.written.startswith(
            b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nX-Who: " + value + b"\r\n"
        )
        bench.backend.data_received(OK)


def test_draining_says_that_the_connection_closes() -> None:
    bench = Bench()
    bench.client.data_received(GET)
    bench.serving.is_draining = True
    bench.backend.data_received(OK)
    assert not bench.is_open()


class Waiter:
    def __init__(self) -> None:
        self.count = 0

    def time_out(self) -> None:
        self.count += 1


def test_deadlines_expire_in_order_and_only_what_still_waits() -> None:
    loop = Loop()
    deadlines = Deadlines(cast("asyncio.AbstractEventLoop", loop))
    first, second, third = Waiter(), Waiter(), Waiter()
    deadlines.add(first, loop.now, 1.0)
    loop.move(0.5)
    deadlines.add(second, loop.now, 1.0)
    deadlines.add(third, loop.now, 1.0)
    deadlines.remove(third, 1.0)
    loop.move(0.5)
    assert (first.count, second.count) == (1, 0)
    loop.move(0.5)
    assert (first.count, second.count, third.count) == (1, 1, 0)
    assert loop.calls == []
    deadlines.add(third, loop.now, 1.0)
    loop.move(1.0)
    assert third.count == 1


@pytest.mark.parametrize("is_read_at_last", [True, False])
def test_what_a_slow_reader_has_not_read_counts_as_memory(is_read_at_last: bool) -> None:  # noqa: FBT001 - a case
    bench = Bench()
    bench.client.data_received(GET)
    bench.backend.data_received(OK)
    bench.wire.unsent = 100_000
    bench.client.pause_writing()
    assert bench.held == 100_000
    bench.serving.budget.most = 100_000
    other = ClientConnection(bench.serving, 8081, by_host=False)
    wire = Transport()
    other.connection_made(cast("asyncio.Transport", wire))
    other.data_received(post(b"x"))
    assert wire.written.startswith(b"HTTP/1.1 503")
    if is_read_at_last:
        bench.client.resume_writing()
    else:
        bench.client.connection_lost(None)
    assert bench.held == 0
