"""JWT authorizers: what is checked before and after the issuer is asked."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.wire import NotImplementedHere
from tests.unit.apigateway.fakes import ISSUER, GatewayBench


@pytest.fixture
def bench() -> GatewayBench:
    return GatewayBench()


def asked(bench: GatewayBench, **members: Any) -> dict[str, Any]:
    return {
        "ApiId": bench.api(),
        "Name": "jwt",
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Issuer": ISSUER, "Audience": ["one", "two"]},
        **members,
    }


def test_an_authorizer_is_returned_as_clients_need_it(bench: GatewayBench) -> None:
    made = bench.gw("CreateAuthorizer", **asked(bench))

    assert len(made["AuthorizerId"]) == 6
    assert made["AuthorizerType"] == "JWT"
    assert made["Name"] == "jwt"
    assert made["IdentitySource"] == ["$request.header.Authorization"]
    assert made["JwtConfiguration"] == {"Issuer": ISSUER, "Audience": ["one", "two"]}
    assert "AuthorizerResultTtlInSeconds" not in made


def test_a_query_parameter_is_an_identity_source_too(bench: GatewayBench) -> None:
    made = bench.gw("CreateAuthorizer", **asked(bench, IdentitySource=["$request.querystring.token"]))

    assert made["IdentitySource"] == ["$request.querystring.token"]


def test_an_audience_that_was_not_sent_stays_absent(bench: GatewayBench) -> None:
    made = bench.gw("CreateAuthorizer", **asked(bench, JwtConfiguration={"Issuer": ISSUER}))

    assert made["JwtConfiguration"] == {"Issuer": ISSUER}


def test_an_issuer_without_discovery_is_refused(bench: GatewayBench) -> None:
    issuer = "https://issuer.test"

    code, message = bench.refused("CreateAuthorizer", **asked(bench, JwtConfiguration={"Issuer": issuer}))

    assert code == "BadRequestException"
    assert message.startswith(
        f"Caught exception when connecting to {issuer}/.well-known/openid-configuration for issuer {issuer}."
        " Please try again later. Error: Invalid issuer: "
    )
    assert message.endswith(
        "Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'"
    )


def test_an_update_asks_for_another_issuer_only(bench: GatewayBench) -> None:
    api = bench.api()
    authorizer = bench.authorizer(api)
    of_authorizer: dict[str, Any] = {"ApiId": api, "AuthorizerId": authorizer}
    bench.keys.by_issuer.clear()

    kept = bench.gw(
        "UpdateAuthorizer",
        **of_authorizer,
        Name="new",
        JwtConfiguration={"Issuer": ISSUER, "Audience": ["a"]},
    )

    assert (kept["Name"], kept["JwtConfiguration"]["Audience"]) == ("new", ["a"])
    other = {"Issuer": "https://issuer.test", "Audience": ["a"]}
    assert (
        bench.refused("UpdateAuthorizer", **of_authorizer, JwtConfiguration=other)[0] == "BadRequestException"
    )
    assert bench.gw("GetAuthorizer", **of_authorizer)["JwtConfiguration"]["Issuer"] == ISSUER


@pytest.mark.parametrize(
    "members",
    [
        {"IdentitySource": []},
        {"IdentitySource": ["$request.header.a", "$request.header.b"]},
        {"IdentitySource": ["$request.path.token"]},
        {"IdentitySource": ["Authorization"]},
        {"IdentitySource": ["$request.header.\u00fc"]},
        {"IdentitySource": ["$request.header.a b"]},
        {"JwtConfiguration": {}},
        {"JwtConfiguration": {"Issuer": "http://issuer.test"}},
        {"JwtConfiguration": {"Issuer": "issuer.test"}},
        {"JwtConfiguration": {"Issuer": ISSUER, "Audience": ["a"] * 51}},
        {"Name": ""},
        {"AuthorizerUri": "arn:aws:lambda:x"},
        {"AuthorizerResultTtlInSeconds": 300},
        {"EnableSimpleResponses": True},
    ],
)
def test_what_a_jwt_authorizer_cannot_have_is_refused(bench: GatewayBench, members: dict[str, Any]) -> None:
    assert bench.refused("CreateAuthorizer", **asked(bench, **members))[0] == "BadRequestException"


def test_lambda_authorizers_are_refused_by_name(bench: GatewayBench) -> None:
    with pytest.raises(NotImplementedHere, match="REQUEST"):
        bench.gw("CreateAuthorizer", **asked(bench, AuthorizerType="REQUEST"))


def test_an_api_has_ten_authorizers_at_the_most(bench: GatewayBench) -> None:
    api = bench.api()
    for _ in range(10):
        bench.authorizer(api)

    code, message = bench.refused("CreateAuthorizer", **{**asked(bench), "ApiId": api})

    assert code == "TooManyRequestsException"
    assert message == (
        "Maximum number of Authorizers for this API has been reached."
        " Please contact AWS if you need additional Authorizers."
    )


def test_an_authorizer_in_use_stays(bench: GatewayBench) -> None:
    api = bench.api()
    authorizer = bench.authorizer(api)
    route = bench.route(api, "POST /pdf/generate", AuthorizationType="JWT", AuthorizerId=authorizer)

    assert bench.refused("DeleteAuthorizer", ApiId=api, AuthorizerId=authorizer) == (
        "ConflictException",
        "Cannot delete authorizer 'mz-dev-jwt-authorizer', is referenced in route: POST /pdf/generate",
    )
    bench.gw("DeleteRoute", ApiId=api, RouteId=route)
    bench.gw("DeleteAuthorizer", ApiId=api, AuthorizerId=authorizer)
    assert bench.gw("GetAuthorizers", ApiId=api)["Items"] == []
