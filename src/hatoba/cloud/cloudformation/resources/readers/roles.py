"""Reading roles, their policies, and security groups."""

# ruff: noqa: ARG001 - one signature for all readers
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from hatoba.cloud.cloudformation.resources.readers.common import ask, first
from hatoba.cloud.cloudformation.resources.security_groups import present, read_rule

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

NO_ENTITY = frozenset({"NoSuchEntity", "NoSuchEntityException"})
NO_GROUP = frozenset({"InvalidGroup.NotFound"})


async def role(context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
    """Read a role, with those of its policies that the template names: others are not its own."""
    found = await ask(context, "iam", "GetRole", NO_ENTITY, RoleName=physical_id)
    if found is None:
        return None
    one: dict[str, Any] = {"Description": "", **found["Role"]}
    one["AssumeRolePolicyDocument"] = _document(one.get("AssumeRolePolicyDocument"))
    boundary = one.get("PermissionsBoundary")
    if isinstance(boundary, dict):
        one["PermissionsBoundary"] = boundary.get("PermissionsBoundaryArn")
    if "ManagedPolicyArns" in properties:
        attached = (
            await ask(context, "iam", "ListAttachedRolePolicies", NO_ENTITY, RoleName=physical_id) or {}
        )
        one["ManagedPolicyArns"] = [item["PolicyArn"] for item in attached.get("AttachedPolicies") or ()]
    one["Policies"] = [
        {"PolicyName": policy["PolicyName"], "PolicyDocument": text}
        for policy in properties.get("Policies") or ()
        if (text := await _inline(context, physical_id, str(policy["PolicyName"]))) is not None
    ]
    return one


async def role_policy(context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
    """Read an inline policy of one role."""
    role_name, name = str(properties["RoleName"]), str(properties["PolicyName"])
    text = await _inline(context, role_name, name)
    return None if text is None else {"RoleName": role_name, "PolicyName": name, "PolicyDocument": text}


async def policy(context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
    """Read a policy that is put on several roles; the first that differs is shown."""
    name, written = str(properties["PolicyName"]), _document(properties["PolicyDocument"])
    held = {
        str(holder): await _inline(context, str(holder), name) for holder in properties.get("Roles") or ()
    }
    texts = [text for text in held.values() if text is not None]
    if held and not texts:
        return None
    return {
        "PolicyName": name,
        "PolicyDocument": next((text for text in texts if text != written), written),
        "Roles": [holder for holder, text in held.items() if text is not None],
    }


async def _inline(context: Context, role_name: str, name: str) -> Any:
    found = await ask(context, "iam", "GetRolePolicy", NO_ENTITY, RoleName=role_name, PolicyName=name)
    return None if found is None else _document(found["PolicyDocument"])


def _document(value: Any) -> Any:
    """Return a policy as an object: IAM hands it out as text, encoded for URLs."""
    if not isinstance(value, str):
        return value
    return json.loads(value if value.lstrip().startswith("{") else unquote(value))


async def security_group(context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
    """Read a security group; a rule that stands as written is shown as written."""
    found = await ask(context, "ec2", "DescribeSecurityGroups", NO_GROUP, GroupIds=[physical_id])
    group = first((found or {}).get("SecurityGroups"))
    if group is None:
        return None
    actual: dict[str, Any] = {
        "GroupDescription": group.get("Description"),
        "GroupName": group.get("GroupName"),
        "VpcId": group.get("VpcId"),
        "Tags": group.get("Tags") or [],
    }
    for direction, member in (
        ("SecurityGroupIngress", "IpPermissions"),
        ("SecurityGroupEgress", "IpPermissionsEgress"),
    ):
        standing = present(group.get(member) or ())
        given = properties.get(direction) or []
        written = {
            read_rule(item, direction)[0]: item for item in (given if isinstance(given, list) else [given])
        }
        actual[direction] = [
            written.get(rule) or rule.properties(direction) for rule in sorted(standing, key=str)
        ]
    return actual
