"""Roles with their inline policies, and security groups with their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.importing.draft import given
from hatoba.importing.source import Call, Code
from hatoba.importing.terraform.directory import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.importing.terraform.directory import Directory, Resource

EXECUTION = "AmazonECSTaskExecutionRolePolicy"
TASKS = "ecs-tasks.amazonaws.com"
_STATEMENT = {"Sid", "Effect", "Action", "Resource"}


def roles(here: Directory) -> None:
    """Roles that tasks take on; others are told."""
    attached = _attached(here)
    policies = _inline(here)
    for exclusive in here.all_of("aws_iam_role_policies_exclusive"):
        del exclusive  # a role of a definition has no other inline policies
    for role in here.all_of("aws_iam_role"):
        trust = _statements(here, role, "assume_role_policy")
        if not trust or any(TASKS not in str(each.get("Principal")) for each in trust):
            here.draft.leave(role.address, f"only roles that {TASKS} takes on have a construct")
            continue
        managed = attached.pop(role.label, [])
        kind = "ExecutionRole" if any(EXECUTION in arn for arn in managed) else "TaskRole"
        for arn in managed:
            if EXECUTION not in arn:
                here.draft.leave(
                    role.address, f"the managed policy {arn} is not carried; allow what it allows"
                )
        arguments = (here.known(role, "name") or role.label,)
        call = Call(
            f"iam.{kind}",
            arguments,
            given(policies=policies.pop(role.label, {}), tags=here.known(role, "tags")),
        )
        variable = here.draft.add(f"{role.label}_role", call)
        here.make(role, variable, arn=Code(f"{variable.text}.arn"))
        here.done(role)


def _attached(here: Directory) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for attachment in here.all_of("aws_iam_role_policy_attachment"):
        role = here.referred(attachment.take("role"))
        arn = attachment.take("policy_arn")
        if role is None:
            here.draft.leave(attachment.address, "its role is not in the directory")
        else:
            try:
                found.setdefault(role.label, []).append(str(here.resolve(arn)))
            except Unknown as error:
                here.draft.leave(f"{attachment.address}: policy_arn", str(error))
    return found


def _inline(here: Directory) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for policy in here.all_of("aws_iam_role_policy"):
        role = here.referred(policy.take("role"))
        name = here.known(policy, "name") or policy.label
        allows = [
            each
            for each in (_allow(here, policy, one) for one in _statements(here, policy, "policy"))
            if each
        ]
        if role is None or not allows:
            here.draft.leave(policy.address, "its role or what it allows is not known")
        else:
            found.setdefault(role.label, {})[name] = allows[0] if len(allows) == 1 else allows
        here.done(policy)
    return found


def _statements(here: Directory, resource: Resource, name: str) -> list[dict[str, Any]]:
    document = here.known(resource, name)
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    return [statements] if isinstance(statements, dict) else list(statements)


def _allow(here: Directory, policy: Resource, statement: Mapping[str, Any]) -> Call | None:
    odd = [member for member in statement if member not in _STATEMENT]
    if odd or statement.get("Effect") != "Allow":
        what = ", ".join(odd) or f"Effect {statement.get('Effect')}"
        here.draft.leave(policy.address, f"a statement with {what} is not carried")
        return None
    actions, on = _one(statement.get("Action")), _one(statement.get("Resource"))
    return Call("iam.Allow", (actions,) if on in ("*", None) else (actions, on))


def _one(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def security_groups(here: Directory) -> None:
    """Security groups; rules beside them are put into them."""
    beside = _rules_beside(here)
    for group in here.all_of("aws_security_group"):
        ingress = [rule for each in group.blocks("ingress") for rule in _rules(here, each)]
        egress = [rule for each in group.blocks("egress") for rule in _rules(here, each)]
        ingress += beside.pop((group.label, "ingress"), [])
        egress += beside.pop((group.label, "egress"), [])
        is_all = [rule.arguments[3] for rule in egress if rule.arguments[0] == "-1"] == ["0.0.0.0/0"]
        arguments = [here.known(group, "name") or group.label, here.known(group, "vpc_id", "vpc")]
        if arguments[1] is None:
            here.draft.leave(group.address, "its VPC is not known, and a group needs one")
            continue
        named = given(
            ingress=ingress,
            egress=None if is_all and len(egress) == 1 else egress,
            description=here.known(group, "description"),
            tags=here.known(group, "tags"),
        )
        variable = here.draft.add(f"{group.label}_group", Call("ec2.SecurityGroup", tuple(arguments), named))
        here.make(group, variable, id=Code(f"{variable.text}.id"))
        here.done(group)
    for label, direction in beside:
        here.draft.leave(
            f"aws_security_group.{label}", f"its {direction} rules have no group in the directory"
        )


def _rules_beside(here: Directory) -> dict[tuple[str, str], list[Call]]:
    found: dict[tuple[str, str], list[Call]] = {}
    types = {"aws_vpc_security_group_ingress_rule": "ingress", "aws_vpc_security_group_egress_rule": "egress"}
    for rule in here.all_of("aws_security_group_rule", *types):
        direction = types.get(rule.type) or here.known(rule, "type")
        group = here.referred(rule.take("security_group_id"))
        rules = _rules(here, rule)
        if group is None:
            here.draft.leave(rule.address, "its group is not in the directory")
        elif rules:
            found.setdefault((group.label, str(direction)), []).extend(rules)
    return found


def _rules(here: Directory, rule: Resource) -> list[Call]:
    protocol = here.known(rule, "protocol") or here.known(rule, "ip_protocol")
    first, last = here.known(rule, "from_port"), here.known(rule, "to_port")
    about = here.known(rule, "description")
    cidrs: list[Any] = []
    for name in ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"):
        value = here.known(rule, name)
        cidrs += value if isinstance(value, list) else [value] if value is not None else []
    for name in [name for name, value in rule.rest.items() if value in ([], False, "", None)]:
        rule.take(name)
    here.done(rule)
    if not cidrs:
        here.draft.leave(rule.address, "a rule without a network's addresses is not carried")
    return [_rule(str(protocol), first, last, cidr, about) for cidr in cidrs if isinstance(cidr, str)]


def _rule(protocol: str, first: Any, last: Any, cidr: str, about: Any) -> Call:
    more = (about,) if isinstance(about, str) and about else ()
    if protocol == "-1":
        return Call("ec2.Rule", ("-1", None, None, cidr, *more))
    if protocol == "tcp" and first == last:
        return Call("ec2.tcp", (first, cidr, *more))
    return Call("ec2.Rule", (protocol, first, last, cidr, *more))
