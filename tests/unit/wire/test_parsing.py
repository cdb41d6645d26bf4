"""Requests as strangers write them: what is read, what is refused, and how the refusal reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest

from hatoba.cloud.wire import Call
from hatoba.cloud.wire.http import HttpRequest, HttpResponse
from tests.unit.wire.botocore_side import app_of, scope_header, table

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


class Reader:
    """One operation that keeps its parameters."""

    def __init__(self, service: str, operation: str) -> None:
        self.service = service
        self.operation = operation
        self.params: Mapping[str, Any] = {}
        self._app = app_of([table(service, **{operation: self._keep})])

    def _keep(self, _call: Call, params: Mapping[str, Any]) -> Mapping[str, object]:
        self.params = params
        return {}

    def send(self, request: HttpRequest) -> HttpResponse:
        signing_name = "apigateway" if self.service == "apigatewayv2" else self.service
        headers = {"authorization": scope_header(signing_name), **request.headers}
        signed = HttpRequest(request.method, request.path, request.query, headers, request.body)
        return asyncio.run(self._app.answer(signed))

    def read(self, request: HttpRequest) -> Mapping[str, Any]:
        response = self.send(request)
        assert response.status < 300, response.body
        return self.params

    def refused(self, request: HttpRequest) -> str:
        response = self.send(request)
        assert response.status == 400
        return response.body.decode()


def ecs(operation: str, body: bytes) -> tuple[Reader, HttpRequest]:
    headers = {"x-amz-target": f"AmazonEC2ContainerServiceV20141113.{operation}"}
    return Reader("ecs", operation), HttpRequest("POST", "/", "", headers, body)


def form(service: str, operation: str, fields: str) -> tuple[Reader, HttpRequest]:
    body = f"Action={operation}&Version=x&{fields}".encode()
    return Reader(service, operation), HttpRequest("POST", "/", "", FORM, body)


def test_json_members_that_are_null_are_left_out() -> None:
    reader, request = ecs("ListClusters", b'{"nextToken":null,"maxResults":5}')
    assert reader.read(request) == {"maxResults": 5}


def test_an_empty_json_body_has_no_members() -> None:
    reader, request = ecs("ListClusters", b"")
    assert reader.read(request) == {}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"maxResults":1}x', "no JSON"),
        (b"\xff", "no JSON"),
        (b"[]", "START_ARRAY can not be converted to a Structure"),
        (b'{"maxResults":"5"}', "maxResults: STRING_VALUE can not be converted to an Integer"),
        (b'{"maxResults":1.5}', "maxResults: NUMBER_VALUE can not be converted to an Integer"),
        (b'{"maxResults":true}', "maxResults: TRUE_VALUE can not be converted to an Integer"),
        (b'{"nextToken":1}', "nextToken: NUMBER_VALUE can not be converted to a String"),
        (b'{"nextToken":{}}', "nextToken: START_OBJECT can not be converted to a String"),
    ],
)
def test_json_of_another_shape_is_a_serialization_exception(body: bytes, text: str) -> None:
    reader, request = ecs("ListClusters", body)
    answer = json.loads(reader.refused(request))
    assert answer["__type"] == "SerializationException"
    assert text in answer["message"]


def test_the_place_of_a_json_fault_is_named() -> None:
    body = b'{"family":"f","containerDefinitions":[{"name":"a","environment":[{"name":"n","value":1}]}]}'
    reader, request = ecs("RegisterTaskDefinition", body)
    assert "containerDefinitions[0].environment[0].value: NUMBER_VALUE" in reader.refused(request)


def test_an_unknown_member_is_refused_by_name() -> None:
    reader, request = ecs("ListClusters", b'{"clusterName":"a"}')
    assert 'Unknown parameter in input: \\"clusterName\\"' in reader.refused(request)


@pytest.mark.parametrize(
    "written", [1769862896, 1769862896.0, "2026-01-31T12:34:56Z", "Sat, 31 Jan 2026 12:34:56 GMT"]
)
def test_a_timestamp_is_read_in_any_form(written: object) -> None:
    headers = {"x-amz-target": "AmazonEC2ContainerServiceV20141113.ListServiceDeployments"}
    body = json.dumps({"service": "s", "createdAt": {"after": written}}).encode()
    reader = Reader("ecs", "ListServiceDeployments")
    params = reader.read(HttpRequest("POST", "/", "", headers, body))
    assert params["createdAt"]["after"] == datetime(2026, 1, 31, 12, 34, 56, tzinfo=UTC)


@pytest.mark.parametrize("written", ["soon", 1e300, True, []])
def test_what_is_no_timestamp_is_refused(written: object) -> None:
    headers = {"x-amz-target": "AmazonEC2ContainerServiceV20141113.ListServiceDeployments"}
    body = json.dumps({"service": "s", "createdAt": {"after": written}}).encode()
    reader = Reader("ecs", "ListServiceDeployments")
    assert "can not be converted to a Timestamp" in reader.refused(
        HttpRequest("POST", "/", "", headers, body)
    )


@pytest.mark.parametrize("written", ["$default", "%24default"])
def test_a_label_is_decoded(written: str) -> None:
    reader = Reader("apigatewayv2", "GetStage")
    params = reader.read(HttpRequest("GET", f"/v2/apis/a1/stages/{written}"))
    assert params == {"ApiId": "a1", "StageName": "$default"}


def test_an_arn_in_a_path_keeps_its_slashes() -> None:
    reader = Reader("apigatewayv2", "UntagResource")
    arn = "arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fapis%2Fa1"
    params = reader.read(HttpRequest("DELETE", f"/v2/tags/{arn}", "tagKeys=a&tagKeys=b%20c"))
    assert params == {"ResourceArn": "arn:aws:apigateway:eu-west-1::/apis/a1", "TagKeys": ["a", "b c"]}


def test_numbers_and_words_in_a_query_string_are_read_as_their_types() -> None:
    reader = Reader("apigatewayv2", "ExportApi")
    request = HttpRequest("GET", "/v2/apis/a/exports/OAS30", "includeExtensions=true&outputType=JSON")
    assert reader.read(request)["IncludeExtensions"] is True
    wrong = HttpRequest("GET", "/v2/apis/a/exports/OAS30", "includeExtensions=maybe&outputType=JSON")
    assert "includeExtensions: 'maybe' is neither true nor false" in reader.refused(wrong)


@pytest.mark.parametrize(
    ("fields", "tags"),
    [
        ("Tags.member.1.Key=a&Tags.member.1.Value=1", [{"Key": "a", "Value": "1"}]),
        ("Tags.member.2.Key=b&Tags.member.2.Value=&Tags.member.1.Key=a&Tags.member.1.Value=1",
         [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]),
        ("Tags.member.10.Key=j&Tags.member.10.Value=&Tags.member.9.Key=i&Tags.member.9.Value=",
         [{"Key": "i", "Value": ""}, {"Key": "j", "Value": ""}]),
        ("Tags=", []),
    ],
)  # fmt: skip
def test_lists_of_a_form_come_in_the_order_of_their_numbers(fields: str, tags: list[dict[str, str]]) -> None:
    reader, request = form("iam", "TagRole", f"RoleName=r&{fields}")
    assert reader.read(request) == {"RoleName": "r", "Tags": tags}


def test_a_form_in_the_query_string_of_a_get_is_read() -> None:
    reader = Reader("iam", "GetRole")
    params = reader.read(
        HttpRequest("GET", "/", "Action=GetRole&Version=2010-05-08&RoleName=a%2Bb&X-Amz-Expires=60")
    )
    assert params == {"RoleName": "a+b"}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("MaxItems=x&RoleName=r", "MaxItems: 'x' is no whole number"),
        ("MaxItems.1=1", "MaxItems: has members"),
        ("Nothing=1", 'Unknown parameter in input: "Nothing"'),
        ("a" + ".a" * 100 + "=1", "nested too deeply"),
    ],
)
def test_a_form_of_another_shape_is_a_validation_error(fields: str, text: str) -> None:
    reader, request = form("iam", "ListRoles", fields)
    answer = reader.refused(request)
    assert "<Code>ValidationError</Code>" in answer
    assert text in answer.replace("&quot;", '"')


def test_ec2_reads_filters_and_flat_lists() -> None:
    fields = "Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&Filter.1.Value.2=vpc-2&SubnetId.1=s-1&DryRun=TRUE"
    reader, request = form("ec2", "DescribeSubnets", fields)
    assert reader.read(request) == {
        "Filters": [{"Name": "vpc-id", "Values": ["vpc-1", "vpc-2"]}],
        "SubnetIds": ["s-1"],
        "DryRun": True,
    }


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ("Nothing=1", "UnknownParameter", "The parameter Nothing is not recognized"),
        ("SubnetId.x=1", "InvalidParameterValue", "'x' is no position in a list"),
        ("DryRun=maybe", "InvalidParameterValue", "DryRun: 'maybe' is neither true nor false"),
    ],
)
def test_ec2_has_codes_of_its_own(fields: str, code: str, text: str) -> None:
    reader, request = form("ec2", "DescribeSubnets", fields)
    answer = reader.refused(request)
    assert f"<Code>{code}</Code>" in answer
    assert text in answer


def cbor(operation: str, body: bytes) -> tuple[Reader, HttpRequest]:
    path = f"/service/Route53AutoNaming_v20170314/operation/{operation}"
    headers = {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}
    return Reader("servicediscovery", operation), HttpRequest("POST", path, "", headers, body)


def test_cbor_of_unknown_length_is_read() -> None:
    reader, request = cbor("GetNamespace", b"\xbf\x62Id\x7f\x62ns\x62-1\xff\xff")
    assert reader.read(request) == {"Id": "ns-1"}


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"\x81",
        b"\xa1\x62Id\x01",
        cbor2.dumps({"Id": b"x"}),
        cbor2.dumps([1]),
        b"\xc1\xfb" + b"\xff" * 8,
    ],
)
def test_cbor_of_another_shape_is_a_serialization_exception(body: bytes) -> None:
    reader, request = cbor("GetNamespace", body)
    response = reader.send(request)
    assert response.status == 400
    assert response.headers["smithy-protocol"] == "rpc-v2-cbor"
    assert cbor2.loads(response.body)["__type"].endswith("#SerializationException")


def test_every_json_service_understands_cbor() -> None:
    path = "/service/AmazonEC2ContainerServiceV20141113/operation/ListClusters"
    request = HttpRequest(
        "POST", path, "", {"smithy-protocol": "rpc-v2-cbor"}, cbor2.dumps({"maxResults": 3})
    )
    assert Reader("ecs", "ListClusters").read(request) == {"maxResults": 3}


@pytest.mark.parametrize("content_type", [None, "APPLICATION/X-WWW-Form-URLEncoded;charset=utf-8"])
def test_a_form_is_read_however_its_type_is_written(content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    request = HttpRequest("POST", "/", "", headers, b"Action=GetRole&Version=x&RoleName=r")
    assert Reader("iam", "GetRole").read(request) == {"RoleName": "r"}


def test_a_stream_of_cbor_events_is_refused_by_name() -> None:
    path = "/service/Logs_20140328/operation/StartLiveTail"
    request = HttpRequest("POST", path, "", {"smithy-protocol": "rpc-v2-cbor"}, cbor2.dumps({}))
    response = Reader("logs", "StartLiveTail").send(request)
    assert response.status == 400
    assert "StartLiveTail as a stream of CBOR events" in cbor2.loads(response.body)["message"]
