"""What the doctor looks at: plain pictures of a system, running or intended."""

from __future__ import annotations

from dataclasses import dataclass, field

from hatoba.advise.network import NetworkSeen


@dataclass(frozen=True, slots=True)
class StoppedTask:
    """A task that ended. ``container_reasons`` are those of its containers."""

    task_id: str
    stop_code: str
    reason: str
    container_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementSeen:
    """A statement of a policy; ``resources`` are empty where it excepts some instead of naming them."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleSeen:
    """A role and all that its policies say. ``problem`` says why that could not be seen."""

    name: str
    statements: tuple[StatementSeen, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """What a service's tasks are made of.

    ``ports`` are (container, port); ``log_groups`` (name, whether the task makes it, whether it stands);
    ``secrets`` are the references as the task definition has them.
    """

    images: tuple[str, ...] = ()
    ports: tuple[tuple[str, int], ...] = ()
    log_groups: tuple[tuple[str, bool, bool], ...] = ()
    secrets: tuple[str, ...] = ()
    execution_role: RoleSeen | None = None
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    has_public_ip: bool = False


@dataclass(frozen=True, slots=True)
class RegistrationSeen:
    """That a service registers its tasks in a Cloud Map service, and with which container and port."""

    arn: str
    container: str = ""
    port: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """An ECS service: what it wants, what runs, and why its last tasks stopped."""

    name: str
    desired: int
    running: int
    rollout_state: str
    last_event: str
    registries: tuple[str, ...]
    stopped: tuple[StoppedTask, ...] = ()
    registrations: tuple[RegistrationSeen, ...] = ()
    task: TaskSeen | None = None


@dataclass(frozen=True, slots=True)
class InstanceSeen:
    """An instance of a Cloud Map service."""

    instance_id: str
    health: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class DiscoverySeen:
    """A Cloud Map service with its namespace, record types and instances; None where it is only intended."""

    arn: str
    name: str
    namespace: str
    record_types: tuple[str, ...]
    has_health_check: bool
    instances: tuple[InstanceSeen, ...] | None


@dataclass(frozen=True, slots=True)
class NamespaceSeen:
    """A namespace; an intended one has no id yet."""

    namespace_id: str
    name: str
    kind: str
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """A VPC link."""

    link_id: str
    name: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RouteSeen:
    """A route, with its integration's Cloud Map service ARN where it has one."""

    route_key: str
    has_target: bool
    integration_uri: str | None
    vpc_link_status: str | None
    authorizer: str | None
    vpc_link: str | None = None
    scopes: tuple[str, ...] = ()
    rewrites_path: bool = False


@dataclass(frozen=True, slots=True)
class AuthorizerSeen:
    """A JWT authorizer. ``issuer_error`` says why its issuer's keys cannot be had, None when they can."""

    name: str
    issuer: str
    audience: tuple[str, ...]
    issuer_error: str | None


@dataclass(frozen=True, slots=True)
class ApiSeen:
    """An HTTP API."""

    name: str
    endpoint: str
    stages: tuple[str, ...]
    routes: tuple[RouteSeen, ...]
    authorizers: tuple[AuthorizerSeen, ...]


@dataclass(frozen=True, slots=True)
class SystemSeen:
    """Everything that was looked at. ``is_here`` is true for the local cloud, which bars no connection."""

    services: tuple[ServiceSeen, ...] = ()
    discoveries: tuple[DiscoverySeen, ...] = ()
    apis: tuple[ApiSeen, ...] = ()
    links: tuple[LinkSeen, ...] = ()
    namespaces: tuple[NamespaceSeen, ...] = ()
    network: NetworkSeen = field(default_factory=NetworkSeen)
    is_here: bool = False
