"""From a configuration to a document.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.apigateway.control.routes import DEFAULT_ROUTE_KEY
from hatoba.cloud.apigateway.model import DEFAULT_STAGE
from hatoba.cloud.apigateway.openapi.read import ANY_METHOD, EXTENSION, VERSION
from hatoba.cloud.apigateway.openapi.security import AUTHORIZER
from hatoba.cloud.clock import timestamp

if TYPE_CHECKING:
    from hatoba.cloud.apigateway.model import Api, Authorizer, Configuration, Cors, Integration, Route
    from hatoba.cloud.apigateway.openapi.document import Object

_VARIABLE = re.compile(r"\{([^{}/]+)\}")
_DEFAULT_TIMEOUT_MS = 30_000


class Export(msgspec.Struct, frozen=True):
    """What to write: an API's configuration, of a stage or as it stands now."""

    api: Api
    endpoint: str
    configuration: Configuration
    stage_name: str | None = None
    with_extensions: bool = True


def write_document(export: Export, output: str) -> bytes:
    """Return the document as ``JSON`` or ``YAML``."""
    document = _document(export)
    if output == "JSON":
        return json.dumps(document, indent=2, ensure_ascii=False).encode()
    import yaml

    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return text.encode()


def _document(export: Export) -> Object:
    api, configuration = export.api, export.configuration
    names = _authorizer_names(configuration.authorizers)
    document: Object = {
        "openapi": "3.0.1",
        "info": _info(api),
        "servers": [_server(export)],
    }
    tags = {key: value for key, value in api.tags.items() if not key.startswith("aws:")}
    if tags and export.with_extensions:
        document["tags"] = [
            {"name": key, f"{EXTENSION}tag-value": value} for key, value in sorted(tags.items())
        ]
    document["paths"] = _paths(export, names)
    if configuration.authorizers:
        schemes = {
            names[each.authorizer_id]: _scheme(each, with_extensions=export.with_extensions)
            for each in configuration.authorizers
        }
        document["components"] = {"securitySchemes": schemes}
    if export.with_extensions:
        if configuration.cors is not None:
            document[f"{EXTENSION}cors"] = _cors(configuration.cors)
        document[f"{EXTENSION}importexport-version"] = VERSION
    return document


def _info(api: Api) -> Object:
    version = api.version or f"{timestamp(api.created_at):%Y-%m-%d %H:%M:%S}UTC"
    info: Object = {"title": api.name, "version": version}
    if api.description:
        info["description"] = api.description
    return info


def _server(export: Export) -> Object:
    stage = export.stage_name if export.stage_name not in {None, DEFAULT_STAGE} else ""
    server: Object = {
        "url": f"{export.endpoint}/{{basePath}}",
        "variables": {"basePath": {"default": stage}},
    }
    if export.with_extensions and export.configuration.disable_execute_api_endpoint:
        server[f"{EXTENSION}endpoint-configuration"] = {"disableExecuteApiEndpoint": True}
    return server


def _paths(export: Export, names: dict[str, str]) -> Object:
    integrations = {each.integration_id: each for each in export.configuration.integrations}
    paths: dict[str, Object] = {}
    for route in sorted(export.configuration.routes, key=lambda each: each.route_key):
        method, _, path = route.route_key.rpartition(" ")
        place = paths.setdefault(path if method else f"/{DEFAULT_ROUTE_KEY}", {})
        operation = _operation(route, names)
        if not method:
            operation["isDefaultRoute"] = True
        integration = integrations.get(route.integration_id or "")
        if integration is not None and export.with_extensions:
            operation[f"{EXTENSION}integration"] = _integration(integration)
        place[method.lower() if method not in {"", "ANY"} else ANY_METHOD] = operation
    for path, place in paths.items():
        variables = _VARIABLE.findall(path)
        if variables:
            place["parameters"] = [_parameter(name) for name in variables]
    return dict(paths)


def _operation(route: Route, names: dict[str, str]) -> Object:
    operation: Object = {}
    if route.operation_name:
        operation["operationId"] = route.operation_name
    operation["responses"] = {"default": {"description": f"Default response for {route.route_key}"}}
    if route.authorizer_id:
        operation["security"] = [{names[route.authorizer_id]: [*(route.authorization_scopes or ())]}]
    return operation


def _parameter(name: str) -> Object:
    return {
        "name": name,
        "in": "path",
        "description": f"Generated path parameter for {name}",
        "required": True,
        "schema": {"type": "string"},
    }


def _integration(integration: Integration) -> Object:
    tls: Object | None = None
    if integration.tls:
        name = integration.server_name_to_verify
        tls = {"serverNameToVerify": name} if name else {}
    members: Object = {
        "requestParameters": integration.request_parameters or None,
        "responseParameters": integration.response_parameters or None,
        "payloadFormatVersion": integration.payload_format_version,
        "connectionId": integration.connection_id,
        "type": integration.integration_type.lower(),
        "httpMethod": integration.integration_method,
        "uri": integration.integration_uri,
        "connectionType": integration.connection_type,
        "timeoutInMillis": None if integration.timeout_ms == _DEFAULT_TIMEOUT_MS else integration.timeout_ms,
        "tlsConfig": tls,
    }
    return {name: value for name, value in members.items() if value is not None}


def _authorizer_names(authorizers: tuple[Authorizer, ...]) -> dict[str, str]:
    """Return the names of the schemes by authorizer id; a name that several have gets the id too."""
    names = [authorizer.name for authorizer in authorizers]
    return {
        each.authorizer_id: each.name if names.count(each.name) == 1 else f"{each.name}-{each.authorizer_id}"
        for each in authorizers
    }


def _scheme(authorizer: Authorizer, *, with_extensions: bool) -> Object:
    scheme: Object = {"type": "oauth2", "flows": {}}
    if with_extensions:
        jwt: Object = {"issuer": authorizer.issuer}
        if authorizer.audience is not None:
            jwt = {"audience": [*authorizer.audience], **jwt}
        scheme[AUTHORIZER] = {
            "type": "jwt",
            "identitySource": ",".join(authorizer.identity_source),
            "jwtConfiguration": jwt,
        }
    return scheme


def _cors(cors: Cors) -> Object:
    def listed(values: tuple[str, ...] | None) -> list[str] | None:
        return None if values is None else [*values]

    members: Object = {
        "allowOrigins": listed(cors.allow_origins),
        "allowMethods": listed(cors.allow_methods),
        "allowHeaders": listed(cors.allow_headers),
        "exposeHeaders": listed(cors.expose_headers),
        "maxAge": cors.max_age,
        "allowCredentials": cors.allow_credentials,
    }
    return {name: value for name, value in members.items() if value is not None}
