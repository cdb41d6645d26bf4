"""Parameter mapping: facts/api-gateway.md section 5."""

from __future__ import annotations

import pytest

from hatoba.gateway.mapping import LONGEST_BODY_READ, Outgoing, ParameterMapping, Source
from tests.unit.gateway.builders import context, request

BODY = b'{"user": {"name": "ann", "tags": ["x", "y"], "odd key": 1}, "ok": true}'


def source(body: bytes = BODY) -> Source:
    asked = request("POST", "/prod/pets/a%20b?page=2&page=3&q=x%26y", body, x_one="1", x_two="2")
    known = context(asked)
    known.claims = {"sub": "me"}
    return Source(known, "/pets/a%20b", {"id": "a%20b"}, {"env": "dev"}, asked.fields, body)


def apply(mapping: dict[str, str], of: Source | None = None) -> Outgoing:
    outgoing = Outgoing([(b"X-One", b"1"), (b"X-Two", b"2")], "/prod/pets/a%20b", "page=2&page=3&q=x%26y")
    ParameterMapping(mapping).apply(outgoing, of or source())
    return outgoing


def header(value: str, of: Source | None = None) -> str | None:
    fields = dict(apply({"overwrite:header.out": value}, of).headers)
    return fields[b"out"].decode() if b"out" in fields else None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("static text", "static text"),
        ("$request.header.X-One", "1"),
        ("$request.header.x-two", "2"),
        ("$request.header.none", None),
        ("$request.querystring.page", "2,3"),
        ("$request.querystring.q", "x&y"),
        ("$request.querystring.PAGE", None),
        ("$request.path", "/pets/a%20b"),
        ("$request.path.id", "a b"),
        ("$request.path.none", None),
        ("$request.body.user.name", "ann"),
        ("$request.body.user.tags", "[x y]"),
        ("$request.body.user.tags[1]", "y"),
        ("$request.body.user['odd key']", None),
        ("$request.body.ok", "true"),
        ("$request.body.user.none.deeper", None),
        ("$request.body.user.tags[9]", None),
        ("$context.requestId", "Mc7UVioPPHcEKPA="),
        ("$context.authorizer.claims.sub", "me"),
        ("$context.routeKey", None),
        ("$context.none", None),
        ("$stageVariables.env", "dev"),
        ("$stageVariables.none", None),
        ("${request.path.id} in ${stageVariables.env}", "a b in dev"),
        ("v-${request.header.none}-w", "v--w"),
        ("price: $5", "price: $5"),
    ],
)
def test_values(value: str, expected: str | None) -> None:
    if "odd key" in value:
        value, expected = "${request.body.user['odd key']}", "1"
    assert header(value) == expected


def test_the_whole_body() -> None:
    assert header("$request.body") == BODY.decode()


@pytest.mark.parametrize("body", [b"", b"no json", b"[" * 100_000, b'{"user":"' + b"x" * LONGEST_BODY_READ])
def test_a_body_that_is_not_short_json_has_no_parts(body: bytes) -> None:
    assert header("$request.body.user", source(body)) is None


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"append:header.x-one": "9"}, [(b"X-One", b"1"), (b"X-Two", b"2"), (b"x-one", b"9")]),
        ({"overwrite:header.x-one": "9"}, [(b"X-Two", b"2"), (b"x-one", b"9")]),
        ({"remove:header.x-one": ""}, [(b"X-Two", b"2")]),
        ({"remove:header.none": ""}, [(b"X-One", b"1"), (b"X-Two", b"2")]),
        ({"overwrite:header.x-one": "$request.header.none"}, [(b"X-One", b"1"), (b"X-Two", b"2")]),
    ],
)
def test_headers_are_changed_whatever_their_case(
    mapping: dict[str, str], expected: list[tuple[bytes, bytes]]
) -> None:
    assert apply(mapping).headers == expected


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"append:querystring.page": "9"}, "page=2&page=3&q=x%26y&page=9"),
        ({"overwrite:querystring.page": "9"}, "q=x%26y&page=9"),
        ({"remove:querystring.page": ""}, "q=x%26y"),
        ({"remove:querystring.Page": ""}, "page=2&page=3&q=x%26y"),
        ({"remove:querystring.page": "", "remove:querystring.q": ""}, None),
        ({"overwrite:querystring.q": "a b&c=d"}, "page=2&page=3&q=a%20b%26c%3Dd"),
    ],
)
def test_query_parameters_are_changed_by_exact_name(mapping: dict[str, str], expected: str | None) -> None:
    assert apply(mapping).query == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$request.path", "/pets/a%20b"),
        ("/v2/static", "/v2/static"),
        ("v2", "/v2"),
        ("/x/${request.path.id}", "/x/a%20b"),
        ("/x?y#z", "/x%3Fy%23z"),
        ("/x\r\nHost: evil", "/x%0D%0AHost:%20evil"),
    ],
)
def test_the_path_is_overwritten_and_stays_one_path(value: str, expected: str) -> None:
    assert apply({"overwrite:path": value}).path == expected


def test_a_value_cannot_smuggle_a_header() -> None:
    assert header("a\r\nEvil: 1\0") == "aEvil: 1"


def test_changes_are_made_in_their_order() -> None:
    mapping = {"overwrite:header.a": "1", "append:header.a": "2"}
    assert apply(mapping).headers[2:] == [(b"a", b"1"), (b"a", b"2")]


def respond(mapping: dict[str, str]) -> tuple[int, list[tuple[bytes, bytes]]]:
    headers = [(b"Server", b"x"), (b"X-Total", b"7")]
    of = Source(context(), "/", {}, {"env": "dev"}, {b"x-total": b"7"}, b'{"code": 418}')
    return ParameterMapping(mapping).apply_to_response(500, headers, of), headers


def test_a_response_is_changed_by_header_status_and_body() -> None:
    status, headers = respond(
        {
            "overwrite:statuscode": "$response.body.code",
            "append:header.count": "$response.header.x-total",
            "overwrite:header.server": "$stageVariables.env",
            "remove:header.x-total": "",
        }
    )
    assert status == 418
    assert headers == [(b"count", b"7"), (b"server", b"dev")]


@pytest.mark.parametrize("value", ["99", "600", "2000", "abc", "$response.header.none", ""])
def test_a_status_that_is_none_changes_nothing(value: str) -> None:
    assert respond({"overwrite:statuscode": value})[0] == 500
