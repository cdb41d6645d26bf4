"""Which connections security groups let pass, after the examples of AWS's documentation.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-rules-reference.html
"""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.ec2.control.reach import End, missing_rule
from hatoba.cloud.ec2.model import Rule

EVERYWHERE = "0.0.0.0/0"


def rule(ports: tuple[int, int] | None = (80, 80), protocol: str = "tcp", **peer: Any) -> Rule:
    first, last = ports or (None, None)
    given: dict[str, Any] = {"is_egress": False, **peer}
    return Rule(id="sgr-1", owner="me", protocol=protocol, from_port=first, to_port=last, **given)


ALL_OUT = rule(None, "-1", cidr_ipv4=EVERYWHERE, is_egress=True)


def web(*rules: Rule) -> End:
    return End("service web", ("sg-web",), rules or (ALL_OUT,), "10.0.1.5")


def stock(*rules: Rule, groups: tuple[str, ...] = ("sg-stock",)) -> End:
    return End("service stock", groups, (ALL_OUT, *rules), "10.0.2.6")


@pytest.mark.parametrize(
    ("let_in", "protocol", "port"),
    [
        pytest.param(rule(group_id="sg-web"), "tcp", 80, id="a group"),
        pytest.param(rule(cidr_ipv4="10.0.1.0/24"), "tcp", 80, id="an address block"),
        pytest.param(rule(cidr_ipv4="10.0.1.5/32"), "tcp", 80, id="one address"),
        pytest.param(rule(cidr_ipv4=EVERYWHERE), "tcp", 80, id="everybody"),
        pytest.param(rule((1024, 65535), group_id="sg-web"), "tcp", 1024, id="first port of a range"),
        pytest.param(rule((1024, 65535), group_id="sg-web"), "tcp", 65535, id="last port of a range"),
        pytest.param(rule(None, "-1", group_id="sg-web"), "tcp", 9000, id="all traffic"),
        pytest.param(rule(None, "-1", group_id="sg-web"), "udp", 53, id="all traffic, UDP"),
        pytest.param(rule((53, 53), "udp", group_id="sg-web"), "udp", 53, id="UDP"),
    ],
)
def test_a_rule_lets_in_whom_it_means(let_in: Rule, protocol: str, port: int) -> None:
    assert missing_rule(web(), stock(let_in), protocol, port) is None


@pytest.mark.parametrize(
    ("other", "protocol", "port"),
    [
        pytest.param(rule(group_id="sg-other"), "tcp", 80, id="another group"),
        pytest.param(rule(group_id="sg-stock"), "tcp", 80, id="itself"),
        pytest.param(rule(cidr_ipv4="10.0.2.0/24"), "tcp", 80, id="another block"),
        pytest.param(rule(cidr_ipv6="::/0"), "tcp", 80, id="IPv6"),
        pytest.param(rule((1024, 2048), group_id="sg-web"), "tcp", 1023, id="below a range"),
        pytest.param(rule((1024, 2048), group_id="sg-web"), "tcp", 2049, id="above a range"),
        pytest.param(rule((53, 53), "udp", group_id="sg-web"), "tcp", 53, id="another protocol"),
        pytest.param(rule((-1, -1), "icmp", group_id="sg-web"), "tcp", 80, id="ICMP"),
        pytest.param(rule(group_id="sg-web", is_egress=True), "tcp", 80, id="a rule the other way"),
    ],
)
def test_any_other_rule_does_not(other: Rule, protocol: str, port: int) -> None:
    assert missing_rule(web(), stock(other), protocol, port) == (
        f"sg-stock of service stock has no ingress rule that lets {protocol} {port} in from sg-web of"
        " service web (10.0.1.5); add one to sg-stock"
    )


def test_a_rule_that_means_its_own_group_lets_its_members_reach_one_another() -> None:
    own = rule(None, "-1", group_id="sg-both")
    one = End("service web", ("sg-both",), (ALL_OUT, own), "10.0.1.5")
    assert missing_rule(one, stock(own, groups=("sg-both",)), "tcp", 80) is None


def test_a_rule_of_any_of_several_groups_is_enough() -> None:
    groups = ("sg-stock", "sg-more")
    assert missing_rule(web(), stock(rule(group_id="sg-web"), groups=groups), "tcp", 80) is None
    said = missing_rule(web(), stock(groups=groups), "tcp", 80)
    assert said is not None
    assert said.startswith("sg-stock, sg-more of service stock have no ingress rule")


def test_the_source_must_be_let_out_too() -> None:
    let_in = rule(group_id="sg-web")
    only_https = rule((443, 443), cidr_ipv4=EVERYWHERE, is_egress=True)
    assert missing_rule(web(only_https), stock(let_in), "tcp", 80) == (
        "sg-web of service web has no egress rule that lets tcp 80 out to sg-stock of service stock"
        " (10.0.2.6); add one to sg-web"
    )
    out_to_group = rule(group_id="sg-stock", is_egress=True)
    assert missing_rule(web(out_to_group), stock(let_in), "tcp", 80) is None


def test_what_has_no_group_is_not_filtered() -> None:
    balancer = End("load balancer front", (), (), "10.0.3.4")
    assert missing_rule(balancer, stock(rule(cidr_ipv4="10.0.3.0/24")), "tcp", 80) is None
    assert missing_rule(web(), balancer, "tcp", 80) is None
    said = missing_rule(balancer, stock(), "tcp", 80)
    assert said is not None
    assert "in from load balancer front (10.0.3.4)" in said


def test_a_prefix_list_lets_nothing_pass_and_that_is_said() -> None:
    said = missing_rule(web(), stock(rule(prefix_list_id="pl-1")), "tcp", 80)
    assert said is not None
    assert said.endswith("(what prefix list pl-1 means is not known here: such rules let nothing pass)")
