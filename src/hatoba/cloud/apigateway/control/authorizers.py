"""Which JWT authorizers may exist.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.control.common import HEADER_NAME, check_length, web_address
from hatoba.cloud.apigateway.errors import bad_request

if TYPE_CHECKING:
    from hatoba.cloud.apigateway.model import Authorizer
    from hatoba.cloud.wire import ServiceError

MOST_AUTHORIZERS = 10
MOST_AUDIENCES = 50
TOO_MANY_AUTHORIZERS = (
    "Maximum number of Authorizers for this API has been reached."
    " Please contact AWS if you need additional Authorizers."
)
_IDENTITY_SOURCE = re.compile(rf"\$request\.(?:header\.{HEADER_NAME}|querystring\.[^\s$]+)")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def check_authorizer(authorizer: Authorizer) -> None:
    """Refuse an authorizer that API Gateway would refuse before it looks for the issuer."""
    check_length("Name", authorizer.name, 1, 128)
    sources = authorizer.identity_source
    if len(sources) != 1 or not _IDENTITY_SOURCE.fullmatch(sources[0]):
        raise bad_request(
            "IdentitySource of a JWT authorizer is exactly one selection expression,"
            " $request.header.<name> or $request.querystring.<name>."
        )
    if len(authorizer.audience or ()) > MOST_AUDIENCES:
        raise bad_request(f"A JWT authorizer has at most {MOST_AUDIENCES} audiences.")
    if not authorizer.issuer:
        raise bad_request("JwtConfiguration with an Issuer must be specified for a JWT authorizer.")
    check_length("Issuer", authorizer.issuer, 1, 2048)
    address = web_address(authorizer.issuer)
    if address is None or (address.scheme == "http" and address.hostname not in _LOOPBACK):
        raise undiscoverable(authorizer.issuer, "it is no https:// URL")


def undiscoverable(issuer: str, reason: str) -> ServiceError:
    """Return the error for an issuer whose discovery document cannot be had."""
    return bad_request(
        f"Caught exception when connecting to {issuer}/.well-known/openid-configuration for issuer {issuer}."
        f" Please try again later. Error: Invalid issuer: {issuer} ({reason})."
        " Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'"
    )
