"""Integrations: private and public, mappings, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.wire import NotImplementedHere
from tests.unit.apigateway.fakes import LISTENER_ARN, SERVICE_ARN, GatewayBench


@pytest.fixture
def bench() -> GatewayBench:
    return GatewayBench()


def private(bench: GatewayBench, **members: Any) -> dict[str, Any]:
    return {
        "ApiId": bench.api(),
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "ConnectionType": "VPC_LINK",
        "ConnectionId": bench.link(),
        "IntegrationUri": SERVICE_ARN,
        **members,
    }


def public(bench: GatewayBench, **members: Any) -> dict[str, Any]:
    return {
        "ApiId": bench.api(),
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "IntegrationUri": "https://backend.test/{proxy}",
        **members,
    }


def test_a_private_integration_is_returned_with_its_defaults(bench: GatewayBench) -> None:
    asked = private(bench, PayloadFormatVersion="1.0")

    integration = bench.gw("CreateIntegration", **asked)

    assert len(integration["IntegrationId"]) == 7
    assert integration["ConnectionId"] == asked["ConnectionId"]
    assert integration["IntegrationUri"] == SERVICE_ARN
    assert integration["PayloadFormatVersion"] == "1.0"
    assert integration["TimeoutInMillis"] == 30_000
    for member in ("TlsConfig", "RequestParameters", "ResponseParameters", "Description"):
        assert integration[member] is None


def test_a_public_integration_goes_by_the_internet(bench: GatewayBench) -> None:
    integration = bench.gw("CreateIntegration", **public(bench))

    assert integration["ConnectionType"] == "INTERNET"
    assert integration["ConnectionId"] is None


def test_stage_variables_may_stand_anywhere_in_a_public_url(bench: GatewayBench) -> None:
    uri = "https://${stageVariables.host}:${stageVariables.port}/{proxy}"

    assert bench.gw("CreateIntegration", **public(bench, IntegrationUri=uri))["IntegrationUri"] == uri


def test_a_filter_of_instances_is_part_of_the_uri(bench: GatewayBench) -> None:
    uri = f"{SERVICE_ARN}?stage=prod&deployment=green"

    assert bench.gw("CreateIntegration", **private(bench, IntegrationUri=uri))["IntegrationUri"] == uri


def test_a_url_behind_a_vpc_link_is_refused(bench: GatewayBench) -> None:
    refused = bench.refused("CreateIntegration", **private(bench, IntegrationUri="http://app.internal:8080"))

    assert refused == (
        "BadRequestException",
        (
            "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN"
            " or a valid Cloud Map service ARN."
        ),
    )


@pytest.mark.parametrize("arn", [LISTENER_ARN, LISTENER_ARN.replace("/app/", "/net/")])
def test_a_load_balancers_listener_is_a_private_integration(bench: GatewayBench, arn: str) -> None:
    bench.listeners.add(arn)

    made = bench.gw("CreateIntegration", **private(bench, IntegrationUri=arn))

    assert made["IntegrationUri"] == arn


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        (LISTENER_ARN, "Unable to retrieve listener port and load balancer DNS name from ELB listener"),
        (LISTENER_ARN.replace("ap-northeast-1", "eu-west-1"), "is not in account"),
        (LISTENER_ARN.replace(":listener/", ":loadbalancer/"), "valid ELB listener ARN"),
        (LISTENER_ARN.replace("/app/", "/gwy/"), "valid ELB listener ARN"),
    ],
)
def test_the_listener_must_be_there(bench: GatewayBench, arn: str, message: str) -> None:
    code, text = bench.refused("CreateIntegration", **private(bench, IntegrationUri=arn))

    assert code == "BadRequestException"
    assert message in text


@pytest.mark.parametrize(
    "arn",
    [
        SERVICE_ARN.replace("1234567890abcdef", "fedcba0987654321"),
        SERVICE_ARN.replace("ap-northeast-1", "eu-west-1"),
        SERVICE_ARN.replace("000000000000", "111111111111"),
    ],
)
def test_the_cloud_map_service_must_be_there(bench: GatewayBench, arn: str) -> None:
    code, message = bench.refused("CreateIntegration", **private(bench, IntegrationUri=arn))

    assert code == "BadRequestException"
    assert arn in message


def test_the_vpc_link_must_be_there(bench: GatewayBench) -> None:
    code, message = bench.refused("CreateIntegration", **private(bench, ConnectionId="abc123"))

    assert code == "BadRequestException"
    assert "abc123" in message


@pytest.mark.parametrize("member", ["ConnectionId", "IntegrationMethod", "IntegrationUri"])
def test_a_private_integration_needs_link_method_and_uri(bench: GatewayBench, member: str) -> None:
    asked = private(bench)
    del asked[member]

    assert bench.refused("CreateIntegration", **asked)[0] == "BadRequestException"


def test_an_integration_needs_a_uri(bench: GatewayBench) -> None:
    refused = bench.refused("CreateIntegration", **public(bench, IntegrationUri=""))

    assert refused == ("BadRequestException", "Either integrationSubtype or integrationUri must be specified")


@pytest.mark.parametrize(
    "members",
    [
        {"IntegrationUri": "ftp://backend.test"},
        {"IntegrationUri": "backend.test"},
        {"IntegrationUri": "https:///path"},
        {"IntegrationUri": "https://user:secret@backend.test/"},
        {"IntegrationUri": "https://backend.test/#part"},
        {"IntegrationUri": "https://[::1"},
        {"IntegrationUri": "https://backend.test:port/"},
        {"IntegrationUri": "https://backend\n.test/"},
        {"IntegrationUri": "https://" + "b" * 2048},
        {"IntegrationMethod": "FETCH"},
        {"PayloadFormatVersion": "2.0"},
        {"ConnectionId": "abc123"},
        {"TlsConfig": {"ServerNameToVerify": "backend.test"}},
        {"IntegrationType": "MOCK"},
        {"IntegrationType": "HTTP"},
        {"IntegrationType": "FOO"},
        {"ConnectionType": "FOO"},
        {"CredentialsArn": "arn:aws:iam::000000000000:role/x"},
        {"PassthroughBehavior": "NEVER"},
        {"ContentHandlingStrategy": "CONVERT_TO_TEXT"},
        {"RequestTemplates": {"a": "b"}},
        {"TemplateSelectionExpression": "x"},
    ],
)
def test_what_an_integration_cannot_have_is_refused(bench: GatewayBench, members: dict[str, Any]) -> None:
    assert bench.refused("CreateIntegration", **public(bench, **members))[0] == "BadRequestException"


@pytest.mark.parametrize(
    "members", [{"IntegrationType": "AWS_PROXY"}, {"IntegrationSubtype": "SQS-SendMessage"}]
)
def test_lambda_and_aws_services_are_refused_by_name(bench: GatewayBench, members: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedHere):
        bench.gw("CreateIntegration", **public(bench, **members))


@pytest.mark.parametrize("timeout_ms", [50, 30_000])
def test_a_timeout_within_the_limits_is_taken(bench: GatewayBench, timeout_ms: int) -> None:
    made = bench.gw("CreateIntegration", **public(bench, TimeoutInMillis=timeout_ms))

    assert made["TimeoutInMillis"] == timeout_ms


def test_a_longer_timeout_is_refused(bench: GatewayBench) -> None:
    assert bench.refused("CreateIntegration", **public(bench, TimeoutInMillis=30_001))[0] == (
        "BadRequestException"
    )


@pytest.mark.parametrize(
    "mapping",
    [
        {"overwrite:path": "$request.path"},
        {"append:header.x-user": "$context.authorizer.claims.sub"},
        {"overwrite:header.X-Two": "${request.path.a} ${stageVariables.b}"},
        {"overwrite:header.host": "backend.test"},
        {"remove:querystring.debug": "''"},
        {"append:querystring.id": "$request.body.items[0].id"},
        {"append:header.x-body": "$request.body"},
        {"append:header.x-static": "plain text"},
        {"append:header.x-price": "costs $5"},
        {"overwrite:header.x-groups": "$context.authorizer.claims.cognito:groups"},
        {"append:header.x-roles": "${context.authorizer.claims.https://a.test/roles}"},
        {"append:header.x-id": "$context.identity.sourceIp"},
        {"append:querystring.\u00fc": "$request.querystring.\u00fc"},
    ],
)
def test_a_mapping_of_the_documented_form_is_taken(bench: GatewayBench, mapping: dict[str, str]) -> None:
    made = bench.gw("CreateIntegration", **public(bench, RequestParameters=mapping))

    assert made["RequestParameters"] == mapping


RESERVED = (
    "Access-Control-Allow-Origin Apigw-Requestid Authorization Connection Content-Encoding Content-Length"
    " Content-Location Forwarded Keep-Alive Origin Proxy-Authenticate Proxy-Authorization TE Trailers"
    " Transfer-Encoding Upgrade X-Amz-Date x-amzn-trace-id X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto"
    " Via"
)


@pytest.mark.parametrize("header", RESERVED.split())
def test_reserved_headers_cannot_be_mapped(bench: GatewayBench, header: str) -> None:
    mapping = {f"overwrite:header.{header}": "x"}

    code, message = bench.refused("CreateIntegration", **public(bench, RequestParameters=mapping))

    assert code == "BadRequestException"
    assert header in message


@pytest.mark.parametrize(
    "mapping",
    [
        {"replace:header.x": "y"},
        {"overwrite:body": "y"},
        {"append:path": "y"},
        {"remove:header.x": "y"},
        {"append:header.x": "$request.cookies.y"},
        {"append:header.x": "${request.nothing}"},
        {"append:header.x": "$response.header.y"},
        {"append:header.x": "$context.nothing"},
        {"append:header.x": "$request.body..deep"},
        {"append:header.x": "$request.body.a[?(@.b)]"},
        {"append:header.x": "$request.body.a[*]"},
        {"append:header.x": "$request.header.\u00fc"},
        {"append:header.\u00fc": "y"},
        {"append:header.a:b": "y"},
        {"append:header.x\r\ny": "z"},
        {"append:header.Host": "y"},
        {"remove:header.host": "''"},
    ],
)
def test_a_mapping_without_meaning_is_refused(bench: GatewayBench, mapping: dict[str, str]) -> None:
    refused = bench.refused("CreateIntegration", **public(bench, RequestParameters=mapping))

    assert refused[0] == "BadRequestException"


def test_a_mapping_is_refused_in_the_words_of_api_gateway(bench: GatewayBench) -> None:
    words = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"
    claim = "$context.authorizer.claims['custom:api_key']"
    refused = bench.refused(
        "CreateIntegration", **public(bench, RequestParameters={"append:header.x": claim})
    )
    assert refused[1] == words.format(f"Invalid mapping expression specified: {claim}")

    wrong = {"200": {"append:overwrite.static": "y"}}
    refused = bench.refused("CreateIntegration", **public(bench, ResponseParameters=wrong))
    assert refused[1] == words.format(
        "Invalid Response Actioned Parameter destination specified: append:overwrite.static"
    )


def test_responses_are_mapped_by_status_code(bench: GatewayBench) -> None:
    mapping = {"500": {"overwrite:statuscode": "403", "append:header.x": "$response.header.y"}}
    made = bench.gw("CreateIntegration", **public(bench, ResponseParameters=mapping))
    assert made["ResponseParameters"] == mapping

    faults: list[dict[str, dict[str, str]]] = [
        {"199": {"overwrite:statuscode": "1"}},
        {"5xx": {"overwrite:statuscode": "1"}},
        {"200": {"overwrite:path": "x"}},
        {"200": {"append:querystring.x": "y"}},
        {"200": {"overwrite:statuscode": "100"}},
        {"200": {"overwrite:statuscode": "teapot"}},
        {"200": {"append:header.via": "y"}},
        {"200": {"append:header.x": "$request.header.y"}},
    ]
    for wrong in faults:
        assert bench.refused("CreateIntegration", **public(bench, ResponseParameters=wrong))[0] == (
            "BadRequestException"
        )


def test_an_update_merges_mappings_and_an_empty_value_takes_one_away(bench: GatewayBench) -> None:
    asked = public(
        bench,
        RequestParameters={"append:header.a": "1", "append:header.b": "2"},
        ResponseParameters={"200": {"append:header.a": "1"}, "500": {"append:header.a": "1"}},
    )
    made = bench.gw("CreateIntegration", **asked)

    updated = bench.gw(
        "UpdateIntegration",
        ApiId=asked["ApiId"],
        IntegrationId=made["IntegrationId"],
        IntegrationType="HTTP_PROXY",
        RequestParameters={"append:header.a": "", "append:header.c": "3"},
        ResponseParameters={"500": {}},
    )

    assert updated["RequestParameters"] == {"append:header.b": "2", "append:header.c": "3"}
    assert updated["ResponseParameters"] == {"200": {"append:header.a": "1"}}
    assert updated["IntegrationUri"] == asked["IntegrationUri"]


def test_tls_to_the_back_end_keeps_the_name_to_verify(bench: GatewayBench) -> None:
    made = bench.gw("CreateIntegration", **private(bench, TlsConfig={"ServerNameToVerify": "app.test"}))

    assert made["TlsConfig"] == {"ServerNameToVerify": "app.test"}


def test_an_integration_in_use_stays(bench: GatewayBench) -> None:
    api = bench.api()
    integration = bench.public_integration(api)
    route = bench.route(api, Target=f"integrations/{integration}")

    assert bench.refused("DeleteIntegration", ApiId=api, IntegrationId=integration) == (
        "ConflictException",
        f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{route}]",
    )
    bench.gw("DeleteRoute", ApiId=api, RouteId=route)
    bench.gw("DeleteIntegration", ApiId=api, IntegrationId=integration)
    assert bench.refused("GetIntegration", ApiId=api, IntegrationId=integration)[0] == "NotFoundException"
