"""What an instance may say of itself, beside the addresses that its service's records need."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cloudmap.bench import A_RECORD, SRV_RECORD, CloudMapBench

WEIGHTED = {**A_RECORD, "RoutingPolicy": "WEIGHTED"}
ALIAS = {"AWS_ALIAS_DNS_NAME": "lb.example.com"}
EC2 = {"AWS_EC2_INSTANCE_ID": "i-0123456789abcdef0"}
CUSTOM: dict[str, Any] = {"HealthCheckCustomConfig": {}}


def refusal(cloud: CloudMapBench, attributes: dict[str, str], kind: str = "PrivateDns", **params: Any) -> str:
    service = cloud.service(cloud.namespace("app.internal", kind), **params)
    return cloud.refused("RegisterInstance", ServiceId=service, InstanceId="i", Attributes=attributes).code


@pytest.mark.parametrize(
    ("attributes", "config"),
    [
        ({**ALIAS, "AWS_INSTANCE_IPV4": "10.0.0.1"}, WEIGHTED),
        ({**ALIAS, "AWS_INSTANCE_PORT": "80"}, WEIGHTED),
        (ALIAS, A_RECORD),
        (ALIAS, {**SRV_RECORD, "RoutingPolicy": "WEIGHTED"}),
    ],
    ids=["with-address", "with-port", "multivalue", "srv"],
)
def test_an_alias_stands_alone_in_a_weighted_service_of_addresses(
    cloud: CloudMapBench, attributes: dict[str, str], config: dict[str, Any]
) -> None:
    assert refusal(cloud, attributes, DnsConfig=config) == "InvalidInput"


def test_an_alias_is_refused_by_name_where_aws_has_it(cloud: CloudMapBench) -> None:
    assert refusal(cloud, ALIAS, DnsConfig=WEIGHTED) == "NotImplementedException"


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({**EC2, "AWS_INSTANCE_IPV4": "10.0.0.1"}, "InvalidInput"),
        ({**EC2, "stage": "prod"}, "InvalidInput"),
        (EC2, "NotImplementedException"),
        ({**EC2, "AWS_INIT_HEALTH_STATUS": "HEALTHY"}, "NotImplementedException"),
    ],
    ids=["with-address", "with-custom", "alone", "with-health"],
)
def test_an_ec2_instance_is_refused_as_in_aws_or_by_name(
    cloud: CloudMapBench, attributes: dict[str, str], code: str
) -> None:
    assert refusal(cloud, attributes, "Http", **CUSTOM) == code


def test_a_public_namespace_takes_no_ec2_instance_in_awss_words(cloud: CloudMapBench) -> None:
    service = cloud.service(cloud.namespace("example.com", "PublicDns"), DnsConfig=A_RECORD)

    error = cloud.refused("RegisterInstance", ServiceId=service, InstanceId="i", Attributes=EC2)

    assert error.message == (
        "AWS_EC2_INSTANCE_ID provided in namespace type DNS_PUBLIC. It is only supported in HTTP namespace"
    )


def test_all_attributes_together_have_5000_characters_at_most(cloud: CloudMapBench) -> None:
    service = cloud.service(cloud.namespace("api", "Http"))
    four = {f"k{number}": "v" * 1022 for number in range(4)}

    assert cloud.register(service, "i-1", **four, last="v" * 900)["Status"] == "SUCCESS"
    error = cloud.refused(
        "RegisterInstance", ServiceId=service, InstanceId="i-1", Attributes={**four, "last": "v" * 901}
    )
    assert (error.code, "5000" in error.message) == ("InvalidInput", True)


@pytest.mark.parametrize("types", [("AWS_INSTANCE_IPV4",), ("AWS_INSTANCE_IPV6",), ()])
def test_either_address_or_both_are_enough_for_a_service_of_both(
    cloud: CloudMapBench, types: tuple[str, ...]
) -> None:
    addresses = {"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_IPV6": "2001:db8::1"}
    for number, records in enumerate((["A", "AAAA"], ["SRV"])):
        config = {"DnsRecords": [{"Type": each, "TTL": 60} for each in records]}
        service = cloud.service(cloud.namespace(f"n{number}.internal"), DnsConfig=config)
        given = {key: value for key, value in addresses.items() if not types or key in types}

        assert cloud.register(service, "i-1", AWS_INSTANCE_PORT="80", **given)["Status"] == "SUCCESS"


@pytest.mark.parametrize("status", ["HEALTHY", "UNHEALTHY", None])
def test_an_instance_begins_healthy_unless_told_otherwise(cloud: CloudMapBench, status: str | None) -> None:
    service = cloud.service(cloud.namespace("api", "Http"), **CUSTOM)
    given = {} if status is None else {"AWS_INIT_HEALTH_STATUS": status}

    cloud.register(service, "i-1", **given)

    known = cloud("GetInstancesHealthStatus", ServiceId=service)["Status"]
    assert known == {"i-1": status or "HEALTHY"}


def test_registering_again_begins_anew_with_its_health(cloud: CloudMapBench) -> None:
    service = cloud.service(cloud.namespace("api", "Http"), **CUSTOM)
    cloud.register(service, "i-1")
    cloud("UpdateInstanceCustomHealthStatus", ServiceId=service, InstanceId="i-1", Status="UNHEALTHY")

    cloud.register(service, "i-1")

    assert cloud("GetInstancesHealthStatus", ServiceId=service)["Status"] == {"i-1": "HEALTHY"}


def test_a_name_of_more_than_253_characters_fails_in_the_operation(cloud: CloudMapBench) -> None:
    namespace = cloud.namespace(".".join(letter * 63 for letter in "abc"))
    last, beyond = (cloud.service(namespace, "s" * length, DnsConfig=A_RECORD) for length in (61, 62))

    assert cloud.register(last, "i-1", AWS_INSTANCE_IPV4="10.0.0.1")["Status"] == "SUCCESS"
    failed = cloud.register(beyond, "i-1", AWS_INSTANCE_IPV4="10.0.0.1")
    assert (failed["Status"], failed["ErrorCode"]) == ("FAIL", "INVALID_CHANGE_BATCH")
    assert "longer than 253" in failed["ErrorMessage"]
