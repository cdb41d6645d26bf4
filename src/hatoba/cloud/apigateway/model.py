"""What API Gateway keeps: frozen records, named as the API names them."""

from __future__ import annotations

import msgspec

API_KEY_SELECTION = "$request.header.x-api-key"
ROUTE_SELECTION = "$request.method $request.path"
DEFAULT_STAGE = "$default"


class Cors(msgspec.Struct, frozen=True):
    """An API's CORS configuration, as it was sent: a member that was not sent is None."""

    allow_credentials: bool | None = None
    allow_headers: tuple[str, ...] | None = None
    allow_methods: tuple[str, ...] | None = None
    allow_origins: tuple[str, ...] | None = None
    expose_headers: tuple[str, ...] | None = None
    max_age: int | None = None


class QuickCreate(msgspec.Struct, frozen=True):
    """The resources that CreateApi made from ``target``; API Gateway manages them."""

    integration_id: str
    route_id: str


class Api(msgspec.Struct, frozen=True):
    """An HTTP API. ``port`` is the loopback port of its own that it is served on."""

    api_id: str
    name: str
    created_at: float
    port: int
    description: str | None = None
    version: str | None = None
    cors: Cors | None = None
    disable_execute_api_endpoint: bool = False
    ip_address_type: str = "ipv4"
    api_key_selection_expression: str = API_KEY_SELECTION
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    quick: QuickCreate | None = None

    @property
    def key(self) -> str:
        """Its id."""
        return self.api_id


class Integration(msgspec.Struct, frozen=True):
    """Where requests go. ``tls`` says that the private back end speaks HTTPS."""

    api_id: str
    integration_id: str
    integration_type: str = "HTTP_PROXY"
    integration_uri: str | None = None
    integration_method: str | None = None
    connection_type: str = "INTERNET"
    connection_id: str | None = None
    payload_format_version: str = "1.0"
    timeout_ms: int = 30_000
    description: str | None = None
    request_parameters: dict[str, str] | None = None
    response_parameters: dict[str, dict[str, str]] | None = None
    tls: bool = False
    server_name_to_verify: str | None = None
    managed: bool = False

    @property
    def key(self) -> str:
        """``api-id/integration-id``."""
        return f"{self.api_id}/{self.integration_id}"


class Route(msgspec.Struct, frozen=True):
    """A route key and what it leads to; ``target`` is ``integrations/{id}``."""

    api_id: str
    route_id: str
    route_key: str = ""
    target: str | None = None
    authorization_type: str = "NONE"
    authorizer_id: str | None = None
    authorization_scopes: tuple[str, ...] | None = None
    operation_name: str | None = None
    managed: bool = False

    @property
    def key(self) -> str:
        """``api-id/route-id``."""
        return f"{self.api_id}/{self.route_id}"

    @property
    def integration_id(self) -> str | None:
        """The integration that the target names."""
        return self.target.removeprefix("integrations/") if self.target else None


class Authorizer(msgspec.Struct, frozen=True):
    """A JWT authorizer."""

    api_id: str
    authorizer_id: str
    name: str = ""
    identity_source: tuple[str, ...] = ()
    issuer: str = ""
    audience: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        """``api-id/authorizer-id``."""
        return f"{self.api_id}/{self.authorizer_id}"


class Configuration(msgspec.Struct, frozen=True):
    """What a deployment freezes: everything of an API that decides how a request is answered."""

    routes: tuple[Route, ...] = ()
    integrations: tuple[Integration, ...] = ()
    authorizers: tuple[Authorizer, ...] = ()
    cors: Cors | None = None
    disable_execute_api_endpoint: bool = False


class Deployment(msgspec.Struct, frozen=True):
    """A deployment, without the configuration that it froze (see :class:`FrozenConfiguration`)."""

    api_id: str
    deployment_id: str
    created_at: float
    number: int
    auto_deployed: bool = False
    description: str | None = None

    @property
    def key(self) -> str:
        """``api-id/deployment-id``."""
        return f"{self.api_id}/{self.deployment_id}"


class FrozenConfiguration(msgspec.Struct, frozen=True):
    """A deployment's configuration, kept apart because it is large and seldom read."""

    api_id: str
    deployment_id: str
    configuration: Configuration

    @property
    def key(self) -> str:
        """The deployment's key."""
        return f"{self.api_id}/{self.deployment_id}"


class RouteSettings(msgspec.Struct, frozen=True):
    """Settings of a route or of all routes of a stage; a member that was not sent is None."""

    detailed_metrics_enabled: bool | None = None
    throttling_burst_limit: int | None = None
    throttling_rate_limit: float | None = None


class AccessLogSettings(msgspec.Struct, frozen=True):
    """Where a stage's access log goes, byte for byte as it was sent."""

    destination_arn: str
    format: str


class Stage(msgspec.Struct, frozen=True):
    """A stage and the deployment that it serves."""

    api_id: str
    stage_name: str
    created_at: float
    updated_at: float
    auto_deploy: bool = False
    deployment_id: str | None = None
    description: str | None = None
    access_log: AccessLogSettings | None = None
    default_route_settings: RouteSettings = msgspec.field(default_factory=RouteSettings)
    route_settings: dict[str, RouteSettings] = msgspec.field(default_factory=dict)
    stage_variables: dict[str, str] = msgspec.field(default_factory=dict)
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    last_deployment_status: str | None = None
    managed: bool = False

    @property
    def key(self) -> str:
        """``api-id/stage-name``."""
        return f"{self.api_id}/{self.stage_name}"


class VpcLink(msgspec.Struct, frozen=True):
    """A VPC link; ``status`` is PENDING, AVAILABLE or DELETING.

    ``source_ip`` is where its requests come from, as rules of a load balancer see it: in its first subnet.
    """

    vpc_link_id: str
    name: str
    created_at: float
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    status: str = "PENDING"
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    source_ip: str = "127.0.0.1"

    @property
    def key(self) -> str:
        """Its id."""
        return self.vpc_link_id


class DomainEndpoint(msgspec.Struct, frozen=True):
    """The one configuration of a domain name. The certificate is kept, not used: traffic is plain HTTP."""

    certificate_arn: str
    certificate_name: str | None = None
    ip_address_type: str = "ipv4"


class DomainName(msgspec.Struct, frozen=True):
    """A custom domain name; DNS would point it to ``d-{target_id}.execute-api…``."""

    name: str
    target_id: str
    created_at: float
    endpoint: DomainEndpoint
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name."""
        return self.name


class ApiMapping(msgspec.Struct, frozen=True):
    """A path of a domain name and the stage behind it; ``mapping_key`` is ``""`` or like ``orders/v1``."""

    domain_name: str
    mapping_id: str
    mapping_key: str
    api_id: str
    stage_name: str

    @property
    def key(self) -> str:
        """``domain-name/mapping-id``."""
        return f"{self.domain_name}/{self.mapping_id}"


class Listener(msgspec.Struct, frozen=True):
    """The port that all APIs share, chosen once when the settings leave it to the system."""

    port: int
    key: str = "shared"
