"""Which calls surely change nothing, and which are refused before moto sees them."""

from __future__ import annotations

import pytest

from hatoba.cloud.neighbours.guard import check_allowed
from hatoba.cloud.neighbours.model import Brought
from hatoba.cloud.neighbours.reading import only_reads, service_called
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.http import HttpRequest
from hatoba.cloud.world import HostedZone, UserPool

SCOPE = Scope("000000000000", "ap-northeast-1")
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def request(
    method: str = "POST", path: str = "/", headers: dict[str, str] | None = None, body: bytes = b""
) -> HttpRequest:
    return HttpRequest(method, path, "", headers or {}, body, "http", "127.0.0.1")


@pytest.mark.parametrize(
    ("asked", "reads"),
    [
        (request("GET", "/bucket/key"), True),
        (request("HEAD", "/bucket"), True),
        (request("PUT", "/bucket/key", body=b"\x80"), False),
        (request("POST", "/bucket?uploads", FORM, b"\x80\xff"), False),
        (request("DELETE", "/bucket/key"), False),
        (request(headers={"x-amz-target": "AmazonSSM.GetParameter"}), True),
        (request(headers={"x-amz-target": "AmazonSSM.PutParameter"}), False),
        (request(headers=FORM, body=b"Action=DescribeLoadBalancers&Version=2015-12-01"), True),
        (request(headers=FORM, body=b"Action=CreateLoadBalancer&Version=2015-12-01"), False),
    ],
)
def test_a_call_reads_by_its_method_or_by_its_operations_name(asked: HttpRequest, *, reads: bool) -> None:
    assert only_reads(asked) is reads


def test_an_unsigned_sign_in_is_cognitos() -> None:
    sign_in = request(headers={"x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth"})

    assert service_called(sign_in, "") == "cognito-idp"
    assert service_called(request(), "") == ""
    assert service_called(request(), "s3") == "s3"


def test_a_zone_of_cloud_map_is_read_and_not_changed() -> None:
    zone = HostedZone("Z1", "a.internal", "arn:ns", "", SCOPE.region, "vpc-1", ())
    brought = Brought(SCOPE, zones=(zone,))

    check_allowed(request("GET", "/2013-04-01/hostedzone/Z1"), brought)
    check_allowed(request("DELETE", "/2013-04-01/hostedzone/Z2"), brought)
    for path in ("/2013-04-01/hostedzone/Z1", "/2013-04-01/hostedzone/Z1/rrset/"):
        with pytest.raises(ServiceError, match="only be managed through AWS Cloud Map"):
            check_allowed(request("POST", path), brought)


@pytest.mark.parametrize("body", [b'{"UserPoolId": "other"}', b"junk", b"[]"])
def test_only_the_pool_that_stands_from_the_start_is_protected(body: bytes) -> None:
    brought = Brought(SCOPE, pool=UserPool("pool"))
    delete = {"x-amz-target": "AWSCognitoIdentityProviderService.DeleteUserPool"}

    check_allowed(request(headers=delete, body=body), brought)
    with pytest.raises(ServiceError, match="deletion protection"):
        check_allowed(request(headers=delete, body=b'{"UserPoolId": "pool"}'), brought)
