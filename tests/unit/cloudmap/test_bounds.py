"""Each bound of the model: the last value that is taken, and the first that is not."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from tests.unit.cloudmap.bench import CloudMapBench

MAX_TTL = 2147483647
TAGGED = {"ResourceARN": "arn:aws:servicediscovery:ap-northeast-1:000000000000:service/srv-1"}
PLACE = {"NamespaceName": "n", "ServiceName": "s"}
LISTS = ("ListNamespaces", "ListServices", "ListOperations")


def outside_of_the_model(cloud: CloudMapBench, operation: str, params: dict[str, Any]) -> bool:
    """Say whether a call is refused for its values alone, before anything is looked for."""
    try:
        cloud(operation, **params)
    except ServiceError as error:
        return error.code == "InvalidInput" and " detected: Value '" in error.message
    return False


def soa(ttl: int) -> dict[str, Any]:
    return {"Name": "a.internal", "Vpc": "vpc-1", "Properties": {"DnsProperties": {"SOA": {"TTL": ttl}}}}


def service(**members: Any) -> dict[str, Any]:
    return {"Name": "web", "NamespaceId": "ns-1", **members}


def records(ttl: int) -> dict[str, Any]:
    return service(DnsConfig={"DnsRecords": [{"Type": "A", "TTL": ttl}]})


def check(**members: Any) -> dict[str, Any]:
    return service(HealthCheckConfig={"Type": "HTTP", **members})


def instance(name: str = "i-1", value: str = "v") -> dict[str, Any]:
    return {"ServiceId": "srv-1", "InstanceId": name, "Attributes": {"key": value}}


def tags(key: str = "k", value: str = "v", count: int = 1) -> dict[str, Any]:
    return {**TAGGED, "Tags": [{"Key": key, "Value": value}] * count}


def attributes(**pairs: str) -> dict[str, Any]:
    return {"ServiceId": "srv-1", "Attributes": pairs}


@pytest.mark.parametrize(
    ("operation", "taken", "refused"),
    [
        ("CreateHttpNamespace", {"Name": "!~" * 512}, {"Name": "n" * 1025}),
        ("CreateHttpNamespace", {"Name": "arn"}, {"Name": "arn:"}),
        ("CreateHttpNamespace", {"Name": "a-b_c.d"}, {"Name": "a b"}),
        ("CreatePrivateDnsNamespace", soa(0) | {"Name": "n" * 253}, soa(0) | {"Name": "n" * 254}),
        ("CreatePrivateDnsNamespace", soa(0) | {"Name": "local"}, soa(0) | {"Name": "é.internal"}),
        ("CreatePublicDnsNamespace", {"Name": f"{'a' * 63}.com"}, {"Name": f"{'a' * 64}.com"}),
        ("CreatePublicDnsNamespace", {"Name": "a-b.com"}, {"Name": "a-.com"}),
        ("CreatePublicDnsNamespace", {"Name": "1.2"}, {"Name": "com"}),
        ("CreatePublicDnsNamespace", {"Name": "ab.com"}, {"Name": "a_b.com"}),
        ("CreatePublicDnsNamespace", {"Name": "a." * 126 + "a"}, {"Name": "a." * 127 + "a"}),
        ("CreateHttpNamespace", {"Name": "n", "CreatorRequestId": "r" * 64}, {"CreatorRequestId": "r" * 65}),
        ("CreateHttpNamespace", {"Name": "n", "Description": "d" * 1024}, {"Description": "d" * 1025}),
        ("CreatePrivateDnsNamespace", soa(0), soa(-1)),
        ("CreatePrivateDnsNamespace", soa(MAX_TTL), soa(MAX_TTL + 1)),
        ("CreateService", service(Name="s" * 63), service(Name="s" * 64)),
        ("CreateService", service(Name=f"{'s' * 63}.{'s' * 63}"), service(Name=f"s.{'s' * 63}.{'s' * 62}.s")),
        ("CreateService", service(Name="_a-b._tcp"), service(Name="web-")),
        ("CreateService", service(Name="."), service(Name="web.")),
        ("CreateService", records(0), records(-1)),
        ("CreateService", records(MAX_TTL), records(MAX_TTL + 1)),
        ("CreateService", check(FailureThreshold=1), check(FailureThreshold=0)),
        ("CreateService", check(FailureThreshold=10), check(FailureThreshold=11)),
        ("CreateService", check(ResourcePath="/" * 255), check(ResourcePath="/" * 256)),
        ("RegisterInstance", instance("i" * 64), instance("i" * 65)),
        ("RegisterInstance", instance("aZ09_/:.@-"), instance("i#1")),
        ("RegisterInstance", instance(value="v" * 1024), instance(value="v" * 1025)),
        ("RegisterInstance", instance(value="two words\tand a tab"), instance(value="two\nlines")),
        ("RegisterInstance", instance(value="~!"), instance(value="é")),
        ("RegisterInstance", instance(value=""), instance(value=" v")),
        ("DiscoverInstances", PLACE | {"MaxResults": 1000}, PLACE | {"MaxResults": 1001}),
        ("DiscoverInstances", PLACE | {"MaxResults": 1}, PLACE | {"MaxResults": 0}),
        ("ListInstances", {"ServiceId": "s", "MaxResults": 100}, {"ServiceId": "s", "MaxResults": 101}),
        ("ListInstances", {"ServiceId": "s", "MaxResults": 1}, {"ServiceId": "s", "MaxResults": 0}),
        *((each, {"MaxResults": 100}, {"MaxResults": 101}) for each in LISTS),
        *((each, {"MaxResults": 1}, {"MaxResults": 0}) for each in LISTS),
        *((each, {"NextToken": "A" * 4096}, {"NextToken": "A" * 4097}) for each in LISTS),
        *(
            (
                each,
                {"Filters": [{"Name": name, "Values": ["v" * 255]}]},
                {"Filters": [{"Name": name, "Values": ["v" * 256]}]},
            )
            for each, name in zip(LISTS, ("NAME", "NAMESPACE_ID", "SERVICE_ID"), strict=True)
        ),
        ("TagResource", tags(key="k" * 128), tags(key="k" * 129)),
        ("TagResource", tags(key="k"), tags(key="")),
        ("TagResource", tags(value="v" * 256), tags(value="v" * 257)),
        ("TagResource", tags(count=200), tags(count=201)),
        ("UpdateServiceAttributes", attributes(**{"k" * 255: "v"}), attributes(**{"k" * 256: "v"})),
        ("UpdateServiceAttributes", attributes(key="v" * 1024), attributes(key="v" * 1025)),
        (
            "UpdateServiceAttributes",
            attributes(**{f"k{number}": "v" for number in range(30)}),
            attributes(**{f"k{number}": "v" for number in range(31)}),
        ),
    ],
)
def test_the_last_value_within_a_bound_is_taken_and_the_next_is_refused(
    cloud: CloudMapBench, operation: str, taken: dict[str, Any], refused: dict[str, Any]
) -> None:
    assert not outside_of_the_model(cloud, operation, taken)
    assert outside_of_the_model(cloud, operation, {**taken, **refused})


@pytest.mark.parametrize("name", ["COLOUR", "RESOURCE_OWNER"])
def test_a_filter_that_operations_do_not_have_is_refused_with_those_they_have(
    cloud: CloudMapBench, name: str
) -> None:
    error = cloud.refused("ListOperations", Filters=[{"Name": name, "Values": ["x"]}])

    assert error.code == "InvalidInput"
    assert error.message.endswith("[NAMESPACE_ID, SERVICE_ID, STATUS, TYPE, UPDATE_DATE]")
