"""Stages, deployments, variables, throttles, documents and domain names: made by boto3, seen in traffic."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from tests.functional.loadbalancing.backends import Backend, backend
from tests.support.cloud import RunningCloud, running_cloud
from tests.support.waiting import wait_until

WITHIN_S = 30.0


@dataclass(frozen=True)
class Said:
    """What a client got."""

    status: int
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """What the back end told of the request."""
        return dict(json.loads(self.body))


def ask(url: str, path: str, method: str = "GET", **headers: str) -> Said:
    """Ask as a client does that changes nothing of the path."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return Said(answer.status, answer.read())
    finally:
        connection.close()


def answers(url: str, path: str, status: int, **headers: str) -> Said:
    """Wait until the API answers so: a change reaches traffic in a moment, and its port is opened then."""

    def look() -> Said | None:
        try:
            found = ask(url, path, **headers)
        except OSError:
            return None
        return found if found.status == status else None

    found = wait_until(look, within_s=WITHIN_S, what=f"{status} at {path}")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    folder: Path = tmp_path_factory.mktemp("configured")
    with running_cloud(folder) as running:
        yield running


@pytest.fixture(scope="module")
def gw(cloud: RunningCloud) -> Any:
    return cloud.client("apigatewayv2")


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[Backend, Backend]]:
    with backend("one") as one, backend("two") as other:
        yield one, other


def integration(gw: Any, api: str, uri: str, **params: Any) -> str:
    made = gw.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri=uri,
        PayloadFormatVersion="1.0",
        **params,
    )
    return f"integrations/{made['IntegrationId']}"


def test_deployments_are_snapshots_and_named_stages_stand_beside_the_default_one(
    gw: Any, two: tuple[Backend, Backend]
) -> None:
    one, other = two
    api = gw.create_api(Name="stages", ProtocolType="HTTP")
    id_, url = api["ApiId"], api["ApiEndpoint"]
    first = integration(gw, id_, f"http://127.0.0.1:{one.port}/")
    second = integration(gw, id_, f"http://127.0.0.1:{other.port}/")
    route = gw.create_route(ApiId=id_, RouteKey="GET /shop", Target=first)["RouteId"]
    old = gw.create_deployment(ApiId=id_, Description="by hand")["DeploymentId"]
    gw.create_stage(ApiId=id_, StageName="v1", DeploymentId=old)
    gw.create_stage(ApiId=id_, StageName="$default", AutoDeploy=True)
    assert answers(url, "/v1/shop", 200).told["name"] == "one"
    assert answers(url, "/shop", 200).told["name"] == "one"

    gw.update_route(ApiId=id_, RouteId=route, Target=second)
    wait_until(lambda: ask(url, "/shop").told["name"] == "two", within_s=WITHIN_S)
    assert ask(url, "/v1/shop").told["name"] == "one"

    new = gw.create_deployment(ApiId=id_, StageName="v1")["DeploymentId"]
    wait_until(lambda: ask(url, "/v1/shop").told["name"] == "two", within_s=WITHIN_S)
    gw.update_stage(ApiId=id_, StageName="v1", DeploymentId=old)
    wait_until(lambda: ask(url, "/v1/shop").told["name"] == "one", within_s=WITHIN_S)
    statuses = {each["DeploymentId"]: each for each in gw.get_deployments(ApiId=id_)["Items"]}
    assert statuses[old]["DeploymentStatus"] == statuses[new]["DeploymentStatus"] == "DEPLOYED"
    assert (statuses[old]["AutoDeployed"], statuses[old]["Description"]) == (False, "by hand")

    gw.delete_stage(ApiId=id_, StageName="$default")
    answers(url, "/shop", 404)
    assert ask(url, "/v1/shop").status == 200


def test_stage_variables_choose_the_back_end_and_reach_it_by_mappings(
    gw: Any, two: tuple[Backend, Backend]
) -> None:
    api = gw.create_api(Name="variables", ProtocolType="HTTP")
    id_, url = api["ApiId"], api["ApiEndpoint"]
    mapped = {
        "append:header.x-color": "$stageVariables.color",
        "overwrite:path": "/${stageVariables.color}${request.path}",
        "append:querystring.who": "$request.header.x-user",
    }
    target = integration(
        gw,
        id_,
        "http://127.0.0.1:${stageVariables.port}/",
        RequestParameters=mapped,
        ResponseParameters={"200": {"overwrite:statuscode": "202"}},
    )
    gw.create_route(ApiId=id_, RouteKey="ANY /{proxy+}", Target=target)
    for name, each, color in (("blue", two[0], "blue"), ("green", two[1], "green")):
        variables = {"port": str(each.port), "color": color}
        gw.create_stage(ApiId=id_, StageName=name, AutoDeploy=True, StageVariables=variables)

    for name, expected in (("blue", "one"), ("green", "two")):
        answers(url, f"/{name}/shop", 202)
        told = ask(url, f"/{name}/shop?a=1", **{"X-User": "mz"}).told
        assert (told["name"], told["path"]) == (expected, f"/{name}/shop?a=1&who=mz")
        assert told["headers"]["x-color"] == name

    gw.update_stage(ApiId=id_, StageName="blue", StageVariables={"port": str(two[1].port)})
    wait_until(lambda: ask(url, "/blue/shop").told["name"] == "two", within_s=WITHIN_S)
    assert gw.get_stage(ApiId=id_, StageName="blue")["StageVariables"]["color"] == "blue"


def test_throttles_of_stage_and_route_hold_in_traffic_and_can_be_taken_away(
    gw: Any, two: tuple[Backend, Backend]
) -> None:
    api = gw.create_api(Name="throttled", ProtocolType="HTTP")
    id_, url = api["ApiId"], api["ApiEndpoint"]
    target = integration(gw, id_, f"http://127.0.0.1:{two[0].port}/")
    gw.create_route(ApiId=id_, RouteKey="GET /shop", Target=target)
    gw.create_stage(ApiId=id_, StageName="$default", AutoDeploy=True)
    answers(url, "/shop", 200)
    shut = {"ThrottlingBurstLimit": 0, "ThrottlingRateLimit": 0.0}
    gw.update_stage(ApiId=id_, StageName="$default", RouteSettings={"GET /shop": shut})
    assert answers(url, "/shop", 429).body == b'{"message":"Too Many Requests"}'
    gw.delete_route_settings(ApiId=id_, StageName="$default", RouteKey="GET /shop")
    answers(url, "/shop", 200)
    gw.update_stage(ApiId=id_, StageName="$default", DefaultRouteSettings=shut)
    answers(url, "/shop", 429)


def test_a_document_is_imported_served_reimported_and_exported(gw: Any, two: tuple[Backend, Backend]) -> None:
    def document(path: str, port: int) -> str:
        proxy = {
            "type": "http_proxy",
            "httpMethod": "GET",
            "uri": f"http://127.0.0.1:{port}/",
            "payloadFormatVersion": "1.0",
        }
        operation = {"responses": {}, "x-amazon-apigateway-integration": proxy}
        return json.dumps(
            {
                "openapi": "3.0.1",
                "info": {"title": "shop", "version": "1"},
                "paths": {path: {"get": operation}},
                "x-amazon-apigateway-cors": {"allowOrigins": ["https://a.test"]},
            }
        )

    made = gw.import_api(Body=document("/first", two[0].port))
    id_, url = made["ApiId"], made["ApiEndpoint"]
    gw.create_stage(ApiId=id_, StageName="$default", AutoDeploy=True)
    assert answers(url, "/first", 200).told["name"] == "one"
    preflight = ask(
        url, "/first", "OPTIONS", Origin="https://a.test", **{"Access-Control-Request-Method": "GET"}
    )
    assert preflight.status == 204

    gw.reimport_api(ApiId=id_, Body=document("/second", two[1].port))
    assert answers(url, "/second", 200).told["name"] == "two"
    assert ask(url, "/first").status == 404

    exported = gw.export_api(ApiId=id_, Specification="OAS30", OutputType="JSON")["body"].read()
    assert list(json.loads(exported)["paths"]) == ["/second"]
    again = gw.import_api(Body=exported.decode())
    gw.create_stage(ApiId=again["ApiId"], StageName="$default", AutoDeploy=True)
    assert answers(again["ApiEndpoint"], "/second", 200).told["name"] == "two"


def test_a_domain_name_leads_to_the_stages_of_several_apis_by_path(
    gw: Any, cloud: RunningCloud, two: tuple[Backend, Backend]
) -> None:
    shared = f"http://127.0.0.1:{cloud.run.gateway_port}"
    certificate = "arn:aws:acm:ap-northeast-1:000000000000:certificate/0"
    gw.create_domain_name(
        DomainName="shop.example.com", DomainNameConfigurations=[{"CertificateArn": certificate}]
    )
    for key, each in (("orders", two[0]), ("stock/v1", two[1])):
        api = gw.create_api(
            Name=key,
            ProtocolType="HTTP",
            Target=f"http://127.0.0.1:{each.port}/",
            DisableExecuteApiEndpoint=True,
        )
        gw.create_api_mapping(
            DomainName="shop.example.com", ApiId=api["ApiId"], Stage="$default", ApiMappingKey=key
        )
    for path, name in (("/orders/7", "one"), ("/stock/v1", "two"), ("/stock/v1/a", "two")):
        assert answers(shared, path, 200, Host="shop.example.com").told["name"] == name
    assert ask(shared, "/stock/v2", Host="shop.example.com").status == 404
    assert ask(shared, "/orders", Host="other.example.com").status == 404


@pytest.mark.parametrize(
    ("operation", "params", "named"),
    [
        (
            "create_api",
            {"Name": "n", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$a"},
            "WEBSOCKET",
        ),
        (
            "create_authorizer",
            {"AuthorizerType": "REQUEST", "IdentitySource": ["$request.header.A"], "Name": "n"},
            "REQUEST",
        ),
        ("create_route", {"RouteKey": "GET /a", "AuthorizationType": "AWS_IAM"}, "AWS_IAM"),
        ("create_route", {"RouteKey": "GET /a", "AuthorizationType": "CUSTOM"}, "CUSTOM"),
        (
            "create_integration",
            {"IntegrationType": "AWS_PROXY", "IntegrationUri": "arn:aws:lambda:r:0:function:f"},
            "AWS_PROXY",
        ),
        ("create_model", {"Name": "n", "Schema": "{}"}, "CreateModel"),
    ],
)
def test_what_is_not_here_is_refused_by_name(
    gw: Any, operation: str, params: dict[str, Any], named: str
) -> None:
    api = (
        {} if operation == "create_api" else {"ApiId": gw.create_api(Name="n", ProtocolType="HTTP")["ApiId"]}
    )
    with pytest.raises(ClientError) as caught:
        getattr(gw, operation)(**api, **params)
    error = caught.value.response["Error"]
    assert error["Code"] == "NotImplementedException"
    assert named.lower() in error["Message"].lower()
