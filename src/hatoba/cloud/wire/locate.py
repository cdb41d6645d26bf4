"""Which service, protocol and operation a request is for, and which key and region signed it.

In this order: the credential scope of SigV4 (header or presigned query), the prefix of
``X-Amz-Target``, Query's ``Version``, the path. Signatures are read, never verified.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.wire.directory import BY_SIGNING_NAME, BY_TARGET, BY_VERSION, Listing
from hatoba.cloud.wire.errors import ServiceError, UnknownOperation
from hatoba.cloud.wire.models import protocol_of_any, service_model
from hatoba.cloud.wire.protocols.rest_routes import RestRoutes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.wire.http import HttpRequest

CBOR = "smithy-rpc-v2-cbor"

_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")
_RPC_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)")
_REGION = re.compile(r"[a-z0-9-]{2,32}")


class Signature(msgspec.Struct, frozen=True):
    """What a signature says about the request; empty strings where it says nothing."""

    access_key: str = ""
    region: str = ""
    service: str = ""


class Target(msgspec.Struct, frozen=True):
    """One operation of one service, and the URI labels that came with finding it."""

    service: str
    protocol: str
    operation: str
    labels: Mapping[str, str]


def signature_of(request: HttpRequest) -> Signature:
    """Read the credential scope, of SigV4 or SigV4A, from the header or the presigned query.

    Raises:
        ServiceError: ``IncompleteSignature``: there is one and it cannot be read.
    """
    header = request.headers.get("authorization", "")
    found = _CREDENTIAL.search(header) if header.startswith("AWS4-") else None
    if found is not None:
        credential = found.group(1)
    elif "X-Amz-Credential=" in request.query:
        credential = dict(request.query_items).get("X-Amz-Credential", "")
    else:
        return Signature()
    parts = credential.split("/")
    if len(parts) == 4:  # noqa: PLR2004 - SigV4A leaves the region out of the scope: key/date/service/aws4_request
        parts.insert(2, request.headers.get("x-amz-region-set", "").partition(",")[0].strip("*"))
    if len(parts) != 5 or (parts[2] and not _REGION.fullmatch(parts[2])):  # noqa: PLR2004 - key/date/region/service/aws4_request
        raise ServiceError(
            "IncompleteSignature",
            f"Credential must be key/date/region/service/aws4_request, got {credential!r:.80}.",
        )
    return Signature(access_key=parts[0], region=parts[2], service=parts[3])


def listing_of(request: HttpRequest, signature: Signature) -> Listing | None:
    """Return which of our services a request is for, or None."""
    if signature.service:
        listing = BY_SIGNING_NAME.get(signature.service)
        return None if listing is not None and _is_for_its_elder(request, listing) else listing
    target = request.headers.get("x-amz-target", "").partition(".")[0]
    if target:
        return BY_TARGET.get(target)
    found = _RPC_PATH.fullmatch(request.path)
    if found is not None:
        return BY_TARGET.get(found.group(1))
    if request.path.startswith("/v2/") and rest_routes("apigatewayv2").match(request.method, request.path):
        return BY_SIGNING_NAME["apigateway"]
    form = dict(request.form_items)
    return BY_VERSION.get(form.get("Version", "")) if "Action" in form else None


def _is_for_its_elder(request: HttpRequest, listing: Listing) -> bool:
    """Say whether a request is for the older service that signs by the same name."""
    match listing.service:
        case "apigatewayv2":
            return not request.path.startswith("/v2/")
        case "elbv2":
            return dict(request.form_items).get("Version", listing.versions[0]) not in listing.versions
        case _:
            return False


def protocol_of(request: HttpRequest, listing: Listing) -> str:
    """Return which protocol a request speaks.

    CBOR is understood for every JSON service: SDKs of other languages may offer it before botocore does.
    """
    speaks_cbor = request.headers.get("smithy-protocol") == "rpc-v2-cbor"
    if listing.target and (speaks_cbor or _RPC_PATH.fullmatch(request.path)):
        return CBOR
    return listing.protocols[0]


def guessed_protocol(request: HttpRequest, signing_name: str) -> str:
    """Return the protocol for an error about a request that is for none of our services."""
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return CBOR
    if "x-amz-target" in request.headers:
        return "json"
    known = protocol_of_any(signing_name) if signing_name else None
    if known is not None:
        return known
    is_json = request.headers.get("content-type", "").startswith("application/json")
    return "rest-json" if is_json else "query"


def target_of(request: HttpRequest, listing: Listing, protocol: str) -> Target:
    """Return which operation a request is for; whether the model has it is asked later.

    Raises:
        ServiceError: The request names none.
    """
    match protocol:
        case "json":
            name = _json_operation(request, listing)
        case "smithy-rpc-v2-cbor":
            name = _cbor_operation(request, listing)
        case "rest-json":
            return _rest_target(request, listing)
        case _:
            name = _query_operation(request)
    return Target(listing.service, protocol, name, {})


def _json_operation(request: HttpRequest, listing: Listing) -> str:
    header = request.headers.get("x-amz-target", "")
    prefix, _, name = header.partition(".")
    if prefix != listing.target or not name:
        raise UnknownOperation(
            listing.service, f"{header!r:.80} (X-Amz-Target wants {listing.target}.Operation)"
        )
    return name


def _cbor_operation(request: HttpRequest, listing: Listing) -> str:
    found = _RPC_PATH.fullmatch(request.path)
    if found is None or found.group(1) != listing.target:
        path = f"/service/{listing.target}/operation/Operation"
        raise UnknownOperation(listing.service, f"{request.path!r:.80} (the path wants {path})")
    return found.group(2)


def _rest_target(request: HttpRequest, listing: Listing) -> Target:
    found = rest_routes(listing.service).match(request.method, request.path)
    if found is None:
        raise UnknownOperation(listing.service, f"{request.method} {request.path!r:.200}")
    return Target(listing.service, "rest-json", *found)


def _query_operation(request: HttpRequest) -> str:
    name = dict(request.form_items).get("Action", "")
    if not name:
        raise ServiceError("MissingAction", "The request is missing an action or a required parameter.")
    return name


@cache
def rest_routes(service: str) -> RestRoutes:
    """Return the URI templates of a REST service."""
    return RestRoutes(service_model(service))
