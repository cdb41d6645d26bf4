"""boto3 over real sockets, against a few operations that stand in for the services."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from hatoba.cloud.clock import SystemClock, timestamp
from hatoba.cloud.state import State
from hatoba.cloud.sts import Sts
from hatoba.cloud.wire import Call, Dispatcher, Operations, ServiceError
from hatoba.cloud.wire.app import WireApp
from hatoba.cloud.world import Settings, World
from tests.functional.wire.serving import ACCOUNT, REGION, Served, served

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
MOMENT = timestamp(1_790_000_000.25)


def refuse(code: str, message: str) -> Any:
    def operation(_call: Call, _params: object) -> Mapping[str, object]:
        raise ServiceError(code, message)

    return operation


def tables() -> list[Operations]:
    ecs, cloudmap, http_apis = Operations("ecs"), Operations("servicediscovery"), Operations("apigatewayv2")
    iam, ec2, stacks = Operations("iam"), Operations("ec2"), Operations("cloudformation")
    ecs.add("CreateCluster", lambda call, params: {"cluster": {**params, "clusterArn": call.caller.arn}})
    ecs.add("DescribeClusters", refuse("ClusterNotFoundException", "Cluster not found."))
    cloudmap.add("GetNamespace", lambda _call, params: {"Namespace": {**params, "CreateDate": MOMENT}})
    cloudmap.add("DeleteNamespace", refuse("ResourceInUse", "It has services."))
    cloudmap.add("DiscoverInstances", lambda _call, _params: {"Instances": [], "InstancesRevision": 1})
    http_apis.add("CreateApi", lambda call, params: {"Name": params["Name"], "ApiEndpoint": call.endpoint})
    http_apis.add("GetStage", lambda _call, params: {"StageName": params["StageName"], "CreatedDate": MOMENT})
    http_apis.add("GetTags", lambda _call, params: {"Tags": {"arn": params["ResourceArn"]}})
    http_apis.add("DeleteApi", lambda _call, _params: {})
    iam.add("GetRole", lambda _call, params: {"Role": role(params["RoleName"])})
    ec2.add("DescribeVpcs", lambda _call, params: {"Vpcs": [{"VpcId": v} for v in params["VpcIds"]]})
    ec2.add("DeleteVpc", lambda _call, _params: {})
    stacks.add("ValidateTemplate", lambda _call, params: {"Description": str(len(params["TemplateBody"]))})
    return [ecs, cloudmap, http_apis, iam, ec2, stacks]


def role(name: str) -> dict[str, object]:
    if name != "deploy":
        raise ServiceError("NoSuchEntity", f"The role with name {name} cannot be found.")
    return {"RoleName": name, "Arn": ROLE, "RoleId": "AROAEXAMPLE", "Path": "/", "CreateDate": MOMENT}


def app(port: int) -> WireApp:
    state, clock = State(), SystemClock()
    settings = Settings(folder=Path("unused"), port=port)
    dispatcher = Dispatcher({each.service: each for each in tables()}, state.transaction)

    def call_as_service(*_: object) -> Call:
        raise AssertionError

    sts = Sts(World(state, clock, settings, dispatcher, call_as_service))
    dispatcher.services["sts"] = sts.operations
    return WireApp(dispatcher, clock, settings, credentials=sts)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Served]:
    with served(app) as running:
        yield running


def test_ecs_speaks_json(cloud: Served) -> None:
    made = cloud.client("ecs").create_cluster(clusterName="ü")
    assert made["cluster"]["clusterName"] == "ü"
    assert made["cluster"]["clusterArn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert made["ResponseMetadata"]["RequestId"]


def test_an_error_of_ecs_is_the_clients_own_exception(cloud: Served) -> None:
    ecs = cloud.client("ecs")
    with pytest.raises(ecs.exceptions.ClusterNotFoundException, match="Cluster not found"):
        ecs.describe_clusters()


def test_cloud_map_speaks_what_boto3_prefers(cloud: Served) -> None:
    cloudmap = cloud.client("servicediscovery")
    assert cloudmap.get_namespace(Id="ns-1")["Namespace"] == {"Id": "ns-1", "CreateDate": MOMENT}
    with pytest.raises(cloudmap.exceptions.ResourceInUse, match="It has services"):
        cloudmap.delete_namespace(Id="ns-1")


def test_cloud_map_speaks_json_too(cloud: Served) -> None:
    request = urllib.request.Request(
        cloud.endpoint, b'{"Id":"ns-1"}', {"X-Amz-Target": "Route53AutoNaming_v20170314.GetNamespace"}
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer) == {"Namespace": {"Id": "ns-1", "CreateDate": 1790000000.25}}


def test_api_gateway_speaks_rest_json(cloud: Served) -> None:
    apis = cloud.client("apigatewayv2")
    made = apis.create_api(Name="n", ProtocolType="HTTP")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["ApiEndpoint"] == cloud.endpoint
    assert apis.get_stage(ApiId="a", StageName="$default")["StageName"] == "$default"
    arn = f"arn:aws:apigateway:{REGION}::/apis/a"
    assert apis.get_tags(ResourceArn=arn)["Tags"] == {"arn": arn}
    assert apis.delete_api(ApiId="a")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_iam_speaks_query(cloud: Served) -> None:
    iam = cloud.client("iam")
    assert iam.get_role(RoleName="deploy")["Role"]["CreateDate"] == MOMENT
    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        iam.get_role(RoleName="absent")
    assert caught.value.response["Error"]["Code"] == "NoSuchEntity"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_ec2_speaks_its_own_query(cloud: Served) -> None:
    ec2 = cloud.client("ec2")
    assert ec2.describe_vpcs(VpcIds=["vpc-1", "vpc-2"])["Vpcs"] == [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}]
    assert ec2.delete_vpc(VpcId="vpc-1")["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_what_is_not_implemented_is_refused_once_and_by_name(cloud: Served) -> None:
    for service, operation in (("ecs", "list_services"), ("iam", "list_users"), ("ec2", "describe_images")):
        with pytest.raises(ClientError, match="not implemented by hatoba") as caught:
            getattr(cloud.client(service), operation)()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_credentials_of_an_assumed_role_work(cloud: Served) -> None:
    given = cloud.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"]
    session = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name="us-west-2"
    )
    who = session.client("sts", endpoint_url=cloud.endpoint).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/me"
    assert who["UserId"] == "AROAEXAMPLE:me"
    assert who["Account"] == ACCOUNT


def test_a_role_that_does_not_exist_is_access_denied(cloud: Served) -> None:
    with pytest.raises(ClientError, match="is not authorized to perform: sts:AssumeRole") as caught:
        cloud.client("sts").assume_role(RoleArn=ROLE + "2", RoleSessionName="me")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_body_of_many_megabytes_is_read(cloud: Served) -> None:
    template = "x" * 5_000_000
    found = cloud.client("cloudformation").validate_template(TemplateBody=template)
    assert found["Description"] == "5000000"


def raw(cloud: Served, head: str, *bodies: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=60) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode())
        answer = b""
        for body in bodies:
            if "100-continue" in head:
                answer += connection.recv(65536)
            connection.sendall(body)
        while piece := connection.recv(65536):
            answer += piece
    return answer


def test_a_chunked_body_is_read(cloud: Served) -> None:
    head = (
        "POST / HTTP/1.1\nHost: here\nConnection: close\nTransfer-Encoding: chunked\n"
        "X-Amz-Target: AmazonEC2ContainerServiceV20141113.CreateCluster\n\n"
    )
    answer = raw(cloud, head, b'5\r\n{"clu\r\n', b'12\r\nsterName":"piece"}\r\n0\r\n\r\n')
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"clusterName":"piece"' in answer


def test_a_client_that_expects_100_continue_is_told_to(cloud: Served) -> None:
    head = (
        "POST / HTTP/1.1\nHost: here\nConnection: close\nContent-Length: 20\nExpect: 100-continue\n"
        "X-Amz-Target: AmazonEC2ContainerServiceV20141113.CreateCluster\n\n"
    )
    answer = raw(cloud, head, b'{"clusterName": "a"}')
    assert answer.startswith(b"HTTP/1.1 100 Continue")
    assert b"HTTP/1.1 200" in answer


def test_a_request_for_nothing_known_is_a_404(cloud: Served) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{cloud.endpoint}/nothing/here")
    with caught.value as answer:
        assert answer.code == 404
        assert b"UnknownService" in answer.read()


def test_a_page_that_leads_its_own_name_here_is_refused(cloud: Served) -> None:
    head = (
        "POST / HTTP/1.1\nHost: attacker.example:4566\nConnection: close\nContent-Length: 2\n"
        "X-Amz-Target: AmazonEC2ContainerServiceV20141113.CreateCluster\n\n"
    )
    answer = raw(cloud, head, b"{}")
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"attacker.example:4566 is not a name of this machine" in answer
