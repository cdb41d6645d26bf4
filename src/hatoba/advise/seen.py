"""What the doctor looks at: plain pictures of a running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoppedTask:
    """A task that ended. ``container_reasons`` are those of its containers."""

    task_id: str
    stop_code: str
    reason: str
    container_reasons: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class InstanceSeen:
    """An instance of a Cloud Map service."""

    instance_id: str
    health: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class DiscoverySeen:
    """A Cloud Map service with its namespace, record types and instances."""

    arn: str
    name: str
    namespace: str
    record_types: tuple[str, ...]
    has_health_check: bool
    instances: tuple[InstanceSeen, ...]


@dataclass(frozen=True, slots=True)
class RouteSeen:
    """A route, with its integration's Cloud Map service ARN where it has one."""

    route_key: str
    has_target: bool
    integration_uri: str | None
    vpc_link_status: str | None
    authorizer: str | None


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
    has_cors: bool


@dataclass(frozen=True, slots=True)
class SystemSeen:
    """Everything that was looked at."""

    services: tuple[ServiceSeen, ...] = ()
    discoveries: tuple[DiscoverySeen, ...] = ()
    apis: tuple[ApiSeen, ...] = ()
