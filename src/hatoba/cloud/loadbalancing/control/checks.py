"""The health check settings of a target group: defaults by protocol, and what does not fit.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.loadbalancing.errors import invalid, invalid_configuration
from hatoba.cloud.loadbalancing.model import HealthCheck
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Mapping

_MATCHER = re.compile(r"\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*")
_PATH = re.compile(r"/[!-~]*")
TRAFFIC_PORT = "traffic-port"
_HIGHEST_PORT = 65_535


def health_check(protocol: str, request: Mapping[str, Any]) -> HealthCheck:
    """Return the checks of a new target group.

    Raises:
        ServiceError: A setting that does not fit, or is not supported here.
    """
    kind = request.get("HealthCheckProtocol") or ("HTTP" if protocol == "HTTP" else "TCP")
    default = _default(protocol, kind)
    return changed(default, request)


def _default(protocol: str, kind: str) -> HealthCheck:
    if kind not in {"HTTP", "TCP"}:
        raise NotImplementedHere(f"elbv2: HealthCheckProtocol {kind}")
    if protocol == "HTTP":
        if kind == "TCP":
            raise invalid("Health check protocol 'TCP' is not supported for target groups with protocol HTTP")
        return HealthCheck("HTTP", TRAFFIC_PORT, 30, 5, 5, 2, "/", "200")
    if kind == "HTTP":
        return HealthCheck("HTTP", TRAFFIC_PORT, 30, 6, 5, 2, "/", "200-399")
    return HealthCheck("TCP", TRAFFIC_PORT, 30, 10, 5, 2)


def changed(before: HealthCheck, request: Mapping[str, Any]) -> HealthCheck:
    """Return the checks with the settings that a request names.

    Raises:
        ServiceError: A setting that does not fit, or is not supported here.
    """
    if request.get("HealthCheckEnabled") is False:
        raise invalid("Health check enabled must be true for target groups with target type 'ip'")
    kind = request.get("HealthCheckProtocol") or before.protocol
    if kind != before.protocol:
        before = _default("HTTP" if kind == "HTTP" and before.protocol == "HTTP" else "TCP", kind)
    matcher = request.get("Matcher") or {}
    if matcher.get("GrpcCode"):
        raise NotImplementedHere("elbv2: Matcher with GrpcCode")
    after = replace(
        before,
        port=request.get("HealthCheckPort") or before.port,
        interval_s=request.get("HealthCheckIntervalSeconds") or before.interval_s,
        timeout_s=request.get("HealthCheckTimeoutSeconds") or before.timeout_s,
        healthy_count=request.get("HealthyThresholdCount") or before.healthy_count,
        unhealthy_count=request.get("UnhealthyThresholdCount") or before.unhealthy_count,
        path=request.get("HealthCheckPath") or before.path,
        matcher=matcher.get("HttpCode") or before.matcher,
    )
    _check(after)
    return after


def _check(check: HealthCheck) -> None:
    if check.protocol == "TCP" and (check.path or check.matcher):
        raise invalid("Health check path and matcher are for HTTP health checks; the protocol is TCP")
    if check.path is not None and not _PATH.fullmatch(check.path):
        raise invalid(f"Health check path '{check.path}' must begin with a '/' character and hold no spaces")
    if check.matcher is not None and not _is_matcher(check.matcher):
        raise invalid_configuration(
            f"Health check matcher HTTP code '{check.matcher}' must be within 200 and 499"
        )
    if check.timeout_s >= check.interval_s:
        raise invalid(
            f"Health check timeout '{check.timeout_s}' must be smaller than the interval '{check.interval_s}'"
        )
    if check.port != TRAFFIC_PORT and not _is_port(check.port):
        raise invalid(f"Health check port '{check.port}' must be in the range 1-65535, or '{TRAFFIC_PORT}'")


def _is_matcher(text: str) -> bool:
    codes = re.findall(r"\d+", text)
    return bool(_MATCHER.fullmatch(text)) and all(200 <= int(code) <= 499 for code in codes)  # noqa: PLR2004 - AWS's range


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= _HIGHEST_PORT
