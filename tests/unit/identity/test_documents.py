"""The documents that verifiers fetch."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hatoba.cloud.identity import Identity
from hatoba.cloud.state import Scope
from tests.support.calls import SCOPE, Bench

OTHER_ACCOUNT = Scope("111111111111", "ap-northeast-1")


class Documents:
    def __init__(self) -> None:
        self.identity = Identity(Bench().world)
        self.pool = self.identity.default_pool(SCOPE)

    def get(self, path: str, host: str = "127.0.0.1:4566", method: str = "GET") -> Any:
        answer = asyncio.run(self.identity.answer(method, path, host))
        if answer is None:
            return None
        status, headers, body = answer
        assert status == 200
        assert headers["content-type"] == "application/json"
        return json.loads(body) if body else b""


def test_under_cognitos_name_the_configuration_is_cognitos() -> None:
    documents = Documents()
    pool = documents.pool

    found = documents.get(
        f"/{pool.pool_id}/.well-known/openid-configuration", "cognito-idp.ap-northeast-1.amazonaws.com"
    )

    assert found["issuer"] == pool.issuer
    assert found["jwks_uri"] == f"{pool.issuer}/.well-known/jwks.json"
    assert found["id_token_signing_alg_values_supported"] == ["RS256"]


def test_by_path_the_configuration_names_keys_that_can_be_fetched_there() -> None:
    documents = Documents()
    pool_id = documents.pool.pool_id

    found = documents.get(f"/{pool_id}/.well-known/openid-configuration", "127.0.0.1:4566")

    assert found["issuer"] == documents.pool.issuer
    assert found["jwks_uri"] == f"http://127.0.0.1:4566/{pool_id}/.well-known/jwks.json"


def test_the_key_set_has_the_public_key_and_nothing_private() -> None:
    documents = Documents()

    (key,) = documents.get(f"/{documents.pool.pool_id}/.well-known/jwks.json")["keys"]

    assert key.keys() == {"kty", "use", "alg", "kid", "n", "e"}
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")


def test_a_head_request_has_no_body() -> None:
    documents = Documents()

    assert documents.get(f"/{documents.pool.pool_id}/.well-known/jwks.json", method="HEAD") == b""


def test_what_is_no_document_of_a_pool_that_stands_is_left_to_others() -> None:
    documents = Documents()

    assert documents.get("/ap-northeast-1_Unknown01/.well-known/jwks.json") is None
    assert documents.get("/") is None
    assert documents.get(f"/{documents.pool.pool_id}/.well-known/jwks.json", method="POST") is None


def test_the_pool_of_another_account_stands_once_it_was_asked_for() -> None:
    documents = Documents()
    other = Identity(Bench().world).default_pool(OTHER_ACCOUNT)
    path = f"/{other.pool_id}/.well-known/jwks.json"
    assert documents.get(path) is None

    documents.identity.default_pool(OTHER_ACCOUNT)

    assert documents.get(path)["keys"]


def test_every_region_of_the_home_account_has_its_pool() -> None:
    documents = Documents()
    pool = documents.identity.default_pool(Scope(SCOPE.account, "eu-west-1"))

    assert documents.get(f"/{pool.pool_id}/.well-known/jwks.json")["keys"]
    assert asyncio.run(documents.identity.discover(pool.issuer)) is None
