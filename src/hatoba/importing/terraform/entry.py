"""VPC links and HTTP APIs with all their parts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hatoba.importing.draft import given
from hatoba.importing.source import Call, Code, Joined
from hatoba.importing.terraform.directory import Unknown
from hatoba.importing.terraform.tasks import _group

if TYPE_CHECKING:
    from hatoba.importing.terraform.directory import Directory, Resource

FORMAT = {
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
"""``apigateway.HttpApi``'s own access log, which needs no saying."""


def links(here: Directory) -> None:
    """VPC links."""
    for link in here.all_of("aws_apigatewayv2_vpc_link"):
        groups = link.take("security_group_ids")
        held = [_group(here, each) for each in groups] if isinstance(groups, list) else []
        subnets = here.known(link, "subnet_ids", "subnets")
        arguments = (here.known(link, "name") or link.label, subnets, held)
        call = Call(
            "apigateway.VpcLink", arguments if held else arguments[:2], given(tags=here.known(link, "tags"))
        )
        here.make(link, here.draft.add(f"{link.label}_link", call))
        here.done(link)


def apis(here: Directory) -> list[Code]:
    """HTTP APIs with stage, authorizers and routes."""
    parts = _Parts(here)
    made = []
    for api in here.all_of("aws_apigatewayv2_api"):
        if here.known(api, "protocol_type") != "HTTP":
            here.draft.leave(api.address, "only HTTP APIs have a construct")
            continue
        routes, link = parts.routes(api.label)
        if not routes or link is None:
            here.draft.leave(api.address, "none of its routes leads to a service that is drafted")
            continue
        named = {"vpc_link": link} | dict(
            given(
                cors=_cors(here, api.block("cors_configuration")),
                description=here.known(api, "description"),
                tags=here.known(api, "tags"),
            )
        )
        named |= parts.stage(api.label)
        call = Call("apigateway.HttpApi", (here.known(api, "name") or api.label, routes), named)
        variable = here.draft.add(f"{api.label}_api", call)
        here.make(api, variable, api_endpoint=Code(f"{variable.text}.endpoint"))
        made.append(variable)
        here.done(api)
    parts.tell_rest()
    return made


def _cors(here: Directory, cors: Resource | None) -> Call | None:
    if cors is None:
        return None
    origins = here.known(cors, "allow_origins", "origins")
    named = {
        name: here.known(cors, name)
        for name in ("allow_headers", "allow_methods", "expose_headers", "max_age")
    }
    named["allow_credentials"] = True if cors.take("allow_credentials") is True else None
    here.done(cors)
    return Call("apigateway.Cors", (origins or ["*"],), given(**named))


class _Parts:
    """The parts of APIs, by the API that they name."""

    def __init__(self, here: Directory) -> None:
        self._here = here
        self._stages = list(here.all_of("aws_apigatewayv2_stage"))
        self._routes = list(here.all_of("aws_apigatewayv2_route"))
        self._integrations = {each.label: each for each in here.all_of("aws_apigatewayv2_integration")}
        self._authorizers = {each.label: each for each in here.all_of("aws_apigatewayv2_authorizer")}
        self._drafted: dict[str, Code] = {}

    def _of(self, part: Resource, api: str) -> bool:
        found = self._here.referred(part.rest.get("api_id"))
        return found is not None and found.label == api

    def stage(self, api: str) -> dict[str, Any]:
        """The arguments that an API's stage gives it."""
        named: dict[str, Any] = {}
        for stage in [each for each in self._stages if self._of(each, api)]:
            self._stages.remove(stage)
            name = self._here.known(stage, "name")
            if name != "$default" or stage.take("auto_deploy") is not True:
                self._here.draft.leave(
                    stage.address, "only the stage $default with auto_deploy has a construct"
                )
                continue
            log = stage.block("access_log_settings")
            stage.take("api_id")
            named |= self._access_log(log) if log else {}
            self._here.done(stage)
        return named

    def _access_log(self, log: Resource) -> dict[str, Any]:
        group = self._here.construct(log, "destination_arn", "aws_cloudwatch_log_group")
        said = self._here.known(log, "format")
        fields = _json(said) if isinstance(said, str) else said
        named: dict[str, Any] = {"access_log": group} if group else {}
        if isinstance(fields, dict) and fields != FORMAT:
            named["access_log_format"] = fields
        elif not isinstance(fields, dict):
            self._here.draft.leave(f"{log.address}: format", "only JSON objects are carried")
        return named

    def routes(self, api: str) -> tuple[list[Call], Code | None]:
        """An API's routes, and the VPC link that they go through."""
        made, link = [], None
        for route in [each for each in self._routes if self._of(each, api)]:
            self._routes.remove(route)
            written = self._route(route)
            if written is not None:
                call, link = written
                made.append(call)
        return made, link

    def _route(self, route: Resource) -> tuple[Call, Code] | None:
        target = self._here.referred(route.take("target"))
        integration = self._integrations.get(target.label) if target else None
        uri = self._here.referred(integration.rest.get("integration_uri")) if integration else None
        service = self._here.registered.get(uri.label) if uri else None
        link = self._here.referred(integration.rest.get("connection_id")) if integration else None
        through = self._here.made.get((link.type, link.label)) if link else None
        if integration is None or service is None or through is None:
            self._here.draft.leave(route.address, "it leads to no service that is found in Cloud Map")
            return None
        route.take("api_id")
        try:
            path, methods = self._key(route)
        except Unknown as error:
            self._here.draft.leave(f"{route.address}: route_key", str(error))
            return None
        named = {} if methods is None else {"methods": methods}
        authorizer = self._authorizer(route)
        timeout = self._here.known(integration, "timeout_milliseconds")
        named |= given(
            authorizer=authorizer,
            scopes=self._here.known(route, "authorization_scopes"),
            timeout_ms=None if timeout == 30_000 else timeout,  # noqa: PLR2004 - AWS's own
        )
        for part, names in ((integration, _SAID), (route, ("authorization_type",))):
            for name in names:
                part.take(name)
            self._here.done(part)
            part.rest.clear()
        return Call("apigateway.Route", (path, service), named), through

    def _key(self, route: Resource) -> tuple[str, Any]:
        each = route.take("for_each")
        key = self._here.resolve(route.take("route_key")) if each is None else None
        if each is None:
            method, _, path = str(key).partition(" ")
            return (path, None if method == "ANY" else [method]) if path else ("$default", None)
        methods = self._here.resolve(each, "http_methods")
        source = route.rest.pop("route_key", None)
        text = "".join(part if isinstance(part, str) else "{}" for part in getattr(source, "parts", ()))
        if not (found := re.fullmatch(r"\{\} (/.*)", text)):
            raise Unknown("with for_each only the method of a route may differ")
        return found[1], methods

    def _authorizer(self, route: Resource) -> Code | None:
        found = self._here.referred(route.take("authorizer_id"))
        source = self._authorizers.get(found.label) if found else None
        if source is None:
            return None
        if source.label not in self._drafted:
            self._drafted[source.label] = self._draft(source)
        return self._drafted[source.label]

    def _draft(self, source: Resource) -> Code:
        jwt = source.block("jwt_configuration")
        assert jwt is not None, "Terraform requires it of a JWT authorizer"
        issuer = self._here.known(jwt, "issuer", "user_pool_endpoint")
        audience = self._here.known(jwt, "audience", "user_pool_clients")
        sources = self._here.known(source, "identity_sources") or []
        named: dict[str, Any] = {
            "issuer": issuer or Joined(("https://", "issuer.example.com")),
            "audience": audience,
        }
        if sources and sources != ["$request.header.Authorization"]:
            named["identity_source"] = sources[0]
        name = self._here.known(source, "name") or source.label
        for said in ("api_id", "authorizer_type"):
            source.take(said)
        self._here.done(source)
        return self._here.draft.add(
            f"{source.label}_authorizer", Call("apigateway.JwtAuthorizer", (name,), named)
        )

    def tell_rest(self) -> None:
        """Tell parts of APIs that are not drafted."""
        for part in (*self._stages, *self._routes):
            self._here.draft.leave(part.address, "its API is not drafted")


_SAID = (
    *("api_id", "integration_type", "integration_method", "integration_uri"),
    *("connection_type", "connection_id", "payload_format_version"),
)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None
