"""An OpenAPI definition as the body of an HTTP API: what SAM's HttpApi expands to.

The document is read into the members of the API's own operations: one authorizer per security scheme, one
route and one integration per operation.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import PropertyFault
from hatoba.cloud.cloudformation.resources.convert import to_params

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY = "x-amazon-apigateway-any-method"
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_INTEGRATION = {
    "connectionId": "ConnectionId",
    "connectionType": "ConnectionType",
    "credentials": "CredentialsArn",
    "description": "Description",
    "httpMethod": "IntegrationMethod",
    "integrationSubtype": "IntegrationSubtype",
    "passthroughBehavior": "PassthroughBehavior",
    "payloadFormatVersion": "PayloadFormatVersion",
    "requestParameters": "RequestParameters",
    "responseParameters": "ResponseParameters",
    "timeoutInMillis": "TimeoutInMillis",
    "tlsConfig": "TlsConfig",
    "type": "IntegrationType",
    "uri": "IntegrationUri",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document, as a route and its integration (None: it names none)."""

    route_key: str
    integration: Mapping[str, Any] | None = None
    authorizer: str | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """What a document says; ``properties`` are those of AWS::ApiGatewayV2::Api."""

    properties: Mapping[str, Any]
    tags: Mapping[str, str]
    authorizers: Mapping[str, Mapping[str, Any]]
    operations: tuple[Operation, ...]


def read(body: Any) -> Definition:
    """Read an OpenAPI 3 document.

    Raises:
        PropertyFault: It is none, or asks for what is not implemented.
    """
    if not isinstance(body, dict) or not str(body.get("openapi", "")).startswith("3."):
        raise PropertyFault("#/Body", "an OpenAPI 3 document is expected")
    schemes = (body.get("components") or {}).get("securitySchemes") or {}
    return Definition(
        properties=_properties(body),
        tags={
            str(tag["name"]): str(tag.get("x-amazon-apigateway-tag-value", ""))
            for tag in body.get("tags") or ()
        },
        authorizers={name: _authorizer(name, scheme) for name, scheme in schemes.items()},
        operations=tuple(
            _operation(body, path, method, operation)
            for path, item in (body.get("paths") or {}).items()
            for method, operation in item.items()
            if method in METHODS or method == ANY
        ),
    )


def _properties(body: Mapping[str, Any]) -> dict[str, Any]:
    info = body.get("info") or {}
    properties: dict[str, Any] = {"Name": info.get("title") or "", "ProtocolType": "HTTP"}
    if "description" in info:
        properties["Description"] = info["description"]
    if "version" in info:
        properties["Version"] = str(info["version"])
    cors = body.get("x-amazon-apigateway-cors")
    if cors:
        properties["CorsConfiguration"] = {_capital(name): value for name, value in cors.items()}
    endpoint = body.get("x-amazon-apigateway-endpoint-configuration") or {}
    if "disableExecuteApiEndpoint" in endpoint:
        properties["DisableExecuteApiEndpoint"] = endpoint["disableExecuteApiEndpoint"]
    return properties


def _authorizer(name: str, scheme: Mapping[str, Any]) -> dict[str, Any]:
    where = f"#/Body/components/securitySchemes/{name}"
    written = scheme.get("x-amazon-apigateway-authorizer") or {}
    if str(written.get("type", "")).lower() != "jwt":
        raise PropertyFault(where, "only authorizers of type jwt are implemented by hatoba's local cloud")
    sources = written.get("identitySource", "$request.header.Authorization")
    properties = {
        "Name": name,
        "AuthorizerType": "JWT",
        "IdentitySource": sources.split(",") if isinstance(sources, str) else sources,
        "JwtConfiguration": {_capital(key): value for key, value in written["jwtConfiguration"].items()},
    }
    return to_params("apigatewayv2", "CreateAuthorizer", properties)


def _operation(body: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> Operation:
    verb = "ANY" if method == ANY else method.upper()
    route_key = "$default" if path == "/$default" or path == "$default" else f"{verb} {path}"  # noqa: PLR1714 - two spellings
    security = operation.get("security", body.get("security")) or [{}]
    scheme, scopes = next(iter(security[0].items()), (None, ()))
    written = operation.get("x-amazon-apigateway-integration")
    if isinstance(written, dict) and "$ref" in written:
        name = str(written["$ref"]).rpartition("/")[2]
        written = (body.get("components") or {}).get("x-amazon-apigateway-integrations", {}).get(name)
    integration = None if written is None else _integration(route_key, written)
    return Operation(route_key, integration, scheme, tuple(map(str, scopes)))


def _integration(route_key: str, written: Mapping[str, Any]) -> dict[str, Any]:
    where = f"#/Body/paths/{route_key}/x-amazon-apigateway-integration"
    properties: dict[str, Any] = {}
    for name, value in written.items():
        if name not in _INTEGRATION:
            raise PropertyFault(where, f"key [{name}] is not implemented by hatoba's local cloud")
        properties[_INTEGRATION[name]] = value
    properties["IntegrationType"] = str(properties.get("IntegrationType", "")).upper()
    if "TlsConfig" in properties:
        properties["TlsConfig"] = {_capital(key): value for key, value in properties["TlsConfig"].items()}
    return to_params("apigatewayv2", "CreateIntegration", properties)


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
