"""What stands without anyone making it: in a region a default VPC, in a VPC its default parts.

https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ec2.control.zones import zones_of
from hatoba.cloud.ec2.model import (
    Association,
    InternetGateway,
    NetworkAcl,
    Resource,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    Vpc,
)

if TYPE_CHECKING:
    from hatoba.cloud.ec2.control.ids import NewId
    from hatoba.cloud.state import Scope

DEFAULT_CIDR = "172.31.0.0/16"
DEFAULT_GROUP = "default"


def default_network(scope: Scope, new_id: NewId) -> tuple[Resource, ...]:
    """Return the default VPC of a region with its parts, its subnets and its way to the internet."""
    gateway_id = new_id("igw")
    vpc = Vpc(
        id=new_id("vpc"),
        owner=scope.account,
        cidr=DEFAULT_CIDR,
        cidr_association_id=new_id("vpc-cidr-assoc"),
        dhcp_options_id=new_id("dopt"),
        is_default=True,
        dns_hostnames=True,
    )
    subnets = tuple(
        Subnet(
            id=new_id("subnet"),
            owner=scope.account,
            vpc_id=vpc.id,
            cidr=f"172.31.{index * 16}.0/20",
            zone=zone.name,
            is_default=True,
            public_ip_on_launch=True,
        )
        for index, zone in enumerate(zones_of(scope.region))
    )
    gateway = InternetGateway(id=gateway_id, owner=scope.account, vpc_id=vpc.id)
    to_internet = Route("0.0.0.0/0", "GatewayId", gateway_id)
    return (vpc, *subnets, gateway, *parts_of(vpc, new_id, to_internet))


def parts_of(vpc: Vpc, new_id: NewId, *routes: Route) -> tuple[Resource, ...]:
    """Return what comes with a VPC: its main route table, default security group and network ACL."""
    group_id = new_id("sg")
    return (
        RouteTable(
            id=new_id("rtb"),
            owner=vpc.owner,
            vpc_id=vpc.id,
            routes=(local_route(vpc), *routes),
            associations=(Association(new_id("rtbassoc")),),
        ),
        SecurityGroup(
            id=group_id,
            owner=vpc.owner,
            vpc_id=vpc.id,
            name=DEFAULT_GROUP,
            description="default VPC security group",
            rules=(
                Rule(
                    id=new_id("sgr"),
                    owner=vpc.owner,
                    is_egress=False,
                    protocol="-1",
                    group_id=group_id,
                    group_owner=vpc.owner,
                ),
                everything_out(vpc.owner, new_id),
            ),
        ),
        NetworkAcl(id=new_id("acl"), owner=vpc.owner, vpc_id=vpc.id),
    )


def everything_out(owner: str, new_id: NewId) -> Rule:
    """Return the rule that each new security group of a VPC has."""
    return Rule(id=new_id("sgr"), owner=owner, is_egress=True, protocol="-1", cidr_ipv4="0.0.0.0/0")


def local_route(vpc: Vpc) -> Route:
    """Return the route that each route table of a VPC has."""
    return Route(vpc.cidr, "GatewayId", "local", "CreateRouteTable")
