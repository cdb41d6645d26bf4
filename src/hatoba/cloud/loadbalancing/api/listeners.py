"""Operations on listeners.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from msgspec.structs import replace

from hatoba.cloud.loadbalancing import errors
from hatoba.cloud.loadbalancing.api.common import answer_page, new_arn, read_tags, require_one
from hatoba.cloud.loadbalancing.control import attributes
from hatoba.cloud.loadbalancing.control.actions import describe_action, read_action
from hatoba.cloud.loadbalancing.control.certificates import (
    names_of,
    not_found,
    read_certificate,
    read_policy,
)
from hatoba.cloud.loadbalancing.model import Listener
from hatoba.cloud.wire import NotImplementedHere, ServiceError
from hatoba.cloud.wire.call import random_hex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.loadbalancing.model import Action, LoadBalancer
    from hatoba.cloud.loadbalancing.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Invoke, Operations, Result

    Request = Mapping[str, Any]

PROTOCOLS = {
    "application": ("HTTP", "HTTPS"),
    "network": ("TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"),
}
SUPPORTED = frozenset({"HTTP", "HTTPS", "TCP", "TLS"})


class Secured(TypedDict):
    """The members of a listener that are about TLS."""

    certificate_arn: str | None
    certificate_names: tuple[str, ...]
    ssl_policy: str | None


class Listeners:
    """The operations on listeners. The certificate of one with TLS must exist, so they ask ACM."""

    def __init__(self, store: Store, invoke: Invoke) -> None:
        self._store = store
        self._invoke = invoke

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

    async def create(self, call: Call, request: Request) -> Result:
        """Make a listener with its default rule."""
        balancer = self._store.balancer(call.scope, request["LoadBalancerArn"])
        _check(balancer, request)
        for member in ("Protocol", "Port"):
            if not request.get(member):
                raise errors.invalid(f"A listener {member.lower()} must be specified")
        secured = await self._secured(call, request["Protocol"], request)
        balancer = self._store.balancer(call.scope, balancer.arn)  # it may be gone since we asked
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
            **secured,
        )
        return {"Listeners": [_describe(self._store.listeners.put(call.scope, listener))]}

    async def _secured(
        self, call: Call, protocol: str, request: Request, before: Listener | None = None
    ) -> Secured:
        """Return a listener's members about TLS."""
        policy = read_policy(protocol, request, before.ssl_policy if before else None)
        arn = read_certificate(protocol, request, before.certificate_arn if before else None)
        if arn is None:
            return Secured(certificate_arn=None, certificate_names=(), ssl_policy=None)
        try:
            found = await self._invoke(call, "acm", "DescribeCertificate", {"CertificateArn": arn})
        except ServiceError as error:
            raise not_found(arn) from error
        names = names_of(found["Certificate"])
        return Secured(certificate_arn=arn, certificate_names=names, ssl_policy=policy)

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

    async def modify(self, call: Call, request: Request) -> Result:
        """Change port, protocol, certificate and default action."""
        listener = self._store.listener(call.scope, request["ListenerArn"])
        protocol = request.get("Protocol") or listener.protocol
        _check(self._store.balancer(call.scope, listener.load_balancer_arn), request)
        secured = await self._secured(call, protocol, request, listener)
        listener = self._store.listener(call.scope, listener.arn)  # it may have changed since we asked
        balancer = self._store.balancer(call.scope, listener.load_balancer_arn)
        port = request.get("Port") or listener.port
        self._check_port(call.scope, balancer, port, listener.arn)
        action = listener.action
        if request.get("DefaultActions"):
            action = read_action(request["DefaultActions"], is_network=balancer.kind == "network")
            check_groups(self._store, call.scope, balancer, action)
        changed = replace(listener, port=port, protocol=protocol, action=action, **secured)
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
    if (request.get("MutualAuthentication") or {}).get("Mode", "off") != "off":
        raise NotImplementedHere("elbv2: a listener with MutualAuthentication")
    if request.get("AlpnPolicy") not in (None, [], ["None"]):
        raise NotImplementedHere("elbv2: a listener with an AlpnPolicy")


def _known(listener: Listener) -> Mapping[str, attributes.Known]:
    is_http = listener.protocol in {"HTTP", "HTTPS"}
    return attributes.HTTP_LISTENER if is_http else attributes.TCP_LISTENER


def _describe(listener: Listener) -> dict[str, object]:
    return {
        "ListenerArn": listener.arn,
        "LoadBalancerArn": listener.load_balancer_arn,
        "Port": listener.port,
        "Protocol": listener.protocol,
        "DefaultActions": describe_action(listener.action),
        **_describe_tls(listener),
    }


def _describe_tls(listener: Listener) -> dict[str, object]:
    if listener.certificate_arn is None:
        return {}
    return {"Certificates": [{"CertificateArn": listener.certificate_arn}], "SslPolicy": listener.ssl_policy}
