"""Operations on targets: registered, deregistered with draining, and their health.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.loadbalancing.control import health
from hatoba.cloud.loadbalancing.control.checks import TRAFFIC_PORT
from hatoba.cloud.loadbalancing.model import Target
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.loadbalancing.model import TargetGroup
    from hatoba.cloud.loadbalancing.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

    Request = Mapping[str, Any]

DEFAULT_DELAY_S = 300


class Targets:
    """The operations on targets.

    Args:
        store: Where they are kept.
        drain_s: How long a deregistered target drains that nothing is in flight to.
    """

    def __init__(self, store: Store, drain_s: float) -> None:
        self._store = store
        self._drain_s = drain_s

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("RegisterTargets", self.register_targets)
        operations.add("DeregisterTargets", self.deregister_targets)
        operations.add("DescribeTargetHealth", self.describe_health)

    def register_targets(self, call: Call, request: Request) -> Result:
        """Register addresses; one that drains comes back, one that stands is left as it is."""
        group = self._store.group(call.scope, request["TargetGroupArn"])
        for given in request["Targets"]:
            host, port = _address(group, given)
            target = Target(group.arn, host, port, call.now, given.get("AvailabilityZone"))
            known = self._store.targets.get(call.scope, target.key)
            if known is None or known.state == "draining":
                self._store.targets.put(call.scope, target)
        return {}

    def deregister_targets(self, call: Call, request: Request) -> Result:
        """Take addresses out: they get no new requests, and are gone when those in flight had their time."""
        group = self._store.group(call.scope, request["TargetGroupArn"])
        delay_s = float(group.attributes.get("deregistration_delay.timeout_seconds", DEFAULT_DELAY_S))
        for given in request["Targets"]:
            for target in self._named(call, group, given):
                self._drain(call, target, delay_s)
        return {}

    def _named(self, call: Call, group: TargetGroup, given: Mapping[str, Any]) -> list[Target]:
        """Return what a description names: without a port all that stand under the address."""
        host, port = _address(group, given)
        found = [
            each
            for each in self._store.targets_of(call.scope, group.arn)
            if each.host == host and (each.port == port or "Port" not in given)
        ]
        if not found:
            raise ServiceError("InvalidTarget", f"The following targets are not registered: '{host}:{port}'")
        return found

    def _drain(self, call: Call, target: Target, delay_s: float) -> None:
        if target.state == "draining":
            return
        if target.state == "initial" or not self._store.balancers_using(call.scope, target.group_arn):
            self._store.targets.delete(call.scope, target.key)
            return
        reason, description = health.DRAINING
        drained = replace(
            target,
            state="draining",
            reason=reason,
            description=description,
            gone_at=call.now + min(delay_s, self._drain_s),
            gone_by=call.now + delay_s,
        )
        self._store.targets.put(call.scope, drained)

    def describe_health(self, call: Call, request: Request) -> Result:
        """Describe the health of a group's targets, or of those named."""
        group = self._store.group(call.scope, request["TargetGroupArn"])
        is_used = bool(self._store.balancers_using(call.scope, group.arn))
        targets = self._store.targets_of(call.scope, group.arn)
        if not request.get("Targets"):
            return _healths(group, targets, is_used=is_used)
        by_address = {(each.host, each.port): each for each in targets}
        named = [
            by_address.get(address) or _unregistered(group, *address)
            for address in (_address(group, given) for given in request["Targets"])
        ]
        return _healths(group, named, is_used=is_used)


def _address(group: TargetGroup, given: Mapping[str, Any]) -> tuple[str, int]:
    try:
        address = ipaddress.ip_address(given["Id"])
    except ValueError as error:
        raise ServiceError(
            "InvalidTarget", f"The IP address '{given['Id']}' is not a valid IPv4 address"
        ) from error
    if address.version != 4:  # noqa: PLR2004 - IPv4
        raise NotImplementedHere("elbv2: IPv6 targets")
    if given.get("QuicServerId"):
        raise NotImplementedHere("elbv2: QuicServerId")
    return str(address), given.get("Port") or group.port


def _unregistered(group: TargetGroup, host: str, port: int) -> Target:
    reason, description = health.NOT_REGISTERED
    return Target(group.arn, host, port, 0.0, None, "unused", reason, description)


def _healths(group: TargetGroup, targets: Sequence[Target], *, is_used: bool) -> Result:
    return {"TargetHealthDescriptions": [_describe(group, each, is_used=is_used) for each in targets]}


def _describe(group: TargetGroup, target: Target, *, is_used: bool) -> dict[str, object]:
    state, reason, description = target.state, target.reason, target.description
    if not is_used and state in {"initial", "healthy", "unhealthy"}:
        state, (reason, description) = "unused", health.NOT_IN_USE
    port = target.port if group.check.port == TRAFFIC_PORT else group.check.port
    return {
        "Target": {"Id": target.host, "Port": target.port, "AvailabilityZone": target.zone},
        "HealthCheckPort": str(port),
        "TargetHealth": {"State": state, "Reason": reason, "Description": description},
    }
