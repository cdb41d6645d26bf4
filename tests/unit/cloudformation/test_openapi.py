"""OpenAPI definitions of HTTP APIs, read into the members of API Gateway's operations."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.cloudformation.errors import PropertyFault
from hatoba.cloud.cloudformation.resources.openapi import Operation, read

INTEGRATION = {
    "type": "http_proxy",
    "httpMethod": "ANY",
    "connectionType": "VPC_LINK",
    "connectionId": "abc",
    "uri": "arn:x",
    "payloadFormatVersion": "1.0",
    "timeoutInMillis": "3000",
}
AUTHORIZER = {
    "type": "jwt",
    "identitySource": "$request.header.Authorization",
    "jwtConfiguration": {"issuer": "https://i.example", "audience": ["a"]},
}


def body(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.0.1", "info": {"title": "shop", "version": "1"}, "paths": paths, **more}


def test_each_operation_is_a_route_with_its_integration() -> None:
    operation = {"x-amazon-apigateway-integration": INTEGRATION}
    definition = read(body({"/{proxy+}": {"get": operation, "parameters": []}, "/$default": {"get": {}}}))
    proxy, default = definition.operations
    assert proxy.route_key == "GET /{proxy+}"
    assert proxy.integration == {
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "ConnectionType": "VPC_LINK",
        "ConnectionId": "abc",
        "IntegrationUri": "arn:x",
        "PayloadFormatVersion": "1.0",
        "TimeoutInMillis": 3000,
    }
    assert default == Operation("$default")


def test_a_shared_integration_and_any_method_are_understood() -> None:
    reference = {"$ref": "#/components/x-amazon-apigateway-integrations/one"}
    paths = {"/a": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": reference}}}
    components = {"x-amazon-apigateway-integrations": {"one": INTEGRATION}}
    (operation,) = read(body(paths, components=components)).operations
    assert operation.route_key == "ANY /a"
    assert operation.integration is not None
    assert operation.integration["IntegrationUri"] == "arn:x"


def test_security_schemes_are_authorizers_with_scopes_per_route() -> None:
    scheme = {"type": "oauth2", "x-amazon-apigateway-authorizer": AUTHORIZER}
    paths = {"/a": {"get": {"security": [{"Jwt": ["read"]}]}}, "/b": {"get": {"security": []}}}
    definition = read(body(paths, components={"securitySchemes": {"Jwt": scheme}}))
    assert definition.authorizers == {
        "Jwt": {
            "Name": "Jwt",
            "AuthorizerType": "JWT",
            "IdentitySource": ["$request.header.Authorization"],
            "JwtConfiguration": {"Issuer": "https://i.example", "Audience": ["a"]},
        }
    }
    assert [(item.authorizer, item.scopes) for item in definition.operations] == [
        ("Jwt", ("read",)),
        (None, ()),
    ]


def test_title_cors_and_tags_belong_to_the_api() -> None:
    definition = read(
        body(
            {},
            tags=[{"name": "httpapi:createdBy", "x-amazon-apigateway-tag-value": "SAM"}],
            **{"x-amazon-apigateway-cors": {"allowOrigins": ["*"], "maxAge": 10}},
        )
    )
    assert definition.properties == {
        "Name": "shop",
        "ProtocolType": "HTTP",
        "Version": "1",
        "CorsConfiguration": {"AllowOrigins": ["*"], "MaxAge": 10},
    }
    assert definition.tags == {"httpapi:createdBy": "SAM"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"swagger": "2.0"},
        body({"/a": {"get": {"x-amazon-apigateway-integration": {**INTEGRATION, "cacheKeys": []}}}}),
        body(
            {}, components={"securitySchemes": {"L": {"x-amazon-apigateway-authorizer": {"type": "request"}}}}
        ),
    ],
)
def test_what_is_not_implemented_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(PropertyFault, match=r"cacheKeys|OpenAPI 3|jwt"):
        read(wrong)
