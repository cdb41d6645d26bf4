"""Looking at the network by EC2's read-only calls: subnets and where they lead, groups, endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.advise.network import GroupRule, GroupSeen, NetworkSeen, SubnetSeen, VpcSeen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from types_boto3_ec2 import EC2Client
    from types_boto3_ec2.type_defs import IpPermissionOutputTypeDef, RouteTableTypeDef, SubnetTypeDef

    from hatoba.advise.network import WayOut

EVERYWHERE = ("0.0.0.0/0", "::/0")


def look_at_network(
    ec2: EC2Client, subnets: Collection[str], groups: Collection[str], own_groups: Iterable[GroupSeen] = ()
) -> NetworkSeen:
    """Return what EC2 tells of these subnets and groups; ``own_groups`` are intended and stand nowhere."""
    if not subnets and not groups:
        return NetworkSeen(groups=tuple(own_groups))
    # By filters: an id that stands nowhere is no error then, and a rule says what follows.
    found = (
        ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": sorted(subnets)}])["Subnets"]
        if subnets
        else []
    )
    vpcs = sorted({subnet["VpcId"] for subnet in found})
    return NetworkSeen(
        subnets=tuple(_subnets(ec2, found, vpcs)),
        groups=(*_groups(ec2, groups), *own_groups),
        vpcs=_vpcs(ec2, vpcs),
    )


def _subnets(ec2: EC2Client, found: list[SubnetTypeDef], vpcs: list[str]) -> Iterable[SubnetSeen]:
    if not vpcs:
        return
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": vpcs}])["RouteTables"]
    for subnet in found:
        yield SubnetSeen(
            subnet["SubnetId"],
            subnet["VpcId"],
            subnet["CidrBlock"],
            subnet.get("AvailabilityZoneId", ""),
            _way_out(_table_of(tables, subnet)),
        )


def _table_of(tables: list[RouteTableTypeDef], subnet: SubnetTypeDef) -> RouteTableTypeDef | None:
    """The subnet's own route table, else its VPC's main one."""
    main = None
    for table in tables:
        for each in table.get("Associations", []):
            if each.get("SubnetId") == subnet["SubnetId"]:
                return table
            if each.get("Main") and table.get("VpcId") == subnet["VpcId"]:
                main = table
    return main


def _way_out(table: RouteTableTypeDef | None) -> WayOut:
    for route in table.get("Routes", []) if table else []:
        if route.get("DestinationCidrBlock") not in EVERYWHERE or route.get("State") == "blackhole":
            continue
        if route.get("NatGatewayId"):
            return "nat"
        return "internet gateway" if route.get("GatewayId", "").startswith("igw-") else "other"
    return "none"


def _groups(ec2: EC2Client, ids: Collection[str]) -> Iterable[GroupSeen]:
    if not ids:
        return ()
    found = ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": sorted(ids)}])
    return [
        GroupSeen(
            group["GroupId"],
            group["GroupName"],
            tuple(_rule(each) for each in group.get("IpPermissions", [])),
            tuple(_rule(each) for each in group.get("IpPermissionsEgress", [])),
        )
        for group in found["SecurityGroups"]
    ]


def _rule(found: IpPermissionOutputTypeDef) -> GroupRule:
    blocks = [each.get("CidrIp", "") for each in found.get("IpRanges", [])]
    wide = [each.get("CidrIpv6", "") for each in found.get("Ipv6Ranges", [])]
    groups = [each.get("GroupId", "") for each in found.get("UserIdGroupPairs", [])]
    first, last = found.get("FromPort"), found.get("ToPort")
    return GroupRule(found["IpProtocol"], first, last, (*blocks, *wide, *groups))


def _vpcs(ec2: EC2Client, ids: list[str]) -> tuple[VpcSeen, ...]:
    if not ids:
        return ()
    endpoints = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": ids}])["VpcEndpoints"]
    return tuple(
        VpcSeen(
            vpc["VpcId"],
            bool(vpc.get("IsDefault")),
            tuple(
                # com.amazonaws.ap-northeast-1.ecr.dkr → ecr.dkr
                ".".join(each.get("ServiceName", "").split(".")[3:])
                for each in endpoints
                if each.get("VpcId") == vpc["VpcId"] and each.get("State", "available") == "available"
            ),
        )
        for vpc in ec2.describe_vpcs(VpcIds=ids)["Vpcs"]
    )
