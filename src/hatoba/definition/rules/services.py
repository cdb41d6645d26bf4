"""Services, how they are found, and who may talk to them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence

from hatoba.definition import apigateway, cloudmap, ec2, ecs
from hatoba.definition.faults import Finding
from hatoba.definition.known import Known

_TTL = range(2_147_483_648)
_SUBNETS, _GROUPS, _LINK_SUBNETS = 16, 5, 10
_PERCENT = 100


def desired_count(service: ecs.Service, known: Known) -> Iterable[Finding]:
    """The number of tasks is not negative."""
    count = known(service.desired_count)
    if count is not None and count < 0:
        yield Finding(f"service {service.name} wants {count} tasks", "Choose 0 or more.")


def deployment_percents(service: ecs.Service, _: Known) -> Iterable[Finding]:
    """A rolling deployment has room to move."""
    low = _PERCENT if service.minimum_healthy_percent is None else service.minimum_healthy_percent
    high = 2 * _PERCENT if service.maximum_percent is None else service.maximum_percent
    if low < 0 or high < _PERCENT or high <= low:
        yield Finding(
            f"service {service.name} keeps at least {low} % and at most {high} % of its tasks: "
            "a deployment could neither stop nor start one",
            "Keep maximum_percent at 100 or more and above minimum_healthy_percent.",
        )


def circuit_breaker(breaker: ecs.CircuitBreaker, _: Known) -> Iterable[Finding]:
    """Rolling back is what a circuit breaker does when it is enabled."""
    if breaker.rollback and not breaker.enable:
        yield Finding("a circuit breaker that is off cannot roll back", "Give rollback=False, or enable it.")


def service_network(service: ecs.Service, known: Known) -> Iterable[Finding]:
    """Tasks have 1 to 16 subnets and up to 5 security groups."""
    yield from between("subnets", f"service {service.name}", known(service.subnets), 1, _SUBNETS)
    yield from between("security groups", f"service {service.name}", service.security_groups, 0, _GROUPS)


def link_network(link: apigateway.VpcLink, known: Known) -> Iterable[Finding]:
    """A VPC link has 1 to 10 subnets."""
    yield from between("subnets", f"VPC link {link.name}", known(link.subnets), 1, _LINK_SUBNETS)


def between(what: str, where: str, given: Sequence[object] | None, low: int, high: int) -> Iterator[Finding]:
    """A list has a number of members that AWS takes; one that is not known yet is left to it."""
    if given is not None and not low <= len(given) <= high:
        yield Finding(f"{where} has {len(given)} {what}; there are {low} to {high}", "Correct the list.")


def registry(service: ecs.Service, _: Known) -> Iterable[Finding]:
    """Tasks are registered with a port exactly where the record has one."""
    if service.registry is None:
        return
    record = service.registry.record
    if record == "CNAME":
        yield Finding(
            f"service {service.name} registers addresses, but its Cloud Map service has CNAME records",
            'Use record="SRV", or "A" where no port is needed.',
        )
    elif record == "SRV" and service.registered is None:
        yield Finding(
            f"SRV records carry a port, and it is not clear which one service {service.name} registers",
            "Give the container one port, or say registry_container and registry_port.",
        )
    elif record != "SRV" and (service.registry_container or service.registry_port):
        yield Finding(
            f"{record} records have no port, so ECS refuses registry_container and registry_port",
            "Remove them, or use SRV records.",
        )


def records(service: cloudmap.Service, known: Known) -> Iterable[Finding]:
    """Records have a TTL that DNS can hold, and a routing policy that fits."""
    ttl = known(service.ttl)
    if ttl is not None and ttl not in _TTL:
        yield Finding(f"a TTL of {ttl} s is not between 0 and 2147483647", "Choose one in that range.")
    if service.record == "CNAME" and service.routing_policy != "WEIGHTED":
        yield Finding("CNAME records need the routing policy WEIGHTED", 'Give routing_policy="WEIGHTED".')


def failure_threshold(service: cloudmap.Service, _: Known) -> Iterable[Finding]:
    """The threshold of a custom health check is always 1."""
    if service.failure_threshold not in (None, 1):
        yield Finding(
            f"the failure threshold of a custom health check is {service.failure_threshold}; "
            "Cloud Map takes only 1",
            "Leave failure_threshold out.",
        )


def traffic(rule: ec2.Rule, _: Known) -> Iterable[Finding]:
    """A rule of a security group has a protocol, a network, and ports in order."""
    if rule.protocol not in ("tcp", "udp", "icmp", "icmpv6", "-1"):
        yield Finding(
            f"protocol {rule.protocol!r} is not tcp, udp, icmp, icmpv6 or -1 for all", "Correct it."
        )
    try:
        ipaddress.ip_network(rule.cidr)
    except ValueError as error:
        yield Finding(f"{rule.cidr!r} is not a network: {error}", 'Write it as "10.0.0.0/16".')
    if rule.protocol in ("tcp", "udp"):
        first, last = rule.from_port, rule.to_port
        if first is None or last is None or not 0 <= first <= last <= 65535:  # noqa: PLR2004 - the last port
            yield Finding(
                f"ports {first} to {last} are not in order between 0 and 65535", "Give from_port and to_port."
            )


def rules_of_group(group: ec2.SecurityGroup, _: Known) -> Iterable[Finding]:
    """A group's rule is there once: AWS refuses its double."""
    for rules in (group.ingress, group.egress or ()):
        seen = [(rule.protocol, rule.from_port, rule.to_port, rule.cidr) for rule in rules]
        if len(set(seen)) < len(seen):
            yield Finding(f"security group {group.name} has a rule twice", "Remove one of the two.")
