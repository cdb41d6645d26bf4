"""What becomes of a request, and the request that an integration gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from hatoba.gateway.answers import Answer
from hatoba.gateway.decide import decide
from hatoba.gateway.forward import answer, compose, no_target_error
from hatoba.gateway.picture import compile_picture
from hatoba.gateway.plain import Reply, ReplyHead
from hatoba.gateway.served import Address, Forward, Picture
from hatoba.gateway.snapshot import Cors, Endpoint, Integration, Route, Stage, Throttle, Tls
from tests.unit.gateway.builders import (
    NOW,
    authorizer,
    context,
    request,
    routes,
    snapshot,
    stage,
    token,
    with_endpoints,
)

if TYPE_CHECKING:
    from hatoba.gateway.context import Context
    from hatoba.gateway.request import Request

CORS = Cors(("https://a.example",), ("GET",))
PREFLIGHT = {"origin": "https://a.example", "access_control_request_method": "GET"}
ENDPOINTS = (Endpoint("one", "127.0.0.1", 9001), Endpoint("two", "127.0.0.1", 9002))


def picture(*stages: Stage, before: Picture | None = None) -> Picture:
    return compile_picture(with_endpoints(snapshot(*stages), ENDPOINTS), before or Picture(), 0.0)


def decided(asked: Request, *stages: Stage) -> tuple[Answer | Forward, Context]:
    known = context(asked)
    return decide(picture(*stages).by_port[8081], known, NOW, 0.0), known


def status(asked: Request, *stages: Stage) -> int:
    outcome = decided(asked, *stages)[0]
    return outcome.status if isinstance(outcome, Answer) else 200


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("GET /{proxy+}",), 204),
        (("GET /{proxy+}", "OPTIONS /other"), 204),
        ((), 204),
        (("$default",), 200),
        (("ANY /{proxy+}",), 200),
        (("OPTIONS /{proxy+}",), 200),
    ],
)
def test_a_preflight_is_answered_here_unless_a_route_takes_options(
    keys: tuple[str, ...], expected: int
) -> None:
    assert status(request("OPTIONS", "/x", **PREFLIGHT), stage(*keys, cors=CORS)) == expected


@pytest.mark.parametrize("missing", ["origin", "access_control_request_method"])
def test_options_without_both_headers_is_no_preflight(missing: str) -> None:
    headers = {name: value for name, value in PREFLIGHT.items() if name != missing}
    assert status(request("OPTIONS", "/x", **headers), stage("GET /x", cors=CORS)) == 404


def test_without_cors_configuration_options_is_no_route() -> None:
    assert status(request("OPTIONS", "/x", **PREFLIGHT), stage("GET /x")) == 404


def test_a_preflight_needs_no_token_and_has_no_route_key() -> None:
    closed = Stage("$default", routes("GET /{proxy+}", jwt=authorizer()), CORS)
    outcome, known = decided(request("OPTIONS", "/x", **PREFLIGHT), closed)
    assert isinstance(outcome, Answer)
    assert outcome.status == 204
    assert known.route_key is None


def test_default_with_an_authorizer_refuses_preflights() -> None:
    closed = Stage("$default", routes("$default", jwt=authorizer()), CORS)
    assert status(request("OPTIONS", "/x", **PREFLIGHT), closed) == 401


def test_a_route_without_integration_is_not_found() -> None:
    assert status(request(), Stage("$default", (Route("r", "GET /", None),))) == 404


def test_a_token_is_asked_for_before_anything_is_sent() -> None:
    closed = Stage("$default", routes("GET /{proxy+}", jwt=authorizer()))
    outcome, known = decided(request(), closed)
    assert isinstance(outcome, Answer)
    assert b"www-authenticate: Bearer\r\n" in outcome.lines
    assert known.authorizer_error == "missing: token not provided"
    outcome, known = decided(request(authorization=f"Bearer {token()}"), closed)
    assert isinstance(outcome, Forward)
    assert known.claims is not None
    assert known.claims["sub"] == "me"


def test_a_token_in_the_query_string() -> None:
    closed = Stage("$default", routes("$default", jwt=authorizer("$request.querystring.t")))
    assert status(request("GET", f"/?t={token()}"), closed) == 200
    assert status(request("GET", f"/?t={token()}&t={token()}"), closed) == 401
    assert status(request("GET", "/", authorization=token()), closed) == 401


def test_a_token_in_the_wrong_header_is_no_token() -> None:
    closed = Stage("$default", routes("$default", jwt=authorizer("$request.header.X-Token")))
    assert status(request(authorization=token()), closed) == 401
    assert status(request(x_token=token()), closed) == 200


@pytest.mark.parametrize("name", ["cookie", "proxy_authorization", "x_authorization", "x_amz_security_token"])
def test_a_token_in_the_wrong_place_is_no_token(name: str) -> None:
    closed = Stage("$default", routes("ANY /{proxy+}", jwt=authorizer()))
    outcome, known = decided(request("GET", "/", **{name: f"Authorization=Bearer {token()}"}), closed)
    assert isinstance(outcome, Answer)
    assert (outcome.status, known.authorizer_error) == (401, "missing: token not provided")


def test_a_token_in_path_query_or_body_is_no_token() -> None:
    closed = Stage("$default", routes("ANY /{proxy+}", jwt=authorizer()))
    for target in (f"/{token()}", f"/?Authorization={token()}", f"/?authorization=Bearer%20{token()}"):
        assert status(request("GET", target), closed) == 401
    assert status(request("POST", "/", f"Authorization={token()}".encode()), closed) == 401


def test_the_name_of_a_query_parameter_is_exact_and_its_value_decoded_once() -> None:
    closed = Stage("$default", routes("$default", jwt=authorizer("$request.querystring.t")))
    assert status(request("GET", f"/?T={token()}"), closed) == 401
    assert status(request("GET", f"/?%74=Bearer%20{token()}"), closed) == 200
    assert status(request("GET", f"/?t={token().replace('.', '%252E')}"), closed) == 401


def test_a_missing_scope_is_forbidden() -> None:
    route = replace(routes("$default", jwt=authorizer())[0], scopes=("admin",))
    assert status(request(authorization=token()), Stage("$default", (route,))) == 403


def test_a_throttled_route_answers_429() -> None:
    route = replace(routes("$default")[0], throttle=Throttle(0, 0))
    assert status(request(), Stage("$default", (route,))) == 429


def test_named_stages_and_default_side_by_side() -> None:
    stages = (stage("GET /a"), stage("GET /b", name="prod"))
    assert status(request("GET", "/a"), *stages) == 200
    assert status(request("GET", "/prod/b"), *stages) == 200
    assert status(request("GET", "/prod/a"), *stages) == 404
    assert status(request("GET", "/b"), *stages) == 404
    outcome, known = decided(request("GET", "/prod/b"), *stages)
    assert known.stage == "prod"
    assert isinstance(outcome, Forward)
    assert outcome.path == "/b"


def test_the_same_authorizer_and_bucket_live_on_in_the_next_picture() -> None:
    route = replace(routes("$default", jwt=authorizer())[0], throttle=Throttle(0.001, 1))
    first = picture(Stage("$default", (route,)))
    second = picture(Stage("$default", (route,)), before=first)
    assert list(first.authorizers.values()) == list(second.authorizers.values())
    assert list(first.buckets.values()) == list(second.buckets.values())
    changed = replace(route, authorizer=authorizer(audience=("x",)), throttle=Throttle(2, 2))
    third = picture(Stage("$default", (changed,)), before=second)
    assert list(third.authorizers.values()) != list(second.authorizers.values())
    assert list(third.buckets.values()) != list(second.buckets.values())


def composed(
    asked: Request, integration: Integration, name: str = "$default"
) -> tuple[str, dict[str, str], bytes]:
    route = Route("r", "ANY /{proxy+}", integration)
    outcome, known = decided(asked, Stage(name, (route,), stage_variables={"env": "dev"}))
    assert isinstance(outcome, Forward)
    sending = compose(outcome, known, 8081)
    head, _, body = sending.data.partition(b"\r\n\r\n")
    start, *lines = head.decode().split("\r\n")
    return start, dict(line.split(": ", 1) for line in lines), body


PRIVATE = Integration("i", target="t")


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://a:x/",
        "http://a:99999/",
        "http://",
        "http://a b/",
        "http://\u00e9.example/",
        "x",
    ],
)
def test_a_url_that_leads_nowhere_fails_its_own_route_only(url: str) -> None:
    broken = Route("r", "GET /a", Integration("i", url=url))
    outcome, known = decided(request("GET", "/a"), Stage("$default", (broken, *routes("GET /b"))))
    assert isinstance(outcome, Forward)
    assert compose(outcome, known, 8081).addresses == ()
    assert no_target_error(outcome).endswith(url)
    assert status(request("GET", "/b"), Stage("$default", (broken, *routes("GET /b")))) == 200


def test_a_private_back_end_gets_path_and_query_as_sent() -> None:
    start, headers, _ = composed(request("GET", "/a%20b//c/../%2F?x=%26&y"), PRIVATE)
    assert start == "GET /a%20b//c/../%2F?x=%26&y HTTP/1.1"
    assert headers["Content-Length"] == "0"
    assert headers["Host"] == "api.example"


def test_a_private_back_end_sees_the_stage_in_the_path_unless_it_is_mapped_away() -> None:
    assert composed(request("GET", "/test/pets"), PRIVATE, "test")[0] == "GET /test/pets HTTP/1.1"
    mapped = replace(PRIVATE, request_parameters={"overwrite:path": "$request.path"})
    assert composed(request("GET", "/test/pets"), mapped, "test")[0] == "GET /pets HTTP/1.1"


def test_the_body_is_sent_whole_with_its_length() -> None:
    _, headers, body = composed(request("POST", "/", b"hello", transfer_encoding="chunked"), PRIVATE)
    assert (headers["Content-Length"], body) == ("5", b"hello")
    assert "Transfer-Encoding" not in headers


@pytest.mark.parametrize(("method", "sent"), [("ANY", "DELETE"), ("POST", "POST")])
def test_the_integrations_method_is_used(method: str, sent: str) -> None:
    assert composed(request("DELETE", "/"), replace(PRIVATE, method=method))[0].split()[0] == sent


@pytest.mark.parametrize(
    ("url", "start", "host"),
    [
        ("http://b.example/{proxy}", "GET /a/b%20c?q=1 HTTP/1.1", "b.example"),
        ("http://b.example:81/v1/{proxy}?k=v", "GET /v1/a/b%20c?k=v&q=1 HTTP/1.1", "b.example:81"),
        ("https://b.example", "GET /?q=1 HTTP/1.1", "b.example"),
        ("https://b.example/fixed", "GET /fixed?q=1 HTTP/1.1", "b.example"),
    ],
)
def test_a_public_url_takes_path_variables_and_its_own_host(url: str, start: str, host: str) -> None:
    got, headers, _ = composed(request("GET", "/a/b%20c?q=1"), Integration("i", url=url))
    assert (got, headers["Host"]) == (start, host)


@pytest.mark.parametrize(
    ("url", "path", "sent"),
    [
        ("https://b.example", "/store/checkout", "/store/checkout"),
        ("https://b.example", "/", "/"),
        ("https://b.example/", "/a%20b/", "/a%20b/"),
        ("https://b.example/base", "/store", "/base/store"),
        ("https://b.example/base", "/", "/base"),
        ("https://b.example/base/?k=v", "/store", "/base/store?k=v"),
        ("https://b.example/{proxy}", "/store", "/"),
    ],
)
def test_default_passes_the_full_path_to_a_public_url(url: str, path: str, sent: str) -> None:
    for name, prefix in (("$default", ""), ("prod", "/prod")):
        served = Stage(name, (Route("r", "$default", Integration("i", url=url)),))
        outcome, known = decided(request("GET", prefix + path), served)
        assert isinstance(outcome, Forward)
        composition = compose(outcome, known, 8081)
        assert composition.data.startswith(f"GET {sent} HTTP/1.1\r\n".encode())


def test_where_connections_go() -> None:
    route = Route("r", "$default", replace(PRIVATE, tls=Tls("internal.example")))
    served = picture(
        Stage("$default", (route, Route("p", "GET /p", Integration("j", url="https://b.example"))))
    )
    assert served.addresses == {
        Address("127.0.0.1", 9001, "internal.example"),
        Address("127.0.0.1", 9002, "internal.example"),
        Address("b.example", 443, "b.example"),
    }


def test_instances_take_turns() -> None:
    outcome, _ = decided(request(), stage("$default"))
    assert isinstance(outcome, Forward)
    turns = [outcome.integration.rotation.turn() for _ in range(4)]
    assert turns[:2] == turns[2:]
    assert [{each.port for each in turn} for turn in turns] == [{9001, 9002}] * 4
    assert {turn[0].port for turn in turns} == {9001, 9002}


def test_a_target_without_instances_is_named_by_its_arn() -> None:
    empty = compile_picture(with_endpoints(snapshot(stage("$default")), ()), Picture(), 0.0)
    outcome = decide(empty.by_port[8081], context(), NOW, 0.0)
    assert isinstance(outcome, Forward)
    assert no_target_error(outcome) == (
        "No target endpoints found for integration "
        "arn:aws:servicediscovery:ap-northeast-1:000000000000:service/srv-1"
    )


def test_a_response_mapping_goes_by_the_back_ends_status() -> None:
    mapped = replace(PRIVATE, response_parameters={"500": {"overwrite:statuscode": "418"}})
    outcome, known = decided(request(), Stage("$default", (Route("r", "$default", mapped),)))
    assert isinstance(outcome, Forward)
    for given, expected in ((500, 418), (501, 501)):
        made = answer(outcome, known, Reply(ReplyHead(given, [], None), b""))
        assert made.status == expected
        assert known.integration_status == given
