from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from hatoba.cloud.wire import Call, Caller, ServiceError
from hatoba.cloud.wire.directory import LISTINGS
from hatoba.cloud.wire.http import HttpRequest, HttpResponse
from hatoba.cloud.wire.models import service_model
from tests.unit.wire.botocore_side import app_of, scope_header, table

LIST_CLUSTERS = "AmazonEC2ContainerServiceV20141113.ListClusters"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


class Seen:
    """Services that keep the last call they got."""

    def __init__(self, **options: object) -> None:
        self.call: Call | None = None
        self.app = app_of(
            [
                table("ecs", ListClusters=self._keep),
                table("sts", GetCallerIdentity=self._keep),
                table("ec2", DescribeVpcs=self._keep),
                table("apigatewayv2", GetApis=self._keep),
                table("servicediscovery", ListNamespaces=self._keep),
            ],
            **options,
        )

    def _keep(self, call: Call, _params: object) -> Mapping[str, object]:
        self.call = call
        return {}

    def send(self, request: HttpRequest) -> HttpResponse:
        return asyncio.run(self.app.answer(request))

    def called(self, request: HttpRequest) -> Call:
        response = self.send(request)
        assert response.status == 200, response.body
        assert self.call is not None
        return self.call


def ecs_request(authorization: str = "", query: str = "", **headers: str) -> HttpRequest:
    named = {"x-amz-target": LIST_CLUSTERS, **headers}
    if authorization:
        named["authorization"] = authorization
    return HttpRequest("POST", "/", query, named, b"{}")


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.service)
def test_the_directory_says_what_the_models_say(listing: object) -> None:
    found = next(each for each in LISTINGS if each is listing)
    metadata = service_model(found.service).metadata
    assert found.signing_name == metadata.get("signingName", metadata["endpointPrefix"])
    assert set(found.protocols) == set(metadata.get("protocols", [metadata["protocol"]]))
    assert found.target == metadata.get("targetPrefix", "")
    if {"query", "ec2"} & set(found.protocols):
        assert found.versions == (metadata["apiVersion"],)


def test_the_credential_scope_says_service_region_and_account() -> None:
    call = Seen().called(ecs_request(scope_header("ecs", "111122223333", "eu-north-1")))
    assert (call.service, call.operation) == ("ecs", "ListClusters")
    assert (call.account, call.region) == ("111122223333", "eu-north-1")
    assert call.caller == Caller.root("111122223333", "111122223333")


def test_a_key_that_is_no_account_means_the_settings_account() -> None:
    call = Seen().called(ecs_request(scope_header("ecs", "AKIAIOSFODNN7EXAMPLE", "eu-north-1")))
    assert call.account == "000000000000"


def test_sigv4a_has_its_region_in_a_header() -> None:
    header = (
        "AWS4-ECDSA-P256-SHA256 Credential=111122223333/20260101/ecs/aws4_request,"
        " SignedHeaders=host, Signature=0"
    )
    seen = Seen()
    request = ecs_request(header, **{"x-amz-region-set": "eu-west-3"})
    assert seen.called(request).region == "eu-west-3"
    everywhere = ecs_request(header, **{"x-amz-region-set": "*"})
    assert seen.called(everywhere).region == "ap-northeast-1"


def test_a_presigned_query_says_the_same() -> None:
    query = (
        "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=111122223333%2F20260101%2Feu-west-2%2Fsts%2Faws4_request&X-Amz-Expires=60"
    )
    call = Seen().called(HttpRequest("GET", "/", query))
    assert (call.service, call.account, call.region) == ("sts", "111122223333", "eu-west-2")


@pytest.mark.parametrize(
    ("service", "request_"),
    [
        ("ecs", ecs_request()),
        ("sts", HttpRequest("POST", "/", "", FORM, b"Action=GetCallerIdentity&Version=2011-06-15")),
        ("ec2", HttpRequest("POST", "/", "", FORM, b"Action=DescribeVpcs&Version=2016-11-15")),
        ("apigatewayv2", HttpRequest("GET", "/v2/apis")),
        (
            "servicediscovery",
            HttpRequest("POST", "/service/Route53AutoNaming_v20170314/operation/ListNamespaces"),
        ),
    ],
    ids=["target", "version", "ec2-version", "path", "rpc-path"],
)
def test_an_unsigned_request_is_located_too(service: str, request_: HttpRequest) -> None:
    call = Seen().called(request_)
    assert call.service == service
    assert (call.account, call.region) == ("000000000000", "ap-northeast-1")


def test_an_unsigned_rpc_path_is_located_by_its_service() -> None:
    call = Seen().called(
        HttpRequest("POST", "/service/AmazonEC2ContainerServiceV20141113/operation/ListClusters")
    )
    assert call.service == "ecs"


def test_the_host_header_is_the_endpoint() -> None:
    call = Seen().called(ecs_request(host="localhost:4570"))
    assert call.endpoint == "http://localhost:4570"


@pytest.mark.parametrize(
    "credential",
    [
        "key",
        "a/b/c",
        "key/20260101/../ecs/aws4_request",
        "key/20260101/EU WEST/ecs/aws4_request",
        "a/b/c/d/e/f",
    ],
)
def test_a_credential_of_another_form_is_refused(credential: str) -> None:
    response = Seen().send(ecs_request(f"AWS4-HMAC-SHA256 Credential={credential}, Signature=0"))
    assert response.status == 400
    assert b"IncompleteSignature" in response.body


class Issued:
    """Credentials of which one is good and one expired."""

    def caller_of(self, access_key: str, now: float) -> Caller | None:
        assert now > 0
        if access_key == "ASIAEXPIRED":
            raise ServiceError(
                "ExpiredToken", "The security token included in the request is expired", status=403
            )
        if access_key != "ASIAGOOD":
            return None
        return Caller("444455556666", "arn:aws:sts::444455556666:assumed-role/r/s", "AROA:s", access_key)


def test_temporary_credentials_carry_account_and_role() -> None:
    call = Seen(credentials=Issued()).called(ecs_request(scope_header("ecs", "ASIAGOOD")))
    assert call.account == "444455556666"
    assert call.caller.arn == "arn:aws:sts::444455556666:assumed-role/r/s"


def test_expired_credentials_are_refused_under_the_code_of_the_protocol() -> None:
    seen = Seen(credentials=Issued())
    as_json = seen.send(ecs_request(scope_header("ecs", "ASIAEXPIRED")))
    assert as_json.status == 403
    assert b'"__type":"ExpiredTokenException"' in as_json.body
    headers = {**FORM, "authorization": scope_header("sts", "ASIAEXPIRED")}
    as_xml = seen.send(HttpRequest("POST", "/", "", headers, b"Action=GetCallerIdentity&Version=2011-06-15"))
    assert as_xml.status == 403
    assert b"<Code>ExpiredToken</Code>" in as_xml.body


class Others:
    """Neighbours that keep what they got."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str]] = []

    async def answer(self, _request: HttpRequest, service: str, scope: object) -> HttpResponse:
        self.got.append((service, *str(scope).split("'")[1::2]))  # type: ignore[arg-type]  # account and region
        return HttpResponse(200, {}, b"theirs")


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("s3", "/bucket/key"),
        ("apigateway", "/restapis"),
        ("route53", "/2013-04-01/hostedzone"),
        ("nothing", "/"),
    ],
)
def test_what_is_not_ours_goes_to_the_neighbours(service: str, path: str) -> None:
    others = Others()
    request = HttpRequest("GET", path, "", {"authorization": scope_header(service)})
    assert Seen(neighbours=others).send(request).body == b"theirs"
    assert others.got == [(service, "111122223333", "eu-west-1")]


def test_without_neighbours_other_services_are_refused_by_name() -> None:
    response = Seen().send(HttpRequest("GET", "/", "", {"authorization": scope_header("s3")}))
    assert response.status == 404
    assert b"UnknownService" in response.body
    assert b"&#39;s3&#39;" in response.body or b"'s3'" in response.body


class Pages:
    """Routes of our own."""

    async def answer(self, request: HttpRequest) -> HttpResponse | None:
        return HttpResponse(200, {}, b"page") if request.path.startswith("/_hatoba/") else None


def test_routes_of_our_own_come_first() -> None:
    seen = Seen(extra_routes=Pages())
    assert seen.send(HttpRequest("GET", "/_hatoba/status")).body == b"page"
    assert seen.called(ecs_request()).operation == "ListClusters"
