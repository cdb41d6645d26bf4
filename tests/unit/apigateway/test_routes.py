"""Routes: keys, conflicts, authorization, what they lead to."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.wire import NotImplementedHere
from tests.unit.apigateway.fakes import GatewayBench

BAD_KEY = (
    "The provided route key is not formatted properly for HTTP protocol."
    ' Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
)


@pytest.fixture
def bench() -> GatewayBench:
    return GatewayBench()


def test_a_route_is_returned_with_its_defaults(bench: GatewayBench) -> None:
    api = bench.api()
    target = f"integrations/{bench.public_integration(api)}"

    route = bench.gw("CreateRoute", ApiId=api, RouteKey="GET /pets", Target=target, ApiKeyRequired=False)

    assert len(route["RouteId"]) == 7
    assert route["RouteKey"] == "GET /pets"
    assert route["Target"] == target
    assert route["AuthorizationType"] == "NONE"
    assert route["ApiKeyRequired"] is False
    for member in ("AuthorizerId", "AuthorizationScopes", "OperationName", "ApiGatewayManaged"):
        assert route[member] is None
    assert bench.gw("GetRoute", ApiId=api, RouteId=route["RouteId"]) == route


@pytest.mark.parametrize(
    "key",
    [
        "$default",
        "GET /",
        "ANY /{proxy+}",
        "GET /pets/{id}",
        "PATCH /a/b/{c}/d",
        "OPTIONS /{proxy+}",
        "HEAD /a-b_c.d~",
    ],
)
def test_a_route_key_of_the_documented_form_is_taken(bench: GatewayBench, key: str) -> None:
    api = bench.api()

    assert bench.gw("GetRoute", ApiId=api, RouteId=bench.route(api, key))["RouteKey"] == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "GET",
        "GET pets",
        "get /pets",
        "FETCH /pets",
        "GET  /pets",
        "GET /pets/",
        "GET //pets",
        "GET /pets dogs",
        "GET /{proxy+}/more",
        "GET /pets/{}",
        "GET /pets/x{id}",
        "GET /{id",
        "$DEFAULT",
        "$connect",
        "GET /pets\n",
    ],
)
def test_a_route_key_of_another_form_is_refused(bench: GatewayBench, key: str) -> None:
    assert bench.refused("CreateRoute", ApiId=bench.api(), RouteKey=key) == ("BadRequestException", BAD_KEY)


def test_a_route_key_stands_once(bench: GatewayBench) -> None:
    api = bench.api()
    bench.route(api, "ANY /{proxy+}")

    assert bench.refused("CreateRoute", ApiId=api, RouteKey="ANY /{proxy+}") == (
        "ConflictException",
        "Route with key ANY /{proxy+} already exists for this API",
    )


def test_one_level_has_one_variable(bench: GatewayBench) -> None:
    api = bench.api()
    bench.route(api, "GET /orgs/{orgId}/stages/{stage_id}/questions")

    assert bench.refused(
        "CreateRoute", ApiId=api, RouteKey="GET /orgs/{orgId}/stages/{stageId}/questions"
    ) == (
        "ConflictException",
        (
            'The provided route key "GET /orgs/{orgId}/stages/{stageId}/questions" has a conflicting'
            ' variable on the same hierarchical level as "GET /orgs/{orgId}/stages/{stage_id}/questions"'
        ),
    )


def test_the_documented_set_of_routes_stands_together(bench: GatewayBench) -> None:
    api = bench.api()
    keys = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]

    for key in keys:
        bench.route(api, key)

    assert {route["RouteKey"] for route in bench.gw("GetRoutes", ApiId=api)["Items"]} == set(keys)


def test_a_route_leads_to_an_integration_of_its_api(bench: GatewayBench) -> None:
    other = bench.public_integration(bench.api())

    for target in (f"integrations/{other}", "integrations/", "https://backend.test", "t" * 129):
        code, _ = bench.refused("CreateRoute", ApiId=bench.api(), RouteKey="GET /", Target=target)
        assert code == "BadRequestException"


def test_a_route_without_a_target_is_taken(bench: GatewayBench) -> None:
    api = bench.api()

    assert bench.gw("GetRoute", ApiId=api, RouteId=bench.route(api))["Target"] is None


@pytest.mark.parametrize("authorizer", [{}, {"AuthorizerId": "abc123"}])
def test_a_jwt_route_needs_an_authorizer_of_its_api(bench: GatewayBench, authorizer: dict[str, str]) -> None:
    refused = bench.refused(
        "CreateRoute", ApiId=bench.api(), RouteKey="GET /", AuthorizationType="JWT", **authorizer
    )

    assert refused == (
        "BadRequestException",
        (
            "Invalid authorizer ID specified."
            " Setting the authorization type to JWT requires a valid JWT authorizer."
        ),
    )


@pytest.mark.parametrize("kind", ["AWS_IAM", "CUSTOM"])
def test_iam_and_lambda_authorization_are_refused_by_name(bench: GatewayBench, kind: str) -> None:
    with pytest.raises(NotImplementedHere, match=kind):
        bench.gw("CreateRoute", ApiId=bench.api(), RouteKey="GET /", AuthorizationType=kind)


def test_an_authorization_type_that_is_none_is_refused(bench: GatewayBench) -> None:
    refused = bench.refused("CreateRoute", ApiId=bench.api(), RouteKey="GET /", AuthorizationType="FOO")

    assert refused[0] == "BadRequestException"
    assert bench.gw("GetRoutes", ApiId=bench.api())["Items"] == []


@pytest.mark.parametrize(
    "member",
    [
        {"ApiKeyRequired": True},
        {"ModelSelectionExpression": "x"},
        {"RequestModels": {"a": "b"}},
        {"RequestParameters": {"a": {"Required": True}}},
        {"RouteResponseSelectionExpression": "$default"},
    ],
)
def test_members_of_websocket_apis_are_refused(bench: GatewayBench, member: dict[str, Any]) -> None:
    code, message = bench.refused("CreateRoute", ApiId=bench.api(), RouteKey="GET /", **member)

    assert code == "BadRequestException"
    assert next(iter(member)) in message


def test_a_route_has_ten_scopes_at_the_most(bench: GatewayBench) -> None:
    api = bench.api()
    scopes = [f"scope{number}" for number in range(11)]

    bench.gw("CreateRoute", ApiId=api, RouteKey="GET /a", AuthorizationScopes=scopes[:10])
    code, _ = bench.refused("CreateRoute", ApiId=api, RouteKey="GET /b", AuthorizationScopes=scopes)

    assert code == "BadRequestException"


@pytest.mark.parametrize("scope", ["", "a b", 'a"b', "a\\b", "\u00fc", "a\r\nb"])
def test_a_scope_that_no_token_can_hold_is_refused(bench: GatewayBench, scope: str) -> None:
    refused = bench.refused("CreateRoute", ApiId=bench.api(), RouteKey="GET /a", AuthorizationScopes=[scope])

    assert refused[0] == "BadRequestException"


def test_only_authorization_type_none_takes_an_authorizer_away(bench: GatewayBench) -> None:
    api = bench.api()
    authorizer = bench.authorizer(api)
    route = bench.route(api, AuthorizationType="JWT", AuthorizerId=authorizer, OperationName="list")

    kept = bench.gw("UpdateRoute", ApiId=api, RouteId=route, RouteKey="GET /other")
    assert kept["AuthorizerId"] == authorizer

    updated = bench.gw("UpdateRoute", ApiId=api, RouteId=route, AuthorizationType="NONE")
    assert updated["AuthorizationType"] == "NONE"
    assert updated["AuthorizerId"] is None
    assert (updated["RouteKey"], updated["OperationName"]) == ("GET /other", "list")


def test_a_route_may_keep_its_own_key_in_an_update(bench: GatewayBench) -> None:
    api = bench.api()
    route = bench.route(api, "GET /pets/{id}")

    assert bench.gw("UpdateRoute", ApiId=api, RouteId=route, RouteKey="GET /pets/{name}")


def test_a_deleted_route_is_not_found(bench: GatewayBench) -> None:
    api = bench.api()
    route = bench.route(api)

    bench.gw("DeleteRoute", ApiId=api, RouteId=route)

    assert bench.refused("GetRoute", ApiId=api, RouteId=route)[0] == "NotFoundException"
    assert bench.refused("DeleteRoute", ApiId=api, RouteId=route)[0] == "NotFoundException"


def test_a_route_of_an_http_api_has_no_request_parameters(bench: GatewayBench) -> None:
    api = bench.api()
    refused = bench.refused(
        "DeleteRouteRequestParameter", ApiId=api, RouteId=bench.route(api), RequestParameterKey="a"
    )

    assert refused[0] == "NotFoundException"
