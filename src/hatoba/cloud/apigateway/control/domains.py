"""Which custom domain names and API mappings may exist.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.control.common import check_length
from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.apigateway.model import DomainEndpoint
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_apigatewayv2.type_defs import DomainNameConfigurationUnionTypeDef

LONGEST_NAME, LONGEST_KEY = 253, 300
MOST_MULTI_LEVEL = 200
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_NAME = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)+{_LABEL}")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+")
_KEY = re.compile(r"[A-Za-z0-9$_.+!*'()-]+(?:/[A-Za-z0-9$_.+!*'()-]+)*")

HOSTED_ZONES = {
    "ap-northeast-1": "Z1YSHQZHG15GKL",
    "ap-northeast-2": "Z20JF4UZKIW1U8",
    "ap-south-1": "Z3VO1THU9YC4UR",
    "ap-southeast-1": "ZL327KTPIQFUL",
    "ap-southeast-2": "Z2RPCDW04V8134",
    "ca-central-1": "Z19DQILCV0OWEC",
    "eu-central-1": "Z1U9ULNL0V5AJ3",
    "eu-north-1": "Z3UWIKFBOOGXPP",
    "eu-west-1": "ZLY8HYME6SFDD",
    "eu-west-2": "ZJ5UAJN8Y3Z2Q",
    "eu-west-3": "Z3KY65QIEKYHQQ",
    "sa-east-1": "ZCMLWB8V5SYIT",
    "us-east-1": "Z1UJRXOUMOOFQ8",
    "us-east-2": "ZOJJZC49E0EPZ",
    "us-west-1": "Z2MUQ32089INYE",
    "us-west-2": "Z2OJLYMUO9EFXC",
}
"""Route 53's hosted zones of API Gateway's own names, which alias records point into.

https://docs.aws.amazon.com/general/latest/gr/apigateway.html
"""


def check_domain_name(name: str) -> None:
    """Refuse what is no fully qualified name of two labels or more."""
    check_length("DomainName", name, 1, LONGEST_NAME)
    if name.startswith("*."):
        raise NotImplementedHere(f"A wildcard custom domain name ({name})")
    if not _NAME.fullmatch(name):
        raise bad_request(f"{name} is no fully qualified domain name, such as api.example.com.")


def refuse_routing_rules(mode: str | None) -> None:
    """Refuse routing modes that need routing rules."""
    if mode not in {None, "API_MAPPING_ONLY"}:
        raise NotImplementedHere(f"A domain name with RoutingMode {mode} (routing rules)")


def endpoint_of(
    configurations: Sequence[DomainNameConfigurationUnionTypeDef] | None, old: DomainEndpoint | None = None
) -> DomainEndpoint:
    """Read the one configuration that a domain name has.

    Raises:
        ServiceError: There is not exactly one, or HTTP APIs cannot be mapped to it.
    """
    if not configurations or len(configurations) != 1:
        raise bad_request("DomainNameConfigurations must hold exactly one configuration.")
    sent = configurations[0]
    if sent.get("EndpointType", "REGIONAL") != "REGIONAL":
        raise bad_request("HTTP APIs can only be mapped to REGIONAL domain names. Set EndpointType REGIONAL.")
    if sent.get("SecurityPolicy", "TLS_1_2") != "TLS_1_2":
        raise bad_request("HTTP APIs can only be mapped to domain names with security policy TLS_1_2.")
    if sent.get("OwnershipVerificationCertificateArn"):
        raise NotImplementedHere("A domain name with an OwnershipVerificationCertificateArn (mutual TLS)")
    certificate = sent.get("CertificateArn", old.certificate_arn if old else "")
    if not _CERTIFICATE.fullmatch(certificate):
        raise bad_request(
            "CertificateArn must be the ARN of a certificate in ACM,"
            f" arn:aws:acm:<region>:<account>:certificate/<id>, not {certificate!r}."
        )
    return DomainEndpoint(
        certificate_arn=certificate,
        certificate_name=sent.get("CertificateName", old.certificate_name if old else None),
        ip_address_type=sent.get("IpAddressType", old.ip_address_type if old else "ipv4"),
    )


def check_mapping_key(key: str) -> None:
    """Refuse a mapping's path with other characters than AWS takes, or with an empty level."""
    check_length("ApiMappingKey", key, 0, LONGEST_KEY)
    if key and not _KEY.fullmatch(key):
        raise bad_request("An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(),")
