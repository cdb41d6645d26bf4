"""Security groups: Terraform wants every member of a rule, and takes away what it is not told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.plan.resources import SecurityGroupIngress, SecurityGroupRule
from hatoba.plan.terms import Reference

if TYPE_CHECKING:
    from hatoba.plan import http
    from hatoba.plan.resources import Resource, SecurityGroup
    from hatoba.plan.terms import Texts
    from hatoba.render.terraform.writer import Body, Scribe

EVERYTHING = SecurityGroupRule("-1", None, None, "0.0.0.0/0")
"""The egress rule of every new group on AWS; Terraform removes it where the configuration has none."""

Rules = tuple[SecurityGroupRule, ...] | None


def ingress(scribe: Scribe, group: SecurityGroup, rules: Rules) -> Body:
    """What is let in. Rules inside a group and beside it fight: where there are both, all are beside it."""
    if not any(_is_for(other, group) for other in scribe.resources.values()):
        return {"ingress": [_rule(scribe, group, rule) for rule in rules or ()]}
    for number, rule in enumerate(rules or ()):
        label = f"{scribe.labels[group.id]}_{number + 1}"
        scribe.block(group, "aws_security_group_rule", label, _beside(scribe, group, rule))
    return {}


def _is_for(other: Resource, group: SecurityGroup) -> bool:
    return (
        isinstance(other, SecurityGroupIngress)
        and isinstance(other.group_id, Reference)
        and other.group_id.id == group.id
    )


def _beside(scribe: Scribe, group: SecurityGroup, rule: SecurityGroupRule) -> Body:
    inside = _rule(scribe, group, rule)
    other = inside.pop("security_groups")
    written = {"type": "ingress", "security_group_id": f"${{{scribe.address(group.id)}.id}}"}
    source = {"source_security_group_id": other[0]} if other else {}
    return written | {name: value for name, value in inside.items() if value not in ([], "", False)} | source


def egress(scribe: Scribe, group: SecurityGroup, rules: Rules) -> Body:
    """What is let out: everything, where the definition says nothing."""
    given = (EVERYTHING,) if rules is None else rules
    return {"egress": [_rule(scribe, group, rule) for rule in given]}


def _rule(scribe: Scribe, group: SecurityGroup, rule: SecurityGroupRule) -> Body:
    # An attribute in Terraform's eyes, not a block: JSON must give each member.
    source = rule.source_security_group_id
    return {
        "protocol": rule.ip_protocol,
        "from_port": 0 if rule.from_port is None else rule.from_port,
        "to_port": 0 if rule.to_port is None else rule.to_port,
        "cidr_blocks": [scribe.value(rule.cidr_ip, group)] if rule.cidr_ip else [],
        "ipv6_cidr_blocks": [scribe.value(rule.cidr_ipv6, group)] if rule.cidr_ipv6 else [],
        "description": scribe.value(rule.description or "", group),
        "prefix_list_ids": [],
        "security_groups": [scribe.value(source, group)] if source is not None else [],
        "self": False,
    }


def link_groups(scribe: Scribe, link: http.VpcLink, groups: Texts | None) -> Body:
    """A VPC link's groups; Terraform requires the list, even an empty one."""
    return {"security_group_ids": [] if groups is None else scribe.value(groups, link)}
