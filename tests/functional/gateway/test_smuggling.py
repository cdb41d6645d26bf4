"""Published ways to make two HTTP readers disagree: each is refused, or read as exactly one request.

HTTP Desync (2019), HTTP/1 terminators and "Funky chunks" (2025), Expect-based desync (2025), CL.0 (2022).
"""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest

from tests.functional.gateway.backend import never
from tests.functional.gateway.served import read_all, route
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.functional.gateway.served import Served

HOST = b"Host: api.example\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"


def get(*headers: bytes, line: bytes = b"GET / HTTP/1.1") -> bytes:
    return b"\r\n".join([line, *headers]) + b"\r\n" + HOST + b"\r\n"


def post(header: bytes, body: bytes = b"abc") -> bytes:
    return b"POST / HTTP/1.1\r\n" + header + b"\r\n" + HOST + b"\r\n" + body


def chunked(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", body)


END = b"0\r\n\r\n"
REFUSED = {
    "extension ended by a line feed": chunked(b"3;a\nabc\r\n" + END),
    "extension with a line feed inside": chunked(b"3;a=\n\r\nabc\r\n" + END),
    "extension with a carriage return": chunked(b"3;a\rb\r\nabc\r\n" + END),
    "extension with a quoted line end": chunked(b'3;a="x\r\ny"\r\nabc\r\n' + END),
    "extension with a null byte": chunked(b"3;a\0\r\nabc\r\n" + END),
    "space after the size": chunked(b"3 \r\nabc\r\n" + END),
    "tab after the size": chunked(b"3\t\r\nabc\r\n" + END),
    "space before the size": chunked(b" 3\r\nabc\r\n" + END),
    "space before the extension": chunked(b"3 ;a\r\nabc\r\n" + END),
    "size with underscore": chunked(b"1_0\r\nabcdabcdabcdabcd\r\n" + END),
    "size with plus": chunked(b"+3\r\nabc\r\n" + END),
    "chunk ended by a line feed": chunked(b"3\r\nabc\n" + END),
    "chunk ended by a carriage return": chunked(b"3\r\nabc\r" + END),
    "last chunk ended by line feeds": chunked(b"3\r\nabc\r\n0\n\n"),
    "last chunk ended by half": chunked(b"3\r\nabc\r\n0\r\n\n"),
    "folded trailer": chunked(b"0\r\nX: a\r\n b\r\n\r\n"),
    "trailer with a bare line feed": chunked(b"0\r\nX: a\n\r\n"),
    "coding in a trailer": chunked(b"0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "trailer without a colon": chunked(b"0\r\nX\r\n\r\n"),
    "coding behind a line feed": post(b"Transfer-Encoding\n: chunked"),
    "coding with a null byte": post(b"Transfer-Encoding: chunked\0"),
    "coding empty": post(b"Transfer-Encoding:"),
    "coding quoted": post(b'Transfer-Encoding: "chunked"'),
    "coding with a parameter": post(b"Transfer-Encoding: chunked;q=1"),
    "coding with a comma": post(b"Transfer-Encoding: chunked,", END),
    "coding with a no-break space": post(b"Transfer-Encoding: \xa0chunked", END),
    "length empty": post(b"Content-Length:", b""),
    "length as list": post(b"Content-Length: 3, 3"),
    "length beyond 64 bits": post(b"Content-Length: 18446744073709551619"),
    "length with other digits": post(b"Content-Length: \xb3"),
    "length with a vertical tab": post(b"Content-Length: 3\x0b"),
    "expectation twice": post(b"Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 3"),
    "first header after a space": get(b" X: a"),
    "first header after a tab": get(b"\tX: a"),
    "space in a header's name": get(b"X Y: a"),
    "null byte in a header's name": get(b"X\0: a"),
    "letter beyond ASCII in a header's name": get(b"X\xe9: a"),
    "header without a colon": get(b"XY"),
    "host after a space": get(b"Host : evil"),
    "host with two ports": b"GET / HTTP/1.1\r\nHost: a:b:c\r\n\r\n",
    "host with a user": b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "host as list": b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
    "tabs in the request line": get(line=b"GET\t/ HTTP/1.1"),
    "space at the request line's end": get(line=b"GET / HTTP/1.1 "),
    "space before the request line": get(line=b" GET / HTTP/1.1"),
    "version in lower case": get(line=b"GET / http/1.1"),
    "method in lower case": get(line=b"get / HTTP/1.1"),
    "version 01.1": get(line=b"GET / HTTP/01.1"),
    "carriage return in the target": get(line=b"GET /\rX HTTP/1.1"),
    "head ended by line feeds": b"GET / HTTP/1.1\r\nHost: a\n\n",
    "head ended by half": b"GET / HTTP/1.1\r\nHost: a\r\n\n",
    "head ended by carriage returns": b"GET / HTTP/1.1\r\nHost: a\r\r",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_two_readers_could_cut_differently_is_refused(served: Served, name: str) -> None:
    served.push_routes(route())
    answer = served.raw(REFUSED[name] + SMUGGLED)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert served.backend.asked == []


ONE_BODY = {
    "sizes with zeros before": chunked(b"00000000000000000003\r\nabc\r\n" + END),
    "a last chunk of many zeros": chunked(b"3\r\nabc\r\n0000000000000000000000\r\n\r\n"),
    "coding in other case": post(b"Transfer-Encoding: cHuNkEd", b"3\r\nabc\r\n" + END),
    "a trailer that would be a header": chunked(b"3\r\nabc\r\n0\r\nHost: evil\r\nX-Evil: 1\r\n\r\n"),
    "length with zeros before": post(b"Content-Length: 003"),
    "an expectation that nobody knows": post(b"Expect: y 100-continue\r\nContent-Length: 3"),
    "a list of expectations": post(b"Expect: 100-continue, x\r\nContent-Length: 3"),
    "a length beside another header's length": post(b"Content_Length: 0\r\nContent-Length: 3"),
    "GET with a body": get(b"Content-Length: 3") + b"abc",
    "an empty line before": b"\r\n" + post(b"Content-Length: 3"),
}


@pytest.mark.parametrize("name", ONE_BODY)
def test_what_is_odd_and_clear_reaches_the_back_end_in_one_plain_spelling(served: Served, name: str) -> None:
    served.push_routes(route())
    answer = served.raw(ONE_BODY[name] + SMUGGLED)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"200"]
    first, second = served.backend.asked
    assert (first.target, first.body, second.target) == ("/", b"abc", "/smuggled")
    assert first.header("content-length") == "3"
    for gone in ("transfer-encoding", "expect", "x-evil"):
        assert first.header(gone) is None
    assert first.header("host") == "api.example"


def test_a_body_that_the_head_does_not_announce_is_the_next_request(served: Served) -> None:
    served.push_routes(route())
    for head in (post(b"Content-Length: 0", b""), get()):
        served.backend.asked.clear()
        served.raw(head + SMUGGLED)
        assert [each.target for each in served.backend.asked] == ["/", "/smuggled"]


def test_a_client_that_names_the_length_as_its_connections_cannot_take_it_away(served: Served) -> None:
    served.push_routes(route())
    served.raw(post(b"Content-Length: 3\r\nConnection: close, content-length, host") + SMUGGLED)
    assert [(each.target, each.body) for each in served.backend.asked] == [("/", b"abc")]
    assert served.backend.asked[0].header("host") == "api.example"


def test_a_half_closed_client_is_gone_and_its_request_given_up(served: Served) -> None:
    served.push_routes(route())
    served.backend.script = never
    gone = served.backend.gone
    with served.connect() as client:
        client.sendall(get())
        wait_until(lambda: served.backend.asked, what="the request at the back end")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
    wait_until(lambda: served.backend.gone > gone, what="the back end's connection to close")


def test_a_client_that_half_closes_in_the_middle_of_a_body_sends_nothing_on(served: Served) -> None:
    served.push_routes(route())
    with served.connect() as client:
        client.sendall(post(b"Content-Length: 4"))
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
    assert served.ask("GET", "/after").status == 200
    assert [each.target for each in served.backend.asked] == ["/after"]
