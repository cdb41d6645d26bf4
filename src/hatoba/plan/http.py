"""The resources of HTTP APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from hatoba.plan.resources import Resource, Tags

if TYPE_CHECKING:
    from hatoba.plan.terms import Texts, Whole, Words


@dataclass(frozen=True)
class CorsConfiguration:
    """What browsers on other origins may do."""

    allow_origins: Texts
    allow_headers: tuple[str, ...] | None = None
    allow_methods: tuple[str, ...] | None = None
    expose_headers: tuple[str, ...] | None = None
    allow_credentials: bool | None = None
    max_age: Whole | None = None


@dataclass(frozen=True, kw_only=True)
class Api(Resource):
    """An HTTP API."""

    TYPE: ClassVar[str] = "AWS::ApiGatewayV2::Api"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "map"

    name: str
    description: str | None = None
    protocol_type: str = "HTTP"
    cors_configuration: CorsConfiguration | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class AccessLogSettings:
    """Where access logs go, and how a line looks."""

    destination_arn: Words
    format: str


@dataclass(frozen=True, kw_only=True)
class Stage(Resource):
    """A stage that is deployed at every change."""

    TYPE: ClassVar[str] = "AWS::ApiGatewayV2::Stage"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "map"

    api_id: Words
    stage_name: str = "$default"
    auto_deploy: bool = True
    access_log_settings: AccessLogSettings | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class VpcLink(Resource):
    """The way into a VPC."""

    TYPE: ClassVar[str] = "AWS::ApiGatewayV2::VpcLink"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "map"

    name: str
    subnet_ids: Texts
    security_group_ids: Texts | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class JwtConfiguration:
    """Whose tokens are taken, and for whom they must be made out."""

    issuer: Words
    audience: Texts


@dataclass(frozen=True, kw_only=True)
class Authorizer(Resource):
    """A JWT authorizer. It has no tags."""

    TYPE: ClassVar[str] = "AWS::ApiGatewayV2::Authorizer"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "none"

    api_id: Words
    name: str
    authorizer_type: str = "JWT"
    identity_source: tuple[str, ...]
    jwt_configuration: JwtConfiguration


@dataclass(frozen=True, kw_only=True)
class Integration(Resource):
    """A private integration: to a Cloud Map service, or to a load balancer's listener."""

    TYPE: ClassVar[str] = "AWS::ApiGatewayV2::Integration"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "none"

    api_id: Words
    integration_type: str = "HTTP_PROXY"
    integration_method: str = "ANY"
    integration_uri: Words
    connection_type: str = "VPC_LINK"
    connection_id: Words
    payload_format_version: str = "1.0"
    timeout_in_millis: int | None = None


@dataclass(frozen=True, kw_only=True)
class Route(Resource):
    """One method and path."""

    TYPE: ClassVar[str] = "AWS::ApiGatewayV2::Route"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "none"

    api_id: Words
    route_key: str
    target: Words
    authorization_type: str | None = None
    authorizer_id: Words | None = None
    authorization_scopes: tuple[str, ...] | None = None
