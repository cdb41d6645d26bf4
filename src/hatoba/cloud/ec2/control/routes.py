"""Routes of route tables: what a destination and a target may be.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.ec2.control.tags import listed
from hatoba.cloud.ec2.errors import error, invalid_value, missing
from hatoba.cloud.ec2.model import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.ec2.model import Association, RouteTable

TARGETS = ("GatewayId", "NatGatewayId", "NetworkInterfaceId")


def route_from(request: Mapping[str, Any]) -> Route:
    """Return the route that a request says.

    Raises:
        ServiceError: MissingParameter without destination or target; InvalidParameterValue.
    """
    destination = destination_from(request)
    for target in TARGETS:
        if request.get(target):
            return Route(destination, target, request[target])
    raise missing("gatewayId, natGatewayId or networkInterfaceId")


def destination_from(request: Mapping[str, Any]) -> str:
    """Return a request's destination range, without host bits."""
    cidr: str | None = request.get("DestinationCidrBlock") or request.get("DestinationIpv6CidrBlock")
    if cidr is None:
        raise missing("destinationCidrBlock")
    try:
        return str(ipaddress.ip_network(cidr, strict=False))
    except ValueError:
        raise invalid_value(
            f"Value ({cidr}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block."
        ) from None


def with_route(table: RouteTable, route: Route) -> RouteTable:
    """Return the table with a further route.

    Raises:
        ServiceError: RouteAlreadyExists.
    """
    if any(each.destination == route.destination for each in table.routes):
        raise error("RouteAlreadyExists", f"The route identified by {route.destination} already exists.")
    return replace(table, routes=(*table.routes, route))


def without_route(table: RouteTable, destination: str) -> RouteTable:
    """Return the table without a route.

    Raises:
        ServiceError: InvalidRoute.NotFound; InvalidParameterValue for the local route.
    """
    found = next((each for each in table.routes if each.destination == destination), None)
    if found is None:
        raise error(
            "InvalidRoute.NotFound",
            f"no route with destination-cidr-block {destination} in route table {table.id}",
        )
    if found.target_id == "local":
        raise invalid_value(f"cannot remove local route {destination} in route table {table.id}")
    return replace(table, routes=tuple(each for each in table.routes if each is not found))


def table_shown(table: RouteTable) -> dict[str, Any]:
    """Return a route table as the API shows it."""
    return {
        "RouteTableId": table.id,
        "VpcId": table.vpc_id,
        "OwnerId": table.owner,
        "Associations": [_association_shown(table, each) for each in table.associations],
        "PropagatingVgws": [],
        "Routes": [_route_shown(each) for each in table.routes],
        "Tags": listed(table.tags),
    }


def _association_shown(table: RouteTable, association: Association) -> dict[str, Any]:
    return {
        "Main": association.is_main,
        "RouteTableAssociationId": association.id,
        "RouteTableId": table.id,
        "SubnetId": association.subnet_id,
        "AssociationState": {"State": "associated"},
    }


def _route_shown(route: Route) -> dict[str, str]:
    is_ipv6 = ":" in route.destination
    member = "DestinationIpv6CidrBlock" if is_ipv6 else "DestinationCidrBlock"
    return {
        member: route.destination,
        route.target: route.target_id,
        "Origin": route.origin,
        "State": "active",
    }
