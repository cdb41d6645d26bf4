"""EC2's tables, and one account's network in one region as the operations see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from hatoba.cloud.ec2 import errors
from hatoba.cloud.ec2.control.defaults import DEFAULT_GROUP, default_network
from hatoba.cloud.ec2.control.ids import stable_ids
from hatoba.cloud.ec2.model import (
    Address,
    ClientToken,
    Furnished,
    InternetGateway,
    Lease,
    NatGateway,
    NetworkAcl,
    NetworkInterface,
    Resource,
    RouteTable,
    SecurityGroup,
    Subnet,
    Vpc,
    VpcEndpoint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hatoba.cloud.state import Scope, State, Table
    from hatoba.cloud.wire import Call

R = TypeVar("R", bound=Resource)


class Shelf(Generic[R]):
    """The resources of one kind in one account and region."""

    def __init__(self, store: Store, table: Table[R], scope: Scope, prefix: str) -> None:
        self._table = table
        self._tokens = store.tokens
        self._scope = scope
        self._prefix = prefix

    def __iter__(self) -> Iterator[R]:
        """Go through all of them, ordered by id."""
        return iter(self._table.list(self._scope))

    def get(self, resource_id: str) -> R:
        """Return the one with this id, or raise EC2's error for an id that nothing has."""
        found = self._table.get(self._scope, resource_id)
        if found is None:
            raise errors.not_found(self._prefix, resource_id)
        return found

    def named(self, ids: Sequence[str]) -> tuple[R, ...]:
        """Return the ones with these ids; all of them when no id is given."""
        return tuple(self.get(each) for each in ids) if ids else tuple(self)

    def made_with(self, token: str | None) -> R | None:
        """Return the one that a call with this client token made, while it stands."""
        known = self._tokens.get(self._scope, f"{self._prefix}/{token}") if token else None
        return self._table.get(self._scope, known.resource_id) if known else None

    def add(self, resource: R) -> R:
        """Keep a new one, and the token of the call that made it."""
        if resource.client_token:
            self._tokens.put(self._scope, ClientToken(self._prefix, resource.client_token, resource.id))
        return self.put(resource)

    def put(self, resource: R) -> R:
        """Keep one."""
        return self._table.put(self._scope, resource)

    def delete(self, resource_id: str) -> None:
        """Forget one, and its token."""
        token = self.get(resource_id).client_token
        if token:
            self._tokens.delete(self._scope, f"{self._prefix}/{token}")
        self._table.delete(self._scope, resource_id)


class Network:
    """The network of one account in one region, its default VPC written."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self.scope = scope
        self._store = store
        self.vpcs = Shelf(store, store.vpcs, scope, "vpc")
        self.subnets = Shelf(store, store.subnets, scope, "subnet")
        self.groups = Shelf(store, store.groups, scope, "sg")
        self.interfaces = Shelf(store, store.interfaces, scope, "eni")
        self.route_tables = Shelf(store, store.route_tables, scope, "rtb")
        self.internet_gateways = Shelf(store, store.internet_gateways, scope, "igw")
        self.acls = Shelf(store, store.acls, scope, "acl")
        self.addresses = Shelf(store, store.addresses, scope, "eipalloc")
        self.nat_gateways = Shelf(store, store.nat_gateways, scope, "nat")
        self.endpoints = Shelf(store, store.endpoints, scope, "vpce")

    def put(self, resource: Resource) -> None:
        """Keep a resource of any kind that a VPC is furnished with."""
        match resource:
            case Vpc():
                self.vpcs.put(resource)
            case Subnet():
                self.subnets.put(resource)
            case SecurityGroup():
                self.groups.put(resource)
            case RouteTable():
                self.route_tables.put(resource)
            case InternetGateway():
                self.internet_gateways.put(resource)
            case NetworkAcl():
                self.acls.put(resource)
            case _:
                raise TypeError(f"no VPC is furnished with {resource!r}")

    def default_vpc(self) -> Vpc | None:
        """Return the default VPC, unless it was deleted."""
        return next((each for each in self.vpcs if each.is_default), None)

    def default_group(self, vpc_id: str) -> SecurityGroup:
        """Return a VPC's default security group."""
        return next(each for each in self.groups if each.vpc_id == vpc_id and each.name == DEFAULT_GROUP)

    def is_taken(self, subnet_id: str, address: str) -> bool:
        """Say whether an address of a subnet is in use."""
        return self._store.leases.get(self.scope, f"{subnet_id}/{address}") is not None

    def taken_count(self, subnet_id: str) -> int:
        """Return how many addresses of a subnet are in use."""
        return self._store.leases.count(self.scope, f"{subnet_id}/")

    def take(self, subnet_id: str, address: str, interface_id: str) -> None:
        """Note that an interface uses an address."""
        self._store.leases.put(self.scope, Lease(subnet_id, address, interface_id))

    def give_back(self, subnet_id: str, address: str) -> None:
        """Note that an address is free."""
        self._store.leases.delete(self.scope, f"{subnet_id}/{address}")

    def next_turn(self, subnet_id: str) -> int:
        """Return 1, 2, 3 … for a subnet: where to look for a free address first."""
        return self._store.state.next_number(self.scope, f"ec2.address/{subnet_id}")


class Store:
    """All of EC2's tables."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.vpcs = state.table("ec2.vpc", Vpc, remember=True)
        self.subnets = state.table("ec2.subnet", Subnet, remember=True)
        self.groups = state.table("ec2.security_group", SecurityGroup, remember=True)
        self.interfaces = state.table("ec2.network_interface", NetworkInterface)
        self.leases = state.table("ec2.lease", Lease)
        self.route_tables = state.table("ec2.route_table", RouteTable)
        self.internet_gateways = state.table("ec2.internet_gateway", InternetGateway)
        self.acls = state.table("ec2.network_acl", NetworkAcl)
        self.addresses = state.table("ec2.address", Address)
        self.nat_gateways = state.table("ec2.nat_gateway", NatGateway)
        self.endpoints = state.table("ec2.vpc_endpoint", VpcEndpoint)
        self.tokens = state.table("ec2.client_token", ClientToken)
        self._furnished = state.table("ec2.furnished", Furnished)

    def network(self, call: Call) -> Network:
        """Return the caller's network; the first look into a region writes its default VPC."""
        network = Network(self, call.scope)
        if not self._furnished.count(call.scope):
            with self.state.transaction():
                self._furnished.put(call.scope, Furnished(call.now))
                for resource in default_network(call.scope, stable_ids(call.scope)):
                    network.put(resource)
        return network
