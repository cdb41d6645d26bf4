"""Whether packets get from the VPC link to the tasks, and from the tasks to their image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.advise.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hatoba.advise.network import SubnetSeen
    from hatoba.advise.seen import LinkSeen, ServiceSeen, SystemSeen, TaskSeen

WITH_VPC_LINKS: Mapping[str, frozenset[str]] = {
    "use1": frozenset({"az1", "az2", "az4", "az5", "az6"}),
    "use2": frozenset({"az1", "az2", "az3"}),
    "usw1": frozenset({"az1", "az3"}),
    "usw2": frozenset({"az1", "az2", "az3", "az4"}),
    "euw3": frozenset({"az1", "az3"}),
    "ape1": frozenset({"az2", "az3"}),
    "aps1": frozenset({"az1", "az2", "az3"}),
    "apne2": frozenset({"az1", "az2", "az3"}),
    "apse1": frozenset({"az1", "az2", "az3"}),
}
"""Zones with VPC links, by the region's short name. A region that is not here is not judged.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vpc-links.html
"""

_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")
_FOR_ECR = ("ecr.api", "ecr.dkr", "s3")


def links_reach_tasks(seen: SystemSeen) -> Iterator[Finding]:
    """A security group between the VPC link and the tasks that lets nothing through: 503."""
    for link, service, task, port in _ways(seen):
        if _is_stand_in(seen, task) or _is_unknown(seen, (*task.groups, *link.groups)):
            continue
        tasks = f"service {service.name}"
        if not seen.network.lets_in(task.groups, port, link.groups, link.subnets):
            yield Finding(
                "problem",
                tasks,
                f"Its security groups ({_list(task.groups)}) let nothing in on port {port} from VPC link "
                f"{link.name} ({_list(link.groups)}): requests fail with 503.",
                f"Add an ingress rule: TCP {port} from the link's security group or its subnets' blocks.",
            )
        if not seen.network.lets_out(link.groups, port, task.groups, task.subnets):
            yield Finding(
                "problem",
                f"VPC link {link.name}",
                f"Its security groups ({_list(link.groups)}) let nothing out on port {port} to {tasks}: "
                "requests fail with 503.",
                f"Add an egress rule: TCP {port} to the tasks' security group.",
            )


def links_share_the_vpc(seen: SystemSeen) -> Iterator[Finding]:
    """A VPC link in another VPC than the tasks reaches none of them."""
    for link, service, task, _ in _ways(seen):
        ours, theirs = _vpcs(seen, link.subnets), _vpcs(seen, task.subnets)
        if ours and theirs and not ours & theirs:
            yield Finding(
                "problem",
                f"VPC link {link.name}",
                f"It is in {_list(ours)}, the tasks of service {service.name} in {_list(theirs)}: "
                "requests fail with 503.",
                "Give the link subnets of the tasks' VPC. Its subnets cannot be changed: it is made anew.",
            )


def zones_have_links(seen: SystemSeen) -> Iterator[Finding]:
    """Some availability zones have no VPC links: the link's creation fails there."""
    for link in seen.links:
        for subnet in _subnets(seen, link.subnets):
            region, _, zone = subnet.zone_id.partition("-")
            if region in WITH_VPC_LINKS and zone not in WITH_VPC_LINKS[region]:
                yield Finding(
                    "problem",
                    f"VPC link {link.name}",
                    f"Subnet {subnet.subnet_id} is in zone {subnet.zone_id}, where there are no VPC links: "
                    "the link cannot be made.",
                    f"Leave the subnet out; zones with VPC links are {_zones(region)}.",
                )


def links_span_zones(seen: SystemSeen) -> Iterator[Finding]:
    """A VPC link in one zone is gone with that zone."""
    for link in seen.links:
        zones = {subnet.zone_id for subnet in _subnets(seen, link.subnets)}
        if len(zones) == 1:
            yield Finding(
                "warning",
                f"VPC link {link.name}",
                f"All of its subnets are in zone {next(iter(zones))}: without that zone every request fails.",
                "Give it subnets in two zones or more.",
            )


def images_can_be_pulled(seen: SystemSeen) -> Iterator[Finding]:
    """Without a way to the image's registry no task starts."""
    for service in seen.services:
        if service.task is None or _is_stand_in(seen, service.task):
            continue
        for image in service.task.images:
            stuck = [
                subnet.subnet_id
                for subnet in _subnets(seen, service.task.subnets)
                if not _reaches(seen, subnet, image, has_public_ip=service.task.has_public_ip)
            ]
            if stuck:
                yield _no_way(seen, service, image, stuck)


def _no_way(seen: SystemSeen, service: ServiceSeen, image: str, stuck: list[str]) -> Finding:
    if _ECR.match(image):
        way = "a NAT gateway, or VPC endpoints for ecr.api, ecr.dkr and s3 (and logs, for the logs)"
        missing = sorted(set(_FOR_ECR) - {one for vpc in seen.network.vpcs for one in vpc.endpoints})
        lacking = f" Missing endpoints: {_list(missing)}." if missing else ""
    else:
        way, lacking = "a NAT gateway, or a copy of the image in ECR with VPC endpoints", ""
    return Finding(
        "problem",
        f"service {service.name}",
        f"From {_list(stuck)} there is no way to the registry of {image}: tasks stop with "
        f"CannotPullContainerError.{lacking}",
        f"Give the subnets {way}; or public subnets with assign_public_ip.",
    )


def _reaches(seen: SystemSeen, subnet: SubnetSeen, image: str, *, has_public_ip: bool) -> bool:
    if subnet.way_out in ("nat", "other"):
        return True
    if subnet.way_out == "internet gateway" and has_public_ip:
        return True
    vpc = seen.network.vpc(subnet.vpc_id)
    return bool(_ECR.match(image)) and vpc is not None and set(_FOR_ECR) <= set(vpc.endpoints)


def _ways(seen: SystemSeen) -> Iterator[tuple[LinkSeen, ServiceSeen, TaskSeen, int]]:
    """Each VPC link with each service behind it and the port of its tasks, once."""
    links = {link.link_id: link for link in seen.links}
    told: set[tuple[str, str, int]] = set()
    for route in (route for api in seen.apis for route in api.routes):
        link = links.get(route.vpc_link or "")
        arn = (route.integration_uri or "").partition("?")[0]
        for service in seen.services:
            for each in service.registrations:
                if link is None or service.task is None or each.arn != arn or each.port is None:
                    continue
                key = (link.link_id, service.name, each.port)
                if key not in told:
                    told.add(key)
                    yield link, service, service.task, each.port


def _is_stand_in(seen: SystemSeen, task: TaskSeen) -> bool:
    """Whether the tasks are in the local cloud's default VPC, which only stands in for the real one."""
    vpcs = [seen.network.vpc(vpc) for vpc in _vpcs(seen, task.subnets)]
    return seen.is_here and all(vpc is not None and vpc.is_default for vpc in vpcs)


def _is_unknown(seen: SystemSeen, groups: tuple[str, ...]) -> bool:
    """Whether a group is known only to a deployment: then nothing can be said of it before."""
    return any(each.startswith("@") and seen.network.group(each) is None for each in groups)


def _subnets(seen: SystemSeen, ids: tuple[str, ...]) -> list[SubnetSeen]:
    return [found for each in ids if (found := seen.network.subnet(each))]


def _vpcs(seen: SystemSeen, subnets: tuple[str, ...]) -> set[str]:
    return {subnet.vpc_id for subnet in _subnets(seen, subnets)}


def _zones(region: str) -> str:
    return ", ".join(f"{region}-{zone}" for zone in sorted(WITH_VPC_LINKS[region]))


def _list(names: object) -> str:
    assert isinstance(names, (tuple, list, set))
    return ", ".join(sorted(each.removeprefix("@") for each in names)) or "none"
