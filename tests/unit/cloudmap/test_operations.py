"""What AWS does in the background: which calls, and how an operation reads."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hatoba.cloud.clock import timestamp
from tests.support.fakes import FakeClock
from tests.unit.cloudmap.bench import A_RECORD, CloudMapBench

ADDRESS = {"AWS_INSTANCE_IPV4": "10.0.0.1"}


def test_operation_ids_look_like_aws_and_carry_the_time(cloud: CloudMapBench) -> None:
    operation_id = cloud("CreateHttpNamespace", Name="api")["OperationId"]

    assert re.fullmatch(r"[0-9a-z]{32}-[0-9a-z]{8}", operation_id)
    assert int(operation_id.partition("-")[2], 36) == int(cloud.clock.now() * 1000)


def test_operations_are_listed_by_filters(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace("app.internal")
    cloud.done("CreatePrivateDnsNamespace", Name="app.internal", Vpc="vpc-1")
    now = cloud.clock.now()

    def count(*filters: dict[str, Any]) -> int:
        return len(cloud("ListOperations", Filters=list(filters))["Operations"])

    assert count() == 2
    assert count({"Name": "NAMESPACE_ID", "Values": [namespace_id]}) == 1
    assert count({"Name": "STATUS", "Values": ["FAIL", "PENDING"], "Condition": "IN"}) == 1
    assert [count({"Name": "STATUS", "Values": [each]}) for each in ("SUCCESS", "SUCCEED", "FAIL")] == [
        1,
        1,
        1,
    ]
    assert count({"Name": "TYPE", "Values": ["CREATE_NAMESPACE", "UPDATE_SERVICE"], "Condition": "IN"}) == 2
    assert count({"Name": "TYPE", "Values": ["DELETE_NAMESPACE"]}) == 0
    between = {"Name": "UPDATE_DATE", "Condition": "BETWEEN"}
    assert count({**between, "Values": [str(now - 1), str(now + 1)]}) == 2
    assert count({**between, "Values": [str(now + 1), str(now + 2)]}) == 0
    assert count({**between, "Values": [str(now - 2), str(now - 1)]}) == 0
    assert set(cloud("ListOperations")["Operations"][0]) == {"Id", "Status"}


def test_an_unknown_operation_is_not_found(cloud: CloudMapBench) -> None:
    assert cloud.refused("GetOperation", OperationId="nope").code == "OperationNotFound"


def test_an_operation_is_its_accounts_own(cloud: CloudMapBench) -> None:
    operation_id = cloud("CreateHttpNamespace", Name="api")["OperationId"]

    assert cloud("GetOperation", OperationId=operation_id, OwnerAccount="000000000000")["Operation"]
    error = cloud.refused("GetOperation", OperationId=operation_id, OwnerAccount="111111111111")
    assert error.code == "OperationNotFound"


def test_an_operation_reads_as_awss_do(cloud: CloudMapBench) -> None:
    operation_id = cloud("CreateHttpNamespace", Name="api")["OperationId"]

    found = cloud("GetOperation", OperationId=operation_id)["Operation"]

    (namespace,) = cloud("ListNamespaces")["Namespaces"]
    now = timestamp(cloud.clock.now())
    assert found == {
        "Id": operation_id,
        "OwnerAccount": "000000000000",
        "Type": "CREATE_NAMESPACE",
        "Status": "SUCCESS",
        "ErrorMessage": None,
        "ErrorCode": None,
        "CreateDate": now,
        "UpdateDate": now,
        "Targets": {"NAMESPACE": namespace["Id"]},
    }


def test_only_a_service_with_records_changes_route_53(cloud: CloudMapBench) -> None:
    api_only = cloud.service(cloud.namespace(), Type="HTTP")

    assert set(cloud.register(api_only, "i-1")["Targets"]) == {"SERVICE", "INSTANCE"}


def test_a_change_of_route_53_has_an_id_of_its_form(cloud: CloudMapBench) -> None:
    service = cloud.service(cloud.namespace(), DnsConfig=A_RECORD)

    assert re.fullmatch(
        r"C[0-9A-Z]{13}", cloud.register(service, "i-1", **ADDRESS)["Targets"]["ROUTE_53_CHANGE_ID"]
    )


def test_operations_are_kept_for_14_days(cloud: CloudMapBench) -> None:
    clock = cloud.clock
    assert isinstance(clock, FakeClock)
    cloud("CreateHttpNamespace", Name="api")

    clock.advance(14 * 24 * 3600)
    assert len(cloud("ListOperations")["Operations"]) == 1
    clock.advance(1)
    assert cloud("ListOperations")["Operations"] == []


@pytest.mark.parametrize(
    "given",
    [
        {"Name": "UPDATE_DATE", "Values": ["1", "2"], "Condition": "EQ"},
        {"Name": "UPDATE_DATE", "Values": ["1"], "Condition": "BETWEEN"},
        {"Name": "UPDATE_DATE", "Values": ["yesterday", "today"], "Condition": "BETWEEN"},
        {"Name": "NAMESPACE_ID", "Values": ["ns-1"], "Condition": "IN"},
        {"Name": "STATUS", "Values": ["FAIL", "SUCCESS"], "Condition": "EQ"},
        {"Name": "STATUS", "Values": ["F"], "Condition": "BEGINS_WITH"},
    ],
)
def test_a_condition_that_a_name_does_not_take_is_refused(
    cloud: CloudMapBench, given: dict[str, Any]
) -> None:
    assert cloud.refused("ListOperations", Filters=[given]).code == "InvalidInput"


@pytest.mark.parametrize("noun", ["instance", "operation"])
def test_only_namespaces_and_services_have_tags(cloud: CloudMapBench, noun: str) -> None:
    service = cloud.service(cloud.namespace(), DnsConfig=A_RECORD)
    operation = cloud("RegisterInstance", ServiceId=service, InstanceId="i-1", Attributes=ADDRESS)
    known = {"instance": f"{service}/i-1", "operation": operation["OperationId"]}
    arn = f"arn:aws:servicediscovery:ap-northeast-1:000000000000:{noun}/{known[noun]}"

    error = cloud.refused("TagResource", ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}])

    assert error.code == "ResourceNotFoundException"
