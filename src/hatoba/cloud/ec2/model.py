"""EC2's records, as they are kept. Every one has an id, which is its key, and tags."""

from __future__ import annotations

import msgspec


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What all records of EC2 have. ``client_token`` is that of the call that made it."""

    id: str
    owner: str
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    client_token: str | None = None

    @property
    def key(self) -> str:
        """The resource's id."""
        return self.id


class Vpc(Resource, frozen=True, kw_only=True):
    """A VPC with one IPv4 range."""

    cidr: str
    cidr_association_id: str
    dhcp_options_id: str
    is_default: bool = False
    dns_support: bool = True
    dns_hostnames: bool = False
    address_usage_metrics: bool = False


class Subnet(Resource, frozen=True, kw_only=True):
    """A subnet: a range of its VPC's addresses in one zone."""

    vpc_id: str
    cidr: str
    zone: str
    is_default: bool = False
    public_ip_on_launch: bool = False


class Rule(Resource, frozen=True, kw_only=True):
    """A rule of a security group. Exactly one of the four peers is given.

    Attributes:
        protocol: ``-1`` (all), ``tcp``, ``udp``, ``icmp``, ``icmpv6``, or a number.
        from_port: None for protocols without ports; ICMP's type.
        to_port: None for protocols without ports; ICMP's code.
        group_id: Another security group, or the rule's own.
    """

    is_egress: bool
    protocol: str
    from_port: int | None = None
    to_port: int | None = None
    cidr_ipv4: str | None = None
    cidr_ipv6: str | None = None
    prefix_list_id: str | None = None
    group_id: str | None = None
    group_owner: str | None = None
    description: str | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes two rules of a group the same rule."""
        peer = (self.cidr_ipv4, self.cidr_ipv6, self.prefix_list_id, self.group_id)
        return (self.is_egress, self.protocol, self.from_port, self.to_port, *peer)


class SecurityGroup(Resource, frozen=True, kw_only=True):
    """A security group with its rules."""

    vpc_id: str
    name: str
    description: str
    rules: tuple[Rule, ...] = ()


class NetworkInterface(Resource, frozen=True, kw_only=True):
    """A network interface with one private IPv4 address. ``zone`` is its subnet's."""

    vpc_id: str
    subnet_id: str
    zone: str
    mac: str
    private_ip: str
    description: str = ""
    group_ids: tuple[str, ...] = ()
    interface_type: str = "interface"
    source_dest_check: bool = True
    requester_managed: bool = False


class Lease(msgspec.Struct, frozen=True):
    """An address of a subnet that is in use, by which network interface."""

    subnet_id: str
    address: str
    interface_id: str

    @property
    def key(self) -> str:
        """``subnet-…/address``."""
        return f"{self.subnet_id}/{self.address}"


class Route(msgspec.Struct, frozen=True):
    """Where a route table sends a range. ``target`` is the request's member, such as ``GatewayId``."""

    destination: str
    target: str
    target_id: str
    origin: str = "CreateRoute"


class Association(msgspec.Struct, frozen=True):
    """Which subnet a route table is for; no subnet: the main table of its VPC."""

    id: str
    subnet_id: str | None = None

    @property
    def is_main(self) -> bool:
        """Whether this makes its table the one for all subnets without a table of their own."""
        return self.subnet_id is None


class RouteTable(Resource, frozen=True, kw_only=True):
    """A route table."""

    vpc_id: str
    routes: tuple[Route, ...]
    associations: tuple[Association, ...] = ()


class InternetGateway(Resource, frozen=True, kw_only=True):
    """An internet gateway, attached to a VPC or not."""

    vpc_id: str | None = None


class NetworkAcl(Resource, frozen=True, kw_only=True):
    """A VPC's default network ACL. It allows everything and is for all of the VPC's subnets."""

    vpc_id: str


class Address(Resource, frozen=True, kw_only=True):
    """An Elastic IP address; with an association when a NAT gateway uses it."""

    public_ip: str
    association_id: str | None = None
    interface_id: str | None = None
    private_ip: str | None = None


class NatGateway(Resource, frozen=True, kw_only=True):
    """A NAT gateway. ``address_id`` is the Elastic IP of a public one."""

    vpc_id: str
    subnet_id: str
    connectivity: str
    interface_id: str
    private_ip: str
    created_at: float
    address_id: str | None = None
    association_id: str | None = None
    public_ip: str | None = None


class VpcEndpoint(Resource, frozen=True, kw_only=True):
    """A VPC endpoint, Gateway or Interface."""

    vpc_id: str
    type: str
    service_name: str
    created_at: float
    policy: str | None = None
    route_table_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    private_dns: bool = False


class ClientToken(msgspec.Struct, frozen=True):
    """Which resource a token made, so that a call that is sent again makes no second one."""

    prefix: str
    token: str
    resource_id: str

    @property
    def key(self) -> str:
        """``eni/token``: tokens of two kinds of resources are apart."""
        return f"{self.prefix}/{self.token}"


class Furnished(msgspec.Struct, frozen=True):
    """Says that a region's default VPC was written, so that one that was deleted stays deleted."""

    at: float

    @property
    def key(self) -> str:
        """Always the same: there is one per account and region."""
        return "default-vpc"
