"""boto3 over real sockets: paths, tags by ARN, errors, pages, as its own parsers read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hatoba.cloud.apigateway import ApiGateway
from hatoba.cloud.clock import SystemClock
from hatoba.cloud.state import State
from hatoba.cloud.sts import Sts
from hatoba.cloud.wire import Call, Dispatcher
from hatoba.cloud.wire.app import WireApp
from hatoba.cloud.world import Settings, World
from tests.functional.wire.serving import REGION, Served, served
from tests.unit.apigateway.fakes import (
    ISSUER,
    LOG_FORMAT,
    LOG_GROUP_ARN,
    FakeGateway,
    FakeInstances,
    FakeKeys,
    FakeLogs,
    cloud_map,
    ec2,
)


def app(port: int) -> WireApp:
    state, clock = State(), SystemClock()
    settings = Settings(folder=Path("unused"), port=port, gateway_port=0)
    dispatcher = Dispatcher({}, state.transaction)

    def call_as_service(*_: object) -> Call:
        raise AssertionError

    world = World(state, clock, settings, dispatcher, call_as_service)
    sts = Sts(world)
    gateway = ApiGateway(world, FakeGateway(), FakeInstances(), FakeKeys(), FakeLogs())
    for operations in (gateway.operations, sts.operations, cloud_map(), ec2()):
        dispatcher.services[operations.service] = operations
    return WireApp(dispatcher, clock, settings, credentials=sts)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Served]:
    with served(app) as running:
        yield running


@pytest.fixture
def gw(cloud: Served) -> Any:
    return cloud.client("apigatewayv2")


def test_an_api_is_read_as_it_was_written(gw: Any) -> None:
    cors = {"AllowOrigins": ["https://a.test"], "AllowCredentials": True, "MaxAge": 80000}
    made = gw.create_api(Name="n", ProtocolType="HTTP", CorsConfiguration=cors, Tags={"a": "b"})

    read = gw.get_api(ApiId=made["ApiId"])

    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert read["CorsConfiguration"] == cors
    assert read["Tags"] == {"a": "b"}
    assert read["CreatedDate"].tzinfo is not None
    assert not {"Description", "Version", "ApiGatewayManaged", "ImportInfo", "Warnings"} & read.keys()
    assert gw.delete_api(ApiId=made["ApiId"])["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_the_default_stage_is_in_paths_and_arns(gw: Any) -> None:
    api = gw.create_api(Name="n", ProtocolType="HTTP")["ApiId"]
    log = {"DestinationArn": LOG_GROUP_ARN, "Format": LOG_FORMAT}
    gw.create_stage(ApiId=api, StageName="$default", AutoDeploy=True, AccessLogSettings=log)
    arn = f"arn:aws:apigateway:{REGION}::/apis/{api}/stages/$default"

    assert (
        gw.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})["ResponseMetadata"]["HTTPStatusCode"]
        == 201
    )
    assert gw.untag_resource(ResourceArn=arn, TagKeys=["a"])["ResponseMetadata"]["HTTPStatusCode"] == 204

    stage = gw.get_stage(ApiId=api, StageName="$default")
    assert stage["Tags"] == gw.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    assert stage["AccessLogSettings"] == log
    assert stage["RouteSettings"] == {}


def test_route_settings_are_named_by_route_key_in_the_path(gw: Any) -> None:
    api = gw.create_api(Name="n", ProtocolType="HTTP")["ApiId"]
    settings = {"GET /pets/{id}": {"ThrottlingBurstLimit": 5}}
    with pytest.raises(gw.exceptions.NotFoundException, match="Unable to find Route by key"):
        gw.create_stage(ApiId=api, StageName="test", RouteSettings=settings)
    gw.create_route(ApiId=api, RouteKey="GET /pets/{id}")
    gw.create_stage(ApiId=api, StageName="test", RouteSettings=settings)

    gw.delete_route_settings(ApiId=api, StageName="test", RouteKey="GET /pets/{id}")

    assert gw.get_stage(ApiId=api, StageName="test")["RouteSettings"] == {}


def test_the_rest_of_the_reference_system_is_made(gw: Any) -> None:
    api = gw.create_api(Name="n", ProtocolType="HTTP")["ApiId"]
    link = gw.create_vpc_link(Name="l", SubnetIds=["subnet-a"], SecurityGroupIds=["sg-a"])
    integration = gw.create_integration(
        ApiId=api, IntegrationType="HTTP_PROXY", IntegrationMethod="ANY", IntegrationUri="https://b.test"
    )
    authorizer = gw.create_authorizer(
        ApiId=api,
        Name="jwt",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": ISSUER, "Audience": ["a"]},
    )
    route = gw.create_route(
        ApiId=api,
        RouteKey="GET /{proxy+}",
        Target=f"integrations/{integration['IntegrationId']}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer["AuthorizerId"],
    )

    assert route["ApiKeyRequired"] is False
    assert link["VpcLinkStatus"] == "PENDING"
    assert gw.delete_vpc_link(VpcLinkId=link["VpcLinkId"])["ResponseMetadata"]["HTTPStatusCode"] == 202


def test_errors_are_the_clients_own_exceptions(gw: Any) -> None:
    with pytest.raises(gw.exceptions.NotFoundException) as missing:
        gw.get_api(ApiId="unknown000")
    api = gw.create_api(Name="n", ProtocolType="HTTP")["ApiId"]
    gw.create_route(ApiId=api, RouteKey="GET /")
    with pytest.raises(gw.exceptions.ConflictException):
        gw.create_route(ApiId=api, RouteKey="GET /")
    with pytest.raises(gw.exceptions.BadRequestException):
        gw.create_route(ApiId=api, RouteKey="pets")

    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert missing.value.response["ResourceType"] == "API"


def test_lists_are_paginated(gw: Any) -> None:
    api = gw.create_api(Name="n", ProtocolType="HTTP")["ApiId"]
    for number in range(30):
        gw.create_route(ApiId=api, RouteKey=f"GET /{number}")

    pages = list(gw.get_paginator("get_routes").paginate(ApiId=api))

    assert len(pages) == 2
    assert len({route["RouteId"] for page in pages for route in page["Items"]}) == 30


def test_an_openapi_document_goes_in_and_out(gw: Any) -> None:
    integration = {"type": "http_proxy", "httpMethod": "GET", "uri": "http://b.test/"}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "pets", "version": "1.0"},
        "paths": {"/pets": {"get": {"x-amazon-apigateway-integration": integration, "requestBody": {}}}},
    }

    made = gw.import_api(Body=json.dumps(document), FailOnWarnings=True)
    out = gw.export_api(ApiId=made["ApiId"], Specification="OAS30", OutputType="JSON")["body"].read().decode()
    again = gw.reimport_api(ApiId=made["ApiId"], Body=out, Basepath="prepend")

    assert made["ResponseMetadata"]["HTTPStatusCode"] == again["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert "requestBody" in made["ImportInfo"][0]
    assert json.loads(out)["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"] == {
        **integration,
        "payloadFormatVersion": "1.0",
        "connectionType": "INTERNET",
    }
    assert again["Name"] == "pets"


def test_a_custom_domain_name_and_its_mappings_go_over_the_wire(gw: Any) -> None:
    certificate = f"arn:aws:acm:{REGION}:000000000000:certificate/0c1d"
    gw.create_domain_name(
        DomainName="api.example.com", DomainNameConfigurations=[{"CertificateArn": certificate}]
    )
    api = gw.create_api(Name="n", ProtocolType="HTTP")["ApiId"]
    gw.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    key = {"DomainName": "api.example.com", "ApiId": api, "Stage": "$default", "ApiMappingKey": "a/b"}

    made = gw.create_api_mapping(**key)

    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert gw.get_api_mappings(DomainName="api.example.com")["Items"][0]["ApiMappingKey"] == "a/b"
    with pytest.raises(gw.exceptions.ConflictException):
        gw.create_api_mapping(**key)
    gw.reset_authorizers_cache(ApiId=api, StageName="$default")
    gw.delete_api_mapping(DomainName="api.example.com", ApiMappingId=made["ApiMappingId"])
    assert gw.delete_domain_name(DomainName="api.example.com")["ResponseMetadata"]["HTTPStatusCode"] == 204
