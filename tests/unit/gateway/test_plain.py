"""The plain reader: what it takes, what it leaves to the general parser, and how the two take turns."""

from __future__ import annotations

import pytest

from hatoba.gateway.plain import LARGEST_HEAD, read_request, read_response
from tests.unit.gateway.test_connections import GET, HOST, OK, Bench, post


def test_a_whole_request_is_plain() -> None:
    read = read_request(
        b"POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nX-A: b c\r\n\r\nabc", None, 7.0
    )
    assert read is not None
    assert (read.method, read.path, read.query, read.body, read.received_at) == (
        "POST",
        "/a",
        "b",
        b"abc",
        7.0,
    )
    assert read.fields == {b"host": b"a", b"content-length": b"3", b"x-a": b"b c"}


def test_repeated_headers_are_read_once() -> None:
    first = read_request(GET, None, 0.0)
    assert first is not None
    second = read_request(GET.replace(b"/", b"/b", 1), first.head, 0.0)
    assert second is not None
    assert (second.path, second.head) == ("/b", first.head)
    other = read_request(GET.replace(b"Host: a", b"Host: b"), first.head, 0.0)
    assert other is not None
    assert other.fields == {b"host": b"b"}


@pytest.mark.parametrize(
    "data",
    [
        GET[:-2],
        GET + b"G",
        GET.replace(b"1.1", b"1.0"),
        GET.replace(b"GET", b"QUERY"),
        GET.replace(b"Host: a", b"Host: a\nX: b"),
        GET.replace(b"Host: a", b"Host:a"),
        GET.replace(b"Host: a", b"Host: a\r\nConnection: close"),
        GET.replace(b"Host: a", b"Host: a\r\nUpgrade: h2c"),
        GET.replace(b"Host: a", b"Host: a\r\nHost: a"),
        GET.replace(b"Host: a", b"Host: a\r\nX: " + b"x" * LARGEST_HEAD),
        post(b"abc")[:-1],
        post(b"abc") + b"d",
        post(b"abc").replace(b"h: 3", b"h: 03"),
        post(b"abc").replace(b"h: 3", b"h: 3\r\nTransfer-Encoding: chunked"),
    ],
)
def test_other_requests_are_not(data: bytes) -> None:
    assert read_request(data, None, 0.0) is None


@pytest.mark.parametrize(
    "data",
    [
        OK[:-1],
        OK + b"x",
        OK.replace(b"1.1", b"1.0"),
        OK.replace(b"200", b"100"),
        OK.replace(b"200", b"204"),
        OK.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked"),
        OK.replace(b"Content-Length: 2", b"Content-Length: 2\r\nContent-Length: 2"),
        OK.replace(b"Content-Length: 2", b"Content-Length: 2\r\nConnection: close"),
    ],
)
def test_other_responses_are_not(data: bytes) -> None:
    assert read_response(OK) is not None
    assert read_response(data) is None


def test_what_looks_plain_inside_another_request_is_not_a_request() -> None:
    bench = Bench()
    bench.client.data_received(GET + b"POST / HTTP/1.1\r\nX: ")
    bench.backend.data_received(OK)
    bench.client.data_received(b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"GET /hidden HTTP/1.1\r\nHost" not in bench.far.written
    assert bench.wire.written.count(b"HTTP/1.1 200") == 1


def test_a_request_in_two_parts_after_a_plain_one_is_read() -> None:
    bench = Bench()
    for parts in (
        (GET,),
        (GET[:3], GET[3:]),
        (GET,),
        (b"\r\n" + GET,),
        (b"GET / HTTP/1.1\r\n", HOST),
        (GET,),
    ):
        for part in parts:
            bench.client.data_received(part)
        bench.backend.data_received(OK)
    assert bench.wire.written.count(b"HTTP/1.1 200") == 6


def test_a_back_end_that_says_more_than_asked_is_not_asked_again() -> None:
    bench = Bench()
    bench.client.data_received(GET)
    bench.backend.data_received(OK + b"H")
    assert bench.wire.written.startswith(b"HTTP/1.1 200")
    assert bench.far.is_closed
