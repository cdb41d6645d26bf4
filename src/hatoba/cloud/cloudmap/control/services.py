"""What a service may be: record types, routing, health checks.

https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudmap.errors import invalid_input, not_here
from hatoba.cloud.cloudmap.model import DnsConfig, DnsRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_servicediscovery.type_defs import (
        CreateServiceRequestTypeDef,
        DnsConfigOutputTypeDef,
        DnsConfigTypeDef,
        DnsRecordTypeDef,
        HealthCheckConfigTypeDef,
    )

    from hatoba.cloud.cloudmap.model import Namespace, Service

_COMBINATIONS = (frozenset({"A"}), frozenset({"AAAA"}), frozenset({"A", "AAAA"}))
_MORE_COMBINATIONS = (frozenset({"SRV"}), frozenset({"CNAME"}))


def decide_dns(namespace: Namespace, request: CreateServiceRequestTypeDef) -> DnsConfig | None:
    """Return the DNS configuration of a service to be made; None for one that is only for the API.

    Raises:
        ServiceError: InvalidInput: the namespace, the record types or the policy do not go together.
    """
    given = request.get("DnsConfig")
    if not given or not given.get("DnsRecords"):
        if namespace.has_dns and request.get("Type") != "HTTP":
            raise invalid_input(
                f"DnsConfig is required for a service in the {namespace.type} namespace {namespace.id}."
                " Give DnsConfig.DnsRecords, or Type HTTP for a service that only the API discovers."
            )
        return None
    if not namespace.has_dns or request.get("Type") == "HTTP":
        raise invalid_input(
            "DnsConfig cannot be specified for a service that is discoverable by API calls only."
            " Remove DnsConfig, or use a DNS namespace."
        )
    return _dns_config(given)


def _dns_config(given: DnsConfigTypeDef | DnsConfigOutputTypeDef) -> DnsConfig:
    records = dns_records(given["DnsRecords"])
    config = DnsConfig(given.get("RoutingPolicy", "MULTIVALUE"), records)
    if config.types not in _COMBINATIONS + _MORE_COMBINATIONS or len(records) != len(config.types):
        raise invalid_input(
            "DnsRecords must be one of: A; AAAA; A and AAAA; SRV; CNAME."
            f" Given: {', '.join(record.type for record in records)}."
        )
    if config.types == {"CNAME"} and config.routing_policy != "WEIGHTED":
        raise invalid_input("The routing policy of a service with a CNAME record must be WEIGHTED.")
    return config


def dns_records(given: Sequence[DnsRecordTypeDef]) -> tuple[DnsRecord, ...]:
    """Return the records of a request's DnsRecords."""
    return tuple(DnsRecord(record["Type"], record["TTL"]) for record in given)


def check_health_checks(namespace: Namespace, request: CreateServiceRequestTypeDef) -> None:
    """Refuse health checks that exclude one another or do not fit the namespace.

    Raises:
        ServiceError: InvalidInput; NotImplementedException for a Route 53 health check.
    """
    config = request.get("HealthCheckConfig")
    if not config:
        return
    if request.get("HealthCheckCustomConfig") is not None:
        raise invalid_input("Specify either HealthCheckConfig or HealthCheckCustomConfig, not both.")
    _check_route53(namespace, config)


def check_update(service: Service, namespace: Namespace, records: Sequence[DnsRecordTypeDef] | None) -> None:
    """Refuse changes that UpdateService does not make.

    Raises:
        ServiceError: InvalidInput: an HTTP namespace, or other record types.
    """
    if not namespace.has_dns:
        raise invalid_input(f"Service {service.id} is in an HTTP namespace and cannot be updated.")
    if not records:
        return
    given = [record["Type"] for record in records]
    known = [record.type for record in service.dns.records] if service.dns else []
    if sorted(given) != sorted(known):
        raise invalid_input(
            "The record types in the request must be the same as those present in the existing service."
            f" Records in the existing service are [{', '.join(known)}], but the records in the request are"
            f" [{', '.join(given)}]. The record types of a service cannot be changed."
        )


def check_updated_health(namespace: Namespace, config: HealthCheckConfigTypeDef | None) -> None:
    """Refuse a Route 53 health check in an update, by the rules of creation."""
    if config:
        _check_route53(namespace, config)


def _check_route53(namespace: Namespace, config: HealthCheckConfigTypeDef) -> None:
    if namespace.type == "DNS_PRIVATE":
        raise invalid_input("Health check config cannot be applied to a service with private namespace")
    if config["Type"] == "TCP" and config.get("ResourcePath") is not None:
        raise invalid_input("ResourcePath cannot be specified for a health check of type TCP.")
    raise not_here(
        "servicediscovery: HealthCheckConfig (a Route 53 health check)",
        "Use HealthCheckCustomConfig and UpdateInstanceCustomHealthStatus.",
    )


def same_name(a: str, b: str, *, in_dns: bool) -> bool:
    """Say whether two services of a namespace may not stand side by side: DNS knows no case."""
    return a.lower() == b.lower() if in_dns else a == b
