"""What a client reads when something is wrong: with the request, with the operation, with us."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from hatoba.cloud.wire import Call, ServiceError
from hatoba.cloud.wire.http import HttpRequest, HttpResponse
from tests.unit.wire.botocore_side import app_of, exchange, scope_header, table

FORM = {"content-type": "application/x-www-form-urlencoded"}


def send(service: str, request: HttpRequest, **operations: Any) -> HttpResponse:
    signing_name = "apigateway" if service == "apigatewayv2" else service
    headers = {"authorization": scope_header(signing_name), **request.headers}
    signed = HttpRequest(request.method, request.path, request.query, headers, request.body)
    return asyncio.run(app_of([table(service, **operations)]).answer(signed))


def form(body: bytes) -> HttpRequest:
    return HttpRequest("POST", "/", "", FORM, body)


def ecs(target: str) -> HttpRequest:
    return HttpRequest("POST", "/", "", {"x-amz-target": target} if target else {}, b"{}")


def rpc(path: str) -> HttpRequest:
    return HttpRequest("POST", path, "", {"smithy-protocol": "rpc-v2-cbor"})


UNKNOWN = "UnknownOperationException"


@pytest.mark.parametrize(
    ("service", "request_", "code", "named"),
    [
        ("ecs", ecs("AmazonEC2ContainerServiceV20141113.Fly"), UNKNOWN, "Fly"),
        ("ecs", ecs("Other.ListClusters"), UNKNOWN, "Other.ListClusters"),
        ("ecs", ecs(""), UNKNOWN, "X-Amz-Target"),
        ("servicediscovery", rpc("/service/Route53AutoNaming_v20170314/operation/Fly"), UNKNOWN, "Fly"),
        ("servicediscovery", rpc("/"), UNKNOWN, "path wants"),
        ("apigatewayv2", HttpRequest("GET", "/v2/nothing"), UNKNOWN, "GET '/v2/nothing'"),
        ("apigatewayv2", HttpRequest("PUT", "/v2/apis/a/stages/b"), UNKNOWN, "PUT"),
        ("iam", form(b"Action=Fly&Version=2010-05-08"), "InvalidAction", "Fly"),
        ("iam", form(b"Version=2010-05-08"), "MissingAction", "missing an action"),
        ("ec2", form(b"Action=Fly&Version=2016-11-15"), "InvalidAction", "Fly"),
        ("iam", form(b"\xff\xfe"), "MalformedQueryString", "UTF-8"),
    ],
)
def test_an_unknown_operation_is_a_400_that_names_it(
    service: str, request_: HttpRequest, code: str, named: str
) -> None:
    response = send(service, request_)
    assert response.status == 400
    assert code.encode() in response.body
    assert named.encode() in response.body.replace(b"&#x27;", b"'")


PROTOCOLS = [
    ("ecs", "ListClusters", "json"),
    ("servicediscovery", "ListNamespaces", "smithy-rpc-v2-cbor"),
    ("apigatewayv2", "GetApis", "rest-json"),
    ("iam", "ListRoles", "query"),
    ("ec2", "DescribeVpcs", "ec2"),
]


@pytest.mark.parametrize(("service", "operation", "protocol"), PROTOCOLS)
def test_a_bug_of_an_operation_is_a_500_in_the_protocols_shape(
    service: str, operation: str, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_call: Call, _params: object) -> Mapping[str, object]:
        raise ZeroDivisionError("a bug")

    response, answer = exchange(
        app_of([table(service, **{operation: fail})]), service, operation, {}, protocol
    )
    assert response.status == 500
    assert answer["Error"]["Code"] == "InternalFailure"
    assert f"{service}:{operation}" in answer["Error"]["Message"]
    assert "ZeroDivisionError: a bug" in caplog.text


@pytest.mark.parametrize(("service", "operation", "protocol"), PROTOCOLS)
def test_a_result_that_the_model_does_not_know_never_reaches_the_client(
    service: str, operation: str, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_of([table(service, **{operation: lambda _call, _params: {"Bogus": 1}})])
    response, answer = exchange(app, service, operation, {}, protocol)
    assert response.status == 500
    assert answer["Error"]["Code"] == "InternalFailure"
    assert "has no member Bogus" in caplog.text


@pytest.mark.parametrize(
    ("service", "operation", "protocol", "result"),
    [
        ("ecs", "ListClusters", "json", {"clusterArns": "not-a-list"}),
        ("ecs", "ListClusters", "json", {"clusterArns": [1]}),
        ("ecs", "DescribeClusters", "json", {"clusters": [{"runningTasksCount": "1"}]}),
        ("ecs", "DescribeTaskDefinition", "json", {"taskDefinition": {"registeredAt": 1.5}}),
        ("ecs", "DescribeTaskDefinition", "json", {"taskDefinition": {"registeredAt": datetime(2026, 1, 1)}}),  # noqa: DTZ001 - naive on purpose
        ("ecs", "DescribeTaskDefinition", "json", {"taskDefinition": {"enableFaultInjection": "true"}}),
        ("ec2", "DescribeVpcs", "ec2", {"Vpcs": [{"IsDefault": "true"}]}),
        ("logs", "CreateLogGroup", "json", {"any": "thing"}),
    ],
)
def test_a_result_of_another_type_is_a_bug_too(
    service: str,
    operation: str,
    protocol: str,
    result: Mapping[str, object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = app_of([table(service, **{operation: lambda _call, _params: result})])
    params = {"CreateLogGroup": {"logGroupName": "a"}, "DescribeTaskDefinition": {"taskDefinition": "t"}}
    response, _ = exchange(app, service, operation, params.get(operation, {}), protocol)
    assert response.status == 500
    assert "Misfit" in caplog.text


def test_members_of_an_error_that_the_model_does_not_know_are_a_bug(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_call: Call, _params: object) -> Mapping[str, object]:
        raise ServiceError("ClusterNotFoundException", "no", members={"bogus": 1})

    response, _ = exchange(app_of([table("ecs", ListClusters=fail)]), "ecs", "ListClusters", {})
    assert response.status == 500
    assert "bogus" in caplog.text


def raising(error: ServiceError) -> Any:
    def fail(_call: Call, _params: object) -> Mapping[str, object]:
        raise error

    return fail


def test_cloud_map_spells_message_with_a_capital_and_keeps_further_members() -> None:
    error = ServiceError("NamespaceAlreadyExists", "there", members={"NamespaceId": "ns-1"})
    app = app_of([table("servicediscovery", ListNamespaces=raising(error))])
    response, _ = exchange(app, "servicediscovery", "ListNamespaces", {}, "json")
    assert response.body == b'{"__type":"NamespaceAlreadyExists","NamespaceId":"ns-1","Message":"there"}'


def test_rest_json_says_the_error_in_a_header_and_in_the_body() -> None:
    app = app_of([table("apigatewayv2", GetApis=raising(ServiceError("NotFoundException", "gone")))])
    response, _ = exchange(app, "apigatewayv2", "GetApis", {})
    assert response.status == 404
    assert response.headers["x-amzn-errortype"] == "NotFoundException"
    assert response.body == b'{"__type":"NotFoundException","message":"gone"}'


def test_query_uses_the_errors_code_whichever_of_its_names_was_raised() -> None:
    for name in ("NoSuchEntity", "NoSuchEntityException"):
        app = app_of([table("iam", GetRole=raising(ServiceError(name, "no")))])
        response, answer = exchange(app, "iam", "GetRole", {"RoleName": "r"})
        assert response.status == 404
        assert answer["Error"]["Code"] == "NoSuchEntity"


def test_an_error_may_bring_its_own_status() -> None:
    app = app_of([table("sts", GetCallerIdentity=raising(ServiceError("AccessDenied", "no", status=403)))])
    assert exchange(app, "sts", "GetCallerIdentity", {})[0].status == 403


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "text"),
    [
        ("ecs", "DescribeServices", {}, "InvalidParameterException", "services"),
        ("servicediscovery", "GetNamespace", {}, "InvalidInput", "Id"),
        ("logs", "CreateLogGroup", {}, "InvalidParameterException", "logGroupName"),
        ("apigatewayv2", "CreateApi", {}, "BadRequestException", "Name"),
        ("cloudformation", "CreateStack", {}, "ValidationError", "StackName"),
        ("iam", "GetRole", {}, "ValidationError", "RoleName"),
        ("ec2", "CreateTags", {}, "MissingParameter", "The request must contain the parameter Resources"),
    ],
)
def test_a_missing_member_has_the_code_of_its_service(
    service: str, operation: str, params: dict[str, Any], code: str, text: str
) -> None:
    app = app_of([table(service, **{operation: lambda _call, _params: {}})])
    response, answer = exchange(app, service, operation, params)
    assert response.status == 400
    assert answer["Error"]["Code"] == code
    assert text in answer["Error"]["Message"]
