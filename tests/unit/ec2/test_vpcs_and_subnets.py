from __future__ import annotations

from typing import Any

import pytest

from tests.unit.ec2.bench import Ec2Bench, filter_of, tags_of


def test_a_vpc_reads_back_with_its_default_parts(cloud: Ec2Bench) -> None:
    made = cloud("CreateVpc", CidrBlock="10.1.2.3/16", TagSpecifications=tags_of("vpc", Name="ours"))["Vpc"]

    (found,) = cloud("DescribeVpcs", VpcIds=[made["VpcId"]])["Vpcs"]
    assert (found["CidrBlock"], found["IsDefault"], found["State"]) == ("10.1.0.0/16", False, "available")
    assert found["Tags"] == [{"Key": "Name", "Value": "ours"}]
    in_it = [filter_of("vpc-id", made["VpcId"])]
    (group,) = cloud("DescribeSecurityGroups", Filters=in_it)["SecurityGroups"]
    assert group["GroupName"] == "default"
    (table,) = cloud("DescribeRouteTables", Filters=in_it)["RouteTables"]
    assert [each["Main"] for each in table["Associations"]] == [True]
    (acl,) = cloud("DescribeNetworkAcls", Filters=in_it)["NetworkAcls"]
    assert acl["IsDefault"] is True


@pytest.mark.parametrize(
    ("attribute", "member", "before"),
    [
        ("enableDnsSupport", "EnableDnsSupport", True),
        ("enableDnsHostnames", "EnableDnsHostnames", False),
        ("enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics", False),
    ],
)
def test_attributes_of_a_vpc_are_changed_one_by_one(
    cloud: Ec2Bench, attribute: str, member: str, *, before: bool
) -> None:
    vpc_id = cloud.vpc()

    def value() -> object:
        return cloud("DescribeVpcAttribute", VpcId=vpc_id, Attribute=attribute)[member]

    assert value() == {"Value": before}
    change: dict[str, Any] = {member: {"Value": not before}}
    cloud("ModifyVpcAttribute", VpcId=vpc_id, **change)
    assert value() == {"Value": not before}


@pytest.mark.parametrize(
    ("cidr", "code"),
    [
        ("10.0.0.0/8", "InvalidVpc.Range"),
        ("10.0.0.0/29", "InvalidVpc.Range"),
        ("10.0.0.0", "InvalidParameterValue"),
        ("300.0.0.0/16", "InvalidParameterValue"),
    ],
)
def test_a_range_that_a_vpc_cannot_have_is_refused(cloud: Ec2Bench, cidr: str, code: str) -> None:
    assert cloud.refused("CreateVpc", CidrBlock=cidr).code == code


def test_a_subnet_reads_back(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    subnet_id = cloud.subnet(vpc_id, AvailabilityZone="ap-northeast-1c")

    (found,) = cloud("DescribeSubnets", SubnetIds=[subnet_id])["Subnets"]

    assert (found["VpcId"], found["CidrBlock"]) == (vpc_id, "10.0.0.0/24")
    assert (found["AvailabilityZone"], found["AvailabilityZoneId"]) == ("ap-northeast-1c", "apne1-az1")
    assert (found["AvailableIpAddressCount"], found["MapPublicIpOnLaunch"]) == (251, False)
    assert found["SubnetArn"] == f"arn:aws:ec2:ap-northeast-1:000000000000:subnet/{subnet_id}"
    cloud("ModifySubnetAttribute", SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": True})
    assert cloud("DescribeSubnets", SubnetIds=[subnet_id])["Subnets"][0]["MapPublicIpOnLaunch"] is True


@pytest.mark.parametrize(
    ("cidr", "code", "message"),
    [
        ("10.0.0.128/25", "InvalidSubnet.Conflict", "The CIDR '10.0.0.128/25' conflicts with another subnet"),
        ("10.9.0.0/24", "InvalidSubnet.Range", "The CIDR '10.9.0.0/24' is invalid."),
    ],
)
def test_a_subnet_must_fit(cloud: Ec2Bench, cidr: str, code: str, message: str) -> None:
    vpc_id = cloud.vpc()
    cloud.subnet(vpc_id)

    error = cloud.refused("CreateSubnet", VpcId=vpc_id, CidrBlock=cidr)

    assert (error.code, error.message, error.status) == (code, message, 400)


def test_a_zone_that_the_region_does_not_have_is_refused(cloud: Ec2Bench) -> None:
    error = cloud.refused(
        "CreateSubnet", VpcId=cloud.vpc(), CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a"
    )

    assert (error.code, "ap-northeast-1c" in error.message) == ("InvalidParameterValue", True)


def test_what_is_in_a_vpc_keeps_it(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    subnet_id = cloud.subnet(vpc_id)
    interface_id = cloud.interface(subnet_id)["NetworkInterfaceId"]

    error = cloud.refused("DeleteVpc", VpcId=vpc_id)
    assert (error.code, error.message) == (
        "DependencyViolation",
        f"The vpc '{vpc_id}' has dependencies and cannot be deleted.",
    )
    error = cloud.refused("DeleteSubnet", SubnetId=subnet_id)
    assert (error.code, error.message) == (
        "DependencyViolation",
        f"The subnet '{subnet_id}' has dependencies and cannot be deleted.",
    )

    cloud("DeleteNetworkInterface", NetworkInterfaceId=interface_id)
    cloud("DeleteSubnet", SubnetId=subnet_id)
    cloud("DeleteVpc", VpcId=vpc_id)
    assert cloud.refused("DescribeVpcs", VpcIds=[vpc_id]).code == "InvalidVpcID.NotFound"
    left = [filter_of("vpc-id", vpc_id)]
    assert cloud("DescribeSecurityGroups", Filters=left)["SecurityGroups"] == []
    assert cloud("DescribeRouteTables", Filters=left)["RouteTables"] == []
    assert cloud("DescribeNetworkAcls", Filters=left)["NetworkAcls"] == []


@pytest.mark.parametrize(
    ("operation", "params", "code", "message"),
    [
        (
            "DescribeVpcs",
            {"VpcIds": ["vpc-0"]},
            "InvalidVpcID.NotFound",
            "The vpc ID 'vpc-0' does not exist",
        ),
        (
            "DescribeSubnets",
            {"SubnetIds": ["subnet-0"]},
            "InvalidSubnetID.NotFound",
            "The subnet ID 'subnet-0' does not exist",
        ),
        (
            "DescribeSecurityGroups",
            {"GroupIds": ["sg-0"]},
            "InvalidGroup.NotFound",
            "The security group 'sg-0' does not exist",
        ),
        (
            "DescribeSecurityGroups",
            {"GroupIds": ["web"]},
            "InvalidGroupId.Malformed",
            'Invalid id: "web" (expecting "sg-...")',
        ),
        (
            "DescribeNetworkInterfaces",
            {"NetworkInterfaceIds": ["eni-0"]},
            "InvalidNetworkInterfaceID.NotFound",
            "The networkInterface ID 'eni-0' does not exist",
        ),
        (
            "DescribeRouteTables",
            {"RouteTableIds": ["rtb-0"]},
            "InvalidRouteTableID.NotFound",
            "The routeTable ID 'rtb-0' does not exist",
        ),
        (
            "DescribeInternetGateways",
            {"InternetGatewayIds": ["igw-0"]},
            "InvalidInternetGatewayID.NotFound",
            "The internetGateway ID 'igw-0' does not exist",
        ),
    ],
)
def test_ids_of_nothing_are_refused_in_awss_words(
    cloud: Ec2Bench, operation: str, params: dict[str, Any], code: str, message: str
) -> None:
    error = cloud.refused(operation, **params)

    assert (error.code, error.message) == (code, message)


def test_a_dry_run_changes_nothing(cloud: Ec2Bench) -> None:
    error = cloud.refused("CreateVpc", CidrBlock="10.0.0.0/16", DryRun=True)

    assert (error.code, error.message, error.status) == (
        "DryRunOperation",
        "Request would have succeeded, but DryRun flag is set.",
        412,
    )
    assert len(cloud("DescribeVpcs")["Vpcs"]) == 1


def test_members_that_are_not_implemented_are_refused_by_name(cloud: Ec2Bench) -> None:
    error = cloud.refused("CreateVpc", CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)
    assert error.code == "NotImplementedException"
    assert "ec2:CreateVpc with AmazonProvidedIpv6CidrBlock" in error.message

    assert cloud("CreateVpc", CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=False)


def test_operations_outside_of_the_network_part_are_refused_by_name(cloud: Ec2Bench) -> None:
    error = cloud.refused("RunInstances", MinCount=1, MaxCount=1)

    assert (error.code, "ec2:RunInstances" in error.message) == ("NotImplementedException", True)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([filter_of("tag:Name", "a*")], {"alpha"}),
        ([filter_of("tag:Name", "alpha", "beta")], {"alpha", "beta"}),
        ([filter_of("tag:Name", "?eta")], {"beta"}),
        ([filter_of("tag-key", "Only")], {"beta"}),
        ([filter_of("tag:Name", "a*"), filter_of("tag-key", "Only")], set()),
        ([filter_of("tag:Name", r"\*")], {"*"}),
        ([filter_of("tag:Name")], set()),
        ([filter_of("cidr", "10.0.0.0/16"), filter_of("is-default", "false")], {"alpha", "beta", "*"}),
    ],
)
def test_filters_take_wildcards_and_tags(
    cloud: Ec2Bench, filters: list[dict[str, Any]], found: set[str]
) -> None:
    for tags in ({"Name": "alpha"}, {"Name": "beta", "Only": "here"}, {"Name": "*"}):
        cloud("CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=tags_of("vpc", **tags))

    vpcs = cloud("DescribeVpcs", Filters=filters)["Vpcs"]

    assert {tag["Value"] for each in vpcs for tag in each["Tags"] if tag["Key"] == "Name"} == found


def test_an_unknown_filter_is_refused(cloud: Ec2Bench) -> None:
    error = cloud.refused("DescribeVpcs", Filters=[filter_of("colour", "blue")])

    assert (error.code, error.message) == ("InvalidParameterValue", "The filter 'colour' is invalid")


def test_describe_calls_come_in_pages(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    for number in range(4):
        cloud.subnet(vpc_id, f"10.0.{number}.0/24")

    first = cloud("DescribeSubnets", MaxResults=5)
    second = cloud("DescribeSubnets", MaxResults=5, NextToken=first["NextToken"])

    assert [len(first["Subnets"]), len(second["Subnets"])] == [5, 2]
    assert second["NextToken"] is None
    assert cloud.refused("DescribeSubnets", NextToken="nonsense!").code == "InvalidNextToken"
