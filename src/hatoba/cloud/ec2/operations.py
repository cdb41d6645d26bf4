"""The operations of EC2 that are answered, with the request members that each obeys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ec2.api.groups import GroupsApi
from hatoba.cloud.ec2.api.interfaces import InterfacesApi
from hatoba.cloud.ec2.api.rules import RulesApi
from hatoba.cloud.ec2.api.subnets import SubnetsApi
from hatoba.cloud.ec2.api.vpcs import VpcsApi
from hatoba.cloud.ec2.guard import guarded
from hatoba.cloud.wire import Operations

if TYPE_CHECKING:
    from hatoba.cloud.ec2.guard import PlainOperation
    from hatoba.cloud.ec2.store import Store

    Line = tuple[str, PlainOperation, str]

_PAGE = "Filters MaxResults NextToken"
_RULE = "GroupId GroupName IpPermissions CidrIp IpProtocol FromPort ToPort"


def ec2_operations(store: Store) -> Operations:
    """Return all operations."""
    table = Operations("ec2")
    for name, operation, members in (
        *_vpcs(store),
        *_subnets(store),
        *_groups(store),
        *_interfaces(store),
    ):
        table.add(name, guarded(name, operation, members))
    return table


def _vpcs(store: Store) -> tuple[Line, ...]:
    vpcs = VpcsApi(store)
    attributes = "EnableDnsHostnames EnableDnsSupport EnableNetworkAddressUsageMetrics"
    return (
        ("CreateVpc", vpcs.create_vpc, "CidrBlock InstanceTenancy TagSpecifications"),
        ("DescribeVpcs", vpcs.describe_vpcs, f"VpcIds {_PAGE}"),
        ("DeleteVpc", vpcs.delete_vpc, "VpcId"),
        ("ModifyVpcAttribute", vpcs.modify_vpc_attribute, f"VpcId {attributes}"),
        ("DescribeVpcAttribute", vpcs.describe_vpc_attribute, "VpcId Attribute"),
    )


def _subnets(store: Store) -> tuple[Line, ...]:
    subnets = SubnetsApi(store)
    return (
        (
            "CreateSubnet",
            subnets.create_subnet,
            "VpcId CidrBlock AvailabilityZone AvailabilityZoneId TagSpecifications",
        ),
        ("DescribeSubnets", subnets.describe_subnets, f"SubnetIds {_PAGE}"),
        ("DeleteSubnet", subnets.delete_subnet, "SubnetId"),
        ("ModifySubnetAttribute", subnets.modify_subnet_attribute, "SubnetId MapPublicIpOnLaunch"),
    )


def _groups(store: Store) -> tuple[Line, ...]:
    groups, rules = GroupsApi(store), RulesApi(store)
    descriptions = "GroupId GroupName IpPermissions SecurityGroupRuleDescriptions"
    return (
        (
            "CreateSecurityGroup",
            groups.create_security_group,
            "GroupName Description VpcId TagSpecifications",
        ),
        ("DescribeSecurityGroups", groups.describe_security_groups, f"GroupIds GroupNames {_PAGE}"),
        ("DeleteSecurityGroup", groups.delete_security_group, "GroupId GroupName"),
        ("AuthorizeSecurityGroupIngress", rules.authorize_ingress, f"{_RULE} TagSpecifications"),
        ("AuthorizeSecurityGroupEgress", rules.authorize_egress, f"{_RULE} TagSpecifications"),
        ("RevokeSecurityGroupIngress", rules.revoke_ingress, f"{_RULE} SecurityGroupRuleIds"),
        ("RevokeSecurityGroupEgress", rules.revoke_egress, f"{_RULE} SecurityGroupRuleIds"),
        (
            "DescribeSecurityGroupRules",
            rules.describe_security_group_rules,
            f"SecurityGroupRuleIds {_PAGE}",
        ),
        ("ModifySecurityGroupRules", rules.modify_security_group_rules, "GroupId SecurityGroupRules"),
        (
            "UpdateSecurityGroupRuleDescriptionsIngress",
            rules.update_descriptions_ingress,
            descriptions,
        ),
        ("UpdateSecurityGroupRuleDescriptionsEgress", rules.update_descriptions_egress, descriptions),
    )


def _interfaces(store: Store) -> tuple[Line, ...]:
    interfaces = InterfacesApi(store)
    return (
        (
            "CreateNetworkInterface",
            interfaces.create_network_interface,
            "SubnetId Groups PrivateIpAddress Description TagSpecifications",
        ),
        (
            "DescribeNetworkInterfaces",
            interfaces.describe_network_interfaces,
            f"NetworkInterfaceIds {_PAGE}",
        ),
        ("DeleteNetworkInterface", interfaces.delete_network_interface, "NetworkInterfaceId"),
        (
            "ModifyNetworkInterfaceAttribute",
            interfaces.modify_network_interface_attribute,
            "NetworkInterfaceId Description SourceDestCheck Groups",
        ),
    )
