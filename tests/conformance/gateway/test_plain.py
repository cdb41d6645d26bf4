"""The plain reader and the general parser: whatever the first takes, the second takes as the same message."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from hatoba.gateway.plain import read_request, read_response
from tests.unit.gateway.test_connections import GET, OK, Bench, post

if TYPE_CHECKING:
    from hatoba.gateway.backend import BackendConnection
    from hatoba.gateway.plain import Reply
    from hatoba.gateway.request import Request

NAMES = (
    *(b"Host", b"host", b"X-A", b"x-a", b"Cookie", b"Accept", b"Content-Length", b"Transfer-Encoding"),
    *(
        b"Connection",
        b"Proxy-Connection",
        b"Upgrade",
        b"Expect",
        b"Content-Type",
        b"X A",
        b"X:",
        b"",
        b"\xe9",
    ),
)
VALUES = (
    *(
        b"a",
        b"a.example:80",
        b"0",
        b"3",
        b"03",
        b"+3",
        b"3 ",
        b"chunked",
        b"keep-alive",
        b"close",
        b"Upgrade",
    ),
    *(b"h2c", b"100-continue", b"", b" a", b"a ", b"a\tb", b"a b", b"\xe9", b"a\x00b", b"a\rb", b"a\nb"),
)
fields = st.tuples(
    st.one_of(st.sampled_from(NAMES), st.binary(max_size=4)),
    st.sampled_from([b": "] * 9 + [b":", b":  ", b" : ", b":\t"]),
    st.one_of(st.sampled_from(VALUES), st.binary(max_size=6)),
    st.sampled_from([b"\r\n"] * 9 + [b"\n", b"\r", b"\r\n "]),
).map(b"".join)
blocks = st.lists(fields, max_size=5).map(b"".join)
bodies = st.sampled_from([b"", b"abc", b"ab", b"abcd", b"3\r\nabc\r\n0\r\n\r\n", GET, OK])
starts = st.tuples(
    st.sampled_from(
        [b"GET", b"POST"] * 5
        + [b"HEAD", b"OPTIONS", b"PATCH", b"get", b"TRACE", b"CONNECT", b"PRI", b"QUERY"]
    ),
    st.sampled_from([b" "] * 9 + [b"  ", b"\t"]),
    st.one_of(
        st.sampled_from([b"/", b"/a?b=c"] * 3 + [b"*", b"http://a/", b"/a#b", b"/\xe9", b"//", b"/%zz"]),
        st.binary(max_size=4),
    ),
    st.sampled_from(
        [b" HTTP/1.1\r\n"] * 5
        + [b" HTTP/1.0\r\n", b" HTTP/1.1 \r\n", b" HTTP/1.1\n", b"\r\n", b" HTTP/2.0\r\n"]
    ),
).map(b"".join)
REST_OF_STATUS = (b"200", b"200 ", b"100 Go on", b"204 No", b"304 Not", b"999 X", b"20 X", b"500 \xe9")
statuses = st.sampled_from(
    [b"HTTP/1.1 200 OK\r\n"] * 5
    + [b"HTTP/1.1 %b\r\n" % each for each in REST_OF_STATUS]
    + [b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1  200 OK\r\n", b"HTTP/2 200 OK\r\n", b"http/1.1 200 OK\r\n"]
)


class Read(Exception):
    """Carries what the general parser read."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


def by_parser(data: bytes) -> tuple[list[Request], bool, bool]:
    """Return the requests that the general parser reads, whether it stands between two, and stays open."""
    bench = Bench()
    client = bench.client
    client._at_start = False
    client.pause_writing()  # so that requests are only queued
    client.data_received(data)
    at_start = client._at_start
    keeps = client._keep_alive and client._refusal is None
    return list(client._queue), at_start, keeps


def check_request(data: bytes) -> bool:
    plain = read_request(data, None, 1000.0)
    if plain is None:
        return False
    requests, at_start, keeps = by_parser(data)
    assert (len(requests), at_start, keeps) == (1, True, True)
    parsed = requests[0]
    assert (plain.method, plain.path, plain.query, plain.body) == (
        *(parsed.method, parsed.path, parsed.query, parsed.body),
    )
    assert (plain.head.headers, plain.fields, plain.version) == (
        *(parsed.head.headers, parsed.fields, parsed.version),
    )
    assert plain.head.size == parsed.head.size
    return True


class Waiter:
    reply: Reply | None = None

    def replied(self, reply: Reply) -> None:
        self.reply = reply

    def failed(self, _failure: object) -> None:
        raise AssertionError("the general parser refuses it")


def backend_of(bench: Bench) -> BackendConnection:
    return cast("BackendConnection", bench.serving.pool.take(bench.backend.address, bench.loop.now))


def told(reply: Reply) -> tuple[object, ...]:
    head = reply.head
    return head.status, head.headers, head.length, reply.body


def check_response(data: bytes) -> bool:
    plain = read_response(data)
    if plain is None:
        return False
    bench, waiter = Bench(), Waiter()
    backend = backend_of(bench)
    backend.send(waiter, b"x", head=False)
    backend.data_received(data[:1])  # in two parts, so that the plain reader is not asked
    backend.data_received(data[1:])
    assert waiter.reply is not None
    assert told(waiter.reply) == told(plain)
    again = read_response(data, plain.head)  # as a back end that repeats its head is read
    assert again is not None
    assert told(again) == told(plain)
    assert backend_of(bench) is backend
    return True


@settings(max_examples=1500, deadline=None)
@given(starts, blocks, bodies)
def test_odd_requests(start: bytes, block: bytes, body: bytes) -> None:
    check_request(start + block + b"\r\n" + body)
    check_request(start + b"Host: a\r\n" + block + b"\r\n" + body)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from([GET, post(b"abc")]), st.integers(0, 60), st.binary(max_size=2), st.integers(0, 2))
def test_requests_with_bytes_changed(data: bytes, at: int, put: bytes, cut: int) -> None:
    check_request(data[:at] + put + data[at + cut :])


@settings(max_examples=1500, deadline=None)
@given(statuses, blocks, bodies)
def test_odd_responses(status: bytes, block: bytes, body: bytes) -> None:
    check_response(status + block + b"\r\n" + body)
    check_response(status + b"Content-Length: %d\r\n" % len(body) + block + b"\r\n" + body)


@settings(max_examples=1500, deadline=None)
@given(st.integers(0, 60), st.binary(max_size=2), st.integers(0, 2))
def test_responses_with_bytes_changed(at: int, put: bytes, cut: int) -> None:
    check_response(OK[:at] + put + OK[at + cut :])


def test_what_is_plain_is_read_plainly() -> None:
    assert check_request(GET)
    assert check_request(post(b"abc"))
    assert check_request(
        b"GET /a?b HTTP/1.1\r\nConnection: keep-alive\r\nCookie: a\r\nCookie: b\r\nHost: a\r\n\r\n"
    )
    assert check_response(OK)
    assert check_response(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")
