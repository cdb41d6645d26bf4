"""The operations of EC2 that are answered, with the request members that each obeys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ec2.api.addresses import AddressesApi
from hatoba.cloud.ec2.api.endpoints import EndpointsApi, SurroundingsApi
from hatoba.cloud.ec2.api.gateways import InternetGatewaysApi, NatGatewaysApi
from hatoba.cloud.ec2.api.groups import GroupsApi
from hatoba.cloud.ec2.api.interfaces import InterfacesApi
from hatoba.cloud.ec2.api.places import PlacesApi
from hatoba.cloud.ec2.api.route_tables import RouteTablesApi
from hatoba.cloud.ec2.api.rules import RulesApi
from hatoba.cloud.ec2.api.subnets import SubnetsApi
from hatoba.cloud.ec2.api.tags import TagsApi
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
        *_route_tables(store),
        *_gateways(store),
        *_endpoints(store),
        *_account(store),
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
            "SubnetId Groups PrivateIpAddress Description TagSpecifications ClientToken",
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


def _route_tables(store: Store) -> tuple[Line, ...]:
    tables = RouteTablesApi(store)
    destination = "RouteTableId DestinationCidrBlock DestinationIpv6CidrBlock"
    targets = "GatewayId NatGatewayId NetworkInterfaceId"
    return (
        ("CreateRouteTable", tables.create_route_table, "VpcId TagSpecifications ClientToken"),
        ("DescribeRouteTables", tables.describe_route_tables, f"RouteTableIds {_PAGE}"),
        ("DeleteRouteTable", tables.delete_route_table, "RouteTableId"),
        ("CreateRoute", tables.create_route, f"{destination} {targets}"),
        ("ReplaceRoute", tables.replace_route, f"{destination} {targets}"),
        ("DeleteRoute", tables.delete_route, destination),
        ("AssociateRouteTable", tables.associate_route_table, "RouteTableId SubnetId"),
        ("DisassociateRouteTable", tables.disassociate_route_table, "AssociationId"),
        (
            "ReplaceRouteTableAssociation",
            tables.replace_route_table_association,
            "AssociationId RouteTableId",
        ),
    )


def _gateways(store: Store) -> tuple[Line, ...]:
    internet, nat, addresses = InternetGatewaysApi(store), NatGatewaysApi(store), AddressesApi(store)
    return (
        ("CreateInternetGateway", internet.create_internet_gateway, "TagSpecifications"),
        (
            "DescribeInternetGateways",
            internet.describe_internet_gateways,
            f"InternetGatewayIds {_PAGE}",
        ),
        ("AttachInternetGateway", internet.attach_internet_gateway, "InternetGatewayId VpcId"),
        ("DetachInternetGateway", internet.detach_internet_gateway, "InternetGatewayId VpcId"),
        ("DeleteInternetGateway", internet.delete_internet_gateway, "InternetGatewayId"),
        (
            "CreateNatGateway",
            nat.create_nat_gateway,
            "SubnetId AllocationId ConnectivityType PrivateIpAddress TagSpecifications ClientToken",
        ),
        ("DescribeNatGateways", nat.describe_nat_gateways, "NatGatewayIds Filter MaxResults NextToken"),
        ("DeleteNatGateway", nat.delete_nat_gateway, "NatGatewayId"),
        ("AllocateAddress", addresses.allocate_address, "Domain NetworkBorderGroup TagSpecifications"),
        ("DescribeAddresses", addresses.describe_addresses, "AllocationIds PublicIps Filters"),
        (
            "DescribeAddressesAttribute",
            addresses.describe_addresses_attribute,
            "AllocationIds Attribute MaxResults NextToken",
        ),
        ("DisassociateAddress", addresses.disassociate_address, "AssociationId"),
        ("ReleaseAddress", addresses.release_address, "AllocationId NetworkBorderGroup"),
    )


def _endpoints(store: Store) -> tuple[Line, ...]:
    endpoints, around = EndpointsApi(store), SurroundingsApi(store)
    return (
        (
            "CreateVpcEndpoint",
            endpoints.create_vpc_endpoint,
            (
                "VpcId VpcEndpointType ServiceName PolicyDocument RouteTableIds SubnetIds SecurityGroupIds"
                " PrivateDnsEnabled TagSpecifications ClientToken"
            ),
        ),
        ("DescribeVpcEndpoints", endpoints.describe_vpc_endpoints, f"VpcEndpointIds {_PAGE}"),
        ("DeleteVpcEndpoints", endpoints.delete_vpc_endpoints, "VpcEndpointIds"),
        ("DescribeNetworkAcls", around.describe_network_acls, f"NetworkAclIds {_PAGE}"),
        ("DescribePrefixLists", around.describe_prefix_lists, f"PrefixListIds {_PAGE}"),
        ("DescribeVpnGateways", around.describe_vpn_gateways, "VpnGatewayIds Filters"),
    )


def _account(store: Store) -> tuple[Line, ...]:
    tags, places = TagsApi(store), PlacesApi(store)
    return (
        ("CreateTags", tags.create_tags, "Resources Tags"),
        ("DeleteTags", tags.delete_tags, "Resources Tags"),
        ("DescribeTags", tags.describe_tags, _PAGE),
        (
            "DescribeAvailabilityZones",
            places.describe_availability_zones,
            "ZoneNames ZoneIds AllAvailabilityZones Filters",
        ),
        ("DescribeRegions", places.describe_regions, "RegionNames AllRegions Filters"),
        ("DescribeAccountAttributes", places.describe_account_attributes, "AttributeNames"),
    )
