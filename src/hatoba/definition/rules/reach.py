"""How requests reach tasks: by Cloud Map, by load balancers, from service to service by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hatoba.definition import cloudmap, ec2, ecs
from hatoba.definition.apigateway import HttpApi
from hatoba.definition.faults import Finding
from hatoba.definition.known import Known
from hatoba.definition.system import System
from hatoba.definition.values import Attribute, Joined

_LISTENERS = 50
_BALANCER_SUBNETS = 2
_PORT = re.compile(r":(\d+)")


def route_targets(api: HttpApi, _: Known) -> Iterable[Finding]:
    """Tasks are found by what the API's ingress needs: SRV records, or a port and a VPC."""
    for service in _services(api):
        if api.ingress == "cloudmap":
            yield from _in_cloud_map(service)
        else:
            yield from _behind_balancer(service, api.ingress)


def _services(api: HttpApi) -> Iterable[ecs.Service]:
    return {id(route.service): route.service for route in api.routes}.values()


def _in_cloud_map(service: ecs.Service) -> Iterator[Finding]:
    if service.registry is None:
        yield Finding(
            f"a route leads to service {service.name}, which is not in Cloud Map",
            'Give the service registry=cloudmap.Service(name, namespace), or the API ingress="alb".',
        )
    elif service.registry.record != "SRV":
        yield Finding(
            f"a route leads to service {service.name} with {service.registry.record} records, which carry no "
            "port: every request would get 500",
            'Use record="SRV" (the default) for its Cloud Map service, or ingress="alb" for the API.',
        )


def _behind_balancer(service: ecs.Service, ingress: str) -> Iterator[Finding]:
    if service.registered is None:
        yield Finding(
            f"it is not clear which port of service {service.name} the {ingress.upper()} sends to",
            "Give the container one port, or say registry_container and registry_port.",
        )
    if not service.security_groups:
        yield Finding(
            f"service {service.name} has no security group of its own, so nothing from the "
            f"{ingress.upper()} could enter its tasks",
            "Give it security_groups=[ec2.SecurityGroup(name, vpc)]; the rule for the balancer is added.",
        )


def balancer_network(api: HttpApi, known: Known) -> Iterable[Finding]:
    """A load balancer has a VPC, subnets in two zones, and lets in who the VPC link is."""
    if api.ingress == "cloudmap" or not api.routes:
        return
    what = api.ingress.upper()
    if not any(_names_vpc(service) for service in _services(api)):
        yield Finding(
            f"nothing says which VPC the {what} of API {api.name} is in",
            "Give a service a registry, or a security group made by ec2.SecurityGroup(name, vpc).",
        )
    if not api.vpc_link.security_groups:
        yield Finding(
            f"the {what} of API {api.name} lets in the security groups of its VPC link, which has none",
            "Give VpcLink(…, security_groups=[…]).",
        )
    subnets = known(api.vpc_link.subnets)
    if api.ingress == "alb" and subnets is not None and len(subnets) < _BALANCER_SUBNETS:
        yield Finding(
            f"an ALB needs subnets in two zones, and VPC link {api.vpc_link.name} has one subnet",
            "Name a second subnet, in another zone.",
        )
    if len(list(_services(api))) > _LISTENERS:
        yield Finding(
            f"API {api.name} leads to more than {_LISTENERS} services, a listener for each",
            "Split the API: a load balancer has up to 50 listeners.",
        )


def _names_vpc(service: ecs.Service) -> bool:
    return service.registry is not None or any(
        isinstance(group, ec2.SecurityGroup) for group in service.security_groups
    )


def calls_by_name(system: System, _: Known) -> Iterable[Finding]:
    """A name that a container is given is registered by a service, and a URL by name has what DNS needs."""
    registering = {
        id(service.registry): service for service in system.all_of(ecs.Service) if service.registry
    }
    for container in system.all_of(ecs.Container):
        for variable, value in container.environment.items():
            for before, called, after in _hosts(value):
                yield from _call(
                    f"{variable} of container {container.name}", before, called, after, registering
                )


def _hosts(value: object) -> Iterator[tuple[object, cloudmap.Service, object]]:
    """The names of services in a value, each with what stands before and after it."""
    parts: Sequence[object] = value.parts if isinstance(value, Joined) else (value,)
    for number, part in enumerate(parts):
        if (
            isinstance(part, Attribute)
            and part.name == "host"
            and isinstance(part.construct, cloudmap.Service)
        ):
            before = parts[number - 1] if number else ""
            after = parts[number + 1] if number + 1 < len(parts) else ""
            yield before, part.construct, after


def _call(
    where: str,
    before: object,
    called: cloudmap.Service,
    after: object,
    registering: Mapping[int, ecs.Service],
) -> Iterator[Finding]:
    service = registering.get(id(called))
    if service is None:
        yield Finding(
            f"{where} names {called.name}.{called.namespace.name}, where no service of the system registers",
            "Add the service that has this registry to System(services=[…]).",
        )
        return
    if not (isinstance(before, str) and before.endswith("://")):
        return
    if called.record != "A":
        yield Finding(
            f"{where} is a URL of {called.name}.{called.namespace.name}, which has {called.record} records: "
            "HTTP clients look for addresses",
            'Use record="A" there; or give the name alone (.host) and let the caller ask for SRV records or '
            "call DiscoverInstances.",
        )
    port = _PORT.match(after) if isinstance(after, str) else None
    listening = {
        mapping.container_port
        for container in service.task_definition.containers
        for mapping in container.port_mappings
    }
    if port is not None and int(port[1]) not in listening:
        yield Finding(
            f"{where} calls port {port[1]} of service {service.name}, which listens on "
            f"{', '.join(map(str, sorted(listening))) or 'no port'}",
            "Call a port of one of its containers.",
        )
