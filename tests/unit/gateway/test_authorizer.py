"""The verdict on a token: facts/api-gateway.md section 4, in the documented order."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hatoba.gateway.authorizer import REMEMBERED_TOKENS, Admitted, Authorizer, Refused, token_of
from tests.unit.gateway.builders import NOW, authorizer, claims, jwk, sign, token


def judge(
    source: str | None, *scopes: str, at: float = NOW, by: Authorizer | None = None
) -> Admitted | Refused:
    return (by or Authorizer(authorizer())).judge(source, scopes, at)


def description(source: str | None, *scopes: str, at: float = NOW) -> str:
    verdict = judge(source, *scopes, at=at)
    assert isinstance(verdict, Refused)
    return verdict.description


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "BEARER  "])
def test_a_good_token_is_admitted_bare_or_with_bearer(algorithm: str, prefix: str) -> None:
    verdict = judge(prefix + token("one", algorithm))
    assert isinstance(verdict, Admitted)
    assert verdict.claims["sub"] == "me"


@pytest.mark.parametrize("source", [None, "", "  ", "Bearer", "Bearer ", "bearer   "])
def test_without_a_token_the_challenge_is_bare(source: str | None) -> None:
    verdict = judge(source)
    assert isinstance(verdict, Refused)
    assert (verdict.status, verdict.error) == (401, "missing: token not provided")
    assert verdict.challenge(("read",)) == "Bearer"


@pytest.mark.parametrize("source", ["x", "a.b", "a.b.c.d", "Basic dTpw", "Bearer a.b.c.d"])
def test_what_is_not_three_segments_is_named_so(source: str) -> None:
    assert description(source) == "token contains an invalid number of segments"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"iss": "https://other.example"}, "issuer does not match"),
        ({"iss": None}, "issuer does not match"),
        ({"iss": ["https://issuer.example/pool"]}, "issuer does not match"),
        ({"aud": "other"}, "the token does not have a valid audience"),
        ({"aud": ["a", "b"]}, "the token does not have a valid audience"),
        ({"aud": []}, "the token does not have a valid audience"),
        ({"aud": [], "client_id": "client"}, "the token does not have a valid audience"),
        ({"aud": "other", "client_id": "client"}, "the token does not have a valid audience"),
        ({"aud": None}, "the token does not have a valid audience"),
        ({"aud": None, "client_id": "other"}, "the token does not have a valid audience"),
        ({"exp": NOW}, "the token has expired"),
        ({"exp": NOW - 5}, "the token has expired"),
        ({"exp": None}, "the token does not have an expiration time"),
        ({"exp": str(NOW + 100)}, "the token's exp is not a number"),
        ({"exp": True}, "the token's exp is not a number"),
        ({"nbf": NOW + 5}, "the token is not valid yet"),
        ({"nbf": "soon"}, "the token's nbf is not a number"),
        ({"iat": NOW + 5}, "the token is used before it was issued"),
        ({"iat": [1]}, "the token's iat is not a number"),
    ],
)
def test_a_claim_that_fails_is_described(changes: dict[str, object], expected: str) -> None:
    assert description(token(**changes)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["other", "client"]},
        {"aud": None, "client_id": "client"},
        {"aud": "client", "client_id": "other"},
        {"nbf": None, "iat": None},
        {"exp": NOW + 0.5},
        {"nbf": NOW, "iat": NOW},
        {"token_use": "id"},
    ],
)
def test_claims_that_are_good_enough(changes: dict[str, object]) -> None:
    assert isinstance(judge(token(**changes)), Admitted)


def test_failures_are_reported_in_the_documented_order() -> None:
    wrong: dict[str, object] = {"iss": "x", "aud": "x", "exp": NOW - 1, "nbf": NOW + 1, "iat": NOW + 1}
    order = []
    for name, right in claims().items():
        if name in wrong:
            order.append(description(token(**wrong)))
            wrong[name] = right
    assert order == [
        "issuer does not match",
        "the token does not have a valid audience",
        "the token has expired",
        "the token is not valid yet",
        "the token is used before it was issued",
    ]


def test_times_are_judged_before_scopes() -> None:
    assert description(token(exp=NOW - 1, scope="other"), "read") == "the token has expired"
    assert description(token(iat=NOW + 1, scope="other"), "read").startswith("the token is used before")
    verdict = judge(token(scope="other"), "read")
    assert isinstance(verdict, Refused)
    assert verdict.error == "insufficient_scope: the token does not have a required scope"


def test_of_several_keys_with_one_kid_the_first_that_fits_the_algorithm_is_used() -> None:
    other = {**jwk("two"), "kid": "one"}
    config = replace(authorizer(), keys=(jwk("one"), other))
    assert isinstance(Authorizer(config).judge(token("one"), (), NOW), Admitted)
    by_second = sign({"alg": "RS256", "kid": "one"}, claims(), "two")
    assert isinstance(Authorizer(config).judge(by_second, (), NOW), Refused)

    config = replace(authorizer(), keys=(jwk("one", alg="RS512"), {**other, "alg": "RS256"}))
    assert isinstance(Authorizer(config).judge(by_second, (), NOW), Admitted)


def test_a_rotation_leaves_no_token_of_the_key_that_is_gone() -> None:
    text = token("one")
    before, after = authorizer(), replace(authorizer(), keys=(jwk("two"),))
    assert isinstance(Authorizer(before).judge(text, (), NOW), Admitted)
    assert isinstance(Authorizer(after).judge(token("two"), (), NOW), Admitted)
    verdict = Authorizer(after).judge(text, (), NOW)
    assert isinstance(verdict, Refused)
    assert verdict.description == "unable to find a key that matches the token's kid"


def test_the_signature_is_checked_before_any_claim() -> None:
    forged = sign({"alg": "RS256", "kid": "one"}, claims(iss="https://other.example"), "stranger")
    assert description(forged) == "signature is invalid"


def test_a_key_that_the_issuer_does_not_publish_is_not_used() -> None:
    assert description(token("stranger")) == "unable to find a key that matches the token's kid"


def test_the_kid_decides_which_key() -> None:
    swapped = sign({"alg": "RS256", "kid": "two"}, claims(), "one")
    assert description(swapped) == "signature is invalid"
    assert isinstance(judge(token("two")), Admitted)


@pytest.mark.parametrize("error", ["OIDC discovery endpoint communication error", "JWKS communication error"])
def test_without_keys_every_token_is_refused_with_the_reason(error: str) -> None:
    verdict = Authorizer(authorizer(keys_error=error)).judge(token(), (), NOW)
    assert isinstance(verdict, Refused)
    assert (verdict.status, verdict.error) == (401, f"invalid_token: {error}")


def test_the_challenge_reads_as_documented() -> None:
    verdict = judge(token(aud="other"))
    assert isinstance(verdict, Refused)
    assert verdict.challenge(()) == (
        'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"'
    )
    assert verdict.error == "invalid_token: the token does not have a valid audience"


@pytest.mark.parametrize(
    ("changes", "wanted", "is_admitted"),
    [
        ({}, (), True),
        ({"scope": None}, (), True),
        ({}, ("write",), True),
        ({}, ("admin", "read"), True),
        ({}, ("admin",), False),
        ({"scope": None}, ("read",), False),
        ({"scope": None, "scp": "read"}, ("read",), True),
        ({"scope": None, "scp": ["x", "read"]}, ("read",), True),
        ({"scope": "other", "scp": ["read"]}, ("read",), True),
        ({"scope": "readwrite"}, ("read",), False),
        ({"scope": {"read": True}}, ("read",), False),
    ],
)
def test_one_of_the_routes_scopes_is_enough(
    changes: dict[str, object], wanted: tuple[str, ...], *, is_admitted: bool
) -> None:
    verdict = judge(token(**changes), *wanted)
    assert isinstance(verdict, Admitted) is is_admitted
    if isinstance(verdict, Refused):
        assert verdict.status == 403
        assert verdict.challenge(wanted).startswith('Bearer scope="' + " ".join(wanted))


def test_a_remembered_token_expires_all_the_same() -> None:
    keeper = Authorizer(authorizer())
    text = token(exp=NOW + 10)
    assert isinstance(judge(text, by=keeper), Admitted)
    assert isinstance(judge(text, by=keeper, at=NOW + 9.9), Admitted)
    refused = judge(text, by=keeper, at=NOW + 10)
    assert isinstance(refused, Refused)
    assert refused.description == "the token has expired"
    assert isinstance(judge(text, "admin", by=keeper), Refused)


def test_memory_of_tokens_is_bounded() -> None:
    keeper = Authorizer(authorizer())
    remembered = keeper._verify(token())
    for number in range(REMEMBERED_TOKENS + 10):
        keeper._remember(str(number), remembered)
    assert len(keeper._verified) == REMEMBERED_TOKENS


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Bearer x", "x"), ("bearer x ", "x"), ("x", "x"), ("Bearerx", "Bearerx"), ("Token x", "Token x")],
)
def test_the_token_in_a_header_value(value: str, expected: str) -> None:
    assert token_of(value) == expected


def test_a_key_for_one_algorithm_is_not_used_for_another() -> None:

    config = replace(authorizer(), keys=(jwk("one", alg="RS512"),))
    assert isinstance(Authorizer(config).judge(token("one", "RS512"), (), NOW), Admitted)
    assert isinstance(Authorizer(config).judge(token("one", "RS256"), (), NOW), Refused)


@pytest.mark.parametrize(
    "broken",
    [
        {"kty": "EC", "kid": "one"},
        {"kty": "RSA", "kid": "one"},
        {"kty": "RSA", "kid": "one", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "kid": "one", "n": "!", "e": "é"},
        {**jwk(), "e": "AQ"},
        {**jwk(), "e": "Ag"},
        {**jwk(), "e": jwk()["n"]},
        {**jwk(), "n": "_" * 86},
        {**jwk(), "n": "_" * 1400},
        {"use": "enc", **{name: value for name, value in jwk().items() if name != "use"}},
        {name: value for name, value in jwk().items() if name != "kid"},
    ],
)
def test_what_is_no_rsa_signature_key_is_passed_over(broken: dict[str, str]) -> None:

    config = replace(authorizer(), keys=(broken, jwk("two")))
    assert isinstance(Authorizer(config).judge(token("one"), (), NOW), Refused)
    assert isinstance(Authorizer(config).judge(token("two"), (), NOW), Admitted)
