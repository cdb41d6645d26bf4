"""Access-log lines: facts/api-gateway.md section 6."""

from __future__ import annotations

import json

import pytest

from hatoba.gateway.access_log import LogFormat
from hatoba.gateway.context import NAMES, Context, claim_text, clf_time
from tests.unit.gateway.builders import NOW, context, request


def rendered(text: str, of: Context | None = None) -> str:
    return LogFormat(text).render(of or full())


def full() -> Context:
    """A context in which every variable that can have a value has one."""
    known = context(request("POST", "/prod/pets?x=1", b"hello", user_agent="curl/8"))
    known.account_id, known.api_id, known.stage = "000000000000", "abc", "prod"
    known.route_key, known.status, known.response_length = "POST /pets", 503, 33
    known.response_latency_ms, known.integration_latency_ms, known.integration_status = 12, 9, 502
    known.claims = {"sub": "me", "cognito:groups": ["admin", "user"], "n": 3, "ok": True, "no": None}
    known.authorizer_error = "invalid_token: issuer does not match"
    known.error_message, known.error_type = "Service Unavailable", "INTEGRATION_FAILURE"
    known.integration_error = "refused"
    known.base_path = "orders/v1"
    return known


EXPECTED = {
    "accountId": "000000000000",
    "apiId": "abc",
    "authorizer.error": "invalid_token: issuer does not match",
    "customDomain.basePathMatched": "orders/v1",
    "dataProcessed": "38",
    "domainName": "api.example",
    "domainPrefix": "api",
    "error.message": "Service Unavailable",
    "error.messageString": '"Service Unavailable"',
    "error.responseType": "INTEGRATION_FAILURE",
    "extendedRequestId": "Mc7UVioPPHcEKPA=",
    "httpMethod": "POST",
    "identity.sourceIp": "192.0.2.7",
    "identity.userAgent": "curl/8",
    "integration.error": "refused",
    "integration.latency": "9",
    "integration.status": "502",
    "integrationErrorMessage": "refused",
    "integrationLatency": "9",
    "integrationStatus": "502",
    "path": "/prod/pets",
    "protocol": "HTTP/1.1",
    "requestId": "Mc7UVioPPHcEKPA=",
    "requestTime": "21/Sep/2026:14:13:20 +0000",
    "requestTimeEpoch": str(int(NOW * 1000)),
    "responseLatency": "12",
    "responseLength": "33",
    "routeKey": "POST /pets",
    "stage": "prod",
    "status": "503",
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_documented_variable_has_its_value(name: str) -> None:
    assert rendered(f"<$context.{name}>") == f"<{EXPECTED.get(name, '-')}>"


ALWAYS_THERE = {
    "dataProcessed",
    "domainName",
    "domainPrefix",
    "extendedRequestId",
    "httpMethod",
    "identity.sourceIp",
    "path",
    "protocol",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "responseLatency",
    "responseLength",
    "status",
}


@pytest.mark.parametrize("name", sorted(NAMES - ALWAYS_THERE))
def test_an_empty_variable_is_a_dash(name: str) -> None:
    assert rendered(f"$context.{name}|", context()) == "-|"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sub", "me"),
        ("cognito:groups", "[admin user]"),
        ("n", "3"),
        ("ok", "true"),
        ("no", "-"),
        ("none", "-"),
    ],
)
def test_claims_are_read_by_name(name: str, value: str) -> None:
    assert rendered(f"$context.authorizer.claims.{name}") == value


def test_the_reference_systems_format_is_json() -> None:
    names = ("requestId", "identity.sourceIp", "requestTime", "httpMethod", "routeKey", "path", "status")
    line = rendered("{" + ", ".join(f'"{name}": "$context.{name}"' for name in names) + "}")
    assert json.loads(line) == {name: EXPECTED[name] for name in names}


def test_the_common_log_format_of_the_console() -> None:
    line = rendered(
        '$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey '
        '$context.protocol" $context.status $context.responseLength $context.requestId'
    )
    assert line == (
        '192.0.2.7 - - [21/Sep/2026:14:13:20 +0000] "POST POST /pets HTTP/1.1" 503 33 Mc7UVioPPHcEKPA='
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("$context.status-$context.stage", "503-prod"),
        ("$context.status-ms.", "503-ms."),
        ("$context.statusx", "-"),
        ("$context.", "$context."),
        ("$$context.status", "$503"),
        ("$other.status", "$other.status"),
        ("$context.status$context.status", "503503"),
        ("$context.nothing.at.all", "-"),
        ("<$context.authorizer.claims.sub>.", "<me>."),
    ],
)
def test_what_stands_around_a_variable_is_kept(text: str, line: str) -> None:
    assert rendered(text) == line


def test_a_claim_cannot_begin_a_new_line() -> None:
    of = full()
    of.claims = {"sub": "me\n{forged}\r\0"}
    assert rendered("$context.authorizer.claims.sub", of).splitlines() == ["me {forged}  "]


def test_a_claim_that_is_no_text_does_not_stop_the_log() -> None:
    of = full()
    of.claims = {"sub": "a\ud83dz", "list": ["\udc00"], "object": {"\ud83d": "\udc00"}}
    line = rendered("$context.authorizer.claims.sub $context.authorizer.claims.list", of)
    assert line == "a\ufffdz [\ufffd]"
    assert rendered("$context.authorizer.claims.object", of).encode()


def test_an_object_claim_is_json() -> None:
    assert claim_text({"a": [1, "x"]}) == '{"a":[1,"x"]}'


def test_months_are_english_in_every_locale() -> None:
    assert clf_time(1_584_039_838) == "12/Mar/2020:19:03:58 +0000"


def test_zero_is_a_value_and_not_empty() -> None:
    assert rendered("$context.responseLength $context.stage", context()) == "0 -"
