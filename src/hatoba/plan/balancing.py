"""Load balancers between an API's VPC link and the tasks: one per API, a listener for each service.

::

    VPC link ──(the link's groups)──→ load balancer ── listener → target group ──→ tasks of a service
                                           └──(a group of its own)──→ security groups of the tasks

Only what comes from the link's security groups enters the balancer, and only what comes from the balancer's
group enters the tasks. A service's own security groups get a rule for that; groups that stand outside the
system are left as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatoba.definition import ec2
from hatoba.plan import elb
from hatoba.plan import resources as aws
from hatoba.plan.terms import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hatoba.definition.apigateway import HttpApi
    from hatoba.definition.ecs import Service
    from hatoba.definition.values import Text
    from hatoba.plan.build import Builder

_DEREGISTRATION_DELAY_S = "30"


@dataclass(frozen=True)
class Target:
    """A service behind a balancer: where its listener listens, and the ids of what belongs to it."""

    service: Service
    container: str
    container_port: int
    listener_port: int
    group: str
    listener: str


def targets(api: HttpApi, to: Builder) -> Mapping[str, Target]:
    """The targets of an API by their service's name; none where tasks are found in Cloud Map."""
    if api.ingress == "cloudmap":
        return {}
    found: dict[str, Target] = {}
    taken: set[int] = set()
    for service in {route.service.name: route.service for route in api.routes}.values():
        assert service.registered is not None, "a rule of the definition holds this"
        container, port = service.registered
        # A listener's port is seen by nobody but the API: what the service listens on, or the next one free.
        listener_port = next(number for number in range(port, 2 * 65536) if number not in taken)
        taken.add(listener_port)
        found[service.name] = Target(
            service,
            container,
            port,
            listener_port,
            to.part(api, "TargetGroup", service.name),
            to.part(api, "Listener", service.name),
        )
    return found


def balancer(api: HttpApi, to: Builder) -> Iterable[aws.Resource]:
    """The load balancer of an API with its security group, listeners and target groups; or nothing."""
    behind = to.targets(api)
    if not behind:
        return
    group, balancer = to.part(api, "BalancerSecurityGroup"), to.part(api, "LoadBalancer")
    yield _security_group(api, group, behind.values(), to)
    yield elb.LoadBalancer(
        id=balancer,
        type="application" if api.ingress == "alb" else "network",
        subnets=to.term(api.vpc_link.subnets),
        security_groups=(Reference(group, "GroupId"),),
        tags=to.tags(api),
    )
    for target in behind.values():
        yield _target_group(api, target, to)
        yield elb.Listener(
            id=target.listener,
            load_balancer_arn=Reference(balancer),
            port=target.listener_port,
            protocol=_protocol(api),
            default_actions=(elb.Action("forward", Reference(target.group)),),
        )
    yield from _into_tasks(api, group, behind.values(), to)


def _protocol(api: HttpApi) -> str:
    return "HTTP" if api.ingress == "alb" else "TCP"


def _security_group(api: HttpApi, group: str, behind: Iterable[Target], to: Builder) -> aws.SecurityGroup:
    rules = tuple(
        aws.SecurityGroupRule(
            "tcp",
            target.listener_port,
            target.listener_port,
            source_security_group_id=to.term(other),
            description="From the VPC link",
        )
        for target in behind
        for other in api.vpc_link.security_groups
    )
    return aws.SecurityGroup(
        id=group,
        group_name=f"{api.name}-{api.ingress}",
        group_description=f"Load balancer of {api.name}",
        vpc_id=to.term(vpc_of(api)),
        security_group_ingress=rules,
        tags=to.tags(api),
    )


def vpc_of(api: HttpApi) -> Text | None:
    """The VPC that an API's services are in, by what they name: a namespace, or a security group."""
    for service in (route.service for route in api.routes):
        if service.registry is not None:
            return service.registry.namespace.vpc
        for group in service.security_groups:
            if isinstance(group, ec2.SecurityGroup):
                return group.vpc
    return None


def _target_group(api: HttpApi, target: Target, to: Builder) -> elb.TargetGroup:
    return elb.TargetGroup(
        id=target.group,
        port=target.container_port,
        protocol=_protocol(api),
        vpc_id=to.term(vpc_of(api)),
        health_check_path=target.service.health_check_path if api.ingress == "alb" else None,
        target_group_attributes=(
            elb.TargetGroupAttribute("deregistration_delay.timeout_seconds", _DEREGISTRATION_DELAY_S),
        ),
        tags=to.tags(api),
    )


def _into_tasks(
    api: HttpApi, group: str, behind: Iterable[Target], to: Builder
) -> Iterator[aws.SecurityGroupIngress]:
    # Services may share a security group: one rule for each group and port.
    opened: dict[tuple[str, int], None] = {}
    for target in behind:
        for own in target.service.security_groups:
            if isinstance(own, ec2.SecurityGroup):
                opened[(own.name, target.container_port)] = None
    by_name = {
        own.name: own
        for target in behind
        for own in target.service.security_groups
        if isinstance(own, ec2.SecurityGroup)
    }
    for name, port in opened:
        yield aws.SecurityGroupIngress(
            id=to.part(api, "Ingress", f"{name} {port}"),
            group_id=to.term(by_name[name].id),
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            source_security_group_id=Reference(group, "GroupId"),
            description=f"From the load balancer of {api.name}",
        )
