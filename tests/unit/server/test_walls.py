"""Security groups as walls: between a VPC link, a load balancer and tasks, as they stand in the state."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.ec2.model import NetworkInterface, Rule, SecurityGroup, Subnet
from hatoba.cloud.ecs.model import Attachment, Endpoint, Network, Task
from hatoba.cloud.loadbalancing.model import Action, Listener, LoadBalancer, Zone
from hatoba.cloud.server.walls import SecurityGroups
from hatoba.cloud.state import State
from hatoba.cloud.world import DiscoveredInstance
from tests.support.calls import SCOPE

LINK_IP = "10.0.1.7"
LISTENER, BALANCER = "arn:listener", "arn:balancer"


def rule(*, out: bool = False, **members: Any) -> Rule:
    given = {"protocol": "tcp", "from_port": 80, "to_port": 80, **members}
    return Rule(id="sgr-1", owner="me", is_egress=out, **given)


ALL_OUT = rule(out=True, protocol="-1", from_port=None, to_port=None, cidr_ipv4="0.0.0.0/0")


class Place:
    """A link, a load balancer that listens on port 8080, and two tasks whose port 80 is on this machine."""

    def __init__(self, **rules: Rule) -> None:
        self._state = State()
        self.walls = SecurityGroups(self._state)
        groups = self._state.table("ec2.security_group", SecurityGroup)
        for name in ("link", "lb", "web", "stock"):
            theirs = (ALL_OUT, rules[name]) if name in rules else (ALL_OUT,)
            groups.put(
                SCOPE,
                SecurityGroup(
                    id=f"sg-{name}", owner="me", vpc_id="v", name=name, description="", rules=theirs
                ),
            )
        self.task("web", "10.0.2.2", 25000)
        self.task("stock", "10.0.2.3", 25001)
        self.balancer()

    def task(self, service: str, address: str, port: int) -> None:
        interface = NetworkInterface(
            id=f"eni-{service}",
            owner="me",
            vpc_id="v",
            subnet_id="s",
            zone="a",
            mac="",
            private_ip=address,
            group_ids=(f"sg-{service}",),
        )
        self._state.table("ec2.network_interface", NetworkInterface).put(SCOPE, interface)
        task = Task(
            cluster="c",
            id=service,
            task_definition="app:1",
            group=f"service:{service}",
            service=service,
            created_at=0.0,
            network=Network(()),
            attachment=Attachment("a", "s", "a", interface_id=interface.id, private_ip=address),
            containers=(),
            cpu="256",
            memory="512",
            endpoints=(Endpoint("app", 80, "127.0.0.1", port, guard=port + 1000),),
        )
        self._state.table("ecs.task", Task).put(SCOPE, task)

    def balancer(self) -> None:
        subnet = Subnet(id="s", owner="me", vpc_id="v", cidr="10.0.3.0/24", zone="a")
        self._state.table("ec2.subnet", Subnet).put(SCOPE, subnet)
        made = LoadBalancer(
            BALANCER, "front", "application", "internal", "v", (Zone("s", "a"),), ("sg-lb",), 0
        )
        self._state.table("loadbalancing.balancer", LoadBalancer).put(SCOPE, made)
        listener = Listener(LISTENER, BALANCER, "HTTP", 8080, Action(), "arn:rule")
        self._state.table("loadbalancing.listener", Listener).put(SCOPE, listener)

    def to_instance(self, port: int = 25000, cluster: str = "c") -> str | None:
        attributes = {"AWS_INSTANCE_PORT": str(port), "ECS_CLUSTER_NAME": cluster}
        instance = DiscoveredInstance("web", attributes, "HEALTHY")
        return self.walls.instance_refusal(SCOPE, ("sg-link",), LINK_IP, instance)

    def to_listener(self) -> str | None:
        return self.walls.listener_refusal(SCOPE, ("sg-link",), LINK_IP, LISTENER)

    def to_target(self, port: int = 25000) -> str | None:
        return self.walls.target_refusal(SCOPE, BALANCER, "127.0.0.1", port)

    def between_tasks(self) -> str | None:
        return self.walls.task_refusal((SCOPE, "c/web"), (SCOPE, "c/stock"), "tcp", 80)


@pytest.mark.parametrize("registered", [25000, 26000])
def test_a_rule_for_the_containers_port_lets_a_link_in_by_whatever_port_is_registered(
    registered: int,
) -> None:
    assert Place(web=rule(group_id="sg-link")).to_instance(registered) is None
    assert Place().to_instance(registered) == (
        "sg-web of service web has no ingress rule that lets tcp 80 in from sg-link of the VPC link"
        " (10.0.1.7); add one to sg-web"
    )


def test_the_gateway_goes_past_the_guard_of_a_task() -> None:
    def port_of(registered: str) -> str:
        attributes = {"AWS_INSTANCE_PORT": registered, "ECS_CLUSTER_NAME": "c"}
        instance = DiscoveredInstance("web", attributes, "HEALTHY")
        return Place().walls.behind_guard(SCOPE, instance).attributes["AWS_INSTANCE_PORT"]

    assert port_of("26000") == "25000"
    assert port_of("25000") == "25000"
    assert port_of("9") == "9"


def test_an_instance_that_is_no_task_is_not_judged() -> None:
    assert Place().to_instance(cluster="nowhere") is None


def test_a_link_reaches_a_load_balancer_at_its_listeners_port() -> None:
    in_at_8080 = rule(from_port=8080, to_port=8080, cidr_ipv4="10.0.1.0/24")
    assert Place(lb=in_at_8080).to_listener() is None
    assert Place(lb=rule(group_id="sg-link")).to_listener() == (
        "sg-lb of load balancer front has no ingress rule that lets tcp 8080 in from sg-link of the VPC link"
        " (10.0.1.7); add one to sg-lb"
    )


@pytest.mark.parametrize("let_in", [rule(group_id="sg-lb"), rule(cidr_ipv4="10.0.3.0/24")])
def test_a_load_balancer_reaches_a_target_by_its_group_or_an_address_of_its_subnet(let_in: Rule) -> None:
    assert Place(web=let_in).to_target() is None


def test_a_target_that_lets_no_load_balancer_in_is_told_with_the_missing_rule() -> None:
    assert Place(web=rule(group_id="sg-link")).to_target() == (
        "sg-web of service web has no ingress rule that lets tcp 80 in from sg-lb of load balancer front"
        " (10.0.3.5); add one to sg-web"
    )
    assert Place().to_target(port=9) is None  # no task: nobody knows its groups


def test_a_task_reaches_another_by_a_rule_for_its_group_or_its_address() -> None:
    assert Place(stock=rule(group_id="sg-web")).between_tasks() is None
    assert Place(stock=rule(cidr_ipv4="10.0.2.2/32")).between_tasks() is None
    assert Place(stock=rule(cidr_ipv4="10.0.2.3/32")).between_tasks() == (
        "sg-stock of service stock has no ingress rule that lets tcp 80 in from sg-web of service web"
        " (10.0.2.2); add one to sg-stock"
    )


def test_a_task_reaches_itself_whatever_its_groups_say() -> None:
    place = Place()
    assert place.walls.task_refusal((SCOPE, "c/web"), (SCOPE, "c/web"), "tcp", 80) is None
