"""Which attributes an instance must and may have, by its service's records.

https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Literal

from hatoba.cloud.cloudmap.control.names import dns_fault
from hatoba.cloud.cloudmap.errors import invalid_input, not_here

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudmap.model import Namespace, Service
    from hatoba.cloud.wire import ServiceError

IPV4 = "AWS_INSTANCE_IPV4"
IPV6 = "AWS_INSTANCE_IPV6"
PORT = "AWS_INSTANCE_PORT"
CNAME = "AWS_INSTANCE_CNAME"
INIT_HEALTH = "AWS_INIT_HEALTH_STATUS"
ALIAS = "AWS_ALIAS_DNS_NAME"
EC2_INSTANCE = "AWS_EC2_INSTANCE_ID"

_KNOWN = frozenset({IPV4, IPV6, PORT, CNAME, INIT_HEALTH, ALIAS, EC2_INSTANCE})
_MAX_CUSTOM = 30
_MAX_CHARACTERS = 5000
_MAX_PORT = 65535


def check_attributes(namespace: Namespace, service: Service, attributes: Mapping[str, str]) -> None:
    """Refuse attributes that do not fit the service.

    Raises:
        ServiceError: InvalidInput, in AWS's words where they are known.
    """
    _check_keys(attributes)
    _check_special(namespace, service, attributes)
    if service.dns is not None:
        _check_records(service.dns.types, attributes)
    _check_addresses(attributes)


def initial_status(service: Service, attributes: Mapping[str, str]) -> Literal["HEALTHY", "UNHEALTHY"] | None:
    """Return an instance's first custom status: None where the service has no custom health check."""
    if not service.custom_health:
        return None
    return "UNHEALTHY" if attributes.get(INIT_HEALTH) == "UNHEALTHY" else "HEALTHY"


def record_fault(
    namespace: Namespace, service: Service, instance_id: str, attributes: Mapping[str, str]
) -> str | None:
    """Say why the instance's records cannot stand in the hosted zone, or return None."""
    if service.dns is None:
        return None
    name = f"{service.name}.{namespace.name}"
    if "CNAME" in service.dns.types:
        return dns_fault(name) or dns_fault(attributes[CNAME].removesuffix("."))
    return dns_fault(f"{instance_id}.{name}" if "SRV" in service.dns.types else name)


def _check_keys(attributes: Mapping[str, str]) -> None:
    unknown = sorted(key for key in attributes if key.startswith("AWS_") and key not in _KNOWN)
    if unknown:
        raise invalid_input(
            f"Attribute(s) {', '.join(unknown)} are not supported: keys that begin with AWS_ are reserved."
        )
    custom = sorted(key for key in attributes if not key.startswith("AWS_"))
    if len(custom) > _MAX_CUSTOM:
        raise invalid_input(
            f"Too many attributes provided: [{', '.join(custom)}]. The current limit is {_MAX_CUSTOM}"
        )
    if sum(len(key) + len(value) for key, value in attributes.items()) > _MAX_CHARACTERS:
        raise invalid_input(
            f"The total size of all provided attributes must not exceed {_MAX_CHARACTERS} characters."
        )


def _check_special(namespace: Namespace, service: Service, attributes: Mapping[str, str]) -> None:
    status = attributes.get(INIT_HEALTH)
    if status is not None:
        if status not in {"HEALTHY", "UNHEALTHY"}:
            raise invalid_input(
                f"No enum constant com.amazon.route53.autonaming.model.InitHealthStatus.{status}"
            )
        if not service.custom_health:
            raise invalid_input(
                f"{INIT_HEALTH} can only be specified for a service with HealthCheckCustomConfig."
            )
    if EC2_INSTANCE in attributes:
        raise _ec2_refusal(namespace, attributes)
    if ALIAS in attributes:
        raise _alias_refusal(service, attributes)


def _ec2_refusal(namespace: Namespace, attributes: Mapping[str, str]) -> ServiceError:
    if namespace.type != "HTTP":
        return invalid_input(
            f"{EC2_INSTANCE} provided in namespace type {namespace.type}."
            " It is only supported in HTTP namespace"
        )
    if not set(attributes) <= {EC2_INSTANCE, INIT_HEALTH}:
        return invalid_input(f"Only {INIT_HEALTH} can be specified together with {EC2_INSTANCE}.")
    return not_here(f"servicediscovery: {EC2_INSTANCE}", f"There are no EC2 instances; give {IPV4}.")


def _alias_refusal(service: Service, attributes: Mapping[str, str]) -> ServiceError:
    if any(key.startswith("AWS_INSTANCE_") for key in attributes):
        return invalid_input(f"No AWS_INSTANCE_ attribute can be specified together with {ALIAS}.")
    if service.dns is None or not service.dns.types <= {"A", "AAAA"}:
        return invalid_input(f"{ALIAS} needs a service with an A record, an AAAA record, or both.")
    if service.dns.routing_policy != "WEIGHTED":
        return invalid_input(f"{ALIAS} needs a service with the routing policy WEIGHTED.")
    return not_here(f"servicediscovery: {ALIAS} (an alias record)", f"Give {IPV4} and no alias.")


def _check_records(types: frozenset[str], attributes: Mapping[str, str]) -> None:
    has_address = IPV4 in attributes or IPV6 in attributes
    if types in ({"A", "AAAA"}, {"SRV"}):
        if not has_address:
            raise invalid_input(f"At least one of {IPV4} {IPV6} is required.")
        if types == {"SRV"} and PORT not in attributes:
            raise invalid_input("A port must be supplied in order to register this instance.")
        return
    required = {"A": IPV4, "AAAA": IPV6, "CNAME": CNAME}
    missing = [key for record, key in required.items() if record in types and key not in attributes]
    if missing:
        raise invalid_input(f"Required attribute(s) {', '.join(missing)} are missing.")


def _check_addresses(attributes: Mapping[str, str]) -> None:
    for key, kind in ((IPV4, ipaddress.IPv4Address), (IPV6, ipaddress.IPv6Address)):
        try:
            kind(attributes.get(key, "::1" if key == IPV6 else "127.0.0.1"))
        except ValueError:
            raise invalid_input(f"{attributes[key]} is not a valid value of {key}.") from None
    port = attributes.get(PORT, "0")
    if not (port.isascii() and port.isdigit() and int(port) <= _MAX_PORT):
        raise invalid_input(f"{port} is not a valid value of {PORT}: give a number from 0 to {_MAX_PORT}.")
