"""Why a token would get 401 or 403."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from hatoba.advise.findings import Finding
from hatoba.advise.seen import ApiSeen, AuthorizerSeen, RouteSeen, SystemSeen
from hatoba.advise.tokens import examine_token

NOW = 1_790_000_000.0
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab1"
ID = {"iss": ISSUER, "aud": "client1", "token_use": "id", "exp": NOW + 60, "iat": NOW - 60}
ACCESS = {
    "iss": ISSUER,
    "client_id": "client1",
    "token_use": "access",
    "scope": "orders/read openid",
    "exp": NOW + 60,
}
OPEN = RouteSeen("GET /", True, None, None, "jwt")
SCOPED = RouteSeen("POST /orders", True, None, None, "jwt", scopes=("orders/write", "orders/read"))


def seen(*routes: RouteSeen, audience: tuple[str, ...] = ("client1",)) -> SystemSeen:
    authorizer = AuthorizerSeen("jwt", ISSUER, audience, None)
    return SystemSeen(apis=(ApiSeen("api", "", ("$default",), routes or (OPEN,), (authorizer,)),))


def token(claims: dict[str, Any], **header: Any) -> str:
    parts = [{"alg": "RS256", "kid": "k", **header}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "signature"])


def only(text: str, system: SystemSeen) -> Finding:
    (finding,) = examine_token(text, system, NOW)
    return finding


@pytest.mark.parametrize("claims", [ID, ACCESS])
def test_both_kinds_of_cognitos_tokens_are_accepted_for_the_client(claims: dict[str, Any]) -> None:
    assert examine_token(token(claims), seen(), NOW) == ()
    assert examine_token(f"Bearer {token(claims)}", seen(), NOW) == ()


def test_an_audience_of_the_wrong_kind_says_what_the_token_has_and_what_is_accepted() -> None:
    finding = only(token(ACCESS), seen(audience=("https://api.example.com",)))

    assert "This access token has client_id client1" in finding.what
    assert "accepts https://api.example.com" in finding.what
    assert "401" in finding.what
    assert "other kind of token" in finding.remedy


def test_where_there_is_an_aud_the_client_id_does_not_count() -> None:
    assert "has aud api" in only(token({**ACCESS, "aud": ["api"]}), seen()).what


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"iss": f"{ISSUER}/"}, "the authorizer's issuer is"),
        ({"exp": NOW - 5}, "expired 5 seconds ago"),
        ({"nbf": NOW + 5}, "valid only in 5 seconds"),
        ({"iat": NOW + 5}, "issued only in 5 seconds"),
    ],
)
def test_a_claim_that_bars_the_token_is_named(changed: dict[str, Any], text: str) -> None:
    assert text in only(token({**ID, **changed}), seen()).what


@pytest.mark.parametrize(
    ("header", "text"), [({"alg": "HS256"}, "signed by HS256"), ({"alg": "none"}, "by none")]
)
def test_only_rsa_signatures_are_accepted(header: dict[str, Any], text: str) -> None:
    assert text in only(token(ID, **header), seen()).what


def test_a_route_with_scopes_needs_one_of_them() -> None:
    assert examine_token(token(ACCESS), seen(SCOPED), NOW) == ()
    finding = only(token(ID), seen(SCOPED))
    assert finding.subject.endswith("route POST /orders")
    assert "this id token has no scopes: 403" in finding.what


@pytest.mark.parametrize("text", ["", "abc", "a.b.c", "e30.e30", "W10.W10.x"])
def test_what_is_no_token_is_said(text: str) -> None:
    assert "no JWT" in only(text, seen()).what
