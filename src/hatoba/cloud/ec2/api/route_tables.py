"""Route tables, their routes, and which subnets they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.ec2.api.lists import described
from hatoba.cloud.ec2.control.defaults import local_route
from hatoba.cloud.ec2.control.ids import random_ids
from hatoba.cloud.ec2.control.routes import (
    destination_from,
    route_from,
    table_shown,
    with_route,
    without_route,
)
from hatoba.cloud.ec2.control.tags import specified
from hatoba.cloud.ec2.errors import error, in_use, invalid_value, missing, not_found
from hatoba.cloud.ec2.model import Association, RouteTable

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import (
        AssociateRouteTableRequestTypeDef,
        CreateRouteRequestTypeDef,
        CreateRouteTableRequestTypeDef,
        DeleteRouteRequestTypeDef,
        DeleteRouteTableRequestTypeDef,
        DescribeRouteTablesRequestTypeDef,
        DisassociateRouteTableRequestTypeDef,
        ReplaceRouteRequestTypeDef,
        ReplaceRouteTableAssociationRequestTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.model import Route
    from hatoba.cloud.ec2.store import Network, Store
    from hatoba.cloud.wire import Call, Result

_FIELDS: Fields[RouteTable] = {
    "route-table-id": lambda each: each.id,
    "vpc-id": lambda each: each.vpc_id,
    "owner-id": lambda each: each.owner,
    "association.main": lambda each: "true" if any(part.is_main for part in each.associations) else "false",
    "association.subnet-id": lambda each: [part.subnet_id for part in each.associations if part.subnet_id],
    "association.route-table-association-id": lambda each: [part.id for part in each.associations],
    "association.route-table-id": lambda each: each.id if each.associations else None,
    "route.destination-cidr-block": lambda each: [
        route.destination for route in each.routes if ":" not in route.destination
    ],
    "route.gateway-id": lambda each: [
        route.target_id for route in each.routes if route.target == "GatewayId"
    ],
    "route.nat-gateway-id": lambda each: [
        route.target_id for route in each.routes if route.target == "NatGatewayId"
    ],
    "route.origin": lambda each: [route.origin for route in each.routes],
    "route.state": lambda _: "active",
}


class RouteTablesApi:
    """The operations on route tables."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_route_table(self, call: Call, request: CreateRouteTableRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html."""
        network = self._store.network(call)
        vpc = network.vpcs.get(request["VpcId"])
        token = request.get("ClientToken")
        table = network.route_tables.made_with(token) or network.route_tables.add(
            RouteTable(
                id=random_ids("rtb"),
                owner=call.account,
                vpc_id=vpc.id,
                routes=(local_route(vpc),),
                tags=specified(request.get("TagSpecifications", ()), "route-table"),
                client_token=token,
            )
        )
        return {"RouteTable": table_shown(table), "ClientToken": token}

    def describe_route_tables(self, call: Call, request: DescribeRouteTablesRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html."""
        found = self._store.network(call).route_tables.named(request.get("RouteTableIds", ()))
        page, token = described(found, request, request.get("Filters", ()), _FIELDS)
        return {"RouteTables": [table_shown(each) for each in page], "NextToken": token}

    def delete_route_table(self, call: Call, request: DeleteRouteTableRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html."""
        network = self._store.network(call)
        table = network.route_tables.get(request["RouteTableId"])
        if table.associations or any(table.id in each.route_table_ids for each in network.endpoints):
            raise in_use(f"The routeTable '{table.id}' has dependencies and cannot be deleted.")
        network.route_tables.delete(table.id)
        return {}

    def create_route(self, call: Call, request: CreateRouteRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html."""
        network = self._store.network(call)
        table = network.route_tables.get(request["RouteTableId"])
        route = route_from(request)
        _check_target(network, table, route)
        network.route_tables.put(with_route(table, route))
        return {"Return": True}

    def replace_route(self, call: Call, request: ReplaceRouteRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html."""
        network = self._store.network(call)
        table = network.route_tables.get(request["RouteTableId"])
        route = route_from(request)
        _check_target(network, table, route)
        network.route_tables.put(with_route(without_route(table, route.destination), route))
        return {}

    def delete_route(self, call: Call, request: DeleteRouteRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html."""
        network = self._store.network(call)
        table = network.route_tables.get(request["RouteTableId"])
        network.route_tables.put(without_route(table, destination_from(request)))
        return {}

    def associate_route_table(self, call: Call, request: AssociateRouteTableRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html."""
        network = self._store.network(call)
        table = network.route_tables.get(request["RouteTableId"])
        if "SubnetId" not in request:
            raise missing("subnetId")
        subnet = network.subnets.get(request["SubnetId"])
        if subnet.vpc_id != table.vpc_id:
            raise invalid_value(f"Route table {table.id} and subnet {subnet.id} belong to different networks")
        for other in network.route_tables:
            for part in other.associations:
                if part.subnet_id == subnet.id:
                    raise error(
                        "Resource.AlreadyAssociated",
                        "the specified association for route table"
                        f" {other.id} conflicts with an existing association",
                    )
        made = Association(random_ids("rtbassoc"), subnet.id)
        network.route_tables.put(replace(table, associations=(*table.associations, made)))
        return {"AssociationId": made.id, "AssociationState": {"State": "associated"}}

    def disassociate_route_table(self, call: Call, request: DisassociateRouteTableRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html."""
        network = self._store.network(call)
        table, association = _association(network, request["AssociationId"])
        if association.is_main:
            raise invalid_value(f"cannot disassociate the main route table association {association.id}")
        network.route_tables.put(_without(table, association))
        return {}

    def replace_route_table_association(
        self, call: Call, request: ReplaceRouteTableAssociationRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html."""
        network = self._store.network(call)
        old_table, old = _association(network, request["AssociationId"])
        network.route_tables.put(_without(old_table, old))
        table = network.route_tables.get(request["RouteTableId"])
        made = Association(random_ids("rtbassoc"), old.subnet_id)
        network.route_tables.put(replace(table, associations=(*table.associations, made)))
        return {"NewAssociationId": made.id, "AssociationState": {"State": "associated"}}


def _association(network: Network, association_id: str) -> tuple[RouteTable, Association]:
    for table in network.route_tables:
        for part in table.associations:
            if part.id == association_id:
                return table, part
    raise not_found("rtbassoc", association_id)


def _without(table: RouteTable, association: Association) -> RouteTable:
    return replace(table, associations=tuple(each for each in table.associations if each != association))


def _check_target(network: Network, table: RouteTable, route: Route) -> None:
    """Refuse a route to what does not stand, or not in the table's VPC."""
    if route.target == "NatGatewayId":
        vpc_id: str | None = network.nat_gateways.get(route.target_id).vpc_id
    elif route.target == "NetworkInterfaceId":
        vpc_id = network.interfaces.get(route.target_id).vpc_id
    else:
        vpc_id = network.internet_gateways.get(route.target_id).vpc_id
    if vpc_id != table.vpc_id:
        raise invalid_value(f"route table {table.id} and {route.target_id} belong to different networks")
