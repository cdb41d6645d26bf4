from __future__ import annotations

import re
from typing import Any

import pytest

from hatoba.cloud.clock import timestamp
from hatoba.cloud.cloudmap import CloudMap
from hatoba.cloud.state import Scope
from hatoba.cloud.wire.models import service_model
from tests.support.calls import SCOPE
from tests.unit.cloudmap.bench import A_RECORD, CloudMapBench


def test_every_operation_of_the_model_is_answered(cloud: CloudMapBench) -> None:
    assert cloud.cloud_map.operations.names() == tuple(
        sorted(service_model("servicediscovery").operation_names)
    )


def test_a_private_namespace_is_found_by_the_operations_target(cloud: CloudMapBench) -> None:
    done = cloud.done(
        "CreatePrivateDnsNamespace",
        Name="app.internal",
        Vpc="vpc-1",
        Description="ours",
        CreatorRequestId="r1",
        Tags=[{"Key": "Owner", "Value": "team"}],
    )

    assert (done["Type"], done["Status"]) == ("CREATE_NAMESPACE", "SUCCESS")
    found = cloud("GetNamespace", Id=done["Targets"]["NAMESPACE"])["Namespace"]
    assert re.fullmatch(r"ns-[0-9a-z]{16}", found["Id"])
    assert found["Arn"] == f"arn:aws:servicediscovery:ap-northeast-1:000000000000:namespace/{found['Id']}"
    assert found["Name"] == "app.internal"
    assert found["Type"] == "DNS_PRIVATE"
    assert found["Description"] == "ours"
    assert found["ServiceCount"] == 0
    assert found["CreatorRequestId"] == "r1"
    assert found["ResourceOwner"] == "000000000000"
    assert found["Properties"]["HttpProperties"] == {"HttpName": "app.internal"}
    assert found["Properties"]["DnsProperties"]["HostedZoneId"].startswith("Z")
    assert found["CreateDate"] == timestamp(cloud.clock.now())


def test_negative_answers_are_kept_for_15_seconds_or_60_unless_told_otherwise(cloud: CloudMapBench) -> None:
    told: dict[str, Any] = {"Properties": {"DnsProperties": {"SOA": {"TTL": 0}}}}

    assert _soa(cloud, cloud.namespace("a.internal")) == {"TTL": 15}
    assert _soa(cloud, cloud.namespace("b.internal", **told)) == {"TTL": 0}
    assert _soa(cloud, cloud.namespace("a.com", "PublicDns")) == {"TTL": 60}
    assert _soa(cloud, cloud.namespace("b.com", "PublicDns", **told)) == {"TTL": 0}


def test_an_http_namespace_has_no_hosted_zone(cloud: CloudMapBench) -> None:
    found = cloud("GetNamespace", Id=cloud.namespace("api", "Http"))["Namespace"]

    assert found["Type"] == "HTTP"
    assert found["Properties"]["DnsProperties"] == {"HostedZoneId": None, "SOA": {}}


def test_the_same_private_name_twice_in_a_vpc_fails_in_the_operation(cloud: CloudMapBench) -> None:
    first = cloud.namespace("app.internal")
    zone = cloud("GetNamespace", Id=first)["Namespace"]["Properties"]["DnsProperties"]["HostedZoneId"]

    done = cloud.done("CreatePrivateDnsNamespace", Name="app.internal", Vpc="vpc-1", CreatorRequestId="other")

    assert done["Status"] == "FAIL"
    assert done["ErrorCode"] == "CANNOT_CREATE_HOSTED_ZONE"
    assert done["ErrorMessage"] == (
        "The VPC vpc-1 in region ap-northeast-1 has already been associated with the hosted zone"
        f" {zone} with the same domain name."
    )
    assert len(cloud("ListNamespaces")["Namespaces"]) == 1


def test_the_same_private_name_in_another_vpc_gets_an_http_name_of_its_own(cloud: CloudMapBench) -> None:
    cloud.namespace("app.internal")
    second = cloud("GetNamespace", Id=cloud.namespace("app.internal", Vpc="vpc-2"))["Namespace"]

    assert second["Name"] == "app.internal"
    assert second["Properties"]["HttpProperties"]["HttpName"].startswith("app.internal_")


def test_an_unknown_vpc_fails_in_the_operation(cloud: CloudMapBench) -> None:
    done = cloud.done("CreatePrivateDnsNamespace", Name="app.internal", Vpc="vpc-nowhere")

    assert (done["Status"], done["ErrorCode"]) == ("FAIL", "CANNOT_CREATE_HOSTED_ZONE")
    assert "vpc-nowhere" in done["ErrorMessage"]


def test_a_private_name_that_dns_cannot_hold_fails_in_the_operation(cloud: CloudMapBench) -> None:
    done = cloud.done("CreatePrivateDnsNamespace", Name=f"{'a' * 64}.internal", Vpc="vpc-1")

    assert (done["Status"], done["ErrorCode"]) == ("FAIL", "CANNOT_CREATE_HOSTED_ZONE")


@pytest.mark.parametrize("kind", ["Http", "PublicDns"])
def test_a_name_that_exists_is_refused_with_its_namespace(cloud: CloudMapBench, kind: str) -> None:
    first = cloud(f"Create{kind}Namespace", Name="example.com", CreatorRequestId="r1")["OperationId"]
    known = cloud("ListNamespaces")["Namespaces"][0]["Id"]

    error = cloud.refused(f"Create{kind}Namespace", Name="example.com", CreatorRequestId="r2")

    assert error.code == "NamespaceAlreadyExists"
    assert error.message == f"Another operation of type Create{kind}Namespace and id {first} has completed"
    assert error.members == {"CreatorRequestId": "r1", "NamespaceId": known}


def test_a_creation_sent_again_is_refused_with_the_first_ones_namespace(cloud: CloudMapBench) -> None:
    first = cloud.namespace("app.internal", CreatorRequestId="r1")

    error = cloud.refused(
        "CreatePrivateDnsNamespace", Name="app.internal", Vpc="vpc-1", CreatorRequestId="r1"
    )

    assert (error.code, error.members["NamespaceId"]) == ("NamespaceAlreadyExists", first)


def test_a_private_namespace_is_updated(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()

    done = cloud.done(
        "UpdatePrivateDnsNamespace",
        Id=namespace_id,
        Namespace={"Description": "new", "Properties": {"DnsProperties": {"SOA": {"TTL": 100}}}},
    )

    assert (done["Type"], done["Status"]) == ("UPDATE_NAMESPACE", "SUCCESS")
    assert cloud("GetNamespace", Id=namespace_id)["Namespace"]["Description"] == "new"
    assert _soa(cloud, namespace_id) == {"TTL": 100}


def test_what_an_update_leaves_out_stays_and_an_empty_description_goes(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace("a.com", "PublicDns", Description="ours")

    cloud.done("UpdatePublicDnsNamespace", Id=namespace_id, Namespace={}, UpdaterRequestId="u1")
    assert _soa(cloud, namespace_id) == {"TTL": 60}
    assert cloud("GetNamespace", Id=namespace_id)["Namespace"]["Description"] == "ours"

    change = {"Description": "", "Properties": {"DnsProperties": {"SOA": {"TTL": 5}}}}
    cloud.done("UpdatePublicDnsNamespace", Id=namespace_id, Namespace=change)
    assert _soa(cloud, namespace_id) == {"TTL": 5}
    assert cloud("GetNamespace", Id=namespace_id)["Namespace"]["Description"] is None


def test_a_region_has_fifty_namespaces_of_all_kinds_at_most(cloud: CloudMapBench) -> None:
    first = cloud.namespace("app.internal")
    for number in range(49):
        cloud.namespace(f"n{number}", "Http")

    for kind, params in (("Http", {}), ("PublicDns", {}), ("PrivateDns", {"Vpc": "vpc-1"})):
        error = cloud.refused(f"Create{kind}Namespace", Name="one.more", **params)
        assert (error.code, "50" in error.message) == ("ResourceLimitExceeded", True)
    assert cloud.call(
        "servicediscovery", "CreateHttpNamespace", Scope(SCOPE.account, "us-east-1"), Name="one.more"
    )

    cloud.done("DeleteNamespace", Id=first)
    assert cloud.namespace("one.more", "Http")


def test_names_of_public_and_private_namespaces_do_not_exclude_one_another(cloud: CloudMapBench) -> None:
    private = cloud.namespace("example.com")
    public = cloud.namespace("example.com", "PublicDns")

    kinds = [cloud("GetNamespace", Id=each)["Namespace"]["Type"] for each in (private, public)]
    assert kinds == ["DNS_PRIVATE", "DNS_PUBLIC"]


def test_a_namespace_is_not_updated_as_another_type(cloud: CloudMapBench) -> None:
    error = cloud.refused("UpdateHttpNamespace", Id=cloud.namespace(), Namespace={"Description": "x"})

    assert error.code == "InvalidInput"


def test_a_namespace_with_services_is_not_deleted(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()
    service_id = cloud.service(namespace_id, DnsConfig=A_RECORD)

    error = cloud.refused("DeleteNamespace", Id=namespace_id)
    assert error.code == "ResourceInUse"
    assert (
        error.message
        == "Namespace has associated services; delete the services before deleting the namespace"
    )

    cloud("DeleteService", Id=service_id)
    done = cloud.done("DeleteNamespace", Id=namespace_id)
    assert (done["Type"], done["Status"]) == ("DELETE_NAMESPACE", "SUCCESS")
    gone = cloud.refused("GetNamespace", Id=namespace_id)
    assert (gone.code, gone.message, gone.status) == ("NamespaceNotFound", "Namespace not found", 400)


def test_ids_may_be_arns_of_this_account_and_region_only(cloud: CloudMapBench) -> None:
    found = cloud("GetNamespace", Id=cloud.namespace())["Namespace"]

    assert cloud("GetNamespace", Id=found["Arn"])["Namespace"]["Id"] == found["Id"]
    for other in (
        found["Arn"].replace("ap-northeast-1", "us-east-1"),
        found["Arn"].replace("000000000000", "111111111111"),
    ):
        assert cloud.refused("GetNamespace", Id=other).code == "NamespaceNotFound"


def test_another_region_does_not_see_it(cloud: CloudMapBench) -> None:
    cloud.namespace()

    elsewhere = cloud.call("servicediscovery", "ListNamespaces", Scope(SCOPE.account, "us-east-1"))

    assert elsewhere["Namespaces"] == []


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"Name": "TYPE", "Values": ["HTTP"]}, {"api"}),
        ({"Name": "NAME", "Values": ["app.internal"], "Condition": "EQ"}, {"app.internal"}),
        ({"Name": "NAME", "Values": ["a"], "Condition": "BEGINS_WITH"}, {"api", "app.internal"}),
        ({"Name": "HTTP_NAME", "Values": ["other.internal"]}, {"other.internal"}),
        ({"Name": "HTTP_NAME", "Values": ["a"], "Condition": "BEGINS_WITH"}, {"api", "app.internal"}),
        ({"Name": "RESOURCE_OWNER", "Values": ["SELF"]}, {"api", "app.internal", "other.internal"}),
        ({"Name": "RESOURCE_OWNER", "Values": ["OTHER_ACCOUNTS"]}, set()),
    ],
)
def test_namespaces_are_listed_by_filters(
    cloud: CloudMapBench, given: dict[str, Any], names: set[str]
) -> None:
    cloud.namespace("app.internal")
    cloud.namespace("other.internal")
    cloud.namespace("api", "Http")
    assert len(cloud("ListNamespaces")["Namespaces"]) == 3

    found = cloud("ListNamespaces", Filters=[given])["Namespaces"]

    assert {each["Name"] for each in found} == names


@pytest.mark.parametrize(
    "given",
    [
        {"Name": "TYPE", "Values": ["HTTP"], "Condition": "BETWEEN"},
        {"Name": "NAME", "Values": ["a", "b"]},
    ],
)
def test_a_filter_that_aws_does_not_have_is_refused(cloud: CloudMapBench, given: dict[str, Any]) -> None:
    assert cloud.refused("ListNamespaces", Filters=[given]).code == "InvalidInput"


def test_lists_come_in_pages(cloud: CloudMapBench) -> None:
    made = {cloud.namespace(f"n{index}.internal") for index in range(5)}

    seen: list[str] = []
    params: dict[str, Any] = {"MaxResults": 2}
    while True:
        page = cloud("ListNamespaces", **params)
        seen += [each["Id"] for each in page["Namespaces"]]
        if page["NextToken"] is None:
            break
        params["NextToken"] = page["NextToken"]

    assert len(seen) == len(made)
    assert set(seen) == made
    assert cloud.refused("ListNamespaces", NextToken="nonsense!").code == "InvalidInput"


def test_tags_are_merged_and_taken_away_by_arn(cloud: CloudMapBench) -> None:
    arn = cloud("GetNamespace", Id=cloud.namespace(Tags=[{"Key": "a", "Value": "1"}]))["Namespace"]["Arn"]

    cloud("TagResource", ResourceARN=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}])
    assert cloud("ListTagsForResource", ResourceARN=arn)["Tags"] == [
        {"Key": "a", "Value": "2"},
        {"Key": "b", "Value": ""},
    ]
    cloud("UntagResource", ResourceARN=arn, TagKeys=["a"])
    assert cloud("ListTagsForResource", ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": ""}]


def test_tags_of_nothing_and_more_than_50_are_refused(cloud: CloudMapBench) -> None:
    arn = cloud("GetNamespace", Id=cloud.namespace())["Namespace"]["Arn"]
    many = [{"Key": f"k{index}", "Value": "v"} for index in range(51)]
    cloud("TagResource", ResourceARN=arn, Tags=many[:50])
    cloud("UntagResource", ResourceARN=arn, TagKeys=["k0"])

    error = cloud.refused("TagResource", ResourceARN=arn, Tags=many)
    assert (error.code, error.members) == ("TooManyTagsException", {"ResourceName": arn})
    assert cloud.refused("ListTagsForResource", ResourceARN=arn + "x").code == "ResourceNotFoundException"


def test_a_cloud_started_again_finds_its_namespaces(cloud: CloudMapBench) -> None:
    namespace_id = cloud.namespace()

    again = CloudMap(cloud.world)
    cloud.add(again.operations)

    assert cloud("GetNamespace", Id=namespace_id)["Namespace"]["Name"] == "app.internal"


def _soa(cloud: CloudMapBench, namespace_id: str) -> object:
    return cloud("GetNamespace", Id=namespace_id)["Namespace"]["Properties"]["DnsProperties"]["SOA"]
