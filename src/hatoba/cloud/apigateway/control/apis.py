"""Which APIs may exist: names, CORS, and the expressions that an HTTP API does not let one choose.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.control.common import check_length
from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.apigateway.model import API_KEY_SELECTION, Cors

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import CorsUnionTypeDef

    from hatoba.cloud.apigateway.model import Api

ROUTE_SELECTIONS = frozenset({"$request.method $request.path", "${request.method} ${request.path}"})
API_KEY_SELECTIONS = frozenset({API_KEY_SELECTION, "$context.authorizer.usageIdentifierKey"})


def check_api(api: Api) -> None:
    """Refuse an API that API Gateway would refuse."""
    check_length("Name", api.name, 1, 128)
    check_length("Description", api.description, 0, 1024)
    check_length("Version", api.version, 1, 64)
    if api.api_key_selection_expression not in API_KEY_SELECTIONS:
        raise bad_request(
            f"ApiKeySelectionExpression {api.api_key_selection_expression} is not supported."
            " Use " + " or ".join(sorted(API_KEY_SELECTIONS)) + "."
        )
    if api.cors is not None:
        _check_cors(api.cors)


def check_route_selection(expression: str | None) -> None:
    """Refuse a route selection expression that is not the one HTTP APIs have."""
    if expression and expression not in ROUTE_SELECTIONS:
        raise bad_request(
            f"Invalid route selection expression {expression}."
            " For an HTTP API it must be ${request.method} ${request.path}; leave it out."
        )


def read_cors(sent: CorsUnionTypeDef) -> Cors:
    """Return a CORS configuration as it was sent; what was not sent stays unset."""

    def texts(values: object) -> tuple[str, ...] | None:
        return tuple(str(value) for value in values) if isinstance(values, (list, tuple)) else None

    return Cors(
        allow_credentials=sent.get("AllowCredentials"),
        allow_headers=texts(sent.get("AllowHeaders")),
        allow_methods=texts(sent.get("AllowMethods")),
        allow_origins=texts(sent.get("AllowOrigins")),
        expose_headers=texts(sent.get("ExposeHeaders")),
        max_age=sent.get("MaxAge"),
    )


def _check_cors(cors: Cors) -> None:
    if cors.allow_credentials and "*" in (cors.allow_origins or ()):
        raise bad_request("allow-credentials is not supported if 'allow-origin' is *")
    for value in chain(cors.allow_headers or (), cors.allow_methods or (), cors.expose_headers or ()):
        if not value.isascii() or not value.isprintable():
            raise bad_request(
                f"CorsConfiguration: {value!r} cannot stand in a header. Write names in printable ASCII."
            )
