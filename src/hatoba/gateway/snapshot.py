"""What the gateway is told to serve: one immutable, versioned picture, compiled by the cloud.

The gateway swaps the whole picture at once, so a request sees all of a change or nothing of it.
Everything is resolved: no ARN, no reference, no stage variable is left to look up while serving.
"""

from __future__ import annotations

import msgspec


class Endpoint(msgspec.Struct, frozen=True):
    """One healthy instance that a private integration may send a request to."""

    instance_id: str
    host: str
    port: int


class Tls(msgspec.Struct, frozen=True):
    """TLS to the back end; ``server_name`` is sent as SNI and checked against the certificate."""

    server_name: str | None = None


class Integration(msgspec.Struct, frozen=True):
    """Where a route's requests go.

    Attributes:
        integration_id: API Gateway's id.
        method: ``ANY`` passes the client's method on.
        target: The name of an entry of :attr:`Snapshot.targets` (a private integration), or
        url: an absolute URL, with ``{variable}`` where the route's path variables go (a public one).
        timeout_ms: 50 to 30,000.
        request_parameters: Parameter mapping, as API Gateway keeps it: ``overwrite:path`` → value.
        response_parameters: The same by status code, ``"200"`` → mapping.
    """

    integration_id: str
    method: str = "ANY"
    target: str | None = None
    url: str | None = None
    timeout_ms: int = 30_000
    tls: Tls | None = None
    request_parameters: dict[str, str] = msgspec.field(default_factory=dict)
    response_parameters: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


class JwtAuthorizer(msgspec.Struct, frozen=True):
    """A JWT authorizer with the keys that its issuer publishes.

    Attributes:
        identity_source: ``$request.header.Authorization`` or ``$request.querystring.token``.
        keys: Public RSA keys as JWK members (``kid``, ``n``, ``e``, ``alg`` …), as fetched.
        keys_error: Why there are no keys, in API Gateway's words; every token is then refused with it.
    """

    authorizer_id: str
    name: str
    identity_source: str
    issuer: str
    audience: tuple[str, ...] = ()
    keys: tuple[dict[str, str], ...] = ()
    keys_error: str | None = None


class Throttle(msgspec.Struct, frozen=True):
    """A token bucket: ``rate`` requests per second, ``burst`` at once."""

    rate: float
    burst: int


class Route(msgspec.Struct, frozen=True):
    """``route_key`` is ``METHOD /path``, ``ANY /path`` or ``$default``. Without an integration: 404."""

    route_id: str
    route_key: str
    integration: Integration | None
    authorizer: JwtAuthorizer | None = None
    scopes: tuple[str, ...] = ()
    throttle: Throttle | None = None


class Cors(msgspec.Struct, frozen=True):
    """An API's CORS configuration, as stored. Absent members are empty or None."""

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age: int | None = None


class AccessLog(msgspec.Struct, frozen=True):
    """Where a stage's access log goes: the log group's ARN without ``:*``, and the line's format."""

    destination: str
    format: str


class Stage(msgspec.Struct, frozen=True):
    """One stage: the routes of its deployment. ``$default`` is served from the base URL.

    ``by_domain_only``: its API's own endpoint is disabled, so only custom domain names lead to it.
    """

    name: str
    routes: tuple[Route, ...]
    cors: Cors | None = None
    access_log: AccessLog | None = None
    stage_variables: dict[str, str] = msgspec.field(default_factory=dict)
    by_domain_only: bool = False


class Api(msgspec.Struct, frozen=True):
    """One HTTP API. ``hosts`` are the Host names, without port, that it is also served under."""

    api_id: str
    account: str
    region: str
    port: int
    hosts: tuple[str, ...]
    stages: tuple[Stage, ...]


class ApiMapping(msgspec.Struct, frozen=True):
    """What stands behind a path of a custom domain name; ``path`` is ``""`` or like ``orders/v1``."""

    path: str
    api_id: str
    stage: str


class Domain(msgspec.Struct, frozen=True):
    """A custom domain name, served under the shared port by Host name."""

    name: str
    mappings: tuple[ApiMapping, ...]


class Condition(msgspec.Struct, frozen=True):
    """One condition of a listener's rule: any of its values fits; ``*`` and ``?`` stand for characters.

    Attributes:
        field: AWS's name of it: ``path-pattern``, ``host-header``, ``http-request-method``,
            ``http-header``, ``query-string``, ``source-ip``.
        header: For ``http-header``.
        pairs: For ``query-string``: key (None for any) and value.
    """

    field: str
    values: tuple[str, ...] = ()
    header: str | None = None
    pairs: tuple[tuple[str | None, str], ...] = ()


class WeightedTargets(msgspec.Struct, frozen=True):
    """A target group of a rule: its share, its targets that get traffic, and the ARN it is counted under.

    ``refusal`` says why there are none where there could be: security groups keep the load balancer out.
    """

    weight: int
    endpoints: tuple[Endpoint, ...]
    group: str = ""
    refusal: str = ""


class Redirect(msgspec.Struct, frozen=True):
    """A redirect; ``#{protocol}``, ``#{host}``, ``#{port}``, ``#{path}``, ``#{query}`` are the request's."""

    status: int
    protocol: str
    host: str
    port: str
    path: str
    query: str


class FixedResponse(msgspec.Struct, frozen=True):
    """A response that a listener gives by itself."""

    status: int
    content_type: str | None
    body: str


class ListenerRule(msgspec.Struct, frozen=True):
    """What a load balancer does with a request that fits all conditions: forward, redirect or answer."""

    conditions: tuple[Condition, ...] = ()
    targets: tuple[WeightedTargets, ...] = ()
    redirect: Redirect | None = None
    fixed: FixedResponse | None = None


class Listener(msgspec.Struct, frozen=True):
    """A load balancer's listener, carried out by the gateway. The last rule is the default one.

    ``kind`` is ``application`` or ``network``; ``source_ip`` is the address that requests come from, of
    the VPC link. ``protocol`` is what targets are told of; the names of a certificate are checked before.
    """

    kind: str
    port: int
    rules: tuple[ListenerRule, ...]
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP"
    certificate_names: tuple[str, ...] = ()


class Target(msgspec.Struct, frozen=True):
    """What a private integration sends to: instances of a Cloud Map service, or a listener.

    ``arn`` is for the access log's error text; ``refusal`` says why instances that stand there are not among
    the endpoints.
    """

    arn: str
    endpoints: tuple[Endpoint, ...]
    listener: Listener | None = None
    refusal: str = ""


class Snapshot(msgspec.Struct, frozen=True):
    """All that the gateway serves. ``port`` is the one shared by all APIs, by Host name."""

    version: int
    host: str
    port: int
    apis: tuple[Api, ...] = ()
    targets: dict[str, Target] = msgspec.field(default_factory=dict)
    domains: tuple[Domain, ...] = ()
