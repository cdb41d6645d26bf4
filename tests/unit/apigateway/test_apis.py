"""APIs: what is returned, what is refused, quick create, CORS."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.apigateway.model import API_KEY_SELECTION
from hatoba.cloud.clock import timestamp
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import NotImplementedHere
from hatoba.cloud.wire.models import service_model
from tests.unit.apigateway.fakes import GatewayBench


@pytest.fixture
def bench() -> GatewayBench:
    return GatewayBench()


def test_an_api_is_returned_as_clients_need_it(bench: GatewayBench) -> None:
    api_id = bench.api(Tags={"Owner": "mamezou"})

    api = bench.gw("GetApi", ApiId=api_id)

    assert len(api_id) == 10
    assert api_id == api_id.lower()
    assert api["Name"] == "mz-dev-api-gateway"
    assert api["ProtocolType"] == "HTTP"
    assert api["ApiKeySelectionExpression"] == "$request.header.x-api-key"
    assert api["RouteSelectionExpression"] == "$request.method $request.path"
    assert api["DisableExecuteApiEndpoint"] is False
    assert api["Tags"] == {"Owner": "mamezou"}
    assert api["CreatedDate"] == timestamp(bench.clock.now())


def test_what_was_not_set_is_absent(bench: GatewayBench) -> None:
    api = bench.gw("GetApi", ApiId=bench.api())

    for member in ("CorsConfiguration", "Description", "Version", "ApiGatewayManaged"):
        assert api[member] is None


def test_each_api_has_an_endpoint_of_its_own_that_can_be_reached_as_it_stands(bench: GatewayBench) -> None:
    first, second = (bench.gw("GetApi", ApiId=bench.api())["ApiEndpoint"] for _ in range(2))

    assert first.startswith("http://127.0.0.1:46")
    assert second.startswith("http://127.0.0.1:46")
    assert first != second


def test_cors_is_returned_as_sent_and_unset_members_stay_absent(bench: GatewayBench) -> None:
    api_id = bench.api(
        CorsConfiguration={"AllowOrigins": ["HTTP://WWW.EXAMPLE.ORG"], "AllowMethods": ["put"]}
    )

    cors = bench.gw("GetApi", ApiId=api_id)["CorsConfiguration"]

    assert cors == {
        "AllowOrigins": ["HTTP://WWW.EXAMPLE.ORG"],
        "AllowMethods": ["put"],
        "AllowHeaders": None,
        "AllowCredentials": None,
        "ExposeHeaders": None,
        "MaxAge": None,
    }


def test_credentials_with_any_origin_are_refused(bench: GatewayBench) -> None:
    refused = bench.refused(
        "CreateApi",
        Name="x",
        ProtocolType="HTTP",
        CorsConfiguration={"AllowOrigins": ["*"], "AllowCredentials": True},
    )

    assert refused == (
        "BadRequestException",
        "allow-credentials is not supported if 'allow-origin' is *",
    )


@pytest.mark.parametrize("max_age", [-1, 0, 86_400])
def test_every_max_age_of_the_model_is_taken(bench: GatewayBench, max_age: int) -> None:
    api_id = bench.api(CorsConfiguration={"MaxAge": max_age})

    assert bench.gw("GetApi", ApiId=api_id)["CorsConfiguration"]["MaxAge"] == max_age


@pytest.mark.parametrize(
    "members",
    [
        {"Name": ""},
        {"Name": "n" * 129},
        {"Description": "d" * 1025},
        {"Version": "v" * 65},
        {"RouteSelectionExpression": "$request.body.action"},
        {"ApiKeySelectionExpression": "$request.header.other"},
        {"CredentialsArn": "arn:aws:iam::000000000000:role/x"},
        {"DisableSchemaValidation": True},
        {"RouteKey": "GET /"},
        {"Tags": {"aws:reserved": "x"}},
        {"Tags": {f"key{number}": "x" for number in range(51)}},
        {"CorsConfiguration": {"MaxAge": 86_401}},
        {"CorsConfiguration": {"AllowHeaders": ["x\r\nset-cookie: a=b"]}},
        {"CorsConfiguration": {"AllowMethods": ["\u00fc"]}},
        {"CorsConfiguration": {"ExposeHeaders": ["\u65e5"]}},
        {"IpAddressType": "ipv6"},
    ],
)
def test_what_an_api_cannot_have_is_refused(bench: GatewayBench, members: dict[str, Any]) -> None:
    code, message = bench.refused("CreateApi", **{"Name": "n", "ProtocolType": "HTTP", **members})

    assert code == "BadRequestException"
    assert message
    assert bench.gw("GetApis")["Items"] == []


def test_the_defaults_that_terraform_sends_are_taken(bench: GatewayBench) -> None:
    api_id = bench.api(
        RouteSelectionExpression="$request.method $request.path", ApiKeySelectionExpression=API_KEY_SELECTION
    )

    assert bench.gw("GetApi", ApiId=api_id)["ApiKeySelectionExpression"] == API_KEY_SELECTION


def test_websocket_apis_are_refused_by_name(bench: GatewayBench) -> None:
    with pytest.raises(NotImplementedHere, match="WEBSOCKET"):
        bench.gw("CreateApi", Name="x", ProtocolType="WEBSOCKET")


def test_an_update_changes_what_is_sent_and_keeps_the_rest(bench: GatewayBench) -> None:
    api_id = bench.api(Description="old", Version="1", CorsConfiguration={"AllowOrigins": ["*"]})

    bench.gw("UpdateApi", ApiId=api_id, Description="new", CorsConfiguration={"AllowMethods": ["GET"]})

    api = bench.gw("GetApi", ApiId=api_id)
    assert (api["Description"], api["Version"]) == ("new", "1")
    assert api["CorsConfiguration"]["AllowMethods"] == ["GET"]
    assert api["CorsConfiguration"]["AllowOrigins"] is None


def test_cors_can_be_taken_away(bench: GatewayBench) -> None:
    api_id = bench.api(CorsConfiguration={"AllowOrigins": ["*"]})

    bench.gw("DeleteCorsConfiguration", ApiId=api_id)

    assert bench.gw("GetApi", ApiId=api_id)["CorsConfiguration"] is None


def test_an_api_that_is_gone_is_not_found_and_all_of_its_children_went_with_it(bench: GatewayBench) -> None:
    api_id = bench.api(Target="https://backend.test/")

    bench.gw("DeleteApi", ApiId=api_id)

    code, message = bench.refused("GetApi", ApiId=api_id)
    assert (code, message) == ("NotFoundException", f"Invalid API identifier specified {api_id}")
    kinds = ("route", "integration", "stage", "deployment", "configuration")
    assert [bench.state.execute(f"SELECT * FROM apigateway_{kind}") for kind in kinds] == [[]] * 5  # noqa: S608 - names of ours


def test_regions_and_accounts_are_separate_worlds(bench: GatewayBench) -> None:
    bench.api()

    assert bench.gw("GetApis", Scope("000000000000", "eu-west-1"))["Items"] == []
    assert bench.gw("GetApis", Scope("111111111111", "ap-northeast-1"))["Items"] == []


def test_quick_create_makes_integration_route_and_stage(bench: GatewayBench) -> None:
    api_id = bench.api(Target="https://backend.test/")

    (integration,) = bench.gw("GetIntegrations", ApiId=api_id)["Items"]
    (route,) = bench.gw("GetRoutes", ApiId=api_id)["Items"]
    (stage,) = bench.gw("GetStages", ApiId=api_id)["Items"]
    assert bench.gw("GetApi", ApiId=api_id)["ApiGatewayManaged"]
    assert (integration["IntegrationType"], integration["IntegrationUri"]) == (
        "HTTP_PROXY",
        "https://backend.test/",
    )
    assert (route["RouteKey"], route["Target"]) == (
        "$default",
        f"integrations/{integration['IntegrationId']}",
    )
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert integration["ApiGatewayManaged"]
    assert route["ApiGatewayManaged"]
    assert stage["ApiGatewayManaged"]
    assert stage["DeploymentId"]


def test_what_quick_create_made_is_api_gateways_to_change(bench: GatewayBench) -> None:
    api_id = bench.api(Target="https://backend.test/", RouteKey="GET /pets")
    (integration,) = bench.gw("GetIntegrations", ApiId=api_id)["Items"]
    (route,) = bench.gw("GetRoutes", ApiId=api_id)["Items"]

    of_integration = {"ApiId": api_id, "IntegrationId": integration["IntegrationId"]}
    of_route = {"ApiId": api_id, "RouteId": route["RouteId"]}
    assert bench.refused("DeleteIntegration", **of_integration)[0] == "BadRequestException"
    assert bench.refused("UpdateRoute", **of_route, RouteKey="GET /dogs")[0] == "BadRequestException"
    assert bench.refused("DeleteStage", ApiId=api_id, StageName="$default")[0] == "BadRequestException"

    bench.gw("UpdateApi", ApiId=api_id, Target="https://other.test/", RouteKey="GET /dogs")

    assert bench.gw("GetIntegration", **of_integration)["IntegrationUri"] == "https://other.test/"
    assert bench.gw("GetRoute", **of_route)["RouteKey"] == "GET /dogs"


def test_quick_create_members_mean_nothing_for_an_api_made_without(bench: GatewayBench) -> None:
    refused = bench.refused("UpdateApi", ApiId=bench.api(), Target="https://backend.test/")

    assert refused[0] == "BadRequestException"


def test_quick_create_of_a_lambda_function_is_refused_and_leaves_nothing(bench: GatewayBench) -> None:
    with pytest.raises(NotImplementedHere, match="AWS_PROXY"):
        bench.api(Target="arn:aws:lambda:ap-northeast-1:000000000000:function:f")

    assert bench.gw("GetApis")["Items"] == []


def test_lists_come_in_pages(bench: GatewayBench) -> None:
    made = {bench.api() for _ in range(5)}

    first = bench.gw("GetApis", MaxResults="3")
    second = bench.gw("GetApis", MaxResults="3", NextToken=first["NextToken"])

    assert len(first["Items"]) == 3
    assert {api["ApiId"] for api in [*first["Items"], *second["Items"]]} == made
    assert second["NextToken"] is None


@pytest.mark.parametrize("size", ["0", "-1", "501", "ten", "9" * 50, "٣", ""])
def test_a_page_size_that_is_none_is_refused(bench: GatewayBench, size: str) -> None:
    assert bench.refused("GetApis", MaxResults=size)[0] == "BadRequestException"


def test_a_token_from_nowhere_is_refused(bench: GatewayBench) -> None:
    assert bench.refused("GetApis", NextToken="not a token!")[0] == "BadRequestException"


def test_what_is_answered_is_of_the_model_and_what_is_not_here_is_refused_by_name(
    bench: GatewayBench,
) -> None:
    here = set(bench.service.operations.names())

    assert here < set(service_model("apigatewayv2").operation_names)
    for operation in ("CreateModel", "GetModels", "CreateRouteResponse", "CreatePortal", "PutRoutingRule"):
        assert operation not in here
    with pytest.raises(NotImplementedHere, match="GetModels"):
        bench.gw("GetModels", ApiId="a")
