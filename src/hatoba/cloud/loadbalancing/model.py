"""What Elastic Load Balancing keeps: frozen records. Each but a target has its ARN for a key."""

from __future__ import annotations

import msgspec


class Zone(msgspec.Struct, frozen=True):
    """One subnet of a load balancer."""

    subnet_id: str
    zone: str


class LoadBalancer(msgspec.Struct, frozen=True):
    """A load balancer; ``kind`` is ``application`` or ``network``."""

    arn: str
    name: str
    kind: str
    scheme: str
    vpc_id: str
    zones: tuple[Zone, ...]
    security_groups: tuple[str, ...]
    created_at: float
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its ARN."""
        return self.arn

    @property
    def path(self) -> str:
        """What listeners' ARNs go on with: ``app/name/id`` or ``net/name/id``."""
        return self.arn.partition(":loadbalancer/")[2]


class HealthCheck(msgspec.Struct, frozen=True):
    """How a target group's targets are checked.

    Attributes:
        protocol: HTTP or TCP.
        port: ``traffic-port``, or a number.
        path: For HTTP.
        matcher: For HTTP: which statuses are good, such as ``200-299,404``.
        healthy_count: Good checks in a row that make an unhealthy target healthy.
        unhealthy_count: Bad checks in a row that make a target unhealthy.
    """

    protocol: str
    port: str
    interval_s: int
    timeout_s: int
    healthy_count: int
    unhealthy_count: int
    path: str | None = None
    matcher: str | None = None


class TargetGroup(msgspec.Struct, frozen=True):
    """A target group of type ``ip``."""

    arn: str
    name: str
    protocol: str
    port: int
    vpc_id: str
    check: HealthCheck
    protocol_version: str | None = None
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its ARN."""
        return self.arn


class Target(msgspec.Struct, frozen=True):
    """One address of a target group.

    Attributes:
        state: ``initial``, ``healthy``, ``unhealthy`` or ``draining``.
        reason: AWS's code for why it is not healthy.
        gone_at: When a draining one may leave, if nothing is in flight to it.
        gone_by: When it leaves at the latest.
    """

    group_arn: str
    host: str
    port: int
    registered_at: float
    zone: str | None = None
    state: str = "initial"
    reason: str | None = "Elb.RegistrationInProgress"
    description: str | None = "Target registration is in progress"
    gone_at: float | None = None
    gone_by: float | None = None

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"{self.host}:{self.port}"

    @property
    def key(self) -> str:
        """``group-arn/host:port``."""
        return f"{self.group_arn}/{self.address}"


class Weighted(msgspec.Struct, frozen=True):
    """A target group of a forward action."""

    group_arn: str
    weight: int = 1


class Redirect(msgspec.Struct, frozen=True):
    """A redirect action; ``#{path}`` and its like stand for the request's own parts."""

    status: int
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


class FixedResponse(msgspec.Struct, frozen=True):
    """A fixed-response action."""

    status: int
    content_type: str | None = None
    body: str | None = None


class Action(msgspec.Struct, frozen=True):
    """What is done with a request: exactly one of the three."""

    forward: tuple[Weighted, ...] = ()
    redirect: Redirect | None = None
    fixed: FixedResponse | None = None


class QueryPair(msgspec.Struct, frozen=True):
    """A parameter of a query-string condition; without a key any parameter with that value fits."""

    value: str
    key: str | None = None


class Condition(msgspec.Struct, frozen=True):
    """One condition of a rule: any of its values fits. ``field`` is AWS's name of it."""

    field: str
    values: tuple[str, ...] = ()
    header: str | None = None
    pairs: tuple[QueryPair, ...] = ()


class Listener(msgspec.Struct, frozen=True):
    """A listener; ``action`` is that of its default rule.

    ``certificate_names`` are the names that its certificate is for; ``ssl_policy`` is kept, and TLS has its
    own rules here.
    """

    arn: str
    load_balancer_arn: str
    protocol: str
    port: int
    action: Action
    default_rule_arn: str
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    certificate_arn: str | None = None
    certificate_names: tuple[str, ...] = ()
    ssl_policy: str | None = None

    @property
    def key(self) -> str:
        """Its ARN."""
        return self.arn


class Rule(msgspec.Struct, frozen=True):
    """A rule of an Application Load Balancer's listener; lower priorities come first."""

    arn: str
    listener_arn: str
    priority: int
    conditions: tuple[Condition, ...]
    action: Action
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its ARN."""
        return self.arn
