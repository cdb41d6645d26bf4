"""What the resolver says of names; how that travels is tested with the DNS server."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from hatoba.cloud.cloudmap import CloudMap
from hatoba.discovery import Answer, Record, Resolver
from tests.unit.cloudmap.bench import A_RECORD, SRV_RECORD, CloudMapBench

WEIGHTED: dict[str, Any] = {"RoutingPolicy": "WEIGHTED"}
CUSTOM: dict[str, Any] = {"HealthCheckCustomConfig": {"FailureThreshold": 1}}


def ask(cloud: CloudMapBench, name: str, record_type: str = "A") -> Answer:
    resolver: Resolver = cloud.cloud_map.resolver
    return resolver.resolve(name, record_type)


def data(answer: Answer) -> set[str]:
    return {record.data for record in answer.records}


def with_addresses(cloud: CloudMapBench, count: int, **params: Any) -> str:
    params.setdefault("DnsConfig", A_RECORD)
    service_id = cloud.service(cloud.namespace(), **params)
    for number in range(count):
        cloud.register(service_id, f"i-{number}", AWS_INSTANCE_IPV4=f"10.0.0.{number}")
    return service_id


def set_health(cloud: CloudMapBench, service_id: str, instance_id: str, status: str) -> None:
    cloud("UpdateInstanceCustomHealthStatus", ServiceId=service_id, InstanceId=instance_id, Status=status)


def test_an_srv_answer_names_targets_that_resolve(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), "web", DnsConfig=SRV_RECORD)
    cloud.register(service_id, "task-1", AWS_INSTANCE_IPV4="10.0.0.1", AWS_INSTANCE_PORT="8080")

    answer = ask(cloud, "web.app.internal", "SRV")

    assert answer.status == "NOERROR"
    assert answer.records == (Record("web.app.internal", "SRV", 300, "1 1 8080 task-1.web.app.internal."),)
    assert answer.additional == (Record("task-1.web.app.internal", "A", 300, "10.0.0.1"),)
    assert data(ask(cloud, "task-1.web.app.internal")) == {"10.0.0.1"}
    assert ask(cloud, "web.app.internal", "A").records == ()


def test_a_target_has_both_kinds_of_address(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=SRV_RECORD)
    cloud.register(
        service_id,
        "T1",
        AWS_INSTANCE_IPV4="10.0.0.1",
        AWS_INSTANCE_IPV6="2001:db8::1",
        AWS_INSTANCE_PORT="80",
    )

    assert {each.type for each in ask(cloud, "web.app.internal", "SRV").additional} == {"A", "AAAA"}
    assert data(ask(cloud, "t1.web.app.internal", "AAAA")) == {"2001:db8::1"}


def test_multivalue_answers_at_most_eight_and_not_always_the_same(cloud: CloudMapBench) -> None:
    with_addresses(cloud, 10)

    answers = [data(ask(cloud, "web.app.internal")) for _ in range(20)]

    assert {len(each) for each in answers} == {8}
    assert len(set.union(*answers)) == 10


def test_weighted_answers_one(cloud: CloudMapBench) -> None:
    with_addresses(cloud, 5, DnsConfig={**A_RECORD, **WEIGHTED})

    answers = [ask(cloud, "web.app.internal").records for _ in range(40)]

    assert {len(each) for each in answers} == {1}
    assert len({records[0].data for records in answers}) == 5


def test_the_ttl_is_the_services_and_follows_its_updates(cloud: CloudMapBench) -> None:
    service_id = with_addresses(cloud, 1)
    assert [each.ttl for each in ask(cloud, "web.app.internal").records] == [60]

    new = {"DnsConfig": {"DnsRecords": [{"Type": "A", "TTL": 7}]}}
    cloud.done("UpdateService", Id=service_id, Service=new)

    assert [each.ttl for each in ask(cloud, "web.app.internal").records] == [7]


def test_only_healthy_instances_are_answered(cloud: CloudMapBench) -> None:
    service_id = with_addresses(cloud, 3, **CUSTOM)

    set_health(cloud, service_id, "i-1", "UNHEALTHY")

    assert data(ask(cloud, "web.app.internal")) == {"10.0.0.0", "10.0.0.2"}


def test_without_a_health_check_all_count_as_healthy(cloud: CloudMapBench) -> None:
    with_addresses(cloud, 3)

    assert len(ask(cloud, "web.app.internal").records) == 3


@pytest.mark.parametrize("answer_all", [False, True])
def test_what_a_name_without_healthy_instances_answers_can_be_chosen(
    cloud: CloudMapBench, *, answer_all: bool
) -> None:
    service_id = with_addresses(cloud, 2, **CUSTOM)
    for instance_id in ("i-0", "i-1"):
        set_health(cloud, service_id, instance_id, "UNHEALTHY")
    resolver = CloudMap(cloud.world, random=Random(1), answer_all_when_unhealthy=answer_all).resolver

    answer = resolver.resolve("web.app.internal", "A")

    assert (answer.status, len(answer.records)) == (("NOERROR", 2) if answer_all else ("NXDOMAIN", 0))


def test_weighted_answers_as_if_all_were_healthy_when_none_is(cloud: CloudMapBench) -> None:
    service_id = with_addresses(cloud, 1, DnsConfig={**A_RECORD, **WEIGHTED}, **CUSTOM)

    set_health(cloud, service_id, "i-0", "UNHEALTHY")

    assert data(ask(cloud, "web.app.internal")) == {"10.0.0.0"}


def test_a_cname_answers_any_type(cloud: CloudMapBench) -> None:
    config = {"RoutingPolicy": "WEIGHTED", "DnsRecords": [{"Type": "CNAME", "TTL": 30}]}
    service_id = cloud.service(cloud.namespace(), DnsConfig=config)
    cloud.register(service_id, "i-1", AWS_INSTANCE_CNAME="www.example.com")

    for record_type in ("CNAME", "A"):
        (record,) = ask(cloud, "web.app.internal", record_type).records
        assert (record.type, record.ttl, record.data) == ("CNAME", 30, "www.example.com")


def test_a_name_without_instances_does_not_exist_for_15_seconds(cloud: CloudMapBench) -> None:
    with_addresses(cloud, 0)

    for name in ("web.app.internal", "nothing.app.internal"):
        answer = ask(cloud, name)
        assert answer.status == "NXDOMAIN"
        assert answer.soa is not None
        assert (answer.soa.name, answer.soa.ttl, answer.soa.data.rpartition(" ")[2]) == (
            "app.internal",
            15,
            "15",
        )


def test_a_name_that_exists_without_the_type_is_no_error(cloud: CloudMapBench) -> None:
    with_addresses(cloud, 1)

    answer = ask(cloud, "web.app.internal", "AAAA")

    assert (answer.status, answer.records) == ("NOERROR", ())
    assert answer.soa is not None


def test_names_between_a_service_and_its_namespace_exist(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), "_web._tcp", DnsConfig=SRV_RECORD)
    cloud.register(service_id, "i-1", AWS_INSTANCE_IPV4="10.0.0.1", AWS_INSTANCE_PORT="80")

    assert ask(cloud, "_tcp.app.internal").status == "NOERROR"
    assert ask(cloud, "_udp.app.internal").status == "NXDOMAIN"
    assert len(ask(cloud, "_web._tcp.app.internal", "SRV").records) == 1


def test_the_namespace_itself_has_an_soa_and_name_servers(cloud: CloudMapBench) -> None:
    cloud.namespace()

    assert [each.type for each in ask(cloud, "app.internal", "SOA").records] == ["SOA"]
    assert ask(cloud, "app.internal", "A").status == "NOERROR"
    name_servers = ask(cloud, "app.internal", "NS").records
    assert data(ask(cloud, "app.internal", "NS")) == {
        "ns-1536.awsdns-00.co.uk.",
        "ns-0.awsdns-00.com.",
        "ns-1024.awsdns-00.org.",
        "ns-512.awsdns-00.net.",
    }
    assert {(each.name, each.type, each.ttl) for each in name_servers} == {("app.internal", "NS", 172800)}


@pytest.mark.parametrize("name", ["example.com", "internal", "xapp.internal", ""])
def test_names_of_no_namespace_are_refused(cloud: CloudMapBench, name: str) -> None:
    cloud.namespace()

    assert ask(cloud, name) == Answer("REFUSED")


def test_http_namespaces_and_http_services_have_no_dns(cloud: CloudMapBench) -> None:
    http = cloud.service(cloud.namespace("api.internal", "Http"))
    api_only = cloud.service(cloud.namespace("app.internal"), Type="HTTP")
    for service_id in (http, api_only):
        cloud.register(service_id, "i-1", AWS_INSTANCE_IPV4="10.0.0.1")

    assert ask(cloud, "web.api.internal").status == "REFUSED"
    assert ask(cloud, "web.app.internal").status == "NXDOMAIN"


def test_a_namespace_inside_another_ones_name_answers_for_itself(cloud: CloudMapBench) -> None:
    outer, inner = cloud.namespace("internal"), cloud.namespace("app.internal")
    for namespace_id, address in ((outer, "10.0.0.1"), (inner, "10.0.0.2")):
        service_id = cloud.service(namespace_id, DnsConfig=A_RECORD)
        cloud.register(service_id, "i-1", AWS_INSTANCE_IPV4=address)

    assert data(ask(cloud, "web.internal")) == {"10.0.0.1"}
    assert data(ask(cloud, "web.app.internal")) == {"10.0.0.2"}


def test_the_same_name_in_two_vpcs_answers_from_one_of_them(cloud: CloudMapBench) -> None:
    namespaces = sorted([cloud.namespace(), cloud.namespace(Vpc="vpc-2")])
    for namespace_id, address in zip(namespaces, ("10.0.0.1", "10.0.0.2"), strict=True):
        service_id = cloud.service(namespace_id, DnsConfig=A_RECORD)
        cloud.register(service_id, "i-1", AWS_INSTANCE_IPV4=address)

    assert data(ask(cloud, "web.app.internal")) == {"10.0.0.1"}


def test_an_answer_follows_each_change(cloud: CloudMapBench) -> None:
    service_id = with_addresses(cloud, 1)
    assert data(ask(cloud, "web.app.internal")) == {"10.0.0.0"}

    cloud.register(service_id, "i-new", AWS_INSTANCE_IPV4="10.0.0.9")
    assert data(ask(cloud, "web.app.internal")) == {"10.0.0.0", "10.0.0.9"}
    cloud.done("DeregisterInstance", ServiceId=service_id, InstanceId="i-0")
    assert data(ask(cloud, "web.app.internal")) == {"10.0.0.9"}
    cloud.done("DeregisterInstance", ServiceId=service_id, InstanceId="i-new")
    cloud("DeleteService", Id=service_id)
    namespace_id = cloud("ListNamespaces")["Namespaces"][0]["Id"]
    cloud.done("DeleteNamespace", Id=namespace_id)
    assert ask(cloud, "web.app.internal").status == "REFUSED"


def test_names_are_answered_whatever_case_they_were_made_in(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace("App.Internal"), "Web", DnsConfig=A_RECORD)
    cloud.register(service_id, "i-1", AWS_INSTANCE_IPV4="10.0.0.1")

    assert data(ask(cloud, "web.app.internal")) == {"10.0.0.1"}


def test_names_between_an_id_with_dots_and_its_service_exist(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace(), DnsConfig=SRV_RECORD)
    cloud.register(service_id, "a.b", AWS_INSTANCE_IPV4="10.0.0.1", AWS_INSTANCE_PORT="80")

    assert data(ask(cloud, "a.b.web.app.internal")) == {"10.0.0.1"}
    assert ask(cloud, "b.web.app.internal").status == "NOERROR"
    assert ask(cloud, "c.web.app.internal").status == "NXDOMAIN"


def test_two_services_may_share_a_name(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()
    outer = cloud.service(namespace_id, "web", DnsConfig=SRV_RECORD)
    inner = cloud.service(namespace_id, "a.web", DnsConfig={"DnsRecords": [{"Type": "AAAA", "TTL": 60}]})
    cloud.register(outer, "a", AWS_INSTANCE_IPV4="10.0.0.1", AWS_INSTANCE_PORT="80")
    cloud.register(inner, "i-1", AWS_INSTANCE_IPV6="2001:db8::1")

    assert data(ask(cloud, "a.web.app.internal", "A")) == {"10.0.0.1"}
    assert data(ask(cloud, "a.web.app.internal", "AAAA")) == {"2001:db8::1"}
