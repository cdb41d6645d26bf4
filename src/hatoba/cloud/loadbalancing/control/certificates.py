"""Certificates and security policies of HTTPS and TLS listeners: which may be, and what they are for.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hatoba.cloud.loadbalancing.errors import invalid
from hatoba.cloud.wire import NotImplementedHere, ServiceError
from hatoba.cloud.world import TLS_LISTENERS

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
_ACM = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+")
_IAM = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:server-certificate/.+")
_POLICY = re.compile(r"ELBSecurityPolicy-[A-Za-z0-9-]+")


def read_certificate(protocol: str, request: Mapping[str, Any], before: str | None = None) -> str | None:
    """Return the ARN of the certificate that a listener of this protocol has; None without TLS.

    Raises:
        ServiceError: It must have one and has none, or must not have one, or has a kind that is not here.
    """
    given = [each.get("CertificateArn", "") for each in request.get("Certificates") or ()]
    if protocol not in TLS_LISTENERS:
        if given:
            raise invalid(f"A certificate cannot be specified for {protocol} listeners")
        return None
    if len(given) > 1:
        raise invalid("Up to '1' certificate ARNs can be specified, the default certificate")
    arn = given[0] if given else before
    if arn is None:
        raise invalid(f"A certificate must be specified for {protocol} listeners")
    if _IAM.fullmatch(arn):
        raise NotImplementedHere("elbv2: a listener with a server certificate of IAM")
    if not _ACM.fullmatch(arn):
        raise not_found(arn)
    return arn


def read_policy(protocol: str, request: Mapping[str, Any], before: str | None = None) -> str | None:
    """Return the security policy that a listener of this protocol has; None without TLS."""
    given = request.get("SslPolicy")
    if protocol not in TLS_LISTENERS:
        if given:
            raise invalid(f"An SSL policy cannot be specified for {protocol} listeners")
        return None
    policy = given or before or DEFAULT_POLICY
    if not _POLICY.fullmatch(policy):
        raise ServiceError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")
    return str(policy)


def names_of(certificate: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names that a certificate of ACM is for, in lower case, each once."""
    names = (certificate.get("DomainName"), *(certificate.get("SubjectAlternativeNames") or ()))
    return tuple(dict.fromkeys(name.lower() for name in names if name))


def not_found(arn: str) -> ServiceError:
    """Return the error for a certificate that is not in this account and region."""
    return ServiceError("CertificateNotFound", f"Certificate '{arn}' not found")
