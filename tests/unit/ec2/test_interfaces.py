from __future__ import annotations

import re

import pytest

from hatoba.cloud.state import Scope
from tests.support.calls import SCOPE
from tests.unit.ec2.bench import Ec2Bench, filter_of, tags_of


def test_an_interface_has_an_address_of_its_subnet(cloud: Ec2Bench) -> None:
    subnet = cloud("DescribeSubnets", Filters=[filter_of("cidr-block", "172.31.0.0/20")])["Subnets"][0]
    group_id = cloud.group(cloud.default_vpc())

    made = cloud.interface(
        subnet["SubnetId"],
        Groups=[group_id],
        Description="a task's",
        TagSpecifications=tags_of("network-interface", Name="n"),
    )

    (found,) = cloud("DescribeNetworkInterfaces", NetworkInterfaceIds=[made["NetworkInterfaceId"]])[
        "NetworkInterfaces"
    ]
    assert found == made
    assert re.fullmatch(r"eni-[0-9a-f]{17}", found["NetworkInterfaceId"])
    assert re.fullmatch(r"06(:[0-9a-f]{2}){5}", found["MacAddress"])
    assert found["PrivateIpAddress"] == "172.31.0.4"
    assert found["PrivateDnsName"] == "ip-172-31-0-4.ap-northeast-1.compute.internal"
    assert found["Groups"] == [{"GroupId": group_id, "GroupName": "web"}]
    assert (found["VpcId"], found["AvailabilityZone"]) == (cloud.default_vpc(), "ap-northeast-1a")
    assert (found["Status"], found["Description"]) == ("available", "a task's")
    assert found["TagSet"] == [{"Key": "Name", "Value": "n"}]


def test_without_groups_it_is_in_the_default_one(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()

    made = cloud.interface(cloud.subnet(vpc_id))

    assert [each["GroupName"] for each in made["Groups"]] == ["default"]
    assert made["PrivateDnsName"] is None


def test_virginia_has_a_domain_of_its_own(cloud: Ec2Bench) -> None:
    scope = Scope(SCOPE.account, "us-east-1")
    subnet = cloud("DescribeSubnets", scope)["Subnets"][0]

    made = cloud("CreateNetworkInterface", scope, SubnetId=subnet["SubnetId"])["NetworkInterface"]

    assert made["PrivateDnsName"].endswith(".ec2.internal")


def test_addresses_are_counted_and_not_given_out_again_at_once(cloud: Ec2Bench) -> None:
    subnet_id = cloud.subnet(cloud.vpc(), "10.0.0.0/28")

    def available() -> int:
        count: int = cloud("DescribeSubnets", SubnetIds=[subnet_id])["Subnets"][0]["AvailableIpAddressCount"]
        return count

    assert available() == 11
    first = cloud.interface(subnet_id)
    assert available() == 10
    cloud("DeleteNetworkInterface", NetworkInterfaceId=first["NetworkInterfaceId"])
    assert available() == 11
    assert cloud.interface(subnet_id)["PrivateIpAddress"] != first["PrivateIpAddress"]


def test_a_full_subnet_says_so(cloud: Ec2Bench) -> None:
    subnet_id = cloud.subnet(cloud.vpc(), "10.0.0.0/28")
    given_out = {cloud.interface(subnet_id)["PrivateIpAddress"] for _ in range(11)}

    error = cloud.refused("CreateNetworkInterface", SubnetId=subnet_id)

    assert given_out == {f"10.0.0.{last}" for last in range(4, 15)}
    assert error.code == "InsufficientFreeAddressesInSubnet"


def test_an_address_may_be_asked_for(cloud: Ec2Bench) -> None:
    subnet_id = cloud.subnet(cloud.vpc())

    assert cloud.interface(subnet_id, PrivateIpAddress="10.0.0.77")["PrivateIpAddress"] == "10.0.0.77"
    taken = cloud.refused("CreateNetworkInterface", SubnetId=subnet_id, PrivateIpAddress="10.0.0.77")
    assert (taken.code, taken.message) == ("InvalidIPAddress.InUse", "Address 10.0.0.77 is in use.")
    for address in ("10.0.0.1", "10.0.0.255", "10.0.1.9", "nonsense"):
        error = cloud.refused("CreateNetworkInterface", SubnetId=subnet_id, PrivateIpAddress=address)
        assert error.code == "InvalidParameterValue"


def test_a_call_that_is_sent_again_with_its_token_makes_no_second_interface(cloud: Ec2Bench) -> None:
    subnet_id = cloud.subnet(cloud.vpc())
    first = cloud.interface(subnet_id, ClientToken="once")

    assert cloud.interface(subnet_id, ClientToken="once") == first
    assert cloud.interface(subnet_id, ClientToken="other") != first
    assert len(cloud("DescribeNetworkInterfaces")["NetworkInterfaces"]) == 2
    cloud("DeleteNetworkInterface", NetworkInterfaceId=first["NetworkInterfaceId"])
    again = cloud.interface(subnet_id, ClientToken="once")
    assert again["NetworkInterfaceId"] != first["NetworkInterfaceId"]


def test_groups_must_stand_in_the_same_vpc(cloud: Ec2Bench) -> None:
    subnet_id = cloud.subnet(cloud.vpc())

    error = cloud.refused("CreateNetworkInterface", SubnetId=subnet_id, Groups=["sg-0"])
    assert error.code == "InvalidGroup.NotFound"
    elsewhere = cloud.group(cloud.default_vpc())
    error = cloud.refused("CreateNetworkInterface", SubnetId=subnet_id, Groups=[elsewhere])
    assert error.code == "InvalidParameter"


def test_interfaces_are_found_by_group_subnet_and_vpc(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    subnet_id, group_id = cloud.subnet(vpc_id), cloud.group(vpc_id)
    made = cloud.interface(subnet_id, Groups=[group_id])["NetworkInterfaceId"]
    defaults = cloud("DescribeSubnets", Filters=[filter_of("default-for-az", "true")])["Subnets"]
    cloud.interface(defaults[0]["SubnetId"])

    for given_filter in (
        filter_of("group-id", group_id),
        filter_of("subnet-id", subnet_id),
        filter_of("vpc-id", vpc_id),
        filter_of("addresses.private-ip-address", "10.0.0.?"),
    ):
        found = cloud("DescribeNetworkInterfaces", Filters=[given_filter])["NetworkInterfaces"]
        assert [each["NetworkInterfaceId"] for each in found] == [made]


def test_attributes_of_an_interface_are_changed(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    interface_id = cloud.interface(cloud.subnet(vpc_id))["NetworkInterfaceId"]
    group_id = cloud.group(vpc_id)

    cloud(
        "ModifyNetworkInterfaceAttribute",
        NetworkInterfaceId=interface_id,
        Groups=[group_id],
        Description={"Value": "new"},
    )

    (found,) = cloud("DescribeNetworkInterfaces")["NetworkInterfaces"]
    assert [each["GroupId"] for each in found["Groups"]] == [group_id]
    assert found["Description"] == "new"


@pytest.mark.parametrize("operation", ["AttachNetworkInterface", "AssignPrivateIpAddresses"])
def test_what_interfaces_cannot_do_is_refused_by_name(cloud: Ec2Bench, operation: str) -> None:
    params = {"NetworkInterfaceId": "eni-0"}
    attach = {"DeviceIndex": 1, "InstanceId": "i-0"} if operation.startswith("Attach") else {}

    assert cloud.refused(operation, **params, **attach).code == "NotImplementedException"
