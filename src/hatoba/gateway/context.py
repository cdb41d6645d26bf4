"""The ``$context`` variables of one request: filled in on its way, read by access logs and mappings.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import json
import time
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias, final

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatoba.gateway.forward import Sending
    from hatoba.gateway.request import Request
    from hatoba.gateway.served import Forward, ServedStage
    from hatoba.gateway.tokens import Claims, Json

Lookup: TypeAlias = "Callable[[Context], str | None]"

_CLAIM = "authorizer.claims."
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOT_TEXT = dict.fromkeys((*range(32), 127), " ") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""Control characters, and halves of surrogate pairs, which JSON can hold and UTF-8 cannot."""


@final
class Context:
    """What is known about one request. What is None is empty, which an access log shows as ``-``.

    The moments are of the gateway's clock; those that were not reached are 0. The request's story is told
    from them, and from where it was sent: ``tried`` is the number of the last of the addresses.
    """

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
    served: ServedStage | None = None
    forward: Forward | None = None
    sending: Sending | None = None
    body_bytes = 0
    tried = 0
    repeated = False
    decided_at = 0.0
    written_at = 0.0
    replied_at = 0.0
    done_at = 0.0
    ended_at = 0.0
    """Epoch seconds."""

    def __init__(self, request: Request, request_id: str, source_ip: str, requested_at: float) -> None:
        self.request = request
        self.request_id = request_id
        self.source_ip = source_ip
        self.requested_at = requested_at

    @property
    def request_time(self) -> str:
        """When it was received, in the common log format."""
        return clf_time(int(self.requested_at))


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
            return value.translate(_NOT_TEXT)
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


def _reader(attribute: str) -> Lookup:
    read = attrgetter(attribute)

    def text(context: Context) -> str | None:
        value = read(context)
        return None if value is None or value == "" else str(value)

    return text


ATTRIBUTES = {
    "accountId": "account_id",
    "apiId": "api_id",
    "stage": "stage",
    "requestId": "request_id",
    "extendedRequestId": "request_id",
    "requestTime": "request_time",
    "httpMethod": "request.method",
    "protocol": "request.head.protocol",
    "path": "request.path",
    "routeKey": "route_key",
    "customDomain.basePathMatched": "base_path",
    "status": "status",
    "responseLatency": "response_latency_ms",
    "responseLength": "response_length",
    "identity.sourceIp": "source_ip",
    "authorizer.error": "authorizer_error",
    "error.message": "error_message",
    "error.responseType": "error_type",
    "integration.error": "integration_error",
    "integrationErrorMessage": "integration_error",
    "integration.status": "integration_status",
    "integrationStatus": "integration_status",
    "integration.latency": "integration_latency_ms",
    "integrationLatency": "integration_latency_ms",
}
"""Variables that stand in a :class:`Context` as they are, which nearly all access logs are made of."""

_VARIABLES: dict[str, Lookup] = {name: _reader(attribute) for name, attribute in ATTRIBUTES.items()} | {
    "domainName": lambda context: context.request.host,
    "domainPrefix": lambda context: context.request.host.partition(".")[0],
    "requestTimeEpoch": lambda context: str(int(context.requested_at * 1000)),
    "dataProcessed": lambda context: str(context.response_length + len(context.request.body)),
    "identity.userAgent": lambda context: context.request.text(b"user-agent"),
    "error.messageString": lambda context: _quoted(context.error_message),
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
