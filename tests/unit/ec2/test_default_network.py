from __future__ import annotations

import re

from hatoba.cloud.state import Scope
from tests.support.calls import SCOPE
from tests.unit.ec2.bench import Ec2Bench, filter_of

VIRGINIA = Scope(SCOPE.account, "us-east-1")


def test_a_default_vpc_stands_in_every_region(cloud: Ec2Bench) -> None:
    for scope in (SCOPE, VIRGINIA, Scope("111111111111", "eu-west-1")):
        (vpc,) = cloud("DescribeVpcs", scope)["Vpcs"]
        assert re.fullmatch(r"vpc-[0-9a-f]{17}", vpc["VpcId"])
        assert (vpc["CidrBlock"], vpc["IsDefault"], vpc["State"]) == ("172.31.0.0/16", True, "available")
        assert vpc["OwnerId"] == scope.account


def test_it_has_a_subnet_in_each_of_three_zones(cloud: Ec2Bench) -> None:
    subnets = cloud("DescribeSubnets")["Subnets"]

    shown = {(each["AvailabilityZone"], each["AvailabilityZoneId"], each["CidrBlock"]) for each in subnets}
    assert shown == {
        ("ap-northeast-1a", "apne1-az4", "172.31.0.0/20"),
        ("ap-northeast-1c", "apne1-az1", "172.31.16.0/20"),
        ("ap-northeast-1d", "apne1-az2", "172.31.32.0/20"),
    }
    for each in subnets:
        assert (each["DefaultForAz"], each["MapPublicIpOnLaunch"]) == (True, True)
        assert each["AvailableIpAddressCount"] == 4091
        assert each["VpcId"] == cloud.default_vpc()


def test_its_default_group_lets_its_own_members_in_and_everything_out(cloud: Ec2Bench) -> None:
    (group,) = cloud("DescribeSecurityGroups")["SecurityGroups"]

    assert (group["GroupName"], group["Description"]) == ("default", "default VPC security group")
    (inbound,) = group["IpPermissions"]
    assert inbound["IpProtocol"] == "-1"
    assert inbound["FromPort"] is None
    assert [pair["GroupId"] for pair in inbound["UserIdGroupPairs"]] == [group["GroupId"]]
    (outbound,) = group["IpPermissionsEgress"]
    assert [each["CidrIp"] for each in outbound["IpRanges"]] == ["0.0.0.0/0"]


def test_ids_are_the_same_on_each_machine_and_differ_by_region_and_account() -> None:
    scopes = (SCOPE, VIRGINIA, Scope("111111111111", SCOPE.region))
    first, second = Ec2Bench(), Ec2Bench()

    def ids(cloud: Ec2Bench, scope: Scope) -> tuple[str, ...]:
        subnets = cloud("DescribeSubnets", scope)["Subnets"]
        return (cloud.default_vpc(scope), *(each["SubnetId"] for each in subnets))

    assert [ids(first, scope) for scope in scopes] == [ids(second, scope) for scope in scopes]
    assert len({each for scope in scopes for each in ids(first, scope)}) == len(scopes) * 4


def test_nothing_is_written_before_the_first_look(cloud: Ec2Bench) -> None:
    changes = cloud.state.feed.subscribe("ec2.vpc", "ec2.subnet")

    assert changes.take() == ()
    cloud("DescribeSubnets")
    assert len(changes.take()) == 4
    cloud("DescribeSubnets")
    assert changes.take() == ()


def test_a_default_vpc_that_was_deleted_stays_deleted(cloud: Ec2Bench) -> None:
    vpc_id = cloud.default_vpc()
    (gateway,) = cloud("DescribeInternetGateways")["InternetGateways"]
    cloud("DetachInternetGateway", InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc_id)
    for subnet in cloud("DescribeSubnets")["Subnets"]:
        cloud("DeleteSubnet", SubnetId=subnet["SubnetId"])
    cloud("DeleteVpc", VpcId=vpc_id)

    assert cloud("DescribeVpcs")["Vpcs"] == []
    assert cloud("DescribeSecurityGroups")["SecurityGroups"] == []
    assert cloud.refused("CreateSecurityGroup", GroupName="g", Description="d").code == "VPCIdNotSpecified"


def test_it_has_a_way_to_the_internet_and_an_acl_that_lets_everything_pass(cloud: Ec2Bench) -> None:
    vpc_id = cloud.default_vpc()

    (gateway,) = cloud("DescribeInternetGateways")["InternetGateways"]
    assert gateway["Attachments"] == [{"State": "available", "VpcId": vpc_id}]
    (table,) = cloud("DescribeRouteTables", Filters=[filter_of("association.main", "true")])["RouteTables"]
    assert [(route["DestinationCidrBlock"], route["GatewayId"]) for route in table["Routes"]] == [
        ("172.31.0.0/16", "local"),
        ("0.0.0.0/0", gateway["InternetGatewayId"]),
    ]
    (acl,) = cloud("DescribeNetworkAcls", Filters=[filter_of("vpc-id", vpc_id)])["NetworkAcls"]
    assert acl["IsDefault"] is True
    assert len(acl["Associations"]) == 3


def test_zones_and_regions_are_awss(cloud: Ec2Bench) -> None:
    zones = cloud("DescribeAvailabilityZones", VIRGINIA)["AvailabilityZones"]
    assert [(each["ZoneName"], each["ZoneId"]) for each in zones] == [
        ("us-east-1a", "use1-az1"),
        ("us-east-1b", "use1-az2"),
        ("us-east-1c", "use1-az3"),
    ]
    assert {each["State"] for each in zones} == {"available"}

    regions = cloud("DescribeRegions", Filters=[filter_of("region-name", "ap-northeast-?")])["Regions"]
    assert [each["RegionName"] for each in regions] == ["ap-northeast-1", "ap-northeast-2", "ap-northeast-3"]
