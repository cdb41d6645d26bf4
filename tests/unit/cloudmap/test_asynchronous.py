"""Which calls answer with an operation, what it tells, and what it changed."""

from __future__ import annotations

from typing import Any

from hatoba.cloud.wire.models import service_model
from tests.unit.cloudmap.bench import A_RECORD, CloudMapBench

ADDRESS = {"AWS_INSTANCE_IPV4": "10.0.0.1"}
SOA: dict[str, Any] = {"Properties": {"DnsProperties": {"SOA": {"TTL": 30}}}}


def test_every_asynchronous_operation_of_the_model_tells_its_type_and_its_targets(
    cloud: CloudMapBench,
) -> None:
    told: dict[str, tuple[str, set[str]]] = {}

    def done(operation: str, **params: Any) -> str:
        answer = cloud(operation, **params)
        assert set(answer) == {"OperationId"}
        found = cloud("GetOperation", OperationId=answer["OperationId"])["Operation"]
        assert (found["Id"], found["Status"]) == (answer["OperationId"], "SUCCESS")
        assert found["OwnerAccount"] == "000000000000"
        assert found["UpdateDate"] >= found["CreateDate"]
        told[operation] = (found["Type"], set(found["Targets"]))
        namespace: str = found["Targets"].get("NAMESPACE", "")
        return namespace

    http = done("CreateHttpNamespace", Name="api")
    public = done("CreatePublicDnsNamespace", Name="example.com")
    private = done("CreatePrivateDnsNamespace", Name="app.internal", Vpc="vpc-1")
    done("UpdateHttpNamespace", Id=http, Namespace={"Description": "new"})
    done("UpdatePublicDnsNamespace", Id=public, Namespace=SOA)
    done("UpdatePrivateDnsNamespace", Id=private, Namespace=SOA, UpdaterRequestId="u1")
    web = cloud.service(private, DnsConfig=A_RECORD)
    done("UpdateService", Id=web, Service={"DnsConfig": {"DnsRecords": [{"Type": "A", "TTL": 7}]}})
    done("RegisterInstance", ServiceId=web, InstanceId="i-1", Attributes=ADDRESS)
    done("DeregisterInstance", ServiceId=web, InstanceId="i-1")
    done("DeleteNamespace", Id=http)

    model = service_model("servicediscovery")
    answers_later = {
        name
        for name in model.operation_names
        if (shape := model.operation_model(name).output_shape) and set(shape.members) == {"OperationId"}
    }
    assert set(told) == answers_later
    of_namespaces, of_instances = {"NAMESPACE"}, {"INSTANCE", "SERVICE", "ROUTE_53_CHANGE_ID"}
    assert told == {
        **{
            f"Create{kind}Namespace": ("CREATE_NAMESPACE", of_namespaces)
            for kind in ("Http", "PublicDns", "PrivateDns")
        },
        **{
            f"Update{kind}Namespace": ("UPDATE_NAMESPACE", of_namespaces)
            for kind in ("Http", "PublicDns", "PrivateDns")
        },
        "DeleteNamespace": ("DELETE_NAMESPACE", of_namespaces),
        "UpdateService": ("UPDATE_SERVICE", {"SERVICE"}),
        "RegisterInstance": ("REGISTER_INSTANCE", of_instances),
        "DeregisterInstance": ("DEREGISTER_INSTANCE", of_instances),
    }


def test_a_public_namespace_has_a_zone_and_an_http_name(cloud: CloudMapBench) -> None:
    found = cloud("GetNamespace", Id=cloud.namespace("example.com", "PublicDns"))["Namespace"]

    assert found["Type"] == "DNS_PUBLIC"
    assert found["Properties"]["DnsProperties"]["HostedZoneId"].startswith("Z")
    assert found["Properties"]["DnsProperties"]["SOA"] == {"TTL": 60}
    assert found["Properties"]["HttpProperties"] == {"HttpName": "example.com"}


def test_a_namespace_counts_its_services(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()
    cloud.service(namespace_id, "web", DnsConfig=A_RECORD)
    cloud.service(namespace_id, "stock", DnsConfig=A_RECORD)

    assert cloud("GetNamespace", Id=namespace_id)["Namespace"]["ServiceCount"] == 2
    assert [each["ServiceCount"] for each in cloud("ListNamespaces")["Namespaces"]] == [2]


def test_the_description_of_an_http_namespace_changes(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace("api", "Http", Description="old")

    cloud.done("UpdateHttpNamespace", Id=namespace_id, Namespace={"Description": "new"})

    assert cloud("GetNamespace", Id=namespace_id)["Namespace"]["Description"] == "new"


def test_a_name_that_is_free_again_is_taken_again(cloud: CloudMapBench) -> None:
    first = cloud.namespace("api", "Http")
    cloud.done("DeleteNamespace", Id=first)

    second = cloud("GetNamespace", Id=cloud.namespace("api", "Http"))["Namespace"]

    assert second["Id"] != first
    assert second["Properties"]["HttpProperties"] == {"HttpName": "api"}


def test_a_tcp_health_check_has_no_path(cloud: CloudMapBench) -> None:
    error = cloud.refused(
        "CreateService",
        Name="web",
        NamespaceId=cloud.namespace("api", "Http"),
        HealthCheckConfig={"Type": "TCP", "ResourcePath": "/"},
    )

    assert error.code == "InvalidInput"
    assert "ResourcePath" in error.message


def test_a_page_has_a_hundred_unless_fewer_are_asked_for(cloud: CloudMapBench) -> None:
    service_id = cloud.service(cloud.namespace("api", "Http"))
    with cloud.state.transaction():
        for index in range(101):
            cloud("RegisterInstance", ServiceId=service_id, InstanceId=f"i-{index}", Attributes={})

    first = cloud("ListInstances", ServiceId=service_id)

    assert len(first["Instances"]) == 100
    rest = cloud("ListInstances", ServiceId=service_id, NextToken=first["NextToken"])
    assert (len(rest["Instances"]), rest["NextToken"]) == (1, None)


def test_what_is_discovered_has_no_pages() -> None:
    model = service_model("servicediscovery").operation_model("DiscoverInstances")

    assert model.output_shape is not None
    assert set(model.output_shape.members) == {"Instances", "InstancesRevision"}


def test_services_of_other_accounts_are_none(cloud: CloudMapBench) -> None:
    cloud.service(cloud.namespace(), DnsConfig=A_RECORD)

    def found(owner: str) -> int:
        wanted = [{"Name": "RESOURCE_OWNER", "Values": [owner], "Condition": "EQ"}]
        return len(cloud("ListServices", Filters=wanted)["Services"])

    assert (found("SELF"), found("OTHER_ACCOUNTS")) == (1, 0)
