"""Attributes of load balancers, target groups and listeners: what they are unless changed, what they may be.

An attribute whose other values ask for something that this cloud does not do has its only value here;
another one is refused by name.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.loadbalancing.errors import invalid_configuration
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Known(msgspec.Struct, frozen=True):
    """An attribute. ``only`` are the values that this cloud carries out; None where all may be kept."""

    default: str
    only: frozenset[str] | None = None


def _fixed(*values: str) -> Known:
    return Known(values[0], frozenset(values))


APPLICATION: Mapping[str, Known] = {
    "access_logs.s3.enabled": _fixed("false"),
    "access_logs.s3.bucket": Known(""),
    "access_logs.s3.prefix": Known(""),
    "client_keep_alive.seconds": Known("3600"),
    "connection_logs.s3.enabled": _fixed("false"),
    "connection_logs.s3.bucket": Known(""),
    "connection_logs.s3.prefix": Known(""),
    "deletion_protection.enabled": Known("false", frozenset({"true", "false"})),
    "idle_timeout.timeout_seconds": Known("60"),
    "load_balancing.cross_zone.enabled": _fixed("true"),
    "routing.http.desync_mitigation_mode": Known("defensive"),
    "routing.http.drop_invalid_header_fields.enabled": Known("false"),
    "routing.http.preserve_host_header.enabled": Known("false"),
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": _fixed("false"),
    "routing.http.xff_client_port.enabled": _fixed("false"),
    "routing.http.xff_header_processing.mode": _fixed("append"),
    "routing.http2.enabled": Known("true"),
    "waf.fail_open.enabled": Known("false"),
    "zonal_shift.config.enabled": _fixed("false"),
}
NETWORK: Mapping[str, Known] = {
    "access_logs.s3.enabled": _fixed("false"),
    "access_logs.s3.bucket": Known(""),
    "access_logs.s3.prefix": Known(""),
    "deletion_protection.enabled": Known("false", frozenset({"true", "false"})),
    "dns_record.client_routing_policy": _fixed("any_availability_zone"),
    "load_balancing.cross_zone.enabled": Known("false"),
    "zonal_shift.config.enabled": _fixed("false"),
}
_GROUP: Mapping[str, Known] = {
    "deregistration_delay.timeout_seconds": Known("300"),
    "load_balancing.cross_zone.enabled": Known("use_load_balancer_configuration"),
    "stickiness.enabled": _fixed("false"),
    "target_group_health.dns_failover.minimum_healthy_targets.count": _fixed("1"),
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": _fixed("off"),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": _fixed("1"),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": _fixed("off"),
}
HTTP_GROUP: Mapping[str, Known] = {
    **_GROUP,
    "load_balancing.algorithm.anomaly_mitigation": _fixed("off"),
    "load_balancing.algorithm.type": _fixed("round_robin"),
    "slow_start.duration_seconds": _fixed("0"),
    "stickiness.app_cookie.cookie_name": Known(""),
    "stickiness.app_cookie.duration_seconds": Known("86400"),
    "stickiness.lb_cookie.duration_seconds": Known("86400"),
    "stickiness.type": Known("lb_cookie", frozenset({"lb_cookie", "app_cookie"})),
}
TCP_GROUP: Mapping[str, Known] = {
    **_GROUP,
    "deregistration_delay.connection_termination.enabled": Known("false"),
    "preserve_client_ip.enabled": _fixed("false"),
    "proxy_protocol_v2.enabled": _fixed("false"),
    "stickiness.type": _fixed("source_ip"),
    "target_health_state.unhealthy.connection_termination.enabled": Known("true"),
    "target_health_state.unhealthy.draining_interval_seconds": _fixed("0"),
}
HTTP_LISTENER: Mapping[str, Known] = {"routing.http.response.server.enabled": _fixed("true")}
TCP_LISTENER: Mapping[str, Known] = {"tcp.idle_timeout.seconds": Known("350")}

_NUMBERS = {
    "deregistration_delay.timeout_seconds": (0, 3600),
    "idle_timeout.timeout_seconds": (1, 4000),
    "client_keep_alive.seconds": (60, 604_800),
    "tcp.idle_timeout.seconds": (60, 6000),
}


def changed(
    known: Mapping[str, Known], before: Mapping[str, str], given: Iterable[Mapping[str, str]]
) -> dict[str, str]:
    """Return the attributes that differ from their defaults, after a change.

    Raises:
        ServiceError: An attribute that is not of this kind of thing, or a value that it cannot have here.
    """
    after = dict(before)
    for each in given:
        key, value = each.get("Key", ""), each.get("Value", "")
        _check(known, key, value)
        after[key] = value
    return after


def _check(known: Mapping[str, Known], key: str, value: str) -> None:
    attribute = known.get(key)
    if attribute is None:
        raise invalid_configuration(f"Attribute key '{key}' is not recognized for this type of resource")
    if attribute.only is not None and value not in attribute.only:
        raise NotImplementedHere(f"elbv2: the attribute {key} with the value {value!r}")
    low, high = _NUMBERS.get(key, (0, 0))
    if high and not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise invalid_configuration(f"Attribute '{key}' must be between {low} and {high}, got '{value}'")


def listed(known: Mapping[str, Known], kept: Mapping[str, str]) -> list[dict[str, str]]:
    """Return all attributes as AWS lists them."""
    return [{"Key": key, "Value": kept.get(key, each.default)} for key, each in sorted(known.items())]
