"""Which calls of a neighbour change nothing, by how AWS names its operations. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.wire.errors import ServiceError

if TYPE_CHECKING:
    from hatoba.cloud.wire.http import HttpRequest

_READING = ("Get", "List", "Describe", "BatchGet", "Head", "Lookup", "Search", "Query", "Scan", "TestDNS")
UNSIGNED_TARGETS = {
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSCognitoIdentityService": "cognito-identity",
}
"""Services of which some operations are called without a signature, by the prefix of ``X-Amz-Target``."""


def service_called(request: HttpRequest, signing_name: str) -> str:
    """Return the service that a request is for, by its signing name; empty when nothing says it."""
    target = request.headers.get("x-amz-target", "").partition(".")[0]
    return signing_name or UNSIGNED_TARGETS.get(target, "")


def only_reads(request: HttpRequest) -> bool:
    """Say whether a request surely changes nothing."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return True
    return _operation(request).startswith(_READING)


def _operation(request: HttpRequest) -> str:
    target = request.headers.get("x-amz-target", "").rpartition(".")[2]
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    if target or request.method != "POST" or not is_form:
        return target
    try:
        return dict(request.form_items).get("Action", "")
    except ServiceError:  # an object of S3 may come under any content type
        return ""
