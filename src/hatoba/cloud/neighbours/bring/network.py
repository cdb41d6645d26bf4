"""EC2's VPCs, subnets and security groups, brought to where moto's load balancers look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.state import Scope


_vpc: Any = VPC
_subnet: Any = Subnet
_group: Any = SecurityGroup
"""moto leaves abstract in them what only its CloudFormation needs."""


def bring_network(scope: Scope, answers: Mapping[str, Any]) -> None:
    """Let exactly these resources stand in moto's EC2, which nobody but moto itself can reach.

    Args:
        scope: The account and region.
        answers: EC2's answers to DescribeVpcs, DescribeSubnets and DescribeSecurityGroups, by operation.
    """
    backend: Any = ec2_backends[scope.account][scope.region]
    backend.vpcs = {
        each["VpcId"]: _vpc(backend, each["VpcId"], each["CidrBlock"], each["IsDefault"])
        for each in answers["DescribeVpcs"]["Vpcs"]
    }
    _bring_subnets(backend, answers)
    groups: dict[str, dict[str, Any]] = {}
    for each in answers["DescribeSecurityGroups"]["SecurityGroups"]:
        group = _group(backend, each["GroupId"], each["GroupName"], each["Description"], vpc_id=each["VpcId"])
        groups.setdefault(each["VpcId"], {})[group.id] = group
    backend.groups.clear()
    backend.groups.update(groups)


def _bring_subnets(backend: Any, answers: Mapping[str, Any]) -> None:
    zones = {zone.name: zone for zone in RegionsAndZonesBackend.zones.get(backend.region_name, ())}
    backend.subnets.clear()
    for each in answers["DescribeSubnets"]["Subnets"]:
        name = each["AvailabilityZone"]
        subnet = _subnet(
            backend,
            each["SubnetId"],
            each["VpcId"],
            each["CidrBlock"],
            None,
            zones[name],
            default_for_az=each["DefaultForAz"],
            map_public_ip_on_launch=each["MapPublicIpOnLaunch"],
        )
        backend.subnets.setdefault(name, {})[subnet.id] = subnet
