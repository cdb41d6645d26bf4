"""Which pools stand, and how their issuers read."""

from __future__ import annotations

import re

import pytest

from hatoba.cloud.identity import pools
from hatoba.cloud.state import Scope

TOKYO = Scope("000000000000", "ap-northeast-1")


def test_a_pool_has_ids_of_cognitos_form_that_are_the_same_in_every_run() -> None:
    pool = pools.default_pool(TOKYO)

    assert re.fullmatch(r"ap-northeast-1_[A-Za-z0-9]{9}", pool.pool_id)
    assert re.fullmatch(r"[a-z0-9]{26}", pool.client_id)
    assert pool == pools.default_pool(TOKYO)
    assert pool.endpoint == f"cognito-idp.ap-northeast-1.amazonaws.com/{pool.pool_id}"
    assert pool.issuer == f"https://{pool.endpoint}"


def test_pools_of_other_accounts_and_regions_are_others() -> None:
    scopes = [TOKYO, Scope("111111111111", "ap-northeast-1"), Scope("000000000000", "eu-west-1")]

    found = {pools.default_pool(scope).pool_id for scope in scopes}

    assert len(found) == 3


@pytest.mark.parametrize(
    "issuer",
    [
        "https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_AbCdEfGhI/",
        "http://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_AbCdEfGhI",
        "https://cognito-idp.eu-west-1.amazonaws.com/ap-northeast-1_AbCdEfGhI",
        "https://cognito-idp.ap-northeast-1.amazonaws.com.evil.test/ap-northeast-1_AbCdEfGhI",
        "https://issuer.test/ap-northeast-1_AbCdEfGhI",
        "",
    ],
)
def test_what_is_not_exactly_a_cognito_issuer_is_somebody_elses(issuer: str) -> None:
    assert pools.pool_of_issuer(issuer) is None


def test_a_cognito_issuer_names_its_pool() -> None:
    issuer = "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_AbCdEfGhI"

    assert pools.pool_of_issuer(issuer) == "us-gov-west-1_AbCdEfGhI"
    assert pools.region_of("us-gov-west-1_AbCdEfGhI") == "us-gov-west-1"


def test_only_the_two_documents_of_a_pool_are_well_known() -> None:
    assert pools.well_known("/ap-northeast-1_A/.well-known/jwks.json") == ("ap-northeast-1_A", "jwks.json")
    assert pools.well_known("/ap-northeast-1_A/.well-known/openid-configuration") is not None
    assert pools.well_known("/ap-northeast-1_A/.well-known/security.txt") is None
    assert pools.well_known("/x/../ap-northeast-1_A/.well-known/jwks.json") is None
    assert pools.well_known("/.well-known/openid-configuration") is None
