from __future__ import annotations

import pytest

from tests.unit.ec2.bench import Ec2Bench, filter_of, tags_of

OWNER = {"Key": "Owner", "Value": "team"}


def everything(cloud: Ec2Bench) -> dict[str, str]:
    """Return one resource of each type that has tags."""
    vpc_id = cloud.vpc()
    subnet_id, group_id = cloud.subnet(vpc_id), cloud.group(vpc_id)
    address = cloud("AllocateAddress")["AllocationId"]
    nat = cloud("CreateNatGateway", SubnetId=subnet_id, AllocationId=address)["NatGateway"]
    in_it = [filter_of("vpc-id", vpc_id)]
    rules = cloud("DescribeSecurityGroupRules", Filters=[filter_of("group-id", group_id)])
    return {
        "vpc": vpc_id,
        "subnet": subnet_id,
        "security-group": group_id,
        "security-group-rule": rules["SecurityGroupRules"][0]["SecurityGroupRuleId"],
        "network-interface": cloud.interface(subnet_id)["NetworkInterfaceId"],
        "route-table": cloud("CreateRouteTable", VpcId=vpc_id)["RouteTable"]["RouteTableId"],
        "internet-gateway": cloud("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"],
        "network-acl": cloud("DescribeNetworkAcls", Filters=in_it)["NetworkAcls"][0]["NetworkAclId"],
        "elastic-ip": address,
        "natgateway": nat["NatGatewayId"],
        "vpc-endpoint": cloud("CreateVpcEndpoint", VpcId=vpc_id, ServiceName="s")["VpcEndpoint"][
            "VpcEndpointId"
        ],
    }


def test_every_resource_takes_tags_and_gives_them_back(cloud: Ec2Bench) -> None:
    made = everything(cloud)

    cloud("CreateTags", Resources=list(made.values()), Tags=[OWNER])

    tags = cloud("DescribeTags", Filters=[filter_of("key", "Owner")])["Tags"]
    assert {(each["ResourceType"], each["ResourceId"]) for each in tags} == set(made.items())
    assert {each["Value"] for each in tags} == {"team"}
    cloud("DeleteTags", Resources=list(made.values()), Tags=[{"Key": "Owner"}])
    assert cloud("DescribeTags")["Tags"] == []


def test_a_tag_is_deleted_with_its_value_only_where_one_is_given(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    cloud("CreateTags", Resources=[vpc_id], Tags=[OWNER, {"Key": "a", "Value": "1"}])

    def keys() -> set[str]:
        return {each["Key"] for each in cloud("DescribeTags")["Tags"]}

    cloud("DeleteTags", Resources=[vpc_id], Tags=[{"Key": "Owner", "Value": "others"}])
    assert keys() == {"Owner", "a"}
    cloud("DeleteTags", Resources=[vpc_id], Tags=[OWNER])
    assert keys() == {"a"}
    cloud("DeleteTags", Resources=[vpc_id])
    assert keys() == set()


def test_tags_are_found_by_resource_type_and_value(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    cloud("CreateTags", Resources=[vpc_id, cloud.subnet(vpc_id)], Tags=[OWNER])

    found = cloud("DescribeTags", Filters=[filter_of("resource-type", "vpc"), filter_of("value", "te*")])

    assert [each["ResourceId"] for each in found["Tags"]] == [vpc_id]


@pytest.mark.parametrize(
    ("resource_id", "code"),
    [("ami-0", "InvalidID"), ("vpc-0", "InvalidVpcID.NotFound"), ("nonsense", "InvalidID")],
)
def test_tags_of_nothing_are_refused_and_nothing_is_tagged(
    cloud: Ec2Bench, resource_id: str, code: str
) -> None:
    vpc_id = cloud.vpc()

    assert cloud.refused("CreateTags", Resources=[vpc_id, resource_id], Tags=[OWNER]).code == code
    assert cloud("DescribeTags")["Tags"] == []


def test_tags_of_another_type_are_refused_at_creation(cloud: Ec2Bench) -> None:
    error = cloud.refused("CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=tags_of("subnet", Name="x"))

    assert (error.code, error.message) == (
        "InvalidParameterValue",
        "'subnet' is not a valid taggable resource type for this operation.",
    )


def test_fifty_tags_are_the_most(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    fifty = [{"Key": f"k{number}", "Value": "v"} for number in range(50)]

    cloud("CreateTags", Resources=[vpc_id], Tags=fifty)
    assert cloud.refused("CreateTags", Resources=[vpc_id], Tags=[OWNER]).code == "TagLimitExceeded"
