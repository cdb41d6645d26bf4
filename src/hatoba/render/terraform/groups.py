"""Security groups: Terraform wants every member of a rule, and takes away what it is not told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.plan.resources import SecurityGroupRule

if TYPE_CHECKING:
    from hatoba.plan import http
    from hatoba.plan.resources import SecurityGroup
    from hatoba.plan.terms import Texts
    from hatoba.render.terraform.writer import Body, Scribe

EVERYTHING = SecurityGroupRule("-1", None, None, "0.0.0.0/0")
"""The egress rule of every new group on AWS; Terraform removes it where the configuration has none."""

Rules = tuple[SecurityGroupRule, ...] | None


def ingress(scribe: Scribe, group: SecurityGroup, rules: Rules) -> Body:
    """What is let in."""
    return {"ingress": [_rule(scribe, group, rule) for rule in rules or ()]}


def egress(scribe: Scribe, group: SecurityGroup, rules: Rules) -> Body:
    """What is let out: everything, where the definition says nothing."""
    given = (EVERYTHING,) if rules is None else rules
    return {"egress": [_rule(scribe, group, rule) for rule in given]}


def _rule(scribe: Scribe, group: SecurityGroup, rule: SecurityGroupRule) -> Body:
    # An attribute in Terraform's eyes, not a block: JSON must give each member.
    return {
        "protocol": rule.ip_protocol,
        "from_port": 0 if rule.from_port is None else rule.from_port,
        "to_port": 0 if rule.to_port is None else rule.to_port,
        "cidr_blocks": [scribe.value(rule.cidr_ip, group)] if rule.cidr_ip else [],
        "ipv6_cidr_blocks": [scribe.value(rule.cidr_ipv6, group)] if rule.cidr_ipv6 else [],
        "description": scribe.value(rule.description or "", group),
        "prefix_list_ids": [],
        "security_groups": [],
        "self": False,
    }


def link_groups(scribe: Scribe, link: http.VpcLink, groups: Texts | None) -> Body:
    """A VPC link's groups; Terraform requires the list, even an empty one."""
    return {"security_group_ids": [] if groups is None else scribe.value(groups, link)}
