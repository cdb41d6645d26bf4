"""What every service of the cloud is given when it is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.cloud.clock import Clock
    from hatoba.cloud.state import Scope, State
    from hatoba.cloud.wire import Call, Invoke, Operations
    from hatoba.gateway.snapshot import Listener


class Settings(msgspec.Struct, frozen=True):
    """How this cloud was started. Ports given as 0 are chosen when it starts."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 4566
    gateway_port: int = 4580
    dns_port: int = 4553
    account: str = "000000000000"
    region: str = "ap-northeast-1"
    ephemeral: bool = False
    runtime: str = "auto"
    gateway_workers: int = 1
    enforce_security_groups: bool = False

    @property
    def endpoint(self) -> str:
        """The URL that the cloud answers at, what ``AWS_ENDPOINT_URL`` should be."""
        return f"http://{self.host}:{self.port}"


class World(msgspec.Struct, frozen=True):
    """The cloud as a service sees it: its state, its clock, and the other services by AWS's API."""

    state: State
    clock: Clock
    settings: Settings
    invoke: Invoke
    call_as_service: Callable[[Scope, str], Call]
    """Makes the :class:`Call` of a loop that acts by itself: ``call_as_service(scope, "ecs")``."""


class LogSink(Protocol):
    """Where containers' output and access logs go: CloudWatch Logs, without a call per line."""

    def append(
        self,
        scope: Scope,
        group: str,
        stream: str,
        events: Sequence[tuple[int, str]],
        *,
        create_stream: bool = True,
    ) -> None:
        """Keep events, each an epoch millisecond and a message, in the order given.

        Raises:
            ServiceError: ``ResourceNotFoundException``: there is no such group (or stream, when it
                is not to be made).
        """


class DiscoveredInstance(msgspec.Struct, frozen=True):
    """An instance of a Cloud Map service; ``health`` is HEALTHY, UNHEALTHY or UNKNOWN."""

    instance_id: str
    attributes: Mapping[str, str]
    health: str


class InstanceSource(Protocol):
    """Who stands behind a Cloud Map service now. Changes are told by the feed, kind ``cloudmap.instance``."""

    def discover(
        self, scope: Scope, service_id: str, query: Mapping[str, str] | None = None
    ) -> tuple[DiscoveredInstance, ...]:
        """Return the instances that DiscoverInstances answers by default, all of them, ordered by id.

        Args:
            scope: Where the service is.
            service_id: ``srv-…``; an unknown one has no instances.
            query: Attributes that must be equal.
        """


TLS_LISTENERS = frozenset({"HTTPS", "TLS"})
"""The protocols of load balancers' listeners at which TLS ends."""


class ListenerSource(Protocol):
    """What stands behind a load balancer's listener now. The feed tells of changes, ``loadbalancing.*``."""

    def listener(self, arn: str) -> Listener | None:
        """Return a listener as the gateway is to carry it out, or None where there is none."""


class LinkWalls(Protocol):
    """Who says whom a VPC link reaches: security groups, where they are enforced."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of change in the feed that may change an answer."""

    def behind_guard(self, scope: Scope, instance: DiscoveredInstance) -> DiscoveredInstance:
        """Return an instance at the address where it listens itself, for one whom these walls judge."""

    def instance_refusal(
        self, scope: Scope, groups: Sequence[str], source_ip: str, instance: DiscoveredInstance
    ) -> str | None:
        """Return why a link with these groups and this address does not reach it; None when it does."""

    def listener_refusal(
        self, scope: Scope, groups: Sequence[str], source_ip: str, listener_arn: str
    ) -> str | None:
        """Return why a link with these groups and this address does not reach it; None when it does."""


class TargetWalls(Protocol):
    """Who says which targets a load balancer reaches: security groups, where they are enforced."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of change in the feed that may change an answer."""

    def target_refusal(self, scope: Scope, balancer_arn: str, host: str, port: int) -> str | None:
        """Return why a load balancer does not reach this address; None when it does."""


class TaskWalls(Protocol):
    """Who says which task reaches which: security groups, where they are enforced."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of change in the feed that may change an answer."""

    def task_refusal(
        self, source: tuple[Scope, str], target: tuple[Scope, str], protocol: str, port: int
    ) -> str | None:
        """Return why a task does not reach a container port of another; None when it does.

        Both are given by their scope and key: ``cluster/task-id``.
        """


class IssuerKeys(msgspec.Struct, frozen=True):
    """The public RSA keys of a token issuer as JWK members, or why there are none, in API Gateway's words."""

    keys: tuple[Mapping[str, str], ...] = ()
    error: str | None = None


class KeySource(Protocol):
    """Where the keys of token issuers come from: those that stand locally, and any other by HTTP."""

    async def discover(self, issuer: str) -> str | None:
        """Return why the issuer's discovery document cannot be had, or None when it is right."""

    async def keys(self, issuer: str) -> IssuerKeys:
        """Return the issuer's keys, at most two hours old. Never raises; an error is not remembered."""


Loop = Callable[[], Awaitable[None]]


class Service(Protocol):
    """One service of the cloud, as the server runs it."""

    @property
    def operations(self) -> Operations:
        """What it answers."""

    def loops(self) -> tuple[Loop, ...]:
        """Return the loops that act on changes. Each runs until it is cancelled, from start to stop.

        They start after every service was made, and find in the state what an earlier cloud left.
        """

    async def close(self) -> None:
        """Release what the service holds in the world. Called once, after its loops were cancelled."""


class UserPool(msgspec.Struct, frozen=True):
    """A Cognito user pool that stands locally, and the ids of its clients."""

    pool_id: str
    client_ids: tuple[str, ...] = ()


class UserPools(Protocol):
    """The local issuer, as the neighbour that answers for Cognito needs it."""

    def pool_from_the_start(self, scope: Scope) -> UserPool:
        """Return the pool that stands in an account and region without anybody having made it."""

    def keep_pools(self, scope: Scope, pools: Sequence[UserPool]) -> None:
        """Take all pools of an account and region as they are now, in place of those told before."""


class RecordSet(msgspec.Struct, frozen=True):
    """One record set of a hosted zone; ``set_identifier`` tells those of one name and type apart."""

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]
    set_identifier: str | None = None
    weight: int | None = None


class HostedZone(msgspec.Struct, frozen=True):
    """A hosted zone of Route 53 that belongs to a service. ``vpc_id`` makes it a private one."""

    id: str
    name: str
    owner_arn: str
    comment: str
    region: str
    vpc_id: str | None
    records: tuple[RecordSet, ...]


class HostedZones(Protocol):
    """Who made hosted zones: Cloud Map, for its DNS namespaces."""

    def hosted_zones(self, account: str) -> tuple[HostedZone, ...]:
        """Return all of an account's, with their records as of now."""


class Companion(Protocol):
    """A part of the cloud that acts on what stands in neighbours, as EventBridge's schedules run tasks."""

    @property
    def services(self) -> frozenset[str]:
        """The neighbours that it goes with, by their signing names."""

    async def answer(self, call: Call, params: Mapping[str, object]) -> Mapping[str, object] | None:
        """Answer a call in place of the neighbour; None leaves it to the neighbour.

        Raises:
            ServiceError: What is asked would stand there and nobody would act on it.
        """

    def keep(self, scope: Scope, service: str, standing: bytes) -> None:
        """Take all that stands in a neighbour now, as JSON. Runs in the transaction that keeps it."""


class ServiceEvent(msgspec.Struct, frozen=True):
    """An event that a service of AWS sends: what EventBridge adds to it is not in here.

    Attributes:
        detail: JSON, with times as AWS writes them in events.
        resources: ARNs of what it is about.
    """

    source: str
    detail_type: str
    resources: tuple[str, ...]
    detail: Mapping[str, object]


class EventBus(Protocol):
    """The default event bus, as the services see it that send events there."""

    def wants(self, scope: Scope, source: str, detail_type: str) -> bool:
        """Say whether any rule may match such an event: costs nothing, and most often saves making it."""

    def publish(self, scope: Scope, event: ServiceEvent) -> None:
        """Hand over an event. What rules match is kept in the running transaction, and delivered after it."""


class TaskUsage(msgspec.Struct, frozen=True):
    """What a task uses at a time, CPU since its start; and what it may use, in 1/1024 of a core and MiB."""

    task: str
    at: float
    cpu_ns: int
    memory_bytes: int
    cpu_units: int
    memory_mib: int


class RequestCounter(Protocol):
    """Who counts the requests to load balancers' target groups: the gateway."""

    async def requests(self) -> Mapping[str, int]:
        """Count all since the gateway began, by the target group's ARN; less than before when it died."""


class FlightCounter(Protocol):
    """Who knows which requests wait for an answer: the gateway."""

    async def in_flight(self) -> Mapping[str, int]:
        """Count them now, by the ``host:port`` that is asked."""


class Meter(Protocol):
    """Who measures tasks: ECS, by its runtimes."""

    async def usages(self, scope: Scope, cluster: str, service: str) -> tuple[TaskUsage, ...]:
        """Measure the running tasks of a service; what cannot be measured is left out."""
