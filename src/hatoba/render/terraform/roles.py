"""Roles: Terraform has a resource for each policy, and one that says that there are no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hatoba.plan import resources as aws
    from hatoba.plan.terms import Words
    from hatoba.render.terraform.writer import Body, Scribe


def trust(scribe: Scribe, role: aws.Role, document: aws.Document) -> Body:
    """Who may take the role on."""
    return {"assume_role_policy": _document(scribe, role, "trust", document)}


def managed(scribe: Scribe, role: aws.Role, arns: tuple[Words, ...] | None) -> Body:
    """AWS's own policies, attached one by one."""
    label = scribe.labels[role.id]
    for number, arn in enumerate(arns or ()):
        scribe.block(
            role,
            "aws_iam_role_policy_attachment",
            label if number == 0 else f"{label}_{number + 1}",
            {"role": f"${{{scribe.address(role.id)}.name}}", "policy_arn": scribe.value(arn, role)},
        )
    return {}


def inline(scribe: Scribe, role: aws.Role, policies: tuple[aws.Policy, ...] | None) -> Body:
    """The inline policies, and that there is no other: what somebody adds by hand is taken away."""
    label, address = scribe.labels[role.id], scribe.address(role.id)
    made = []
    for number, policy in enumerate(policies or ()):
        suffix = "" if number == 0 else f"_{number + 1}"
        body = {
            "name": scribe.value(policy.policy_name, role),
            "role": f"${{{address}.id}}",
            "policy": _document(scribe, role, f"policy{suffix}", policy.policy_document),
        }
        made.append(scribe.block(role, "aws_iam_role_policy", label + suffix, body))
    scribe.block(
        role,
        "aws_iam_role_policies_exclusive",
        label,
        {"role_name": f"${{{address}.name}}", "policy_names": [f"${{{each}.name}}" for each in made]},
    )
    return {}


def _document(scribe: Scribe, role: aws.Role, what: str, document: aws.Document) -> str:
    # A local keeps the document readable: in the argument it would be one line of quoted JSON.
    name = f"{scribe.labels[role.id]}_role_{what}"
    scribe.locals[name] = scribe.value(document, role)
    return f"${{jsonencode(local.{name})}}"
