"""Pools that clients made in Cognito, as the issuer knows them."""

from __future__ import annotations

import asyncio

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from hatoba.cloud.identity import Identity, TokenRequest
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.world import UserPool
from tests.support.calls import SCOPE, Bench

MADE = UserPool("ap-northeast-1_AbCdEfGhI", ("client-1", "client-2"))
ISSUER = f"https://cognito-idp.ap-northeast-1.amazonaws.com/{MADE.pool_id}"
OTHER_KEY = {"kty": "RSA", "kid": "dummy", "n": "AQAB", "e": "AQAB", "alg": "RS256", "use": "sig"}


@pytest.fixture(scope="module")
def issuer() -> Identity:
    return Identity(Bench().world, lambda: (OTHER_KEY,))


@pytest.fixture
def identity(issuer: Identity) -> Identity:
    issuer.keep_pools(SCOPE, [MADE])
    return issuer


def claims_of(identity: Identity, asked: TokenRequest) -> dict[str, object]:
    token = asyncio.run(identity.mint(SCOPE, asked))
    keys = asyncio.run(identity.keys(ISSUER)).keys
    return jwt.decode(token, RSAKey.import_key(dict(keys[0])), algorithms=["RS256"]).claims


def test_a_made_pool_is_an_issuer_with_both_keys_until_it_is_deleted(identity: Identity) -> None:
    assert asyncio.run(identity.discover(ISSUER)) is None
    assert [key["kid"] for key in asyncio.run(identity.keys(ISSUER)).keys][1:] == ["dummy"]
    path = f"/{MADE.pool_id}/.well-known/jwks.json"

    identity.keep_pools(SCOPE, [])

    assert asyncio.run(identity.answer("GET", path, "127.0.0.1")) is None


def test_a_token_is_minted_for_a_pool_or_for_the_pool_of_a_client(identity: Identity) -> None:
    by_pool = claims_of(identity, TokenRequest(pool_id=MADE.pool_id))
    by_client = claims_of(identity, TokenRequest(client_id="client-2"))

    assert (by_pool["iss"], by_pool["aud"]) == (ISSUER, "client-1")
    assert (by_client["iss"], by_client["aud"]) == (ISSUER, "client-2")


def test_a_client_that_nobody_made_gets_a_token_of_the_default_pool(identity: Identity) -> None:
    claims = claims_of(identity, TokenRequest(client_id="unknown"))

    assert claims["iss"] == identity.default_pool(SCOPE).issuer
    assert claims["aud"] == "unknown"


def test_a_pool_without_client_and_a_pool_that_does_not_stand_are_refused(identity: Identity) -> None:
    identity.keep_pools(SCOPE, [UserPool("ap-northeast-1_Bare")])

    with pytest.raises(ServiceError, match="has no client"):
        asyncio.run(identity.mint(SCOPE, TokenRequest(pool_id="ap-northeast-1_Bare")))
    with pytest.raises(ServiceError, match="does not exist here"):
        asyncio.run(identity.mint(SCOPE, TokenRequest(pool_id=MADE.pool_id)))
