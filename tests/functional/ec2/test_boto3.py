"""EC2's network part as boto3 uses it: over HTTP, with its waiters, paginators and resources."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.wire.serving import ACCOUNT, Served


def test_a_network_is_built_and_taken_down(cloud: Served) -> None:
    ec2 = cloud.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.get_waiter("vpc_available").wait(VpcIds=[vpc_id])
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.get_waiter("subnet_available").wait(SubnetIds=[subnet_id])
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    address = ec2.allocate_address(Domain="vpc")
    nat_id = ec2.create_nat_gateway(SubnetId=subnet_id, AllocationId=address["AllocationId"])["NatGateway"][
        "NatGatewayId"
    ]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat_id])
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat_id)
    ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
    interface = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]
    ec2.get_waiter("network_interface_available").wait(NetworkInterfaceIds=[interface["NetworkInterfaceId"]])

    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc_id)

    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    ec2.delete_nat_gateway(NatGatewayId=nat_id)
    ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[nat_id])
    ec2.release_address(AllocationId=address["AllocationId"])
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_route_table(RouteTableId=table_id)
    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    ec2.delete_internet_gateway(InternetGatewayId=gateway_id)
    ec2.delete_vpc(VpcId=vpc_id)
    with pytest.raises(ClientError) as caught:
        ec2.describe_vpcs(VpcIds=[vpc_id])
    assert caught.value.response["Error"] == {
        "Code": "InvalidVpcID.NotFound",
        "Message": f"The vpc ID '{vpc_id}' does not exist",
    }


def test_the_default_vpc_stands_in_each_region(cloud: Served) -> None:
    found = {
        region: cloud.client("ec2", region=region).describe_vpcs(
            Filters=[{"Name": "is-default", "Values": ["true"]}]
        )["Vpcs"][0]
        for region in ("ap-northeast-1", "eu-west-3")
    }

    assert {each["CidrBlock"] for each in found.values()} == {"172.31.0.0/16"}
    assert {each["OwnerId"] for each in found.values()} == {ACCOUNT}
    assert len({each["VpcId"] for each in found.values()}) == 2


def test_rules_are_read_as_they_were_written(cloud: Served) -> None:
    ec2 = cloud.client("ec2")
    group_id = ec2.create_security_group(
        GroupName="mz-dev-ecs-sg",
        Description="tasks",
        TagSpecifications=[
            {
                "ResourceType": "security-group",
                "Tags": [{"Key": "Name", "Value": "mz-dev-ecs-security-group"}],
            }
        ],
    )["GroupId"]
    ec2.get_waiter("security_group_exists").wait(GroupIds=[group_id])
    rule: dict[str, Any] = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "IpRanges": [{"CidrIp": "10.0.0.0/16"}],
    }
    answer = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[rule])
    assert answer["Return"] is True
    assert answer["SecurityGroupRules"][0]["FromPort"] == 80

    (group,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]

    assert group["IpPermissions"] == [{**rule, "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]
    (egress,) = group["IpPermissionsEgress"]
    assert egress == {
        "IpProtocol": "-1",
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
        "UserIdGroupPairs": [],
    }
    assert group["Tags"] == [{"Key": "Name", "Value": "mz-dev-ecs-security-group"}]
    ec2.delete_security_group(GroupId=group_id)


def test_pages_are_followed(cloud: Served) -> None:
    ec2 = cloud.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = {
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
        for number in range(7)
    }

    pages = ec2.get_paginator("describe_subnets").paginate(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}], PaginationConfig={"PageSize": 5}
    )

    assert {each["SubnetId"] for page in pages for each in page["Subnets"]} == made


def test_a_dry_run_is_told_by_its_code(cloud: Served) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)

    assert caught.value.response["Error"]["Code"] == "DryRunOperation"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412


def test_nat_gateways_are_filtered(cloud: Served) -> None:
    found = cloud.client("ec2").describe_nat_gateways(Filters=[{"Name": "vpc-id", "Values": ["vpc-none"]}])

    assert found["NatGateways"] == []


def test_instances_are_refused_by_name(cloud: Served) -> None:
    with pytest.raises(ClientError, match="ec2:DescribeInstances"):
        cloud.client("ec2").describe_instances()
