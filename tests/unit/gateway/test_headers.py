"""Headers to and from back ends: facts/api-gateway.md section 5."""

from __future__ import annotations

import re

import pytest

from hatoba.gateway.headers import (
    encode,
    forwarded,
    from_backend,
    lines,
    lines_to_backend,
    to_backend,
    trace_id,
)
from tests.unit.gateway.builders import request

OWN = b"1-5e1b4151-5ac6c58f3b9bcd8db3d0d3c1"


def sent(**headers: str) -> dict[str, str]:
    fields = to_backend(request(**headers), "192.0.2.7", 8081, OWN)
    return {name.decode().lower(): value.decode() for name, value in fields}


def received(*headers: tuple[str, str], drop_cors: bool = False) -> list[tuple[bytes, bytes]]:
    triples = [(name.encode(), value.encode(), name.lower().encode()) for name, value in headers]
    return from_backend(triples, drop_cors=drop_cors)


def test_what_is_added_for_a_private_integration() -> None:
    fields = sent(accept="*/*")
    trace = fields.pop("x-amzn-trace-id")
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", trace)
    assert fields == {
        "host": "api.example",
        "accept": "*/*",
        "via": "HTTP/1.1 AmazonAPIGateway",
        "forwarded": "for=192.0.2.7;host=api.example;proto=http",
        "x-forwarded-port": "8081",
    }


def test_the_clients_host_is_kept() -> None:
    assert sent(host="api.example:8081")["host"] == "api.example:8081"


def test_origin_authorization_and_cookies_pass() -> None:
    passed = {
        "origin": "https://a.example",
        "authorization": "Bearer x",
        "cookie": "a=b",
        "traceparent": "00-1-2-03",
    }
    assert passed.items() <= sent(**passed).items()


@pytest.mark.parametrize(
    "name",
    [
        "connection",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
        "expect",
    ],
)
def test_hop_by_hop_fields_end_here(name: str) -> None:
    assert name not in sent(**{name: "x"})


def test_fields_that_connection_names_end_here() -> None:
    fields = sent(connection="close, X-Secret , x-other", x_secret="1", x_other="2", x_third="3")
    assert "x-secret" not in fields
    assert "x-other" not in fields
    assert fields["x-third"] == "3"


@pytest.mark.parametrize("name", ["host", "authorization", "content-type"])
def test_connection_cannot_take_away_what_matters(name: str) -> None:
    assert name in sent(connection=name, **{name: "x"})


def test_what_the_client_says_of_earlier_hops_is_kept_before_ours() -> None:
    fields = sent(via="1.1 proxy", forwarded="for=198.51.100.1")
    assert fields["via"] == "1.1 proxy, HTTP/1.1 AmazonAPIGateway"
    assert fields["forwarded"] == "for=198.51.100.1, for=192.0.2.7;host=api.example;proto=http"


def test_a_clients_trace_keeps_its_root() -> None:
    trace = trace_id(b"Root=1-5759e988-bd862e3fe1be46a994272793", OWN).decode()
    assert trace == f"Self={OWN.decode()};Root=1-5759e988-bd862e3fe1be46a994272793"


def test_the_port_is_ours_to_tell() -> None:
    assert sent(x_forwarded_port="1")["x-forwarded-port"] == "8081"


def test_addresses_with_colons_are_quoted() -> None:
    assert forwarded("::1", b"[::1]:80", b"http") == b'for="[::1]";host="[::1]:80";proto=http'


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "*/*", "x_forwarded_for": "192.0.2.1", "x_forwarded_port": "1", "content_length": "3"},
        {"host": "[::1]:8081", "connection": "keep-alive", "te": "trailers", "upgrade": "h2c"},
        {"connection": "Close", "keep_alive": "1", "expect": "100-continue", "http2_settings": "x"},
        {"connection": "x-a", "x_a": "1"},
        {"connection": "keep-alive, x-a", "x_a": "1"},
        {"via": "1.1 a"},
        {"forwarded": "for=192.0.2.1"},
        {"x_amzn_trace_id": "Root=1-2-3"},
        {"x_amzn_trace_id": ""},
        {"x_large": "x" * 5_000},
    ],
)
def test_lines_that_are_known_again_are_those_of_the_fields(headers: dict[str, str]) -> None:
    for _ in range(2):  # the second is made of what is remembered of the first
        asked = request(**headers)
        before, after = lines_to_backend(asked, "192.0.2.7", 8081)
        assert before + OWN + after == lines(to_backend(asked, "192.0.2.7", 8081, OWN))


def test_a_response_loses_hop_by_hop_fields_and_keeps_the_others() -> None:
    kept = received(
        ("Content-Type", "text/html"),
        ("Connection", "keep-alive, X-Secret"),
        ("Keep-Alive", "timeout=5"),
        ("X-Secret", "1"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "5"),
        ("Trailer", "x"),
        ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("Upgrade", "h2c"),
        ("apigw-requestid", "forged"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Server", "nginx"),
    )
    assert kept == [
        (b"Content-Type", b"text/html"),
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"Server", b"nginx"),
    ]


def test_a_back_ends_cors_headers_pass_only_without_a_cors_configuration() -> None:
    own = ("Access-Control-Allow-Origin", "*")
    assert received(own, drop_cors=True) == []
    assert received(own) == [(b"Access-Control-Allow-Origin", b"*")]


def test_a_head_ends_with_an_empty_line() -> None:
    assert encode(b"GET / HTTP/1.1", [(b"Host", b"a")]) == b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
