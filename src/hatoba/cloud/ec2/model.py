"""EC2's records, as they are kept. Every one has an id, which is its key, and tags."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What all records of EC2 have. ``client_token`` is that of the call that made it."""

    id: str
    owner: str
    tags: dict[str, str] = field(default_factory=dict)
    client_token: str | None = None

    @property
    def key(self) -> str:
        """The resource's id."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc(Resource):
    """A VPC with one IPv4 range."""

    cidr: str
    cidr_association_id: str
    dhcp_options_id: str
    is_default: bool = False
    dns_support: bool = True
    dns_hostnames: bool = False
    address_usage_metrics: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet(Resource):
    """A subnet: a range of its VPC's addresses in one zone."""

    vpc_id: str
    cidr: str
    zone: str
    is_default: bool = False
    public_ip_on_launch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Resource):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup(Resource):
    """A security group with its rules."""

    vpc_id: str
    name: str
    description: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInterface(Resource):
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


@dataclass(frozen=True, slots=True)
class Lease:
    """An address of a subnet that is in use, by which network interface."""

    subnet_id: str
    address: str
    interface_id: str

    @property
    def key(self) -> str:
        """``subnet-…/address``."""
        return f"{self.subnet_id}/{self.address}"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a route table sends a range. ``target`` is the request's member, such as ``GatewayId``."""

    destination: str
    target: str
    target_id: str
    origin: str = "CreateRoute"


@dataclass(frozen=True, slots=True)
class Association:
    """Which subnet a route table is for; no subnet: the main table of its VPC."""

    id: str
    subnet_id: str | None = None

    @property
    def is_main(self) -> bool:
        """Whether this makes its table the one for all subnets without a table of their own."""
        return self.subnet_id is None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable(Resource):
    """A route table."""

    vpc_id: str
    routes: tuple[Route, ...]
    associations: tuple[Association, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetGateway(Resource):
    """An internet gateway, attached to a VPC or not."""

    vpc_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAcl(Resource):
    """A VPC's default network ACL. It allows everything and is for all of the VPC's subnets."""

    vpc_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Resource):
    """An Elastic IP address; with an association when a NAT gateway uses it."""

    public_ip: str
    association_id: str | None = None
    interface_id: str | None = None
    private_ip: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NatGateway(Resource):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcEndpoint(Resource):
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


@dataclass(frozen=True, slots=True)
class ClientToken:
    """Which resource a token made, so that a call that is sent again makes no second one."""

    prefix: str
    token: str
    resource_id: str

    @property
    def key(self) -> str:
        """``eni/token``: tokens of two kinds of resources are apart."""
        return f"{self.prefix}/{self.token}"


@dataclass(frozen=True, slots=True)
class Furnished:
    """Says that a region's default VPC was written, so that one that was deleted stays deleted."""

    at: float

    @property
    def key(self) -> str:
        """Always the same: there is one per account and region."""
        return "default-vpc"
