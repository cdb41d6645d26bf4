"""Which integrations may exist: public HTTP proxies, and private ones to Cloud Map or a load balancer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec

from hatoba.cloud.apigateway.control.common import check_length, web_address
from hatoba.cloud.apigateway.control.mappings import check_request_parameters, check_response_parameters
from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from hatoba.cloud.apigateway.model import Integration

MOST_INTEGRATIONS = 300
METHODS = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")
_SERVICE_ARN = re.compile(
    r"arn:aws[a-z-]*:servicediscovery:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):service/(?P<id>srv-[a-z0-9]+)"
    r"(?:\?(?P<query>[^\s#]*))?"
)
_LISTENER_ARN = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:(?P<region>[a-z0-9-]+):(?P<account>\d{12})"
    r":listener/(?:app|net)/[A-Za-z0-9-]+/[0-9a-f]+/[0-9a-f]+"
)
_BAD_PRIVATE_URI = (
    "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN"
    " or a valid Cloud Map service ARN."
)


class CloudMapTarget(msgspec.Struct, frozen=True):
    """What a private integration's URI names: a Cloud Map service, and a filter of its instances."""

    arn: str
    account: str
    region: str
    service_id: str
    query: dict[str, str]


def cloud_map_target(uri: str) -> CloudMapTarget | None:
    """Read the ARN of a Cloud Map service with its optional filter; None if it is none."""
    found = _SERVICE_ARN.fullmatch(uri)
    if found is None:
        return None
    return CloudMapTarget(
        arn=uri.partition("?")[0],
        account=found["account"],
        region=found["region"],
        service_id=found["id"],
        query=dict(parse_qsl(found["query"] or "", keep_blank_values=True)),
    )


class ListenerTarget(msgspec.Struct, frozen=True):
    """What a private integration's URI names: a load balancer's listener."""

    arn: str
    account: str
    region: str


def listener_target(uri: str) -> ListenerTarget | None:
    """Read the ARN of a listener of an Application or Network Load Balancer; None if it is none."""
    found = _LISTENER_ARN.fullmatch(uri)
    return None if found is None else ListenerTarget(uri, found["account"], found["region"])


def check_integration(integration: Integration) -> None:
    """Refuse an integration that API Gateway or this cloud would not carry out."""
    _check_type(integration)
    if not integration.integration_uri:
        raise bad_request("Either integrationSubtype or integrationUri must be specified")
    check_length("IntegrationUri", integration.integration_uri, 1, 2048)
    check_length("Description", integration.description, 0, 1024)
    if integration.integration_method not in METHODS:
        raise bad_request(
            "IntegrationMethod must be specified for HTTP_PROXY: one of " + ", ".join(sorted(METHODS)) + "."
        )
    if integration.payload_format_version != "1.0":
        raise bad_request("PayloadFormatVersion must be 1.0 for HTTP_PROXY integrations.")
    check_request_parameters(integration.request_parameters or {})
    check_response_parameters(integration.response_parameters or {})
    if integration.connection_type == "VPC_LINK":
        _check_private(integration)
    else:
        _check_public(integration)


def _check_type(integration: Integration) -> None:
    if integration.integration_type == "AWS_PROXY":
        raise NotImplementedHere("An AWS_PROXY integration (Lambda functions, AWS services)")
    if integration.integration_type != "HTTP_PROXY":
        raise bad_request(
            f"Integration type {integration.integration_type} is not supported for HTTP APIs. Use HTTP_PROXY."
        )


def _check_private(integration: Integration) -> None:
    uri = integration.integration_uri or ""
    if not integration.connection_id:
        raise bad_request("ConnectionId must be specified for a VPC_LINK connection: the id of a VPC link.")
    check_length("ServerNameToVerify", integration.server_name_to_verify, 1, 512)
    if cloud_map_target(uri) is None and listener_target(uri) is None:
        raise bad_request(_BAD_PRIVATE_URI)


def _check_public(integration: Integration) -> None:
    if integration.connection_id:
        raise bad_request(
            "ConnectionId is for VPC_LINK connections. Set ConnectionType to VPC_LINK, or leave it out."
        )
    if integration.tls:
        raise bad_request("TlsConfig is for private integrations. Write an https:// IntegrationUri instead.")
    uri = integration.integration_uri or ""
    address = web_address(STAGE_VARIABLE.sub("1", uri))
    if address is None:
        raise bad_request(
            f"Invalid HTTP endpoint specified for URI: {uri}."
            " It begins with http:// or https:// and names a host."
        )
    if address.username is not None or address.fragment:
        raise bad_request(
            "Invalid HTTP endpoint specified for URI: it has a user, a password or a fragment, which no"
            " request would carry. Leave it out."
        )
