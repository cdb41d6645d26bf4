from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.ec2.bench import Ec2Bench, filter_of, tags_of

HTTP_IN = {
    "IpProtocol": "tcp",
    "FromPort": 80,
    "ToPort": 80,
    "IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "office"}],
}
ALL_OUT = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ALL_OUT_6 = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}


def shown(cloud: Ec2Bench, group_id: str) -> Mapping[str, Any]:
    (group,) = cloud("DescribeSecurityGroups", GroupIds=[group_id])["SecurityGroups"]
    found: Mapping[str, Any] = group
    return found


def test_a_new_group_lets_everything_out_and_nothing_in(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    group_id = cloud.group(vpc_id, TagSpecifications=tags_of("security-group", Name="ours"))

    group = shown(cloud, group_id)

    assert re.fullmatch(r"sg-[0-9a-f]{17}", group_id)
    assert (group["GroupName"], group["Description"], group["VpcId"]) == ("web", "ours", vpc_id)
    assert group["Tags"] == [{"Key": "Name", "Value": "ours"}]
    assert group["IpPermissions"] == []
    (everything,) = group["IpPermissionsEgress"]
    assert everything["IpProtocol"] == "-1"
    assert (everything["FromPort"], everything["ToPort"]) == (None, None)
    assert [each["CidrIp"] for each in everything["IpRanges"]] == ["0.0.0.0/0"]


def test_terraforms_way_of_making_a_group(cloud: Ec2Bench) -> None:
    group_id = cloud.group(cloud.vpc())

    cloud("RevokeSecurityGroupEgress", GroupId=group_id, IpPermissions=[ALL_OUT])
    missing = cloud.refused("RevokeSecurityGroupEgress", GroupId=group_id, IpPermissions=[ALL_OUT_6])
    assert (missing.code, missing.message) == (
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group.",
    )
    assert shown(cloud, group_id)["IpPermissionsEgress"] == []
    cloud("AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[HTTP_IN])
    cloud("AuthorizeSecurityGroupEgress", GroupId=group_id, IpPermissions=[ALL_OUT])

    (inbound,) = shown(cloud, group_id)["IpPermissions"]
    assert (inbound["IpProtocol"], inbound["FromPort"], inbound["ToPort"]) == ("tcp", 80, 80)
    assert inbound["IpRanges"] == [{"CidrIp": "10.0.0.0/16", "Description": "office"}]
    assert len(shown(cloud, group_id)["IpPermissionsEgress"]) == 1


def test_a_revoke_takes_only_what_it_names(cloud: Ec2Bench) -> None:
    group_id = cloud.group(cloud.vpc())
    two = {**HTTP_IN, "IpRanges": [{"CidrIp": "10.0.0.0/16"}, {"CidrIp": "10.1.0.0/16"}]}
    cloud("AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[two])

    cloud("RevokeSecurityGroupIngress", GroupId=group_id, IpPermissions=[HTTP_IN])

    (left,) = shown(cloud, group_id)["IpPermissions"]
    assert [each["CidrIp"] for each in left["IpRanges"]] == ["10.1.0.0/16"]
    half_right = {**HTTP_IN, "IpRanges": [{"CidrIp": "10.1.0.0/16"}, {"CidrIp": "10.9.0.0/16"}]}
    error = cloud.refused("RevokeSecurityGroupIngress", GroupId=group_id, IpPermissions=[half_right])
    assert error.code == "InvalidPermission.NotFound"
    assert len(shown(cloud, group_id)["IpPermissions"]) == 1


def test_a_rule_that_is_there_is_refused_in_awss_words(cloud: Ec2Bench) -> None:
    group_id = cloud.group(cloud.vpc())
    cloud("AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[HTTP_IN])

    error = cloud.refused("AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[HTTP_IN])

    assert error.code == "InvalidPermission.Duplicate"
    assert error.message == (
        'the specified rule "peer: 10.0.0.0/16, TCP, from port: 80, to port: 80, ALLOW" already exists'
    )


def test_each_peer_is_a_rule_with_an_id(cloud: Ec2Bench) -> None:
    group_id = cloud.group(cloud.vpc())
    both = {
        **HTTP_IN,
        "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
        "UserIdGroupPairs": [{"GroupId": group_id}],
    }

    made = cloud(
        "AuthorizeSecurityGroupIngress",
        GroupId=group_id,
        IpPermissions=[both],
        TagSpecifications=tags_of("security-group-rule", Name="in"),
    )["SecurityGroupRules"]

    assert [(each["CidrIpv4"], each["CidrIpv6"]) for each in made] == [
        ("10.0.0.0/16", None),
        (None, "2001:db8::/32"),
        (None, None),
    ]
    assert made[2]["ReferencedGroupInfo"] == {"GroupId": group_id, "UserId": "000000000000"}
    rules = cloud("DescribeSecurityGroupRules", Filters=[filter_of("group-id", group_id)])[
        "SecurityGroupRules"
    ]
    assert {each["SecurityGroupRuleId"] for each in made} < {each["SecurityGroupRuleId"] for each in rules}
    (egress,) = [each for each in rules if each["IsEgress"]]
    assert (egress["FromPort"], egress["ToPort"]) == (-1, -1)
    (permission,) = shown(cloud, group_id)["IpPermissions"]
    assert permission["UserIdGroupPairs"] == [
        {"GroupId": group_id, "UserId": "000000000000", "Description": None}
    ]


def test_a_rule_is_changed_and_revoked_by_its_id(cloud: Ec2Bench) -> None:
    group_id = cloud.group(cloud.vpc())
    (made,) = cloud("AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[HTTP_IN])[
        "SecurityGroupRules"
    ]
    rule_id = made["SecurityGroupRuleId"]
    wanted = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": "10.0.0.0/16"}

    cloud(
        "ModifySecurityGroupRules",
        GroupId=group_id,
        SecurityGroupRules=[{"SecurityGroupRuleId": rule_id, "SecurityGroupRule": wanted}],
    )
    (found,) = cloud("DescribeSecurityGroupRules", SecurityGroupRuleIds=[rule_id])["SecurityGroupRules"]
    assert (found["FromPort"], found["ToPort"], found["Description"]) == (443, 443, None)

    gone = cloud("RevokeSecurityGroupIngress", GroupId=group_id, SecurityGroupRuleIds=[rule_id])
    assert [each["SecurityGroupRuleId"] for each in gone["RevokedSecurityGroupRules"]] == [rule_id]
    error = cloud.refused("RevokeSecurityGroupIngress", GroupId=group_id, SecurityGroupRuleIds=[rule_id])
    assert error.code == "InvalidSecurityGroupRuleId.NotFound"


def test_descriptions_are_updated_in_place(cloud: Ec2Bench) -> None:
    group_id = cloud.group(cloud.vpc())
    cloud("AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[HTTP_IN])
    renamed = {**HTTP_IN, "IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "new"}]}

    cloud("UpdateSecurityGroupRuleDescriptionsIngress", GroupId=group_id, IpPermissions=[renamed])

    (permission,) = shown(cloud, group_id)["IpPermissions"]
    assert permission["IpRanges"] == [{"CidrIp": "10.0.0.0/16", "Description": "new"}]


def test_one_rule_may_be_said_by_the_requests_own_members(cloud: Ec2Bench) -> None:
    group_id = cloud.group(cloud.vpc())

    cloud(
        "AuthorizeSecurityGroupIngress",
        GroupId=group_id,
        IpProtocol="6",
        FromPort=22,
        ToPort=22,
        CidrIp="10.0.3.4/24",
    )

    (permission,) = shown(cloud, group_id)["IpPermissions"]
    assert (permission["IpProtocol"], permission["IpRanges"][0]["CidrIp"]) == ("tcp", "10.0.3.0/24")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"IpProtocol": "carrier-pigeon"}, "InvalidParameterValue"),
        ({"FromPort": 90}, "InvalidParameterValue"),
        ({"ToPort": 70_000}, "InvalidParameterValue"),
        ({"IpRanges": [{"CidrIp": "10.0.0.0/99"}]}, "InvalidParameterValue"),
        ({"IpRanges": [{"CidrIp": "10.0.0.0"}]}, "InvalidParameterValue"),
        ({"IpRanges": []}, "MissingParameter"),
        ({"UserIdGroupPairs": [{"GroupId": "sg-0"}]}, "InvalidGroup.NotFound"),
        ({"PrefixListIds": [{"PrefixListId": "pl-0"}]}, "InvalidPrefixListID.NotFound"),
    ],
)
def test_rules_that_are_none_are_refused(cloud: Ec2Bench, change: dict[str, Any], code: str) -> None:
    group_id = cloud.group(cloud.vpc())

    error = cloud.refused(
        "AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[{**HTTP_IN, **change}]
    )

    assert error.code == code
    assert shown(cloud, group_id)["IpPermissions"] == []


def test_tcp_needs_both_ports(cloud: Ec2Bench) -> None:
    permission = {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}

    error = cloud.refused(
        "AuthorizeSecurityGroupIngress", GroupId=cloud.group(cloud.vpc()), IpPermissions=[permission]
    )

    assert "Must specify both from and to ports with TCP/UDP." in error.message


def test_a_name_is_taken_once_in_a_vpc(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    cloud.group(vpc_id)

    error = cloud.refused("CreateSecurityGroup", VpcId=vpc_id, GroupName="web", Description="d")
    assert (error.code, error.message) == (
        "InvalidGroup.Duplicate",
        f"The security group 'web' already exists for VPC '{vpc_id}'",
    )
    assert cloud.group(cloud.default_vpc())


@pytest.mark.parametrize("name", ["default", "sg-mine", "naïve"])
def test_names_that_aws_refuses_are_refused(cloud: Ec2Bench, name: str) -> None:
    error = cloud.refused("CreateSecurityGroup", GroupName=name, Description="d")

    assert error.code == "InvalidParameterValue"


def test_without_a_vpc_a_group_is_in_the_default_one_and_found_by_name(cloud: Ec2Bench) -> None:
    group_id = cloud("CreateSecurityGroup", GroupName="web", Description="d")["GroupId"]

    (found,) = cloud("DescribeSecurityGroups", GroupNames=["web"])["SecurityGroups"]
    assert (found["GroupId"], found["VpcId"]) == (group_id, cloud.default_vpc())
    cloud("DeleteSecurityGroup", GroupName="web")
    assert cloud.refused("DescribeSecurityGroups", GroupNames=["web"]).code == "InvalidGroup.NotFound"


def test_a_group_in_use_is_not_deleted(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    subnet_id = cloud.subnet(vpc_id)
    group_id = cloud.group(vpc_id)
    interface_id = cloud.interface(subnet_id, Groups=[group_id])["NetworkInterfaceId"]

    error = cloud.refused("DeleteSecurityGroup", GroupId=group_id)
    assert (error.code, error.message) == (
        "DependencyViolation",
        f"resource {group_id} has a dependent object",
    )

    cloud("DeleteNetworkInterface", NetworkInterfaceId=interface_id)
    assert cloud("DeleteSecurityGroup", GroupId=group_id)["Return"] is True


def test_a_group_that_another_one_names_is_not_deleted(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    named, naming = cloud.group(vpc_id, "named"), cloud.group(vpc_id, "naming")
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": named}]}
    cloud("AuthorizeSecurityGroupIngress", GroupId=naming, IpPermissions=[permission])
    cloud("AuthorizeSecurityGroupIngress", GroupId=named, IpPermissions=[permission])

    assert cloud.refused("DeleteSecurityGroup", GroupId=named).code == "DependencyViolation"
    cloud("DeleteSecurityGroup", GroupId=naming)
    assert cloud("DeleteSecurityGroup", GroupId=named)["GroupId"] == named


def test_the_default_group_stays(cloud: Ec2Bench) -> None:
    (default,) = cloud("DescribeSecurityGroups", GroupNames=["default"])["SecurityGroups"]

    assert cloud.refused("DeleteSecurityGroup", GroupId=default["GroupId"]).code == "CannotDelete"


def test_groups_are_found_by_their_rules(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    group_id = cloud.group(vpc_id)
    cloud.group(vpc_id, "other")
    cloud("AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[HTTP_IN])

    for given in (
        filter_of("ip-permission.from-port", "80"),
        filter_of("ip-permission.cidr", "10.0.*"),
        filter_of("ip-permission.protocol", "tcp"),
    ):
        found = cloud("DescribeSecurityGroups", Filters=[given])["SecurityGroups"]
        assert [each["GroupId"] for each in found] == [group_id]


def test_a_group_of_another_vpc_cannot_be_a_peer(cloud: Ec2Bench) -> None:
    here, there = cloud.group(cloud.vpc()), cloud.group(cloud.vpc())
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": there}]}

    error = cloud.refused("AuthorizeSecurityGroupIngress", GroupId=here, IpPermissions=[permission])

    assert error.code == "InvalidGroup.NotFound"
