from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cloudmap.bench import A_RECORD, CloudMapBench


def test_a_name_that_breaks_the_pattern_is_refused_in_awss_words(cloud: CloudMapBench) -> None:
    error = cloud.refused("CreatePublicDnsNamespace", Name="under_score.example.com")

    assert error.code == "InvalidInput"
    assert error.message.startswith(
        "1 validation error detected: Value 'under_score.example.com' at 'name' failed to satisfy"
        " constraint: Member must satisfy regular expression pattern: "
    )


def test_an_id_that_is_too_long_is_refused_in_awss_words(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=A_RECORD)

    error = cloud.refused("RegisterInstance", ServiceId=service_id, InstanceId="i" * 65, Attributes={})

    assert error.code == "InvalidInput"
    assert error.message.endswith("Member must have length less than or equal to 64")


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("CreateHttpNamespace", {"Name": "two words"}),
        ("CreateHttpNamespace", {"Name": "arn:aws:servicediscovery"}),
        ("CreateHttpNamespace", {"Name": "ok", "CreatorRequestId": "r" * 65}),
        ("CreatePublicDnsNamespace", {"Name": "single"}),
        ("CreateService", {"Name": "-web", "NamespaceId": "ns-1"}),
        ("CreateService", {"Name": "a" * 64, "NamespaceId": "ns-1"}),
        ("ListNamespaces", {"MaxResults": 101}),
        ("ListNamespaces", {"MaxResults": 0}),
        ("ListNamespaces", {"Filters": [{"Name": "COLOUR", "Values": ["x"]}]}),
        ("DiscoverInstances", {"NamespaceName": "n", "ServiceName": "s", "MaxResults": 1001}),
        ("GetNamespace", {}),
        ("GetNamespace", {"Id": 7}),
    ],
)
def test_values_outside_of_the_model_are_invalid_input(
    cloud: CloudMapBench, operation: str, params: dict[str, Any]
) -> None:
    assert cloud.refused(operation, **params).code == "InvalidInput"


@pytest.mark.parametrize("name", ["web", "_http._tcp", "a.b", "my_svc", "."])
def test_service_names_that_aws_takes_are_taken(cloud: CloudMapBench, name: str) -> None:
    assert cloud.service(cloud.namespace("api", "Http"), name)


@pytest.mark.parametrize("name", ["local", "under_score.internal", "app.internal1"])
def test_private_names_that_aws_takes_are_taken(cloud: CloudMapBench, name: str) -> None:
    assert cloud.namespace(name)


@pytest.mark.parametrize("key", ["two words", "é", "k" * 256])
def test_an_attribute_key_outside_of_the_pattern_is_refused(cloud: CloudMapBench, key: str) -> None:
    service_id = cloud.service(cloud.namespace("api", "Http"))

    error = cloud.refused("RegisterInstance", ServiceId=service_id, InstanceId="i-1", Attributes={key: "v"})

    assert error.code == "InvalidInput"
