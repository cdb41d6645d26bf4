"""Security groups as walls between a VPC link and a task."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.ec2.model import NetworkInterface, Rule, SecurityGroup
from hatoba.cloud.ecs.model import Attachment, Endpoint, Network, Task
from hatoba.cloud.server.walls import SecurityGroups
from hatoba.cloud.state import State
from hatoba.cloud.world import DiscoveredInstance
from tests.support.calls import SCOPE

LINK_IP = "10.0.1.7"


def rule(*, out: bool = False, **members: Any) -> Rule:
    given = {"protocol": "tcp", "from_port": 80, "to_port": 80, **members}
    return Rule(id="sgr-1", owner="me", is_egress=out, **given)


ALL_OUT = rule(out=True, protocol="-1", from_port=None, to_port=None, cidr_ipv4="0.0.0.0/0")


def refusal(*rules: Rule, link: tuple[Rule, ...] = (ALL_OUT,), cluster: str = "c") -> str | None:
    """Return what is said of a task with these rules, whose port 80 is at 127.0.0.1:25000."""
    state = State()
    groups = state.table("ec2.security_group", SecurityGroup)
    for name, theirs in (("sg-task", rules), ("sg-link", link)):
        groups.put(
            SCOPE,
            SecurityGroup(id=name, owner="me", vpc_id="v", name=name, description="", rules=theirs),
        )
    interface = NetworkInterface(
        id="eni-1",
        owner="me",
        vpc_id="v",
        subnet_id="s",
        zone="a",
        mac="",
        private_ip="10.0.2.2",
        group_ids=("sg-task",),
    )
    state.table("ec2.network_interface", NetworkInterface).put(SCOPE, interface)
    task = Task(
        cluster="c",
        id="task1",
        task_definition="app:1",
        group="service:s",
        created_at=0.0,
        network=Network(()),
        attachment=Attachment("a", "s", "a", interface_id="eni-1", private_ip="10.0.2.2"),
        containers=(),
        cpu="256",
        memory="512",
        endpoints=(Endpoint("app", 80, "127.0.0.1", 25000),),
    )
    state.table("ecs.task", Task).put(SCOPE, task)
    attributes = {
        "AWS_INSTANCE_IPV4": "127.0.0.1",
        "AWS_INSTANCE_PORT": "25000",
        "ECS_CLUSTER_NAME": cluster,
    }
    instance = DiscoveredInstance("task1", attributes, "HEALTHY")
    return SecurityGroups(state).refusal(SCOPE, ("sg-link",), LINK_IP, instance)


@pytest.mark.parametrize(
    "let_in",
    [
        rule(group_id="sg-link"),
        rule(cidr_ipv4="10.0.0.0/16"),
        rule(from_port=1, to_port=1024, cidr_ipv4="10.0.1.7/32"),
        rule(protocol="-1", from_port=None, to_port=None, group_id="sg-link"),
    ],
)
def test_a_rule_for_the_links_group_or_address_lets_it_in(let_in: Rule) -> None:
    assert refusal(let_in) is None


@pytest.mark.parametrize(
    "other",
    [
        rule(group_id="sg-other"),
        rule(cidr_ipv4="10.9.0.0/16"),
        rule(from_port=8080, to_port=8080, group_id="sg-link"),
        rule(protocol="udp", group_id="sg-link"),
        rule(cidr_ipv6="::/0"),
        rule(out=True, group_id="sg-link"),
    ],
)
def test_any_other_rule_does_not_and_the_missing_one_is_named(other: Rule) -> None:
    assert refusal(other) == (
        "The security groups of task task1 (sg-task) let nothing in on TCP 80 from the VPC link's (sg-link):"
        " add an ingress rule"
    )


def test_the_link_must_be_let_out_too() -> None:
    said = refusal(rule(group_id="sg-link"), link=())
    assert said == (
        "The VPC link's security groups (sg-link) let nothing out on TCP 80 to sg-task: add an egress rule"
    )
    assert refusal(rule(group_id="sg-link"), link=(rule(out=True, group_id="sg-task"),)) is None


def test_an_instance_that_is_no_task_is_not_judged() -> None:
    assert refusal(cluster="nowhere") is None
