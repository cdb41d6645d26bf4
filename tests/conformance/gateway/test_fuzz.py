"""Whatever bytes arrive, at either end: no exception, no leak, and nothing but whole requests goes on."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.gateway.test_connections import GET, OK, Bench, post

PIECES = [
    GET,
    post(b"hello"),
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\n",
    b"Host: a\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
    b"Expect: 100-continue\r\n",
    b"\r\n",
    b"\n",
    b" ",
    b"0\r\n\r\n",
    b"5\r\nhello\r\n",
    b"\x00",
]
ANSWERS = [
    OK,
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"\r\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"abc",
    b"\xff",
]
bytes_in = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=12)
bytes_out = st.lists(st.one_of(st.sampled_from(ANSWERS), st.binary(max_size=8)), max_size=8)
SENT = re.compile(
    rb"(?:GET|POST) [!-~]+ HTTP/1\.1\r\nHost: a\r\n(?:[!-~]+: [^\r\n]*\r\n)*Content-Length: (\d+)\r\n\r\n"
)


def read_requests(data: bytes) -> bool:
    """Tell whether these bytes are whole requests and nothing else."""
    at = 0
    while at < len(data):
        head = SENT.match(data, at)
        if head is None:
            return False
        at = head.end() + int(head[1])
    return at == len(data)


@settings(max_examples=400, deadline=None)
@given(bytes_in, st.integers(1, 40))
def test_clients(pieces: list[bytes], step: int) -> None:
    bench = Bench()
    data = b"".join(pieces)
    for at in range(0, len(data), step):
        if bench.is_open():
            bench.client.data_received(data[at : at + step])
    assert read_requests(bench.far.written)
    assert bench.wire.written == b"" or bench.wire.written.startswith(b"HTTP/1.1 ")
    bench.client.connection_lost(None)
    assert bench.held == 0
    assert not bench.serving.deadlines


@settings(max_examples=400, deadline=None)
@given(bytes_out, st.integers(1, 40), st.booleans())
def test_back_ends(pieces: list[bytes], step: int, is_head: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    bench = Bench()
    bench.client.data_received(GET.replace(b"GET", b"HEAD") if is_head else GET)
    data = b"".join(pieces)
    for at in range(0, len(data), step):
        if not bench.far.is_closed:
            bench.backend.data_received(data[at : at + step])
    bench.backend.connection_lost(None)
    bench.loop.move(31)
    assert bench.wire.written.count(b"apigw-requestid: ") == 1
    bench.client.connection_lost(None)
    assert bench.held == 0
    assert not bench.serving.deadlines
