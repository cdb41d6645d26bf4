"""Clients that take their time, on purpose or not: each has so much of it, and holds so much memory."""

from __future__ import annotations

import pytest

from hatoba.gateway.client import HEADERS_READ_S, IDLE_S, LARGEST_HEAD, LARGEST_OVERHEAD, REQUEST_READ_S
from tests.unit.gateway.test_connections import GET, HOST, OK, Bench

CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HOST
LONG = b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n" + HOST


@pytest.mark.parametrize(("head", "drop"), [(LONG, b"x"), (CHUNKED, b"1\r\nx\r\n"), (CHUNKED, b"0000")])
def test_a_body_that_trickles_in_is_cut_off_with_408(head: bytes, drop: bytes) -> None:
    bench = Bench()
    bench.client.data_received(head)
    for _ in range(int(REQUEST_READ_S)):
        assert bench.wire.written == b""
        bench.tick(1.0)
        bench.client.data_received(drop)
    bench.tick(0.1)
    assert bench.wire.written.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"Connection: close\r\n" in bench.wire.written
    assert bench.far.written == b""
    assert bench.held == 0


def test_empty_lines_do_not_keep_a_connection() -> None:
    bench = Bench()
    for _ in range(int(HEADERS_READ_S) + 1):
        bench.client.data_received(b"\r\n")
        bench.tick(1.0)
    assert not bench.is_open()


def test_a_request_begun_behind_an_answered_one_has_its_own_time() -> None:
    bench = Bench()
    bench.client.data_received(GET + b"GET / HTT")
    bench.tick(HEADERS_READ_S * 2)
    bench.backend.data_received(OK)
    answered = len(bench.wire.written)
    bench.tick(HEADERS_READ_S - 0.1)
    assert len(bench.wire.written) == answered
    bench.tick(0.2)
    assert bench.wire.written[answered:].startswith(b"HTTP/1.1 408")


def test_time_for_the_next_request_begins_with_the_answer() -> None:
    bench = Bench()
    bench.client.data_received(GET)
    bench.tick(20.0)
    bench.backend.data_received(OK)
    bench.tick(IDLE_S - 0.1)
    assert bench.is_open()
    bench.tick(0.2)
    assert not bench.is_open()


def test_a_flood_of_headers_is_cut_off_before_its_end() -> None:
    bench = Bench()
    bench.client.data_received(b"GET / HTTP/1.1\r\n")
    sent = 0
    while not bench.wire.written:
        bench.client.data_received(b"x: y\r\n" * 100)
        sent += 600
    assert bench.wire.written.startswith(b"HTTP/1.1 431")
    assert sent <= LARGEST_HEAD + 600
    for _ in range(100):
        bench.client.data_received(b"x: y\r\n" * 100)
    assert bench.wire.written.count(b"HTTP/1.1 ") == 1


def test_a_flood_of_trailers_is_cut_off_before_its_end() -> None:
    bench = Bench()
    bench.client.data_received(CHUNKED + b"0\r\n")
    sent = 0
    while not bench.wire.written:
        bench.client.data_received(b"x: y\r\n" * 100)
        sent += 600
    assert bench.wire.written.startswith(b"HTTP/1.1 400")
    assert sent <= LARGEST_HEAD + LARGEST_OVERHEAD + 600


def test_what_comes_after_a_refusal_is_neither_read_nor_kept() -> None:
    bench = Bench()
    bench.client.data_received(b"NONSENSE\r\n\r\n")
    for _ in range(50):
        bench.client.data_received(GET)
    assert bench.wire.written.count(b"HTTP/1.1 ") == 1
    assert bench.far.written == b""
    assert bench.held == 0
