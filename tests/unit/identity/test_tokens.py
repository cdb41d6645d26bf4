"""Tokens as Cognito's read, and the wrong ones: each wrong in one way only."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import msgspec
import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import RSAKey

from hatoba.cloud.identity import Identity, TokenRequest
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import ServiceError
from tests.support.calls import SCOPE, Bench


class Issuer:
    """An identity service over a bench, with tokens minted and read."""

    def __init__(self, bench: Bench | None = None) -> None:
        self.bench = bench or Bench()
        self.identity = Identity(self.bench.world)
        self.pool = self.identity.default_pool(SCOPE)
        self.now = int(self.bench.clock.now())

    def mint(self, scope: Scope = SCOPE, **members: Any) -> str:
        return asyncio.run(self.identity.mint(scope, TokenRequest(**members)))

    def public_key(self, issuer: str | None = None) -> RSAKey:
        found = asyncio.run(self.identity.keys(issuer or self.pool.issuer))
        assert found.error is None
        return RSAKey.import_key({**found.keys[0]})

    def verified(self, token: str) -> dict[str, Any]:
        claims = json.loads(jws.deserialize_compact(token, self.public_key()).payload)
        assert isinstance(claims, dict)
        return claims


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def header_of(token: str) -> dict[str, Any]:
    text = token.partition(".")[0]
    header = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert isinstance(header, dict)
    return header


def test_an_id_token_reads_as_cognitos(issuer: Issuer) -> None:
    claims = issuer.verified(issuer.mint(subject="hanako"))

    assert claims["iss"] == issuer.pool.issuer
    assert claims["sub"] == "hanako"
    assert claims["aud"] == issuer.pool.client_id
    assert claims["token_use"] == "id"
    assert claims["cognito:username"] == "hanako"
    assert claims["email"] == "hanako@example.com"
    assert claims["iat"] == claims["auth_time"] == issuer.now
    assert claims["exp"] == issuer.now + 3600
    assert {"jti", "origin_jti", "event_id"} <= claims.keys()
    assert not {"client_id", "scope", "nbf"} & claims.keys()


def test_an_access_token_has_a_client_id_and_scopes_but_no_audience(issuer: Issuer) -> None:
    claims = issuer.verified(issuer.mint(use="access", client_id="app", scopes=("orders/read", "openid")))

    assert claims["token_use"] == "access"
    assert claims["client_id"] == "app"
    assert claims["scope"] == "orders/read openid"
    assert claims["username"] == "local-user"
    assert not {"aud", "email", "cognito:username"} & claims.keys()


def test_the_header_names_key_and_algorithm_and_nothing_else(issuer: Issuer) -> None:
    header = header_of(issuer.mint())

    assert header == {"kid": issuer.public_key().as_dict()["kid"], "alg": "RS256"}


def test_further_claims_stand_over_the_usual_ones(issuer: Issuer) -> None:
    claims = issuer.verified(issuer.mint(claims={"email": "x@y.test", "custom:team": [1, 2]}, lifetime_s=60))

    assert claims["email"] == "x@y.test"
    assert claims["custom:team"] == [1, 2]
    assert claims["exp"] == issuer.now + 60


def test_an_expired_token_is_over_and_otherwise_right(issuer: Issuer) -> None:
    claims = issuer.verified(issuer.mint(wrong="expired"))

    assert claims["iat"] < claims["exp"] < issuer.now
    assert claims["aud"] == issuer.pool.client_id
    assert claims["iss"] == issuer.pool.issuer


def test_a_token_that_is_not_yet_valid_begins_later(issuer: Issuer) -> None:
    claims = issuer.verified(issuer.mint(wrong="not-yet-valid"))

    assert issuer.now < claims["nbf"] < claims["exp"]
    assert claims["iat"] == issuer.now


@pytest.mark.parametrize(("use", "member"), [("id", "aud"), ("access", "client_id")])
def test_a_token_for_another_audience(issuer: Issuer, use: str, member: str) -> None:
    right = issuer.verified(issuer.mint(use=use))
    wrong = issuer.verified(issuer.mint(use=use, wrong="audience"))

    assert wrong[member] != right[member]
    assert wrong["iss"] == right["iss"]
    assert wrong["exp"] == right["exp"]


def test_a_token_by_another_issuer_is_signed_by_the_right_key(issuer: Issuer) -> None:
    claims = issuer.verified(issuer.mint(wrong="issuer"))

    assert claims["iss"] != issuer.pool.issuer
    assert claims["iss"].startswith("https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_")


def test_a_forged_token_names_the_right_key_and_is_signed_by_another(issuer: Issuer) -> None:
    token = issuer.mint(wrong="forged")

    assert header_of(token) == header_of(issuer.mint())
    with pytest.raises(BadSignatureError):
        issuer.verified(token)


def test_a_token_with_algorithm_none_has_no_signature(issuer: Issuer) -> None:
    token = issuer.mint(wrong="alg-none")

    assert header_of(token)["alg"] == "none"
    assert token.count(".") == 2
    assert token.endswith(".")


def test_an_id_token_with_scopes_is_refused_with_what_to_ask_for(issuer: Issuer) -> None:
    with pytest.raises(ServiceError, match="access token"):
        issuer.mint(scopes=("orders/read",))


@pytest.mark.parametrize("lifetime_s", [0, -5, 10**12])
def test_an_impossible_lifetime_is_refused(issuer: Issuer, lifetime_s: int) -> None:
    with pytest.raises(ServiceError, match="lifetime"):
        issuer.mint(lifetime_s=lifetime_s)


@pytest.mark.parametrize(
    "body",
    [b'{"wrong": "sideways"}', b'{"use": "refresh"}', b'{"subjct": "x"}', b'{"lifetime_s": "1"}', b"[]"],
)
def test_a_request_with_a_fault_is_not_read(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=TokenRequest)


def test_a_request_is_read_from_json() -> None:
    asked = msgspec.json.decode(b'{"use": "access", "scopes": ["a"], "claims": {"n": 1}}', type=TokenRequest)

    assert asked == TokenRequest(use="access", scopes=("a",), claims={"n": 1})


def test_the_key_is_kept_and_another_cloud_of_the_same_state_signs_with_it() -> None:
    first = Issuer()
    token = first.mint()

    second = Issuer(first.bench)

    assert second.verified(token)["sub"] == "local-user"


def test_whoever_asks_first_all_get_one_key() -> None:
    issuer = Issuer()

    async def ask() -> set[str]:
        found = await asyncio.gather(*(issuer.identity.keys(issuer.pool.issuer) for _ in range(5)))
        return {keys.keys[0]["n"] for keys in found}

    assert len(asyncio.run(ask())) == 1
