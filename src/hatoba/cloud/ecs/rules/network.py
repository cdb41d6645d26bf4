"""Network mode and ports: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_ecs.type_defs import PortMappingTypeDef, RegisterTaskDefinitionRequestTypeDef

_PORT_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,64}")
_PORT_RANGE = re.compile(r"(\d{1,5})-(\d{1,5})")
PORTS = range(1, 65536)
MOST_PORT_RANGES = 100


def mode(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Fargate gives each task a network interface of its own."""
    if request.get("networkMode") != "awsvpc":
        yield "Fargate only supports network mode ‘awsvpc’."  # noqa: RUF001 - AWS's own quotes


def port_mappings(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Ports are ports, used once, by names used once."""
    ports: set[tuple[int, str]] = set()
    names: set[str] = set()
    for container in request["containerDefinitions"]:
        if request.get("networkMode") not in {"awsvpc", "host"}:
            ports = set()  # each container has a network of its own
        for each in container.get("portMappings") or ():
            yield from _one(each)
            mapped = (each.get("containerPort") or 0, each.get("protocol") or "tcp")
            if mapped in ports and mapped[0]:
                yield f"Container port {mapped[0]} with protocol {mapped[1]} is mapped twice."
            name = each.get("name")
            if name and name in names:
                yield "port mapping name is already used"
            ports.add(mapped)
            names.add(name or "")


def _one(each: PortMappingTypeDef) -> Iterator[str]:
    port, name = each.get("containerPort"), each.get("name")
    if port is None and not each.get("containerPortRange"):
        yield "A port mapping needs a containerPort or a containerPortRange."
    if port is not None and port not in PORTS:
        yield f"Container port {port} must be between 1 and 65535."
    if name and not _PORT_NAME.fullmatch(name):
        yield (
            f"Port mapping name {name} must have up to 64 lowercase letters, digits, underscores and hyphens,"
            " and must not start with a hyphen."
        )


def port_ranges(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Ranges of ports are few, go upwards, and are the same on the host."""
    for container in request["containerDefinitions"]:
        ranges = [each for each in container.get("portMappings") or () if each.get("containerPortRange")]
        if len(ranges) > MOST_PORT_RANGES:
            yield f"A container can have at most {MOST_PORT_RANGES} port ranges."
        for each in ranges:
            yield from _range(each)


def _range(each: PortMappingTypeDef) -> Iterator[str]:
    if each.get("hostPort"):
        yield "A port mapping with a containerPortRange must not have a hostPort."
    found = _PORT_RANGE.fullmatch(each["containerPortRange"])
    if found is None or not 0 < int(found[1]) < int(found[2]) <= PORTS[-1]:
        yield (
            f"containerPortRange {each['containerPortRange']} must be two ports from 1 to 65535, the lower"
            " one first, such as 8000-8100."
        )


def host_ports(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """With an interface of its own, a task's ports are its containers' ports."""
    for container in request["containerDefinitions"]:
        for each in container.get("portMappings") or ():
            if each.get("hostPort") not in {None, 0, each.get("containerPort")}:
                yield (
                    "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
                )
