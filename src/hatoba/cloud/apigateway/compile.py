"""The compiler: from what API Gateway keeps to what the gateway serves. Pure.

::

    Picture (an API, its stages, the configuration each one serves)  ┐
    IssuerKeys by issuer                                             ├─→ compile_snapshot ─→ Snapshot
    instances by target, listeners by ARN                            ┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from hatoba.cloud.apigateway.control.common import web_address
from hatoba.cloud.apigateway.control.integrations import STAGE_VARIABLE, cloud_map_target
from hatoba.cloud.apigateway.control.routes import DEFAULT_ROUTE_KEY
from hatoba.cloud.apigateway.control.secure_listeners import as_asked, ends_tls, why_not
from hatoba.cloud.world import IssuerKeys
from hatoba.gateway import snapshot as served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hatoba.cloud.apigateway.model import (
        Api,
        ApiMapping,
        Authorizer,
        Configuration,
        Cors,
        DomainName,
        Integration,
        Route,
        RouteSettings,
        Stage,
    )
    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import DiscoveredInstance

UNKNOWN_ISSUER = IssuerKeys(error="OIDC discovery endpoint communication error")
ACCOUNT_RATE, ACCOUNT_BURST = 10_000.0, 5_000
USABLE_HEALTH = frozenset({"HEALTHY", "UNKNOWN"})


class Picture(msgspec.Struct, frozen=True):
    """One API as it is to be served: each stage with the configuration of its deployment."""

    scope: Scope
    api: Api
    stages: tuple[tuple[Stage, Configuration], ...]


def _reached(_scope: Scope, _link_id: str, _there: DiscoveredInstance | str) -> str | None:
    return None


class Surroundings(msgspec.Struct, frozen=True):
    """What the pictures refer to.

    Attributes:
        keys: By issuer.
        instances: By target URI.
        listeners: By ARN.
        links: The source address of each VPC link that can be used.
        domains: Custom domain names.
        refusal: Why a VPC link, by its scope and id, does not reach an instance; None where it does.
        listener_refusal: The same for a listener, by its ARN.
    """

    keys: Mapping[str, IssuerKeys] = msgspec.field(default_factory=dict)
    instances: Mapping[str, Sequence[DiscoveredInstance]] = msgspec.field(default_factory=dict)
    listeners: Mapping[str, served.Listener] = msgspec.field(default_factory=dict)
    links: Mapping[tuple[Scope, str], str] = msgspec.field(default_factory=dict)
    domains: tuple[served.Domain, ...] = ()
    refusal: Callable[[Scope, str, DiscoveredInstance], str | None] = _reached
    listener_refusal: Callable[[Scope, str, str], str | None] = _reached

    def maps_to(self, api_id: str, stage_name: str) -> bool:
        """Say whether a custom domain name leads to this stage."""
        return any(
            (mapping.api_id, mapping.stage) == (api_id, stage_name)
            for domain in self.domains
            for mapping in domain.mappings
        )


def compile_snapshot(
    version: int, host: str, port: int, pictures: Sequence[Picture], around: Surroundings
) -> served.Snapshot:
    """Return what the gateway is to serve."""
    return served.Snapshot(
        version=version,
        host=host,
        port=port,
        apis=tuple(_api(picture, around) for picture in pictures),
        domains=around.domains,
        targets=dict(
            _target(picture.scope, integration, around)
            for picture in pictures
            for stage, configuration in picture.stages
            for integration in configuration.integrations
            if _url(integration, stage.stage_variables) is None
        ),
    )


def compile_domains(names: Iterable[DomainName], mappings: Iterable[ApiMapping]) -> tuple[served.Domain, ...]:
    """Return the custom domain names with what stands behind their paths."""
    of_name: dict[str, list[served.ApiMapping]] = {name.name: [] for name in names}
    for mapping in mappings:
        served_mapping = served.ApiMapping(mapping.mapping_key, mapping.api_id, mapping.stage_name)
        of_name[mapping.domain_name].append(served_mapping)
    return tuple(served.Domain(name, tuple(served_by)) for name, served_by in of_name.items())


def issuers_of(pictures: Iterable[Picture]) -> frozenset[str]:
    """Return the issuers whose keys the pictures need."""
    return frozenset(
        authorizer.issuer
        for picture in pictures
        for _, configuration in picture.stages
        for authorizer in configuration.authorizers
    )


def private_integrations(picture: Picture) -> tuple[Integration, ...]:
    """Return a picture's integrations to Cloud Map services and listeners."""
    return tuple(
        integration
        for _, configuration in picture.stages
        for integration in configuration.integrations
        if integration.connection_type == "VPC_LINK"
    )


def _api(picture: Picture, around: Surroundings) -> served.Api:
    api, region = picture.api, picture.scope.region
    return served.Api(
        api_id=api.api_id,
        account=picture.scope.account,
        region=region,
        port=api.port,
        hosts=(
            f"{api.api_id}.execute-api.{region}.amazonaws.com",
            f"{api.api_id}.execute-api.{region}.localhost",
        ),
        stages=tuple(
            _stage(picture.scope, stage, configuration, around)
            for stage, configuration in picture.stages
            if not configuration.disable_execute_api_endpoint or around.maps_to(api.api_id, stage.stage_name)
        ),
    )


def _stage(scope: Scope, stage: Stage, configuration: Configuration, around: Surroundings) -> served.Stage:
    integrations = {
        integration.integration_id: _integration(scope, integration, stage.stage_variables, around)
        for integration in configuration.integrations
    }
    authorizers = {
        authorizer.authorizer_id: _authorizer(authorizer, around.keys.get(authorizer.issuer, UNKNOWN_ISSUER))
        for authorizer in configuration.authorizers
    }
    log = stage.access_log
    return served.Stage(
        name=stage.stage_name,
        routes=tuple(
            _route(route, integrations, authorizers, _throttle(stage, route.route_key))
            for route in configuration.routes
        ),
        cors=_cors(configuration.cors),
        access_log=served.AccessLog(log.destination_arn.removesuffix(":*"), log.format) if log else None,
        stage_variables=dict(stage.stage_variables),
        by_domain_only=configuration.disable_execute_api_endpoint,
    )


def _route(
    route: Route,
    integrations: Mapping[str, served.Integration],
    authorizers: Mapping[str, served.JwtAuthorizer],
    throttle: served.Throttle | None,
) -> served.Route:
    needs_token = route.authorization_type == "JWT"
    return served.Route(
        route_id=route.route_id,
        route_key=route.route_key or DEFAULT_ROUTE_KEY,
        integration=integrations.get(route.integration_id or ""),
        authorizer=authorizers[route.authorizer_id or ""] if needs_token else None,
        scopes=(route.authorization_scopes or ()) if needs_token else (),
        throttle=throttle,
    )


def _integration(
    scope: Scope, integration: Integration, variables: Mapping[str, str], around: Surroundings
) -> served.Integration:
    url = _url(integration, variables)
    to_target = integration.tls and not ends_tls(around.listeners.get(integration.integration_uri or ""))
    return served.Integration(
        integration_id=integration.integration_id,
        method=integration.integration_method or "ANY",
        target=_target_name(scope, integration) if url is None else None,
        url=url,
        timeout_ms=integration.timeout_ms,
        tls=served.Tls(integration.server_name_to_verify) if to_target else None,
        request_parameters=dict(integration.request_parameters or {}),
        response_parameters=dict(integration.response_parameters or {}),
    )


def _url(integration: Integration, variables: Mapping[str, str]) -> str | None:
    """Return a public integration's URL; None for a private one, and where a stage variable spoils it.

    What has no URL has a target, which for a spoilt URL has no endpoints: requests get a 500.
    """
    if integration.connection_type == "VPC_LINK":
        return None
    url = STAGE_VARIABLE.sub(
        lambda found: variables.get(found.group(1), ""), integration.integration_uri or ""
    )
    return None if web_address(url) is None else url


def _authorizer(authorizer: Authorizer, issued: IssuerKeys) -> served.JwtAuthorizer:
    return served.JwtAuthorizer(
        authorizer_id=authorizer.authorizer_id,
        name=authorizer.name,
        identity_source=authorizer.identity_source[0],
        issuer=authorizer.issuer,
        audience=authorizer.audience or (),
        keys=tuple(dict(key) for key in issued.keys),
        keys_error=issued.error,
    )


def _throttle(stage: Stage, route_key: str) -> served.Throttle | None:
    """Return a route's limits: its own, else its stage's, else (where one of two is set) the account's."""

    def first(*values: float | None) -> float | None:
        return next((value for value in values if value is not None), None)

    default = stage.default_route_settings
    own: RouteSettings = stage.route_settings.get(route_key, default)
    rate = first(own.throttling_rate_limit, default.throttling_rate_limit)
    burst = first(own.throttling_burst_limit, default.throttling_burst_limit)
    if rate is None and burst is None:
        return None
    return served.Throttle(
        rate=ACCOUNT_RATE if rate is None else rate,
        burst=ACCOUNT_BURST if burst is None else int(burst),
    )


def _cors(cors: Cors | None) -> served.Cors | None:
    if cors is None:
        return None
    return served.Cors(
        allow_origins=cors.allow_origins or (),
        allow_methods=cors.allow_methods or (),
        allow_headers=cors.allow_headers or (),
        expose_headers=cors.expose_headers or (),
        allow_credentials=cors.allow_credentials or False,
        max_age=cors.max_age,
    )


def _target_name(scope: Scope, integration: Integration) -> str:
    """Return the name of an integration's target: integrations by one link to one URI share it.

    With TLS the name to verify decides too whether a listener is reached.
    """
    name = f"{scope.account}/{scope.region}/{integration.connection_id}/{integration.integration_uri}"
    return f"{name} (TLS {integration.server_name_to_verify})" if integration.tls else name


def _target(scope: Scope, integration: Integration, around: Surroundings) -> tuple[str, served.Target]:
    uri = integration.integration_uri or ""
    target = cloud_map_target(uri)
    source_ip = around.links.get((scope, integration.connection_id or ""))
    listener = around.listeners.get(uri)
    asked = as_asked(listener, integration) if listener else None
    instances = around.instances.get(uri, ()) if source_ip else ()
    usable = [instance for instance in instances if instance.health in USABLE_HEALTH]
    refusals = [around.refusal(scope, integration.connection_id or "", instance) for instance in usable]
    reached = (instance for instance, why in zip(usable, refusals, strict=True) if why is None)
    endpoints = (_endpoint(instance) for instance in reached)
    if asked is not None:
        refusals = [around.listener_refusal(scope, integration.connection_id or "", uri)]
        asked = asked if refusals == [None] else None
    return _target_name(scope, integration), served.Target(
        arn=target.arn if target else uri + (why_not(listener, integration) if listener else ""),
        endpoints=tuple(endpoint for endpoint in endpoints if endpoint is not None),
        listener=asked and replace(asked, source_ip=source_ip) if source_ip else None,
        refusal=next((why for why in refusals if why is not None), ""),
    )


def _endpoint(instance: DiscoveredInstance) -> served.Endpoint | None:
    """Return where an instance is reached; None without an address and a port that say so."""
    host = instance.attributes.get("AWS_INSTANCE_IPV4") or instance.attributes.get("AWS_INSTANCE_IPV6")
    port = instance.attributes.get("AWS_INSTANCE_PORT", "")
    is_port = port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= 65_535  # noqa: PLR2004 - TCP's
    return served.Endpoint(instance.instance_id, host, int(port)) if host and is_port else None
