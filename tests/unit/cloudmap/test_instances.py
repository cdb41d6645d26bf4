from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.world import DiscoveredInstance, InstanceSource
from tests.unit.cloudmap.bench import A_RECORD, SCOPE, SRV_RECORD, CloudMapBench

ADDRESS = {"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "8080"}


def make(cloud: CloudMapBench, *types: str, kind: str = "PrivateDns", **params: Any) -> str:
    if types:
        config: dict[str, Any] = {"DnsRecords": [{"Type": each, "TTL": 60} for each in types]}
        if "CNAME" in types:
            config["RoutingPolicy"] = "WEIGHTED"
        params.setdefault("DnsConfig", config)
    return cloud.service(cloud.namespace("app.internal", kind), **params)


def custom(cloud: CloudMapBench) -> str:
    return make(cloud, "SRV", HealthCheckCustomConfig={"FailureThreshold": 1})


def ids(cloud: CloudMapBench, **params: Any) -> set[str]:
    found = cloud("DiscoverInstances", NamespaceName="app.internal", ServiceName="web", **params)
    return {each["InstanceId"] for each in found["Instances"]}


def test_a_registered_instance_is_discovered_with_its_attributes(cloud: CloudMapBench) -> None:
    service_id = make(cloud, "SRV")

    done = cloud.register(service_id, "i-1", **ADDRESS, version="v1")

    assert (done["Type"], done["Status"]) == ("REGISTER_INSTANCE", "SUCCESS")
    change = done["Targets"]["ROUTE_53_CHANGE_ID"]
    assert done["Targets"] == {"INSTANCE": "i-1", "ROUTE_53_CHANGE_ID": change, "SERVICE": service_id}
    found = cloud("DiscoverInstances", NamespaceName="app.internal", ServiceName="web")
    assert found["Instances"] == [
        {
            "InstanceId": "i-1",
            "NamespaceName": "app.internal",
            "ServiceName": "web",
            "HealthStatus": "UNKNOWN",
            "Attributes": {**ADDRESS, "version": "v1"},
        }
    ]
    assert cloud("GetService", Id=service_id)["Service"]["InstanceCount"] == 1


def test_an_instance_reads_back(cloud: CloudMapBench) -> None:
    service_id = make(cloud, "A")
    cloud(
        "RegisterInstance", ServiceId=service_id, InstanceId="i-1", Attributes=ADDRESS, CreatorRequestId="r"
    )

    shown = {"Id": "i-1", "Attributes": ADDRESS, "CreatedByAccount": "000000000000"}
    assert cloud("GetInstance", ServiceId=service_id, InstanceId="i-1") == {
        "ResourceOwner": "000000000000",
        "Instance": {**shown, "CreatorRequestId": "r"},
    }
    assert cloud("ListInstances", ServiceId=service_id)["Instances"] == [shown]


def test_registering_again_replaces_the_attributes(cloud: CloudMapBench) -> None:
    service_id = make(cloud, "A")
    cloud.register(service_id, "i-1", **ADDRESS, old="1")
    cloud.register(service_id, "i-1", AWS_INSTANCE_IPV4="10.0.0.2")

    found = cloud("GetInstance", ServiceId=service_id, InstanceId="i-1")["Instance"]
    assert found["Attributes"] == {"AWS_INSTANCE_IPV4": "10.0.0.2"}


@pytest.mark.parametrize(
    ("types", "attributes", "message"),
    [
        (["A"], {}, "Required attribute(s) AWS_INSTANCE_IPV4 are missing."),
        (["AAAA"], ADDRESS, "Required attribute(s) AWS_INSTANCE_IPV6 are missing."),
        (["CNAME"], ADDRESS, "Required attribute(s) AWS_INSTANCE_CNAME are missing."),
        (["A", "AAAA"], {}, "At least one of AWS_INSTANCE_IPV4 AWS_INSTANCE_IPV6 is required."),
        (
            ["SRV"],
            {"AWS_INSTANCE_PORT": "80"},
            "At least one of AWS_INSTANCE_IPV4 AWS_INSTANCE_IPV6 is required.",
        ),
        (
            ["SRV"],
            {"AWS_INSTANCE_IPV4": "10.0.0.1"},
            "A port must be supplied in order to register this instance.",
        ),
        (
            ["A"],
            {"AWS_EC2_INSTANCE_ID": "i-1"},
            (
                "AWS_EC2_INSTANCE_ID provided in namespace type DNS_PRIVATE."
                " It is only supported in HTTP namespace"
            ),
        ),
        (
            ["A"],
            {"AWS_INIT_HEALTH_STATUS": "SICK"},
            "No enum constant com.amazon.route53.autonaming.model.InitHealthStatus.SICK",
        ),
    ],
)
def test_attributes_that_do_not_fit_the_records_are_refused_in_awss_words(
    cloud: CloudMapBench, types: list[str], attributes: dict[str, str], message: str
) -> None:
    error = cloud.refused(
        "RegisterInstance", ServiceId=make(cloud, *types), InstanceId="i-1", Attributes=attributes
    )

    assert (error.code, error.message) == ("InvalidInput", message)


@pytest.mark.parametrize(
    "attributes",
    [
        {**ADDRESS, "AWS_MADE_UP": "1"},
        {**ADDRESS, "AWS_INIT_HEALTH_STATUS": "HEALTHY"},
        {"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "http"},
        {"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "65536"},
        {"AWS_INSTANCE_IPV4": "10.0.0.999", "AWS_INSTANCE_PORT": "80"},
        {**ADDRESS, **{f"k{index}": "v" * 1000 for index in range(6)}},
        {**ADDRESS, "AWS_ALIAS_DNS_NAME": "lb.example.com"},
    ],
    ids=["reserved", "no-custom-health", "port", "high-port", "address", "too-long", "alias"],
)
def test_other_attributes_that_aws_refuses_are_refused(
    cloud: CloudMapBench, attributes: dict[str, str]
) -> None:
    error = cloud.refused(
        "RegisterInstance", ServiceId=make(cloud, "SRV"), InstanceId="i-1", Attributes=attributes
    )

    assert error.code == "InvalidInput"


def test_thirty_custom_attributes_are_the_most_and_awss_own_do_not_count(cloud: CloudMapBench) -> None:
    service_id = make(cloud, "SRV")
    thirty = {f"k{index}": "v" for index in range(30)}

    assert cloud.register(service_id, "i-1", **ADDRESS, **thirty)["Status"] == "SUCCESS"
    error = cloud.refused(
        "RegisterInstance",
        ServiceId=service_id,
        InstanceId="i-2",
        Attributes={**ADDRESS, **thirty, "more": "v"},
    )
    assert error.message.startswith("Too many attributes provided: [")
    assert error.message.endswith("]. The current limit is 30")


def test_an_http_service_takes_any_attributes_or_none(cloud: CloudMapBench) -> None:
    service_id = make(cloud, kind="Http")

    assert cloud.register(service_id, "i-1")["Status"] == "SUCCESS"
    assert cloud.register(service_id, "i-2", **ADDRESS, url="http://x/")["Status"] == "SUCCESS"
    assert ids(cloud, QueryParameters={"AWS_INSTANCE_PORT": "8080"}) == {"i-2"}


def test_an_id_that_dns_cannot_hold_fails_in_the_operation(cloud: CloudMapBench) -> None:
    done = cloud.register(make(cloud, "SRV"), "i" * 64, **ADDRESS)

    assert (done["Status"], done["ErrorCode"]) == ("FAIL", "INVALID_CHANGE_BATCH")
    assert ids(cloud) == set()


def test_a_deregistered_instance_is_gone(cloud: CloudMapBench) -> None:
    service_id = make(cloud, "A")
    cloud.register(service_id, "i-1", **ADDRESS)

    done = cloud.done("DeregisterInstance", ServiceId=service_id, InstanceId="i-1")

    assert (done["Type"], done["Status"]) == ("DEREGISTER_INSTANCE", "SUCCESS")
    assert ids(cloud) == set()
    for operation in ("DeregisterInstance", "GetInstance"):
        error = cloud.refused(operation, ServiceId=service_id, InstanceId="i-1")
        assert error.code == "InstanceNotFound"


def test_unknown_names_are_not_found_and_an_empty_service_is_empty(cloud: CloudMapBench) -> None:
    make(cloud, "A")

    assert ids(cloud) == set()
    unknown = cloud.refused("DiscoverInstances", NamespaceName="nope", ServiceName="web")
    assert (unknown.code, unknown.message) == ("NamespaceNotFound", "Namespace not found")
    error = cloud.refused("DiscoverInstances", NamespaceName="app.internal", ServiceName="nope")
    assert error.code == "ServiceNotFound"
    error = cloud.refused(
        "DiscoverInstances", NamespaceName="app.internal", ServiceName="web", OwnerAccount="111111111111"
    )
    assert error.code == "NamespaceNotFound"


def test_the_custom_status_decides_who_is_discovered(cloud: CloudMapBench) -> None:
    service_id = custom(cloud)
    cloud.register(service_id, "well", **ADDRESS)
    cloud.register(service_id, "ill", **ADDRESS, AWS_INIT_HEALTH_STATUS="UNHEALTHY")

    assert ids(cloud) == {"well"}
    assert ids(cloud, HealthStatus="HEALTHY") == {"well"}
    assert ids(cloud, HealthStatus="UNHEALTHY") == {"ill"}
    assert ids(cloud, HealthStatus="ALL") == {"well", "ill"}
    assert ids(cloud, HealthStatus="HEALTHY_OR_ELSE_ALL") == {"well"}
    assert cloud("GetInstancesHealthStatus", ServiceId=service_id)["Status"] == {
        "well": "HEALTHY",
        "ill": "UNHEALTHY",
    }


def test_healthy_or_else_all_opens_when_nobody_is_healthy(cloud: CloudMapBench) -> None:
    service_id = custom(cloud)
    cloud.register(service_id, "ill", **ADDRESS, AWS_INIT_HEALTH_STATUS="UNHEALTHY")

    assert ids(cloud) == set()
    assert ids(cloud, HealthStatus="HEALTHY_OR_ELSE_ALL") == {"ill"}


def test_a_custom_status_applies_at_once(cloud: CloudMapBench) -> None:
    service_id = custom(cloud)
    cloud.register(service_id, "i-1", **ADDRESS, AWS_INIT_HEALTH_STATUS="UNHEALTHY")

    answer = cloud(
        "UpdateInstanceCustomHealthStatus", ServiceId=service_id, InstanceId="i-1", Status="HEALTHY"
    )

    assert answer == {}
    assert ids(cloud) == {"i-1"}


def test_the_health_filter_is_ignored_without_a_health_check(cloud: CloudMapBench) -> None:
    service_id = make(cloud, "A")
    cloud.register(service_id, "i-1", **ADDRESS)

    assert ids(cloud, HealthStatus="UNHEALTHY") == {"i-1"}
    assert cloud("GetInstancesHealthStatus", ServiceId=service_id, Instances=["i-1"])["Status"] == {
        "i-1": "UNKNOWN"
    }
    error = cloud.refused(
        "UpdateInstanceCustomHealthStatus", ServiceId=service_id, InstanceId="i-1", Status="HEALTHY"
    )
    assert error.code == "CustomHealthNotFound"


def test_query_parameters_must_all_match_and_optional_ones_only_narrow(cloud: CloudMapBench) -> None:
    service_id = make(cloud, "A")
    cloud.register(service_id, "a1", **ADDRESS, stage="prod", zone="a")
    cloud.register(service_id, "b1", **ADDRESS, stage="prod", zone="b")
    cloud.register(service_id, "b2", **ADDRESS, stage="test", zone="b")

    assert ids(cloud, QueryParameters={"stage": "prod"}) == {"a1", "b1"}
    assert ids(cloud, QueryParameters={"stage": "prod", "zone": "b"}) == {"b1"}
    assert ids(cloud, QueryParameters={"stage": "prod"}, OptionalParameters={"zone": "b"}) == {"b1"}
    assert ids(cloud, QueryParameters={"stage": "prod"}, OptionalParameters={"zone": "c"}) == {"a1", "b1"}
    assert ids(cloud, QueryParameters={"stage": "none"}) == set()


def test_at_most_a_hundred_are_discovered_unless_more_are_asked_for(cloud: CloudMapBench) -> None:
    service_id = make(cloud, "A")
    cloud.fill(service_id, 120, **ADDRESS)

    assert len(ids(cloud)) == 100
    assert len(ids(cloud, MaxResults=110)) == 110


def test_the_order_of_discovered_instances_changes(cloud: CloudMapBench) -> None:
    service_id = make(cloud, "A")
    for index in range(10):
        cloud.register(service_id, f"i-{index}", **ADDRESS)

    def order() -> tuple[str, ...]:
        found = cloud("DiscoverInstances", NamespaceName="app.internal", ServiceName="web")
        return tuple(each["InstanceId"] for each in found["Instances"])

    assert len({order() for _ in range(5)}) > 1


def test_the_revision_rises_with_instances_and_not_with_health(cloud: CloudMapBench) -> None:
    service_id = custom(cloud)

    def revision() -> int:
        names = {"NamespaceName": "app.internal", "ServiceName": "web"}
        number: int = cloud("DiscoverInstancesRevision", **names)["InstancesRevision"]
        assert cloud("DiscoverInstances", **names)["InstancesRevision"] == number
        return number

    seen = [revision()]
    cloud.register(service_id, "i-1", **ADDRESS)
    seen.append(revision())
    cloud("UpdateInstanceCustomHealthStatus", ServiceId=service_id, InstanceId="i-1", Status="UNHEALTHY")
    assert revision() == seen[-1]
    cloud.done("DeregisterInstance", ServiceId=service_id, InstanceId="i-1")
    seen.append(revision())

    assert seen == sorted(set(seen))


def test_the_gateway_sees_the_healthy_instances_ordered_by_id(cloud: CloudMapBench) -> None:
    source: InstanceSource = cloud.cloud_map
    service_id = custom(cloud)
    cloud.register(service_id, "b", **ADDRESS, stage="prod")
    cloud.register(service_id, "a", **ADDRESS)
    cloud.register(service_id, "ill", **ADDRESS, AWS_INIT_HEALTH_STATUS="UNHEALTHY")

    assert source.discover(SCOPE, service_id) == (
        DiscoveredInstance("a", ADDRESS, "HEALTHY"),
        DiscoveredInstance("b", {**ADDRESS, "stage": "prod"}, "HEALTHY"),
    )
    assert [each.instance_id for each in source.discover(SCOPE, service_id, {"stage": "prod"})] == ["b"]
    assert source.discover(SCOPE, "srv-unknown") == ()


def test_each_change_of_an_instance_is_told_by_the_feed(cloud: CloudMapBench) -> None:
    service_id = custom(cloud)
    changes = cloud.state.feed.subscribe("cloudmap.instance")

    def told() -> list[str]:
        return [change.key for change in changes.take()]

    cloud.register(service_id, "i-1", **ADDRESS)
    assert told() == [f"{service_id}/i-1"]
    cloud("UpdateInstanceCustomHealthStatus", ServiceId=service_id, InstanceId="i-1", Status="HEALTHY")
    assert told() == []
    cloud("UpdateInstanceCustomHealthStatus", ServiceId=service_id, InstanceId="i-1", Status="UNHEALTHY")
    assert told() == [f"{service_id}/i-1"]
    cloud.done("DeregisterInstance", ServiceId=service_id, InstanceId="i-1")
    assert told() == [f"{service_id}/i-1"]


def test_a_service_with_a_shorter_name_does_not_see_the_others_instances(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()
    web = cloud.service(namespace_id, "web", DnsConfig=A_RECORD)
    web2 = cloud.service(namespace_id, "web2", DnsConfig=SRV_RECORD)
    cloud.register(web2, "i-1", **ADDRESS)

    assert cloud("ListInstances", ServiceId=web)["Instances"] == []
