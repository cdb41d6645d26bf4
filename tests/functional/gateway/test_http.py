"""The protocol at both ends: what goes in, what comes out, and what never passes."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from tests.functional.gateway.backend import saying
from tests.functional.gateway.served import read_all, route

if TYPE_CHECKING:
    from tests.functional.gateway.served import Served

HOST = b"Host: api.example\r\n"


def test_a_request_passes_whole_and_comes_back(served: Served) -> None:
    served.push_routes(route())
    answer = served.ask("POST", "/a%20b?x=1", b"hello", authorization="Bearer x", origin="https://a.example")
    echoed = answer.json
    assert answer.status == 200
    assert (echoed["method"], echoed["target"], echoed["body"]) == ("POST", "/a%20b?x=1", "hello")
    got = {name.lower(): value for name, value in echoed["headers"]}
    assert got["host"] == f"127.0.0.1:{served.port}"
    assert got["via"] == "HTTP/1.1 AmazonAPIGateway"
    assert got["x-forwarded-port"] == str(served.port)
    assert got["authorization"] == "Bearer x"
    assert answer.headers["connection"] == "keep-alive"
    assert len(answer.headers["apigw-requestid"]) == 16
    assert "date" in answer.headers


def test_get_without_body_arrives_with_length_zero(served: Served) -> None:
    served.push_routes(route())
    served.ask("GET", "/")
    assert served.backend.asked[-1].header("content-length") == "0"


def test_no_route_is_404_with_the_observed_headers(served: Served) -> None:
    served.push_routes(route("GET /pets"))
    answer = served.ask("GET", "/nothing")
    assert (answer.status, answer.body) == (404, b'{"message":"Not Found"}')
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == "23"
    assert answer.headers["apigw-requestid"]


def test_an_api_answers_by_host_name_on_the_shared_port(served: Served) -> None:
    served.push_routes(route())
    name = "ABC1234567.execute-api.local:99"
    assert served.ask("GET", "/", port=served.shared_port, host=name).status == 200
    unknown = served.ask("GET", "/", port=served.shared_port, host="other.example")
    assert (unknown.status, unknown.body) == (404, b'{"message":"Not Found"}')


def test_chunks_are_joined_for_the_back_end(served: Served) -> None:
    served.push_routes(route())
    answer = served.raw(
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n" + HOST + b"\r\n"
        b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n"
    )
    echoed = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (echoed["body"], echoed["length"]) == ("abcde", 5)
    assert "x-trailer" not in {name.lower() for name, _ in echoed["headers"]}


def test_a_request_may_come_byte_by_byte(served: Served) -> None:
    served.push_routes(route())
    data = b"POST /x HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n" + HOST + b"\r\nabc"
    with served.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(data)):
            client.sendall(data[at : at + 1])
        assert read_all(client).startswith(b"HTTP/1.1 200")


def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    served.push_routes(route("GET /{proxy+}"))
    count = 60
    one = b"GET /%d HTTP/1.1\r\n" + HOST + b"\r\n"
    data = b"".join(one % number for number in range(count))
    answer = served.raw(data + b"GET /last HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
    assert [f'"/{number}"'.encode() in answer for number in range(count)] == [True] * count
    places = [answer.index(f'"target": "/{number}"'.encode()) for number in (*range(count), "last")]
    assert places == sorted(places)
    assert answer.count(b"HTTP/1.1 200") == count + 1


def test_a_bad_request_after_a_good_one_is_answered_second(served: Served) -> None:
    served.push_routes(route())
    answer = served.raw(b"GET / HTTP/1.1\r\n" + HOST + b"\r\nNONSENSE\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1 400") == 1
    assert answer.endswith(b'{"message":"Bad Request"}')


def test_nothing_is_answered_after_connection_close(served: Served) -> None:
    served.push_routes(route())
    one = b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"
    assert served.raw(one + one).count(b"HTTP/1.1 200 ") == 1


def test_http_1_0_is_answered_and_closed(served: Served) -> None:
    served.push_routes(route())
    answer = served.raw(b"GET / HTTP/1.0\r\n" + HOST + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"Connection: close" in answer


def test_expect_gets_its_continue_before_the_body(served: Served) -> None:
    served.push_routes(route())
    with served.connect() as client:
        head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n"
        client.sendall(head + HOST + b"\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert read_all(client).startswith(b"HTTP/1.1 200")
    assert served.backend.asked[-1].header("expect") is None


def test_an_upgrade_is_answered_as_an_ordinary_request(served: Served) -> None:
    served.push_routes(route())
    upgrade = b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + HOST + b"\r\n"
    answer = served.raw(upgrade + b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 1
    assert served.backend.asked[-1].header("upgrade") is None
    assert served.backend.asked[-1].target == "/"


BODY = b"\r\nabc"
REFUSED = {
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "empty host": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "both lengths": b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n" + HOST + BODY,
    "both lengths, other order": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n"
    + HOST
    + BODY,
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n" + HOST + BODY,
    "two equal lengths": b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n" + HOST + BODY,
    "length with sign": b"POST / HTTP/1.1\r\nContent-Length: +3\r\n" + HOST + BODY,
    "length in hex": b"POST / HTTP/1.1\r\nContent-Length: 0x3\r\n" + HOST + BODY,
    "coding with tab": b"POST / HTTP/1.1\r\nTransfer-Encoding:\x0bchunked\r\n" + HOST + BODY,
    "coding unknown": b"POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n" + HOST + BODY,
    "coding twice": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"
    + HOST
    + BODY,
    "coding not last": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n" + HOST + BODY,
    "space before colon": b"POST / HTTP/1.1\r\nContent-Length : 3\r\n" + HOST + BODY,
    "folded line": b"GET / HTTP/1.1\r\nX: a\r\n b\r\n" + HOST + b"\r\n",
    "bare line feed": b"GET / HTTP/1.1\nHost: api.example\n\n",
    "bare carriage return": b"GET / HTTP/1.1\r\nX: a\rb\r\n" + HOST + b"\r\n",
    "null byte": b"GET / HTTP/1.1\r\nX: a\0b\r\n" + HOST + b"\r\n",
    "no header name": b"GET / HTTP/1.1\r\n: x\r\n" + HOST + b"\r\n",
    "absolute target": b"GET http://api.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "connect": b"CONNECT api.example:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "trace": b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n",
    "raw unicode": "GET /é HTTP/1.1\r\n".encode() + HOST + b"\r\n",
    "fragment": b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n",
    "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http/0.9": b"GET /\r\n\r\n",
    "unknown version": b"GET / HTTP/1.2\r\n" + HOST + b"\r\n",
    "unknown method": b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n",
    "tls hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
    "upgrade with body": b"POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n"
    + HOST
    + BODY,
    **{
        f"chunk {name}": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HOST + b"\r\n" + data
        for name, data in {
            "size with 0x": b"0x3\r\nabc\r\n0\r\n\r\n",
            "size negative": b"-3\r\nabc\r\n0\r\n\r\n",
            "size empty": b"\r\nabc\r\n0\r\n\r\n",
            "size overflowing": b"f" * 17 + b"\r\nabc\r\n0\r\n\r\n",
            "with bare line feed": b"3\nabc\n0\n\n",
            "longer than told": b"3\r\nabcd\r\n0\r\n\r\n",
            "without its end": b"3\r\nabc0\r\n\r\n",
            "length in trailer": b"0\r\nContent-Length: 3\r\n\r\n",
        }.items()
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_exactly_one_request_is_refused_and_the_connection_closed(
    served: Served, name: str
) -> None:
    served.push_routes(route())
    smuggled = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
    answer = served.raw(REFUSED[name] + smuggled)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"apigw-requestid: " in answer
    assert b"Connection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert served.backend.asked == []


def test_a_large_body_passes_and_a_larger_one_is_413(served: Served) -> None:
    served.push_routes(route())
    limit = 10 * 1024 * 1024
    assert served.ask("POST", "/", b"x" * limit).json["length"] == limit
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n" % (limit + 1)
    answer = served.raw(head + HOST + b"\r\n" + b"x" * 100_000)
    assert answer.startswith(b"HTTP/1.1 413")
    assert answer.endswith(b'{"message":"Request Entity Too Large"}')


def test_a_chunked_body_without_end_is_413(served: Served) -> None:
    served.push_routes(route())
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with served.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HOST + b"\r\n")
        try:
            for _ in range(170):
                client.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert read_all(client).startswith(b"HTTP/1.1 413")
    assert served.backend.asked == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nX: " + b"x" * 10_240 + b"\r\n" + HOST + b"\r\n",
        b"GET /" + b"x" * 10_240 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 60_000,
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 9_000,
    ],
)
def test_headers_that_are_too_large_are_431(served: Served, head: bytes) -> None:
    served.push_routes(route())
    assert served.raw(head).startswith(b"HTTP/1.1 431")


def test_chunks_that_are_all_overhead_are_refused(served: Served) -> None:
    served.push_routes(route())
    data = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HOST + b"\r\n"
    assert served.raw(data + b"1;" + b"x" * 200_000).startswith(b"HTTP/1.1 400")


def test_head_has_the_length_and_no_body(served: Served) -> None:
    served.push_routes(route())
    answer = served.raw(
        b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\nHEAD /2 HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"
    )
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.count(b"\r\nContent-Length: ") == 2
    assert b"{" not in answer


@pytest.mark.parametrize(
    ("said", "status", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", 304, b""),
        (
            b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            200,
            b"ok",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\nT: x\r\n\r\n",
            200,
            b"ok",
        ),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 418 \r\nContent-Length: 0\r\n\r\n", 418, b""),
    ],
)
def test_responses_of_every_kind_pass_and_the_connection_stays(
    served: Served, said: bytes, status: int, body: bytes
) -> None:
    served.push_routes(route())
    served.backend.script = saying(said)
    for _ in range(2):
        answer = served.ask()
        assert (answer.status, answer.body) == (status, body)
        assert "link" not in answer.headers


def test_a_response_that_ends_with_its_connection_is_whole(served: Served) -> None:
    served.push_routes(route())
    served.backend.script = saying(b"HTTP/1.1 200 OK\r\n\r\nuntil the end", close=True)
    answer = served.ask()
    assert (answer.status, answer.body) == (200, b"until the end")
    assert answer.headers["content-length"] == "13"
