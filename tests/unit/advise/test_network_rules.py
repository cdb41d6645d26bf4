"""Rules about the network: each with a picture that is in order, and one thing wrong with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hatoba.advise.doctor import Finding, examine
from hatoba.advise.network import GroupRule, GroupSeen, NetworkSeen, SubnetSeen, VpcSeen, contains
from hatoba.advise.rules import network
from hatoba.advise.seen import (
    ApiSeen,
    LinkSeen,
    RegistrationSeen,
    RouteSeen,
    ServiceSeen,
    SystemSeen,
    TaskSeen,
)

ARN = "arn:aws:servicediscovery:us-east-1:111122223333:service/srv-1"
ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1"
EVERYWHERE = GroupRule("-1", None, None, ("0.0.0.0/0",))
A = SubnetSeen("subnet-a", "vpc-1", "10.0.1.0/24", "use1-az1", "nat")
B = SubnetSeen("subnet-b", "vpc-1", "10.0.2.0/24", "use1-az2", "nat")
LINKS = GroupSeen("sg-link", "link", (), (EVERYWHERE,))
TASKS = GroupSeen("sg-task", "task", (GroupRule("tcp", 80, 80, ("sg-link",)),), (EVERYWHERE,))
NETWORK = NetworkSeen((A, B), (LINKS, TASKS), (VpcSeen("vpc-1"),))
TASK = TaskSeen(images=("httpd:2.4",), subnets=("subnet-a", "subnet-b"), groups=("sg-task",))
SERVICE = ServiceSeen("app", 1, 1, "", "", (ARN,), (), (RegistrationSeen(ARN, "app", 80),), TASK)
ROUTE = RouteSeen("GET /", True, f"{ARN}?stage=blue", "AVAILABLE", None, "link")
LINK = LinkSeen("link", "way", ("subnet-a", "subnet-b"), ("sg-link",))
SEEN = SystemSeen(
    services=(SERVICE,),
    apis=(ApiSeen("api", "", ("$default",), (ROUTE, replace(ROUTE, route_key="POST /")), ()),),
    links=(LINK,),
    network=NETWORK,
)


def findings(seen: SystemSeen) -> tuple[Finding, ...]:
    return tuple(finding for rule in _RULES for finding in rule(seen))


_RULES = (
    network.links_reach_tasks,
    network.links_share_the_vpc,
    network.zones_have_links,
    network.links_span_zones,
    network.images_can_be_pulled,
)


def only(seen: SystemSeen) -> Finding:
    (finding,) = findings(seen)
    return finding


def with_task(**changes: object) -> SystemSeen:
    service = replace(SERVICE, task=replace(TASK, **changes))  # type: ignore[arg-type] # a test's own words
    return replace(SEEN, services=(service,))


def with_network(**changes: object) -> SystemSeen:
    return replace(SEEN, network=replace(NETWORK, **changes))  # type: ignore[arg-type] # a test's own words


def test_a_network_in_order_has_no_finding() -> None:
    assert findings(SEEN) == ()


@pytest.mark.parametrize(
    "rule",
    [
        GroupRule("tcp", 80, 80, ("sg-link",)),
        GroupRule("tcp", 1, 1024, ("10.0.0.0/16",)),
        GroupRule("-1", None, None, ("0.0.0.0/0",)),
    ],
)
def test_a_rule_that_names_the_links_group_or_holds_its_subnets_is_enough(rule: GroupRule) -> None:
    assert findings(with_network(groups=(LINKS, replace(TASKS, ingress=(rule,))))) == ()


@pytest.mark.parametrize(
    "rule",
    [
        GroupRule("tcp", 8080, 8080, ("sg-link",)),
        GroupRule("udp", 80, 80, ("sg-link",)),
        GroupRule("tcp", 80, 80, ("10.0.1.0/24",)),
        GroupRule("tcp", 80, 80, ("sg-other",)),
    ],
)
def test_tasks_that_admit_the_link_nowhere_or_from_one_subnet_only_are_found(rule: GroupRule) -> None:
    finding = only(with_network(groups=(LINKS, replace(TASKS, ingress=(rule,)))))

    assert finding.subject == "service app"
    assert "nothing in on port 80" in finding.what
    assert "503" in finding.what
    assert "ingress rule: TCP 80" in finding.remedy


def test_a_link_that_lets_nothing_out_is_found() -> None:
    finding = only(with_network(groups=(replace(LINKS, egress=()), TASKS)))

    assert finding.subject == "VPC link way"
    assert "nothing out" in finding.what


def test_a_group_that_is_known_only_later_is_not_judged() -> None:
    assert findings(with_task(groups=("@/network/tasks-group",))) == ()


def test_a_link_in_another_vpc_is_found() -> None:
    other = tuple(replace(each, vpc_id="vpc-2", subnet_id=f"{each.subnet_id}2") for each in (A, B))
    seen = with_network(subnets=(A, B, *other))
    seen = replace(seen, links=(replace(LINK, subnets=("subnet-a2", "subnet-b2")),))

    assert "vpc-2" in only(seen).what


def test_a_zone_without_vpc_links_is_named_with_those_that_have_them() -> None:
    finding = only(with_network(subnets=(replace(A, zone_id="use1-az3"), B)))

    assert "use1-az3" in finding.what
    assert "use1-az4" in finding.remedy


def test_a_zone_of_a_region_that_is_not_known_is_not_judged() -> None:
    assert findings(with_network(subnets=(replace(A, zone_id="xx1-az9"), B))) == ()


def test_a_link_in_one_zone_is_a_warning() -> None:
    assert only(with_network(subnets=(A, replace(B, zone_id="use1-az1")))).level == "warning"


@pytest.mark.parametrize("image", ["httpd:2.4", "public.ecr.aws/docker/library/httpd:latest", ECR])
def test_a_subnet_that_leads_nowhere_cannot_pull(image: str) -> None:
    stuck = with_network(subnets=(replace(A, way_out="none"), B))
    service = replace(SERVICE, task=replace(TASK, images=(image,)))
    finding = only(replace(stuck, services=(service,)))

    assert "subnet-a" in finding.what
    assert "subnet-b" not in finding.what
    assert "CannotPullContainerError" in finding.what
    assert "NAT" in finding.remedy


def test_missing_endpoints_of_a_private_registry_are_named() -> None:
    vpc = VpcSeen("vpc-1", endpoints=("ecr.api", "s3"))
    seen = with_network(subnets=(replace(A, way_out="none"), B), vpcs=(vpc,))
    service = replace(SERVICE, task=replace(TASK, images=(ECR,)))

    assert "Missing endpoints: ecr.dkr" in only(replace(seen, services=(service,))).what


def test_endpoints_are_a_way_to_a_private_registry_only() -> None:
    vpc = VpcSeen("vpc-1", endpoints=("ecr.api", "ecr.dkr", "s3"))
    seen = with_network(subnets=tuple(replace(each, way_out="none") for each in (A, B)), vpcs=(vpc,))

    private = replace(SERVICE, task=replace(TASK, images=(ECR,)))
    assert findings(replace(seen, services=(private,))) == ()
    assert "httpd:2.4" in only(seen).what


def test_an_internet_gateway_helps_only_who_has_a_public_address() -> None:
    open_subnets = tuple(replace(each, way_out="internet gateway") for each in (A, B))
    seen = with_network(subnets=open_subnets)

    assert "CannotPullContainerError" in only(seen).what
    public = replace(SERVICE, task=replace(TASK, has_public_ip=True))
    assert findings(replace(seen, services=(public,))) == ()


def test_what_the_local_cloud_does_not_bar_is_a_warning_about_aws() -> None:
    seen = replace(with_task(groups=()), is_here=True)

    (finding,) = (each for each in examine(seen) if "503" in each.what)
    assert finding.level == "warning"
    assert finding.what.startswith("On AWS: ")


def test_the_local_default_vpc_only_stands_in_and_is_not_judged() -> None:
    seen = with_network(vpcs=(VpcSeen("vpc-1", is_default=True),), groups=(LINKS, replace(TASKS, ingress=())))

    assert findings(replace(seen, is_here=True)) == ()
    assert "503" in only(seen).what


@pytest.mark.parametrize(
    ("outer", "inner", "holds"),
    [
        ("10.0.0.0/8", "10.1.0.0/16", True),
        ("10.1.0.0/16", "10.0.0.0/8", False),
        ("::/0", "10.0.0.0/8", False),
        ("sg-1", "10.0.0.0/8", False),
    ],
)
def test_one_block_holds_another(outer: str, inner: str, holds: bool) -> None:  # noqa: FBT001 - a row
    assert contains(outer, inner) is holds
