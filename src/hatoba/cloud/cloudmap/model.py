"""Cloud Map's records, as they are kept."""

from __future__ import annotations

from typing import Literal

import msgspec

NamespaceType = Literal["HTTP", "DNS_PRIVATE", "DNS_PUBLIC"]
ServiceType = Literal["HTTP", "DNS_HTTP"]
RecordType = Literal["A", "AAAA", "SRV", "CNAME"]
RoutingPolicy = Literal["MULTIVALUE", "WEIGHTED"]
HealthStatus = Literal["HEALTHY", "UNHEALTHY", "UNKNOWN"]
OperationType = Literal[
    "CREATE_NAMESPACE",
    "DELETE_NAMESPACE",
    "UPDATE_NAMESPACE",
    "UPDATE_SERVICE",
    "REGISTER_INSTANCE",
    "DEREGISTER_INSTANCE",
]


class Namespace(msgspec.Struct, frozen=True):
    """A namespace. ``hosted_zone_id`` and ``soa_ttl`` (seconds) belong to the DNS types only."""

    id: str
    arn: str
    name: str
    type: NamespaceType
    owner: str
    http_name: str
    created_at: float
    creator_request_id: str
    operation_id: str
    description: str | None = None
    vpc: str | None = None
    hosted_zone_id: str | None = None
    soa_ttl: int | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """The namespace's id."""
        return self.id

    @property
    def has_dns(self) -> bool:
        """Whether names of this namespace can be asked for by DNS."""
        return self.type != "HTTP"


class DnsRecord(msgspec.Struct, frozen=True):
    """The type and the TTL (seconds) of a record that each instance gets."""

    type: RecordType
    ttl: int


class DnsConfig(msgspec.Struct, frozen=True):
    """Which records a service's instances get, and how many of them one answer holds."""

    routing_policy: RoutingPolicy
    records: tuple[DnsRecord, ...]

    @property
    def types(self) -> frozenset[str]:
        """The record types."""
        return frozenset(record.type for record in self.records)


class Service(msgspec.Struct, frozen=True):
    """A service. ``custom_health`` says that its health is what UpdateInstanceCustomHealthStatus said."""

    id: str
    arn: str
    name: str
    namespace_id: str
    owner: str
    type: ServiceType
    created_at: float
    creator_request_id: str
    description: str | None = None
    dns: DnsConfig | None = None
    custom_health: bool = False
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """The service's id."""
        return self.id


class Instance(msgspec.Struct, frozen=True):
    """An instance. ``custom_status`` is its reported health, None where the service has no health check."""

    id: str
    service_id: str
    owner: str
    attributes: dict[str, str]
    creator_request_id: str
    custom_status: Literal["HEALTHY", "UNHEALTHY"] | None = None

    @property
    def key(self) -> str:
        """``srv-…/instance-id``."""
        return f"{self.service_id}/{self.id}"

    @property
    def health(self) -> HealthStatus:
        """What DiscoverInstances says of it: UNKNOWN where nothing is known."""
        return self.custom_status or "UNKNOWN"


class Operation(msgspec.Struct, frozen=True):
    """What an asynchronous call did. ``targets`` names the ids: NAMESPACE, SERVICE, INSTANCE."""

    id: str
    type: OperationType
    status: Literal["SUCCESS", "FAIL"]
    owner: str
    at: float
    targets: dict[str, str]
    error_code: str | None = None
    error_message: str | None = None

    @property
    def key(self) -> str:
        """The operation's id."""
        return self.id


class Revision(msgspec.Struct, frozen=True):
    """How often instances of a service came or went (InstancesRevision). Kept while the service stands."""

    service_id: str
    number: int

    @property
    def key(self) -> str:
        """The service's id."""
        return self.service_id
