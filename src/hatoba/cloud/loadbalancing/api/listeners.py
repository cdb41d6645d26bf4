"""Operations on listeners.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hatoba.cloud.loadbalancing import errors
from hatoba.cloud.loadbalancing.api.common import answer_page, new_arn, read_tags, require_one
from hatoba.cloud.loadbalancing.control import attributes
from hatoba.cloud.loadbalancing.control.actions import describe_action, read_action
from hatoba.cloud.loadbalancing.model import Listener
from hatoba.cloud.wire import NotImplementedHere, ServiceError
from hatoba.cloud.wire.call import random_hex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.loadbalancing.model import Action, LoadBalancer
    from hatoba.cloud.loadbalancing.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Operations, Result

    Request = Mapping[str, Any]

PROTOCOLS = {
    "application": ("HTTP", "HTTPS"),
    "network": ("TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"),
}
SUPPORTED = frozenset({"HTTP", "TCP"})


class Listeners:
    """The operations on listeners."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        for name, function in (
            ("CreateListener", self.create),
            ("DescribeListeners", self.describe),
            ("ModifyListener", self.modify),
            ("DeleteListener", self.delete),
            ("DescribeListenerAttributes", self.describe_attributes),
            ("ModifyListenerAttributes", self.modify_attributes),
        ):
            operations.add(name, function)

    def create(self, call: Call, request: Request) -> Result:
        """Make a listener with its default rule."""
        balancer = self._store.balancer(call.scope, request["LoadBalancerArn"])
        _check(balancer, request)
        for member in ("Protocol", "Port"):
            if not request.get(member):
                raise errors.invalid(f"A listener {member.lower()} must be specified")
        self._check_port(call.scope, balancer, request["Port"], None)
        action = read_action(request["DefaultActions"], is_network=balancer.kind == "network")
        check_groups(self._store, call.scope, balancer, action)
        number = random_hex(16)
        listener = Listener(
            arn=new_arn(call.scope, f"listener/{balancer.path}/{number}"),
            load_balancer_arn=balancer.arn,
            protocol=request["Protocol"],
            port=request["Port"],
            action=action,
            default_rule_arn=new_arn(call.scope, f"listener-rule/{balancer.path}/{number}/{random_hex(16)}"),
            tags=read_tags(request.get("Tags")),
        )
        return {"Listeners": [_describe(self._store.listeners.put(call.scope, listener))]}

    def _check_port(self, scope: Scope, balancer: LoadBalancer, port: int, own: str | None) -> None:
        for each in self._store.listeners_of(scope, balancer):
            if each.port == port and each.arn != own:
                raise ServiceError(
                    "DuplicateListener", f"A listener already exists on port {port} for this load balancer"
                )

    def describe(self, call: Call, request: Request) -> Result:
        """Describe a load balancer's listeners, or those named."""
        require_one(request, "LoadBalancerArn", "ListenerArns")
        found: Sequence[Listener]
        if request.get("ListenerArns"):
            found = sorted(
                (self._store.listener(call.scope, arn) for arn in request["ListenerArns"]),
                key=lambda each: each.arn,
            )
        elif request.get("LoadBalancerArn"):
            balancer = self._store.balancer(call.scope, request["LoadBalancerArn"])
            found = self._store.listeners_of(call.scope, balancer)
        else:
            raise errors.invalid("You must specify either listener ARNs or a load balancer ARN")
        return answer_page(request, "Listeners", found, lambda each: each.arn, _describe)

    def modify(self, call: Call, request: Request) -> Result:
        """Change port, protocol and default action."""
        listener = self._store.listener(call.scope, request["ListenerArn"])
        balancer = self._store.balancer(call.scope, listener.load_balancer_arn)
        _check(balancer, request)
        port = request.get("Port") or listener.port
        self._check_port(call.scope, balancer, port, listener.arn)
        action = listener.action
        if request.get("DefaultActions"):
            action = read_action(request["DefaultActions"], is_network=balancer.kind == "network")
            check_groups(self._store, call.scope, balancer, action)
        changed = replace(
            listener, port=port, protocol=request.get("Protocol") or listener.protocol, action=action
        )
        return {"Listeners": [_describe(self._store.listeners.put(call.scope, changed))]}

    def delete(self, call: Call, request: Request) -> Result:
        """Delete a listener with its rules."""
        listener = self._store.listener(call.scope, request["ListenerArn"])
        for rule in self._store.rules_of(call.scope, listener):
            self._store.rules.delete(call.scope, rule.key)
        self._store.listeners.delete(call.scope, listener.key)
        return {}

    def describe_attributes(self, call: Call, request: Request) -> Result:
        """Describe a listener's attributes."""
        listener = self._store.listener(call.scope, request["ListenerArn"])
        return {"Attributes": attributes.listed(_known(listener), listener.attributes)}

    def modify_attributes(self, call: Call, request: Request) -> Result:
        """Change the attributes sent."""
        listener = self._store.listener(call.scope, request["ListenerArn"])
        after = attributes.changed(_known(listener), listener.attributes, request["Attributes"])
        self._store.listeners.put(call.scope, replace(listener, attributes=after))
        return {"Attributes": attributes.listed(_known(listener), after)}


def check_groups(store: Store, scope: Scope, balancer: LoadBalancer, action: Action) -> None:
    """Refuse an action whose target groups do not exist, or do not fit the load balancer."""
    wanted = "HTTP" if balancer.kind == "application" else "TCP"
    for each in action.forward:
        group = store.group(scope, each.group_arn)
        if group.protocol != wanted:
            raise ServiceError(
                "IncompatibleProtocols",
                f"A listener of this load balancer forwards to target groups of protocol {wanted};"
                f" '{group.arn}' has {group.protocol}",
            )
        if group.vpc_id != balancer.vpc_id:
            raise errors.invalid_configuration(
                f"The target group '{group.arn}' and the load balancer '{balancer.arn}' are in different VPCs"
            )


def _check(balancer: LoadBalancer, request: Request) -> None:
    protocol = request.get("Protocol")
    if protocol and protocol not in PROTOCOLS[balancer.kind]:
        known = ", ".join(PROTOCOLS[balancer.kind])
        raise errors.invalid(f"Listener protocol '{protocol}' must be one of '{known}'")
    if protocol and protocol not in SUPPORTED:
        raise NotImplementedHere(f"elbv2: a listener with the protocol {protocol}")
    for member in ("SslPolicy", "Certificates", "AlpnPolicy", "MutualAuthentication"):
        if request.get(member):
            raise NotImplementedHere(f"elbv2: a listener with {member}")


def _known(listener: Listener) -> Mapping[str, attributes.Known]:
    return attributes.HTTP_LISTENER if listener.protocol == "HTTP" else attributes.TCP_LISTENER


def _describe(listener: Listener) -> dict[str, object]:
    return {
        "ListenerArn": listener.arn,
        "LoadBalancerArn": listener.load_balancer_arn,
        "Port": listener.port,
        "Protocol": listener.protocol,
        "DefaultActions": describe_action(listener.action),
    }
