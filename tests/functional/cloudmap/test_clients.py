"""Cloud Map as boto3 and the AWS CLI use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from tests.functional.wire.serving import ACCOUNT, REGION, Served


def default_vpc(cloud: Served) -> str:
    vpc_id: str = cloud.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    return vpc_id


def test_the_life_of_the_reference_systems_namespace(cloud: Served) -> None:
    cloud_map = cloud.client("servicediscovery")
    name = "mz-dev-application-service.internal"
    operation = cloud_map.create_private_dns_namespace(Name=name, Vpc=default_vpc(cloud))["OperationId"]
    done = cloud_map.get_operation(OperationId=operation)["Operation"]
    assert done["Status"] == "SUCCESS"
    assert abs(done["CreateDate"] - datetime.now(UTC)) < timedelta(minutes=1)
    namespace_id = done["Targets"]["NAMESPACE"]
    service = cloud_map.create_service(
        Name="mz-dev-app",
        NamespaceId=namespace_id,
        DnsConfig={
            "NamespaceId": namespace_id,
            "RoutingPolicy": "MULTIVALUE",
            "DnsRecords": [{"Type": "SRV", "TTL": 300}],
        },
        HealthCheckCustomConfig={"FailureThreshold": 1},
    )["Service"]
    assert "HealthCheckConfig" not in service
    attributes = {"AWS_INSTANCE_IPV4": "127.0.0.1", "AWS_INSTANCE_PORT": "8080"}
    cloud_map.register_instance(ServiceId=service["Id"], InstanceId="task-1", Attributes=attributes)

    found = cloud_map.discover_instances(NamespaceName=name, ServiceName="mz-dev-app")
    assert found["Instances"] == [
        {
            "InstanceId": "task-1",
            "NamespaceName": name,
            "ServiceName": "mz-dev-app",
            "HealthStatus": "HEALTHY",
            "Attributes": attributes,
        }
    ]
    cloud_map.update_instance_custom_health_status(
        ServiceId=service["Id"], InstanceId="task-1", Status="UNHEALTHY"
    )
    assert cloud_map.discover_instances(NamespaceName=name, ServiceName="mz-dev-app")["Instances"] == []

    with pytest.raises(cloud_map.exceptions.ResourceInUse):
        cloud_map.delete_service(Id=service["Id"])
    cloud_map.deregister_instance(ServiceId=service["Id"], InstanceId="task-1")
    cloud_map.delete_service(Id=service["Id"])
    cloud_map.delete_namespace(Id=namespace_id)
    with pytest.raises(cloud_map.exceptions.NamespaceNotFound):
        cloud_map.get_namespace(Id=namespace_id)


def test_errors_carry_their_members_and_status_400(cloud: Served) -> None:
    cloud_map = cloud.client("servicediscovery")
    cloud_map.create_http_namespace(Name="taken", CreatorRequestId="first")
    (known,) = cloud_map.list_namespaces(Filters=[{"Name": "NAME", "Values": ["taken"]}])["Namespaces"]

    with pytest.raises(cloud_map.exceptions.NamespaceAlreadyExists) as caught:
        cloud_map.create_http_namespace(Name="taken")

    assert caught.value.response["NamespaceId"] == known["Id"]
    assert caught.value.response["CreatorRequestId"] == "first"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(cloud_map.exceptions.ServiceNotFound) as missing:
        cloud_map.get_service(Id="srv-none")
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_names_outside_of_the_pattern_are_invalid_input(cloud: Served) -> None:
    with pytest.raises(ClientError, match=r"InvalidInput.*1 validation error detected: Value 'two words'"):
        cloud.client("servicediscovery").create_http_namespace(Name="two words")


def test_pages_are_followed(cloud: Served) -> None:
    cloud_map = cloud.client("servicediscovery")
    for number in range(5):
        cloud_map.create_http_namespace(Name=f"page-{number}")

    pages = cloud_map.get_paginator("list_namespaces").paginate(
        Filters=[{"Name": "NAME", "Values": ["page-"], "Condition": "BEGINS_WITH"}],
        PaginationConfig={"PageSize": 2},
    )

    names = [each["Name"] for page in pages for each in page["Namespaces"]]
    assert sorted(names) == [f"page-{number}" for number in range(5)]


def test_the_cli_registers_and_discovers(cloud: Served, tmp_path: Path) -> None:
    def aws(*words: str) -> Any:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_PAGER": "",
        }
        done = subprocess.run(
            [sys.executable, "-m", "awscli", "servicediscovery", *words, "--output", "json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    operation = aws("create-http-namespace", "--name", "by-cli")["OperationId"]
    namespace = aws("get-operation", "--operation-id", operation)["Operation"]["Targets"]["NAMESPACE"]
    service = aws("create-service", "--name", "web", "--namespace-id", namespace)["Service"]
    attributes = "AWS_INSTANCE_IPV4=10.0.0.1,stage=prod"
    instance = ("--service-id", service["Id"], "--instance-id", "i-1", "--attributes", attributes)
    aws("register-instance", *instance)

    found = aws("list-instances", "--service-id", service["Id"])["Instances"]

    assert service["DnsConfig"] == {}
    assert [(each["Id"], each["Attributes"]["stage"]) for each in found] == [("i-1", "prod")]


def test_calls_and_errors_on_the_wire_are_json_1_1_with_a_message_in_capitals(cloud: Served) -> None:
    def post(operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"Route53AutoNaming_v20170314.{operation}",
        }
        request = Request(cloud.endpoint, json.dumps(body).encode(), headers)
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    status, made = post("CreateHttpNamespace", {"Name": "on-the-wire"})
    assert status == 200
    _, told = post("GetOperation", made)
    assert isinstance(told["Operation"]["CreateDate"], int | float)

    status, error = post("GetNamespace", {"Id": "ns-none"})
    assert (status, error) == (400, {"__type": "NamespaceNotFound", "Message": "Namespace not found"})
