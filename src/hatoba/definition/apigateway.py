"""Where requests enter: HTTP APIs of Amazon API Gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY
from typing import Literal

from pydantic import Field

from hatoba.definition.construct import Construct, construct
from hatoba.definition.ec2 import SecurityGroup
from hatoba.definition.ecs import Service
from hatoba.definition.logs import LogGroup
from hatoba.definition.values import Attribute, Count, Text, Texts, Value

Ingress = Literal["cloudmap", "alb", "nlb"]

ACCESS_LOG: Mapping[str, str] = {
    "requestId": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "routeKey": "$context.routeKey",
    "path": "$context.path",
    "status": "$context.status",
    "protocol": "$context.protocol",
    "responseLength": "$context.responseLength",
    "errMsg": "$context.integrationErrorMessage",
}
"""The fields of an access log line, unless an API says otherwise."""


@construct
class Cors(Construct):
    """What browsers on other origins may do; ``max_age`` in seconds.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """

    allow_origins: Texts
    allow_headers: Sequence[str] = ()
    allow_methods: Sequence[str] = ()
    max_age: Count | None = None
    _: KW_ONLY
    allow_credentials: bool = False
    expose_headers: Sequence[str] = ()


@construct
class JwtAuthorizer(Construct):
    """Lets a request in if its token was signed by the issuer for one of the audiences."""

    name: str
    issuer: Text
    audience: Texts
    identity_source: str = "$request.header.Authorization"


@construct
class VpcLink(Construct):
    """The way from the API into the VPC. Subnets and groups cannot be changed later, only replaced."""

    name: str
    subnets: Texts
    security_groups: Sequence[SecurityGroup | Text] = ()
    tags: Mapping[str, str] = Field(default_factory=dict)


@construct
class Route(Construct):
    """One path, for each of ``methods``, to a service. Without ``authorizer`` it is open to everybody.

    ``path`` is ``/orders/{id}``, greedy ``/{proxy+}``, or ``$default``, which has no methods.
    """

    path: str
    service: Service
    _: KW_ONLY
    methods: Sequence[str] | set[str] | frozenset[str] | Value[set[str]] = ("ANY",)
    authorizer: JwtAuthorizer | None = None
    scopes: Sequence[str] = ()
    timeout_ms: int | None = None


@construct
class HttpApi(Construct):
    """An HTTP API with the stage ``$default``, deployed at every change.

    ``ingress`` is how its requests reach the tasks: by Cloud Map, where each task stands with its port, or by
    an internal load balancer, of HTTP (``alb``) or of TCP (``nlb``), in the VPC link's subnets.
    """

    name: str
    routes: Sequence[Route]
    _: KW_ONLY
    vpc_link: VpcLink
    ingress: Ingress = "cloudmap"
    cors: Cors | None = None
    access_log: LogGroup | None = None
    access_log_format: Mapping[str, str] = Field(default_factory=lambda: dict(ACCESS_LOG))
    description: str = ""
    tags: Mapping[str, str] = Field(default_factory=dict)

    @property
    def endpoint(self) -> Attribute:
        """The URL that the API answers on, without a slash at its end."""
        return Attribute(self, "endpoint")
