"""What is a request and what is refused: facts/api-gateway.md section 8, and RFC 9112."""

from __future__ import annotations

import pytest

from hatoba.gateway.request import (
    LARGEST_BODY,
    LARGEST_HEADERS,
    Head,
    Refusal,
    Request,
    RequestLine,
    host_name,
)
from tests.unit.gateway.builders import request

HOST = (b"Host", b"a.example")


def refused(
    *headers: tuple[bytes, bytes], target: bytes = b"/", method: str = "POST", version: str = "1.1"
) -> int | None:
    try:
        Request(RequestLine(method, target), Head.of(headers, version))
    except Refusal as refusal:
        return refusal.status
    return None


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((b"Host", b""),),
        ((b"Host", b"a b"),),
        ((b"Host", b"a@b"),),
        ((b"Host", b"a,b"),),
        ((b"Host", b"a/b"),),
        ((b"Host", b"a:b"),),
        ((b"Host", b"a:1:2"),),
        ((b"Host", b"::1"),),
        ((b"Host", b"[::1"),),
        ((b"Host", b"[::1]x"),),
        (HOST, HOST),
        (HOST, (b"host", b"b.example")),
        (HOST, (b"Content-Length", b"3"), (b"Content-Length", b"3")),
        (HOST, (b"Content-Length", b"3"), (b"content-length", b"4")),
        (HOST, (b"Content-Length", b"3"), (b"Transfer-Encoding", b"chunked")),
        (HOST, (b"Content-Length", b"3,3")),
        (HOST, (b"Content-Length", b"+3")),
        (HOST, (b"Content-Length", b"-3")),
        (HOST, (b"Content-Length", b"0x3")),
        (HOST, (b"Content-Length", b"3 3")),
        (HOST, (b"Content-Length", b"")),
        (HOST, (b"Transfer-Encoding", b"identity")),
        (HOST, (b"Transfer-Encoding", b"chunked, chunked")),
        (HOST, (b"Transfer-Encoding", b"chunked, identity")),
        (HOST, (b"Transfer-Encoding", b"gzip, chunked")),
        (HOST, (b"Transfer-Encoding", b"xchunked")),
        (HOST, (b"Transfer-Encoding", b"\x0bchunked")),
        (HOST, (b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"identity")),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    assert refused(*headers) == 400


@pytest.mark.parametrize(
    "host", [b"a", b"a:80", b"a:", b"A_b-c.example:65535", b"[::1]", b"[::1]:80", b" a "]
)
def test_a_host_is_a_name_or_an_address_with_or_without_a_port(host: bytes) -> None:
    assert refused((b"Host", host)) is None


@pytest.mark.parametrize(
    "target",
    [b"http://a.example/", b"*", b"a", b"", b"/a b", b"/a#b", b"/\xc3\xa9", b"/\x00", b"/a\x7f", b"/a\n"],
)
def test_only_a_plain_path_is_a_target(target: bytes) -> None:
    assert refused(HOST, target=target) == 400


@pytest.mark.parametrize("method", ["CONNECT", "TRACE"])
def test_methods_that_no_api_serves_are_refused(method: str) -> None:
    assert refused(HOST, method=method) == 400


def test_chunks_are_not_known_to_http_1_0() -> None:
    assert refused(HOST, (b"Transfer-Encoding", b"chunked"), version="1.0") == 400
    assert refused(HOST, version="1.0") is None
    assert refused(HOST, version="2.0") == 400


def test_a_body_announced_too_large_is_refused_at_once() -> None:
    assert refused(HOST, (b"Content-Length", str(LARGEST_BODY).encode())) is None
    assert refused(HOST, (b"Content-Length", str(LARGEST_BODY + 1).encode())) == 413
    assert refused(HOST, (b"Content-Length", b"9" * 6000)) == 413


def test_request_line_and_header_values_together_are_limited() -> None:
    fixed = len("POST / HTTP/1.1") + len("a.example")
    assert refused(HOST, (b"X", b"x" * (LARGEST_HEADERS - fixed))) is None
    assert refused(HOST, (b"X", b"x" * (LARGEST_HEADERS - fixed + 1))) == 431
    assert refused(HOST, target=b"/" + b"x" * LARGEST_HEADERS) == 431
    assert refused(HOST, *((b"X%d" % number, b"") for number in range(3000))) == 431


def test_several_headers_of_one_name_are_joined() -> None:
    asked = Request(RequestLine("GET", b"/"), Head.of([HOST, (b"X-A", b"1"), (b"x-a", b"2")], "1.1"))
    assert asked.text(b"x-a") == "1,2"


@pytest.mark.parametrize(
    ("target", "name", "value"),
    [
        ("/?a=1", "a", "1"),
        ("/?a=1&a=2", "a", "1,2"),
        ("/?a=%20+x", "a", "  x"),
        ("/?%61=1", "a", "1"),
        ("/?a", "a", ""),
        ("/?A=1", "a", None),
        ("/?", "a", None),
        ("/", "a", None),
    ],
)
def test_query_parameters(target: str, name: str, value: str | None) -> None:
    assert request("GET", target).parameter(name) == value


def test_path_and_query_are_parted_at_the_first_question_mark() -> None:
    asked = request("GET", "/a?b?c=d")
    assert (asked.path, asked.query) == ("/a", "b?c=d")
    assert request("GET", "/a?").query == ""


@pytest.mark.parametrize(
    ("authority", "name"),
    [("A.Example:80", "a.example"), ("[::1]:80", "[::1]"), ("a", "a"), (" a ", "a")],
)
def test_the_host_name(authority: str, name: str) -> None:
    assert host_name(authority) == name
