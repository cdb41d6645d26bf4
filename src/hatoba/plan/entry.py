"""Where requests enter: VPC links, and HTTP APIs with their stage, authorizers, integrations and routes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hatoba.definition.inputs import HTTP_METHODS, Input
from hatoba.definition.values import Value
from hatoba.plan import http as aws
from hatoba.plan.balancing import balancer
from hatoba.plan.terms import Joined, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.definition import apigateway
    from hatoba.definition.ecs import Service
    from hatoba.plan.build import Builder
    from hatoba.plan.resources import Resource
    from hatoba.plan.terms import Words


def vpc_link(link: apigateway.VpcLink, to: Builder) -> Iterable[Resource]:
    """A VPC link."""
    yield aws.VpcLink(
        id=to.id(link),
        name=link.name,
        subnet_ids=to.term(link.subnets),
        security_group_ids=to.term(link.security_groups) or None,
        tags=to.tags(link),
    )


def http_api(api: apigateway.HttpApi, to: Builder) -> Iterable[Resource]:
    """An API with all its parts. What several routes share is there once."""
    yield from balancer(api, to)
    yield aws.Api(
        id=to.id(api),
        name=api.name,
        description=api.description or None,
        cors_configuration=_cors(api.cors, to),
        tags=to.tags(api),
    )
    yield aws.Stage(
        id=to.part(api, "Stage"),
        api_id=Reference(to.id(api)),
        access_log_settings=_access_log(api, to),
        tags=to.tags(api),
    )
    authorizers = {route.authorizer.name: route.authorizer for route in api.routes if route.authorizer}
    for authorizer in authorizers.values():
        yield _authorizer(api, authorizer, to)
    integrations = {_integration_id(api, route, to): route for route in api.routes}
    for route in integrations.values():
        yield _integration(api, route, to)
    for route in api.routes:
        yield from _routes(api, route, to)


def _cors(cors: apigateway.Cors | None, to: Builder) -> aws.CorsConfiguration | None:
    if cors is None:
        return None
    return aws.CorsConfiguration(
        allow_origins=to.term(cors.allow_origins),
        allow_headers=tuple(cors.allow_headers) or None,
        allow_methods=tuple(cors.allow_methods) or None,
        expose_headers=tuple(cors.expose_headers) or None,
        allow_credentials=cors.allow_credentials or None,
        max_age=to.term(cors.max_age),
    )


def _access_log(api: apigateway.HttpApi, to: Builder) -> aws.AccessLogSettings | None:
    if api.access_log is None:
        return None
    return aws.AccessLogSettings(to.term(api.access_log.arn), access_log_line(api.access_log_format))


def access_log_line(fields: Mapping[str, str]) -> str:
    """The format of an access log line: one JSON object, every value a text."""
    return json.dumps(dict(fields), separators=(",", ":"))


def _authorizer(api: apigateway.HttpApi, authorizer: apigateway.JwtAuthorizer, to: Builder) -> aws.Authorizer:
    return aws.Authorizer(
        id=to.part(api, "Authorizer", authorizer.name),
        api_id=Reference(to.id(api)),
        name=authorizer.name,
        identity_source=(authorizer.identity_source,),
        jwt_configuration=aws.JwtConfiguration(to.term(authorizer.issuer), to.term(authorizer.audience)),
    )


def _integration_id(api: apigateway.HttpApi, route: apigateway.Route, to: Builder) -> str:
    # Routes to one service share its integration unless their time-outs differ.
    timeout = "" if route.timeout_ms is None else f" {route.timeout_ms}ms"
    return to.part(api, "Integration", route.service.name + timeout)


def _integration(api: apigateway.HttpApi, route: apigateway.Route, to: Builder) -> aws.Integration:
    return aws.Integration(
        id=_integration_id(api, route, to),
        # Behind a new load balancer there is nobody until the service's tasks have registered.
        depends_on=(to.id(route.service),) if to.targets(api) else (),
        api_id=Reference(to.id(api)),
        integration_uri=_target(api, route.service, to),
        connection_id=Reference(to.id(api.vpc_link)),
        timeout_in_millis=route.timeout_ms,
    )


def _target(api: apigateway.HttpApi, service: Service, to: Builder) -> Words:
    """A listener where a load balancer stands before the tasks, else the service's place in Cloud Map."""
    behind = to.targets(api)
    if behind:
        return Reference(behind[service.name].listener)
    assert service.registry is not None, "a rule of the definition holds this"
    return Reference(to.id(service.registry), "Arn")


def _routes(api: apigateway.HttpApi, route: apigateway.Route, to: Builder) -> Iterable[aws.Route]:
    if route.path == "$default":
        yield _route(api, route, "$default", None, to)
    elif isinstance(route.methods, Value):
        assert isinstance(route.methods, Input), "no other late value is a set"
        for method in HTTP_METHODS:
            condition = to.condition(route.methods, method)
            yield _route(api, route, f"{method} {route.path}", condition, to)
    else:
        for method in sorted(set(route.methods)):
            yield _route(api, route, f"{method} {route.path}", None, to)


def _route(
    api: apigateway.HttpApi, route: apigateway.Route, key: str, condition: str | None, to: Builder
) -> aws.Route:
    method, _, path = key.partition(" ")
    authorizer = route.authorizer
    return aws.Route(
        id=to.part(api, "Route", f"{method.capitalize()} {path}" if path else "default"),
        condition=condition,
        api_id=Reference(to.id(api)),
        route_key=key,
        target=Joined(("integrations/", Reference(_integration_id(api, route, to)))),
        authorization_type="JWT" if authorizer else None,
        authorizer_id=Reference(to.part(api, "Authorizer", authorizer.name)) if authorizer else None,
        authorization_scopes=tuple(route.scopes) or None,
    )
