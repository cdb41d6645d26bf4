"""``x-amazon-apigateway-integration``, as the members that CreateIntegration takes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.apigateway.openapi.document import (
    Object,
    as_object,
    as_text,
    as_text_map,
    with_variables,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_apigatewayv2.type_defs import CreateIntegrationRequestTypeDef

    from hatoba.cloud.apigateway.openapi.records import Remarks

_TEXTS = {
    "uri": "IntegrationUri",
    "httpMethod": "IntegrationMethod",
    "connectionType": "ConnectionType",
    "connectionId": "ConnectionId",
    "payloadFormatVersion": "PayloadFormatVersion",
    "credentials": "CredentialsArn",
    "integrationSubtype": "IntegrationSubtype",
}
_UPPER = frozenset({"httpMethod", "connectionType"})
_READ = frozenset(
    {*_TEXTS, "type", "timeoutInMillis", "requestParameters", "responseParameters", "tlsConfig"}
)
_OF_REST_APIS = frozenset(
    {
        "cacheKeyParameters",
        "cacheNamespace",
        "contentHandling",
        "passthroughBehavior",
        "requestTemplates",
        "responses",
        "responseTransferMode",
    }
)
_OF_OTHER_APIS = frozenset({"AWS", "HTTP", "MOCK"})


def read_integration(
    sent: Object, variables: Mapping[str, str], where: str, remarks: Remarks
) -> CreateIntegrationRequestTypeDef | None:
    """Return the members of an integration; None with a warning for a type that HTTP APIs have not."""
    kind = as_text(sent.get("type", ""), f"{where}.type").upper()
    if kind in _OF_OTHER_APIS:
        remarks.warnings.append(f"{where}: integration type {kind} is not supported for HTTP APIs, ignoring.")
        return None
    members: dict[str, object] = {"IntegrationType": kind}
    for name, member in _TEXTS.items():
        if sent.get(name) is not None:
            text = with_variables(as_text(sent[name], f"{where}.{name}"), variables)
            members[member] = text.upper() if name in _UPPER else text
    if members.get("PayloadFormatVersion") == "1":
        members["PayloadFormatVersion"] = "1.0"
    if sent.get("timeoutInMillis") is not None:
        members["TimeoutInMillis"] = _milliseconds(sent["timeoutInMillis"], f"{where}.timeoutInMillis")
    if sent.get("requestParameters") is not None:
        parameters = as_text_map(sent["requestParameters"], f"{where}.requestParameters")
        members["RequestParameters"] = parameters
    if sent.get("responseParameters") is not None:
        members["ResponseParameters"] = _by_status(sent["responseParameters"], f"{where}.responseParameters")
    if sent.get("tlsConfig") is not None:
        members["TlsConfig"] = _tls(sent["tlsConfig"], f"{where}.tlsConfig", remarks)
    _note_others(sent, where, remarks)
    return members  # type: ignore[return-value]  # the table above names the members


def _by_status(sent: object, where: str) -> dict[str, dict[str, str]]:
    return {
        status: as_text_map(mapping, f"{where}.{status}")
        for status, mapping in as_object(sent, where).items()
    }


def _note_others(sent: Object, where: str, remarks: Remarks) -> None:
    for name in sorted(sent.keys() - _READ):
        if name in _OF_REST_APIS:
            remarks.ignored(f"{where}.{name}")
        else:
            remarks.unexpected(f"{where}.{name}")


def _milliseconds(value: object, where: str) -> int:
    text = as_text(value, where)
    if not (text.isascii() and text.isdigit() and 50 <= int(text[:6]) <= 30_000):  # noqa: PLR2004 - the model's range
        raise bad_request(f"Invalid OpenAPI input: {where} must be 50 to 30000, not {text[:20]}.")
    return int(text)


def _tls(sent: object, where: str, remarks: Remarks) -> dict[str, str]:
    tls = as_object(sent, where)
    name = tls.pop("serverNameToVerify", None)
    for other in tls:
        remarks.unexpected(f"{where}.{other}")
    return {} if name is None else {"ServerNameToVerify": as_text(name, f"{where}.serverNameToVerify")}
