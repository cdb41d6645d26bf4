"""The ``$context`` variables of one request: filled in on its way, read by access logs and mappings.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import json
import time
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.gateway.request import Request
    from hatoba.gateway.tokens import Claims, Json

Lookup: TypeAlias = "Callable[[Context], str | None]"

_CLAIM = "authorizer.claims."
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CONTROLS = dict.fromkeys((*range(32), 127), " ")


class Context:
    """What is known about one request. What is None is empty, which an access log shows as ``-``."""

    account_id: str | None = None
    api_id: str | None = None
    stage: str | None = None
    route_key: str | None = None
    base_path: str | None = None
    claims: Claims | None = None
    authorizer_error: str | None = None
    failed_claim: str | None = None
    error_message: str | None = None
    error_type: str | None = None
    integration_error: str | None = None
    integration_status: int | None = None
    integration_latency_ms: int | None = None
    status = 0
    response_length = 0
    response_latency_ms = 0

    trace = b""

    def __init__(self, request: Request, request_id: str, source_ip: str, requested_at: float) -> None:
        self.request = request
        self.request_id = request_id
        self.source_ip = source_ip
        self.requested_at = requested_at


def lookup(name: str) -> Lookup | None:
    """Return how to read the variable ``$context.<name>``, or None where there is no such variable."""
    if name.startswith(_CLAIM):
        claim = name.removeprefix(_CLAIM)
        return lambda context: _claim(context, claim)
    if name in _NEVER:
        return lambda _context: None
    return _VARIABLES.get(name)


def claim_text(value: Json) -> str | None:
    """Return a claim's value as API Gateway writes it: a list as ``[a b]``."""
    match value:
        case None:
            return None
        case str():
            return value.translate(_CONTROLS)
        case bool():
            return "true" if value else "false"
        case list():
            return "[" + " ".join(claim_text(each) or "" for each in value) + "]"
        case dict():
            return json.dumps(value, separators=(",", ":"))
        case _:
            return str(value)


def _claim(context: Context, name: str) -> str | None:
    return None if context.claims is None else claim_text(context.claims.get(name))


@lru_cache(maxsize=4)
def clf_time(second: int) -> str:
    """Return ``12/Mar/2020:19:03:58 +0000``, in English whatever the locale."""
    at = time.gmtime(second)
    month = _MONTHS[at.tm_mon - 1]
    return f"{at.tm_mday:02}/{month}/{at.tm_year}:{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} +0000"


def _quoted(text: str | None) -> str | None:
    return None if text is None else f'"{text}"'


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


_VARIABLES: dict[str, Lookup] = {
    "accountId": lambda context: context.account_id,
    "apiId": lambda context: context.api_id,
    "stage": lambda context: context.stage,
    "domainName": lambda context: context.request.host,
    "domainPrefix": lambda context: context.request.host.partition(".")[0],
    "requestId": attrgetter("request_id"),
    "extendedRequestId": attrgetter("request_id"),
    "requestTime": lambda context: clf_time(int(context.requested_at)),
    "requestTimeEpoch": lambda context: str(int(context.requested_at * 1000)),
    "httpMethod": attrgetter("request.method"),
    "protocol": lambda context: "HTTP/" + context.request.version,
    "path": attrgetter("request.path"),
    "routeKey": attrgetter("route_key"),
    "customDomain.basePathMatched": lambda context: context.base_path or None,
    "status": lambda context: str(context.status),
    "responseLatency": lambda context: str(context.response_latency_ms),
    "responseLength": lambda context: str(context.response_length),
    "dataProcessed": lambda context: str(context.response_length + len(context.request.body)),
    "identity.sourceIp": attrgetter("source_ip"),
    "identity.userAgent": lambda context: context.request.text(b"user-agent"),
    "authorizer.error": lambda context: context.authorizer_error,
    "error.message": lambda context: context.error_message,
    "error.messageString": lambda context: _quoted(context.error_message),
    "error.responseType": lambda context: context.error_type,
    "integration.error": attrgetter("integration_error"),
    "integrationErrorMessage": attrgetter("integration_error"),
    "integration.status": lambda context: _number(context.integration_status),
    "integrationStatus": lambda context: _number(context.integration_status),
    "integration.latency": lambda context: _number(context.integration_latency_ms),
    "integrationLatency": lambda context: _number(context.integration_latency_ms),
}

# Known to API Gateway, and always empty here: IAM and Lambda authorizers, Lambda integrations, mutual
# TLS are refused when they are configured.
_NEVER = frozenset(
    {
        "authorizer.claims",
        "authorizer.principalId",
        "awsEndpointRequestId",
        "awsEndpointRequestId2",
        "identity.accountId",
        "identity.caller",
        "identity.clientCert.clientCertPem",
        "identity.clientCert.issuerDN",
        "identity.clientCert.serialNumber",
        "identity.clientCert.subjectDN",
        "identity.clientCert.validity.notAfter",
        "identity.clientCert.validity.notBefore",
        "identity.cognitoAuthenticationProvider",
        "identity.cognitoAuthenticationType",
        "identity.cognitoIdentityId",
        "identity.cognitoIdentityPoolId",
        "identity.principalOrgId",
        "identity.user",
        "identity.userArn",
        "integration.integrationStatus",
        "integration.requestId",
    }
)

NAMES = frozenset(_VARIABLES) | _NEVER
