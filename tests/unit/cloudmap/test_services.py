from __future__ import annotations

import re
from typing import Any

import pytest

from hatoba.cloud.clock import timestamp
from tests.unit.cloudmap.bench import A_RECORD, SCOPE, SRV_RECORD, CloudMapBench


def test_a_service_reads_back_as_it_was_written(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()
    made = cloud(
        "CreateService",
        Name="mz-dev-app",
        NamespaceId=namespace_id,
        DnsConfig={"NamespaceId": namespace_id, "RoutingPolicy": "MULTIVALUE", **SRV_RECORD},
        HealthCheckCustomConfig={"FailureThreshold": 1},
        CreatorRequestId="r1",
        Description="ours",
        Tags=[{"Key": "Owner", "Value": "team"}],
    )["Service"]

    found = cloud("GetService", Id=made["Id"])["Service"]

    assert found == made
    assert re.fullmatch(r"srv-[0-9a-z]{16}", found["Id"])
    assert found["Arn"].endswith(f":service/{found['Id']}")
    assert found["Type"] == "DNS_HTTP"
    assert found["NamespaceId"] == namespace_id
    assert found["DnsConfig"] == {
        "NamespaceId": namespace_id,
        "RoutingPolicy": "MULTIVALUE",
        "DnsRecords": [{"Type": "SRV", "TTL": 300}],
    }
    assert found["HealthCheckCustomConfig"] == {"FailureThreshold": 1}
    assert found["InstanceCount"] == 0
    assert (found["Description"], found["CreatorRequestId"]) == ("ours", "r1")
    assert (found["ResourceOwner"], found["CreatedByAccount"]) == (SCOPE.account, SCOPE.account)
    assert found["CreateDate"] == timestamp(cloud.clock.now())
    assert cloud("ListTagsForResource", ResourceARN=found["Arn"])["Tags"] == [
        {"Key": "Owner", "Value": "team"}
    ]


def test_a_service_is_named_by_its_arn_too(cloud: CloudMapBench) -> None:
    namespace = cloud("GetNamespace", Id=cloud.namespace())["Namespace"]["Arn"]
    made = cloud("CreateService", Name="web", NamespaceId=namespace, DnsConfig=A_RECORD)["Service"]

    cloud.register(made["Arn"], "i-1", AWS_INSTANCE_IPV4="10.0.0.1")

    assert [each["Id"] for each in cloud("ListInstances", ServiceId=made["Id"])["Instances"]] == ["i-1"]
    assert cloud("GetService", Id=made["Arn"])["Service"]["Id"] == made["Id"]
    elsewhere = made["Arn"].replace(SCOPE.region, "us-east-1")
    assert cloud.refused("GetService", Id=elsewhere).code == "ServiceNotFound"


def test_the_failure_threshold_is_always_one(cloud: CloudMapBench) -> None:
    service_id = cloud.service(
        cloud.namespace(), DnsConfig=A_RECORD, HealthCheckCustomConfig={"FailureThreshold": 5}
    )

    assert cloud("GetService", Id=service_id)["Service"]["HealthCheckCustomConfig"] == {"FailureThreshold": 1}


def test_a_service_without_health_check_shows_none(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=A_RECORD)

    assert cloud("GetService", Id=service_id)["Service"]["HealthCheckCustomConfig"] is None


def test_the_namespace_may_stand_in_the_dns_configuration_alone(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()

    made = cloud("CreateService", Name="web", DnsConfig={"NamespaceId": namespace_id, **A_RECORD})

    assert made["Service"]["NamespaceId"] == namespace_id
    assert cloud.refused("CreateService", Name="web", DnsConfig=A_RECORD).code == "InvalidInput"


def test_a_service_of_an_http_namespace_has_an_empty_dns_configuration(cloud: CloudMapBench) -> None:
    found = cloud("GetService", Id=cloud.service(cloud.namespace("api", "Http")))["Service"]

    assert (found["Type"], found["DnsConfig"]) == ("HTTP", {})


def test_a_service_of_a_dns_namespace_may_be_for_the_api_only(cloud: CloudMapBench) -> None:
    found = cloud("GetService", Id=cloud.service(cloud.namespace(), Type="HTTP"))["Service"]

    assert (found["Type"], found["DnsConfig"]) == ("HTTP", {})


@pytest.mark.parametrize("types", [["A"], ["AAAA"], ["A", "AAAA"], ["SRV"]], ids="-".join)
def test_the_record_types_that_aws_takes_are_taken(cloud: CloudMapBench, types: list[str]) -> None:
    config = {"DnsRecords": [{"Type": each, "TTL": 60} for each in types]}

    service_id = cloud.service(cloud.namespace(), DnsConfig=config)

    shown = cloud("GetService", Id=service_id)["Service"]["DnsConfig"]
    assert (shown["RoutingPolicy"], shown["DnsRecords"]) == ("MULTIVALUE", config["DnsRecords"])


@pytest.mark.parametrize("types", [["A", "SRV"], ["A", "A"], ["CNAME", "A"], ["SRV", "AAAA"]], ids="-".join)
def test_other_combinations_of_record_types_are_refused(cloud: CloudMapBench, types: list[str]) -> None:
    config = {"RoutingPolicy": "WEIGHTED", "DnsRecords": [{"Type": each, "TTL": 60} for each in types]}

    error = cloud.refused("CreateService", Name="web", NamespaceId=cloud.namespace(), DnsConfig=config)

    assert error.code == "InvalidInput"


def test_a_cname_needs_the_weighted_policy(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()
    config: dict[str, Any] = {"DnsRecords": [{"Type": "CNAME", "TTL": 60}]}

    error = cloud.refused("CreateService", Name="web", NamespaceId=namespace_id, DnsConfig=config)
    assert (error.code, "WEIGHTED" in error.message) == ("InvalidInput", True)

    assert cloud.service(namespace_id, DnsConfig={**config, "RoutingPolicy": "WEIGHTED"})


@pytest.mark.parametrize(("kind", "params"), [("Http", {}), ("PrivateDns", {"Type": "HTTP"})])
def test_a_service_for_the_api_only_takes_no_dns_configuration(
    cloud: CloudMapBench, kind: str, params: dict[str, str]
) -> None:
    namespace_id = cloud.namespace("api", kind)

    error = cloud.refused("CreateService", Name="web", NamespaceId=namespace_id, DnsConfig=A_RECORD, **params)

    assert (error.code, "DnsConfig" in error.message) == ("InvalidInput", True)


def test_a_route_53_health_check_is_refused_in_a_private_namespace_in_awss_words(
    cloud: CloudMapBench,
) -> None:
    error = cloud.refused(
        "CreateService",
        Name="web",
        NamespaceId=cloud.namespace(),
        DnsConfig=A_RECORD,
        HealthCheckConfig={"Type": "HTTP"},
    )

    assert (error.code, error.message) == (
        "InvalidInput",
        "Health check config cannot be applied to a service with private namespace",
    )


def test_both_kinds_of_health_check_exclude_one_another(cloud: CloudMapBench) -> None:
    error = cloud.refused(
        "CreateService",
        Name="web",
        NamespaceId=cloud.namespace("api", "Http"),
        HealthCheckConfig={"Type": "HTTP"},
        HealthCheckCustomConfig={},
    )

    assert error.code == "InvalidInput"


@pytest.mark.parametrize(("kind", "params"), [("Http", {}), ("PublicDns", {"DnsConfig": A_RECORD})])
def test_a_route_53_health_check_is_refused_by_name_where_aws_has_it(
    cloud: CloudMapBench, kind: str, params: dict[str, Any]
) -> None:
    wanted = {"Name": "web", "NamespaceId": cloud.namespace("api.com", kind), **params}

    error = cloud.refused("CreateService", **wanted, HealthCheckConfig={"Type": "TCP"})
    assert error.code == "NotImplementedException"
    assert "HealthCheckCustomConfig" in error.message


def test_a_name_that_exists_is_refused_with_its_service(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()
    first = cloud(
        "CreateService", Name="web", NamespaceId=namespace_id, DnsConfig=A_RECORD, CreatorRequestId="r1"
    )["Service"]

    error = cloud.refused("CreateService", Name="WEB", NamespaceId=namespace_id, DnsConfig=A_RECORD)

    assert error.code == "ServiceAlreadyExists"
    assert error.members == {
        "CreatorRequestId": "r1",
        "ServiceId": first["Id"],
        "ServiceArn": first["Arn"],
    }


def test_names_that_differ_by_case_are_two_names_for_the_api(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace("api", "Http")
    for name in ("web", "WEB"):
        cloud.register(cloud.service(namespace_id, name), f"of-{name}")

    for name in ("web", "WEB"):
        found = cloud("DiscoverInstances", NamespaceName="api", ServiceName=name)["Instances"]
        assert [each["InstanceId"] for each in found] == [f"of-{name}"]
    assert (
        cloud.refused("DiscoverInstances", NamespaceName="api", ServiceName="Web").code == "ServiceNotFound"
    )


def test_a_service_made_again_has_the_same_id(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()
    first = cloud.service(namespace_id, DnsConfig=A_RECORD)
    cloud("DeleteService", Id=first)

    assert cloud.service(namespace_id, DnsConfig=A_RECORD) == first


def test_a_service_made_again_begins_with_nothing_of_the_first_one(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()
    first = cloud.service(namespace_id, DnsConfig=A_RECORD)
    cloud("UpdateServiceAttributes", ServiceId=first, Attributes={"a": "1"})
    cloud.register(first, "i-1", AWS_INSTANCE_IPV4="10.0.0.1")
    cloud.done("DeregisterInstance", ServiceId=first, InstanceId="i-1")
    cloud("DeleteService", Id=first)

    again = cloud.service(namespace_id, DnsConfig=A_RECORD)

    names = {"NamespaceName": "app.internal", "ServiceName": "web"}
    assert cloud("DiscoverInstancesRevision", **names)["InstancesRevision"] == 0
    assert cloud("GetServiceAttributes", ServiceId=again)["ServiceAttributes"]["Attributes"] == {}


def test_an_update_changes_ttl_and_description(cloud: CloudMapBench) -> None:
    service_id = cloud.service(
        cloud.namespace(), DnsConfig=A_RECORD, HealthCheckCustomConfig={"FailureThreshold": 1}
    )

    done = cloud.done(
        "UpdateService",
        Id=service_id,
        Service={"Description": "", "DnsConfig": {"DnsRecords": [{"Type": "A", "TTL": 5}]}},
    )

    assert (done["Type"], done["Status"], done["Targets"]) == (
        "UPDATE_SERVICE",
        "SUCCESS",
        {"SERVICE": service_id},
    )
    found = cloud("GetService", Id=service_id)["Service"]
    assert found["Description"] == ""
    assert found["DnsConfig"]["DnsRecords"] == [{"Type": "A", "TTL": 5}]
    assert found["HealthCheckCustomConfig"] == {"FailureThreshold": 1}


def test_a_custom_health_check_is_neither_added_nor_taken_away_later(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()
    change: dict[str, Any] = {"DnsConfig": A_RECORD}
    with_check = cloud.service(namespace_id, "with", DnsConfig=A_RECORD, HealthCheckCustomConfig={})
    without = cloud.service(namespace_id, "without", DnsConfig=A_RECORD)

    for service_id in (with_check, without):
        cloud.done("UpdateService", Id=service_id, Service=change)

    assert cloud("GetService", Id=with_check)["Service"]["HealthCheckCustomConfig"] == {"FailureThreshold": 1}
    assert cloud("GetService", Id=without)["Service"]["HealthCheckCustomConfig"] is None
    error = cloud.refused("UpdateService", Id=without, Service={**change, "HealthCheckCustomConfig": {}})
    assert (error.code, "HealthCheckCustomConfig" in error.message) == ("InvalidInput", True)


def test_an_update_without_a_description_keeps_it(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=A_RECORD, Description="ours")

    cloud.done("UpdateService", Id=service_id, Service={"DnsConfig": A_RECORD})

    assert cloud("GetService", Id=service_id)["Service"]["Description"] == "ours"


def test_an_update_without_records_deletes_them_for_good(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=A_RECORD)
    cloud.register(service_id, "i-1", AWS_INSTANCE_IPV4="10.0.0.1")

    cloud.done("UpdateService", Id=service_id, Service={"Description": "x"})

    found = cloud("GetService", Id=service_id)["Service"]
    assert (found["DnsConfig"], found["Type"], found["Description"]) == ({}, "HTTP", "x")
    assert cloud.cloud_map.resolver.resolve("web.app.internal", "A").status == "NXDOMAIN"
    error = cloud.refused("UpdateService", Id=service_id, Service={"DnsConfig": A_RECORD})
    assert (error.code, "are [], but" in error.message) == ("InvalidInput", True)


def test_an_update_does_not_change_record_types(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=A_RECORD)

    error = cloud.refused("UpdateService", Id=service_id, Service={"DnsConfig": SRV_RECORD})

    assert error.code == "InvalidInput"
    assert error.message == (
        "The record types in the request must be the same as those present in the existing service."
        " Records in the existing service are [A], but the records in the request are [SRV]."
        " The record types of a service cannot be changed."
    )


def test_a_service_of_an_http_namespace_is_not_updated(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace("api", "Http"))

    assert cloud.refused("UpdateService", Id=service_id, Service={}).code == "InvalidInput"


def test_a_service_with_instances_is_not_deleted(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=A_RECORD)
    cloud.register(service_id, "i-1", AWS_INSTANCE_IPV4="10.0.0.1")

    error = cloud.refused("DeleteService", Id=service_id)
    assert (error.code, error.message) == (
        "ResourceInUse",
        "Service contains registered instances; delete the instances before deleting the service",
    )

    cloud.done("DeregisterInstance", ServiceId=service_id, InstanceId="i-1")
    assert cloud("DeleteService", Id=service_id) == {}
    assert cloud.refused("GetService", Id=service_id).code == "ServiceNotFound"


def test_services_are_listed_by_namespace(cloud: CloudMapBench) -> None:
    ours, other = cloud.namespace("a.internal"), cloud.namespace("b.internal")
    service_id = cloud.service(ours, DnsConfig=A_RECORD)
    cloud.service(other, DnsConfig=A_RECORD)

    found = cloud("ListServices", Filters=[{"Name": "NAMESPACE_ID", "Values": [ours]}])["Services"]

    assert [each["Id"] for each in found] == [service_id]
    arn = cloud("GetNamespace", Id=ours)["Namespace"]["Arn"]
    assert cloud("ListServices", Filters=[{"Name": "NAMESPACE_ID", "Values": [arn]}])["Services"] == found
    assert len(cloud("ListServices")["Services"]) == 2
    beginning = {"Name": "NAMESPACE_ID", "Values": ["ns-"], "Condition": "BEGINS_WITH"}
    assert cloud.refused("ListServices", Filters=[beginning]).code == "InvalidInput"


def test_service_attributes_are_merged_limited_and_taken_away(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=A_RECORD)

    cloud("UpdateServiceAttributes", ServiceId=service_id, Attributes={"a": "1", "b": "2"})
    cloud("UpdateServiceAttributes", ServiceId=service_id, Attributes={"b": "3"})
    cloud("DeleteServiceAttributes", ServiceId=service_id, Attributes=["a", "never"])
    found = cloud("GetServiceAttributes", ServiceId=service_id)["ServiceAttributes"]
    assert found["Attributes"] == {"b": "3"}
    assert found["ServiceArn"].endswith(service_id)
    assert found["ResourceOwner"] == "000000000000"
    cloud(
        "UpdateServiceAttributes",
        ServiceId=service_id,
        Attributes={f"k{index}": "v" for index in range(29)},
    )

    error = cloud.refused(
        "UpdateServiceAttributes",
        ServiceId=service_id,
        Attributes={"one": "more"},
    )
    assert error.code == "ServiceAttributesLimitExceededException"
