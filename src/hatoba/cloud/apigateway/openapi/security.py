"""Security schemes with ``x-amazon-apigateway-authorizer``, and which of them an operation needs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.apigateway.openapi.document import (
    Object,
    as_list,
    as_object,
    as_text,
    as_texts,
    resolved,
    with_variables,
)
from hatoba.cloud.apigateway.openapi.records import ImportedAuthorizer
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.apigateway.openapi.records import Remarks

AUTHORIZER = "x-amazon-apigateway-authorizer"
_AUTHTYPE = "x-amazon-apigateway-authtype"
_DISCOVERY = "/.well-known/openid-configuration"


def read_authorizers(
    document: Object, variables: Mapping[str, str], remarks: Remarks
) -> dict[str, ImportedAuthorizer]:
    """Return the JWT authorizers by the names of their schemes.

    Raises:
        ServiceError: A scheme is a Lambda authorizer or IAM authorization, which this cloud has not.
    """
    components = as_object(document.get("components"), "components")
    schemes = as_object(components.get("securitySchemes"), "components.securitySchemes")
    found: dict[str, ImportedAuthorizer] = {}
    for name, sent in schemes.items():
        where = f"components.securitySchemes.{name}"
        scheme, _ = resolved(document, as_object(sent, where), where)
        if scheme.get(_AUTHTYPE) == "awsSigv4":
            raise NotImplementedHere(f"IAM authorization ({where})")
        if AUTHORIZER in scheme:
            found[name] = _authorizer(scheme, where, variables, remarks)
    return found


def _authorizer(
    scheme: Object, where: str, variables: Mapping[str, str], remarks: Remarks
) -> ImportedAuthorizer:
    sent = as_object(scheme[AUTHORIZER], f"{where}.{AUTHORIZER}")
    kind = as_text(sent.get("type", ""), f"{where}.{AUTHORIZER}.type").lower()
    if kind == "request":
        raise NotImplementedHere(f"An authorizer of type REQUEST (a Lambda function; {where})")
    if kind != "jwt":
        raise bad_request(f"Invalid OpenAPI input: {where}.{AUTHORIZER}.type must be jwt, not {kind!r}.")
    for name in sorted(sent.keys() - {"type", "identitySource", "jwtConfiguration"}):
        remarks.ignored(f"{where}.{AUTHORIZER}.{name}")
    jwt = as_object(sent.get("jwtConfiguration"), f"{where}.jwtConfiguration")
    url = as_text(scheme.get("openIdConnectUrl", ""), f"{where}.openIdConnectUrl")
    issuer = as_text(jwt.get("issuer", url.removesuffix(_DISCOVERY)), f"{where}.issuer")
    audience = jwt.get("audience")
    return ImportedAuthorizer(
        identity_source=_sources(sent.get("identitySource"), f"{where}.identitySource"),
        issuer=with_variables(issuer, variables),
        audience=None if audience is None else as_texts(audience, f"{where}.audience"),
    )


def _sources(sent: object, where: str) -> tuple[str, ...]:
    if isinstance(sent, list):
        return as_texts(sent, where)
    return tuple(part.strip() for part in as_text(sent or "", where).split(",") if part.strip())


def requirement(document: Object, operation: Object, where: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the scheme that an operation needs, with its scopes; None where it needs none.

    Raises:
        ServiceError: It needs several, which API Gateway has not.
    """
    sent = operation.get("security", document.get("security"))
    needs: list[tuple[str, tuple[str, ...]]] = [
        (name, as_texts(scopes, f"{where}.security.{name}"))
        for each in as_list(sent, f"{where}.security")
        for name, scopes in as_object(each, f"{where}.security").items()
    ]
    if len(needs) > 1:
        raise bad_request(
            f"{where} has several security requirements: "
            + ", ".join(name for name, _ in needs)
            + ". An operation can have only one."
        )
    return needs[0] if needs else None
