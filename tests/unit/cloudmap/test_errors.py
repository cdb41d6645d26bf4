"""What each operation may raise, by the model, and what it raises of a thing that is not there."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.wire.models import service_model
from tests.unit.cloudmap.bench import A_RECORD, CloudMapBench

ADDRESS = {"AWS_INSTANCE_IPV4": "10.0.0.1"}
NOBODY = "arn:aws:servicediscovery:ap-northeast-1:000000000000:service/srv-none"
NAMESPACE = {"Id": "ns-none"}
SERVICE = {"ServiceId": "srv-none"}
NAMED = {"NamespaceName": "nope", "ServiceName": "web"}
DNS: dict[str, Any] = {"DnsProperties": {"SOA": {"TTL": 1}}}

NOT_THERE: list[tuple[str, dict[str, Any], str]] = [
    ("UpdateHttpNamespace", {**NAMESPACE, "Namespace": {"Description": "x"}}, "NamespaceNotFound"),
    ("UpdatePrivateDnsNamespace", {**NAMESPACE, "Namespace": {"Properties": DNS}}, "NamespaceNotFound"),
    ("UpdatePublicDnsNamespace", {**NAMESPACE, "Namespace": {"Properties": DNS}}, "NamespaceNotFound"),
    ("DeleteNamespace", NAMESPACE, "NamespaceNotFound"),
    ("GetNamespace", NAMESPACE, "NamespaceNotFound"),
    ("CreateService", {"Name": "web", "NamespaceId": "ns-none"}, "NamespaceNotFound"),
    ("UpdateService", {"Id": "srv-none", "Service": {}}, "ServiceNotFound"),
    ("DeleteService", {"Id": "srv-none"}, "ServiceNotFound"),
    ("GetService", {"Id": "srv-none"}, "ServiceNotFound"),
    ("GetServiceAttributes", SERVICE, "ServiceNotFound"),
    ("UpdateServiceAttributes", {**SERVICE, "Attributes": {"a": "1"}}, "ServiceNotFound"),
    ("DeleteServiceAttributes", {**SERVICE, "Attributes": ["a"]}, "ServiceNotFound"),
    ("RegisterInstance", {**SERVICE, "InstanceId": "i", "Attributes": ADDRESS}, "ServiceNotFound"),
    ("DeregisterInstance", {**SERVICE, "InstanceId": "i"}, "ServiceNotFound"),
    ("GetInstance", {**SERVICE, "InstanceId": "i"}, "ServiceNotFound"),
    ("GetInstancesHealthStatus", SERVICE, "ServiceNotFound"),
    (
        "UpdateInstanceCustomHealthStatus",
        {**SERVICE, "InstanceId": "i", "Status": "HEALTHY"},
        "ServiceNotFound",
    ),
    ("ListInstances", SERVICE, "ServiceNotFound"),
    ("DiscoverInstances", NAMED, "NamespaceNotFound"),
    ("DiscoverInstancesRevision", NAMED, "NamespaceNotFound"),
    ("GetOperation", {"OperationId": "nope"}, "OperationNotFound"),
    ("ListTagsForResource", {"ResourceARN": NOBODY}, "ResourceNotFoundException"),
    ("TagResource", {"ResourceARN": NOBODY, "Tags": []}, "ResourceNotFoundException"),
    ("UntagResource", {"ResourceARN": NOBODY, "TagKeys": ["a"]}, "ResourceNotFoundException"),
]


def modelled(operation: str) -> set[str]:
    return {each.name for each in service_model("servicediscovery").operation_model(operation).error_shapes}


@pytest.mark.parametrize(("operation", "params", "code"), NOT_THERE, ids=[each[0] for each in NOT_THERE])
def test_what_is_not_there_is_the_error_that_the_model_lists(
    cloud: CloudMapBench, operation: str, params: dict[str, Any], code: str
) -> None:
    error = cloud.refused(operation, **params)

    assert (error.code, error.status) == (code, 400)
    assert code in modelled(operation)


@pytest.mark.parametrize(
    "operation", ["DeregisterInstance", "GetInstance", "UpdateInstanceCustomHealthStatus"]
)
def test_an_instance_that_is_not_there_is_not_found(cloud: CloudMapBench, operation: str) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=A_RECORD, HealthCheckCustomConfig={})
    status = {"Status": "HEALTHY"} if operation == "UpdateInstanceCustomHealthStatus" else {}

    error = cloud.refused(operation, ServiceId=service_id, InstanceId="nobody", **status)

    assert error.code == "InstanceNotFound"
    assert error.code in modelled(operation)


def test_health_of_an_instance_that_is_not_there_is_not_found(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=A_RECORD)

    error = cloud.refused("GetInstancesHealthStatus", ServiceId=service_id, Instances=["nobody"])

    assert error.code == "InstanceNotFound"


def test_every_operation_but_lists_and_creations_is_asked_of_what_is_not_there() -> None:
    asked = {operation for operation, *_ in NOT_THERE}
    others = set(service_model("servicediscovery").operation_names) - asked

    assert others == {
        *("CreateHttpNamespace", "CreatePrivateDnsNamespace", "CreatePublicDnsNamespace"),
        *("ListNamespaces", "ListServices", "ListOperations"),
    }
