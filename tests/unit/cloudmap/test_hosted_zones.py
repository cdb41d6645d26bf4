"""Namespaces as Route 53 shows them."""

from __future__ import annotations

from hatoba.cloud.world import RecordSet
from tests.support.calls import SCOPE
from tests.unit.cloudmap.bench import A_RECORD, SRV_RECORD, CloudMapBench


def test_each_instance_has_a_record_set_of_its_own_and_its_target_an_address(cloud: CloudMapBench) -> None:
    service = cloud.service(cloud.namespace("a.internal"), "app", DnsConfig=SRV_RECORD)
    for number in (1, 2):
        cloud.register(service, f"i{number}", AWS_INSTANCE_IPV4=f"10.0.0.{number}", AWS_INSTANCE_PORT="8080")

    [zone] = cloud.cloud_map.zones.hosted_zones(SCOPE.account)

    assert [(each.name, each.type) for each in zone.records[:2]] == [
        ("a.internal", "NS"),
        ("a.internal", "SOA"),
    ]
    assert (zone.name, zone.vpc_id, zone.region) == ("a.internal", "vpc-1", SCOPE.region)
    assert [each for each in zone.records if each.type == "SRV"] == [
        RecordSet("app.a.internal", "SRV", 300, (f"1 1 8080 i{number}.app.a.internal.",), f"i{number}")
        for number in (1, 2)
    ]
    assert [each for each in zone.records if each.type == "A"] == [
        RecordSet(f"i{number}.app.a.internal", "A", 300, (f"10.0.0.{number}",)) for number in (1, 2)
    ]


def test_weighted_records_have_their_weight(cloud: CloudMapBench) -> None:
    weighted = {**A_RECORD, "RoutingPolicy": "WEIGHTED"}
    service = cloud.service(cloud.namespace("a.internal"), "app", DnsConfig=weighted)
    cloud.register(service, "i", AWS_INSTANCE_IPV4="10.0.0.1")

    [zone] = cloud.cloud_map.zones.hosted_zones(SCOPE.account)

    assert zone.records[2:] == (RecordSet("app.a.internal", "A", 60, ("10.0.0.1",), "i", 1),)


def test_a_zone_goes_with_its_namespace_and_http_namespaces_have_none(cloud: CloudMapBench) -> None:
    namespace = cloud.namespace("a.internal")
    cloud.namespace("plain", kind="Http")

    cloud("DeleteNamespace", Id=namespace)

    assert cloud.cloud_map.zones.hosted_zones(SCOPE.account) == ()
    assert cloud.cloud_map.zones.hosted_zones("111111111111") == ()
