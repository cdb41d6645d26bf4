"""Stack policies: which resources an update may touch, and how.

With a policy, what no statement allows is denied, and a denial wins over every permission.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from hatoba.cloud.cloudformation.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

PolicyAction = Literal["Update:Modify", "Update:Replace", "Update:Delete"]
_MEMBERS = frozenset(
    {"Action", "Condition", "Effect", "NotAction", "NotResource", "Principal", "Resource", "Sid"}
)
_CONDITIONS = frozenset({"StringEquals", "StringLike"})


def check(text: str) -> str:
    """Return a policy's text, if it is one.

    Raises:
        Invalid: It is no policy, or has what is not implemented.
    """
    try:
        statements = _statements(text)
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid("Error validating stack policy: Invalid stack policy") from error
    if not statements:
        raise Invalid("Error validating stack policy: Stack policy must contain at least one statement")
    for statement in statements:
        strange = sorted(statement.keys() - _MEMBERS)
        if strange or statement.get("Effect") not in {"Allow", "Deny"} or statement.get("Principal") != "*":
            raise Invalid(
                f"Error validating stack policy: Invalid stack policy {strange or 'statement'}; Effect must"
                " be Allow or Deny, Principal must be *"
            )
        if ("Action" in statement) == ("NotAction" in statement):
            raise Invalid("Error validating stack policy: a statement needs one of Action and NotAction")
        if ("Resource" in statement) == ("NotResource" in statement):
            raise Invalid("Error validating stack policy: a statement needs one of Resource and NotResource")
        _check_condition(statement.get("Condition") or {})
    return text


def _check_condition(condition: Mapping[str, Any]) -> None:
    for operator, keys in condition.items():
        if operator not in _CONDITIONS or set(keys) != {"ResourceType"}:
            raise Invalid(
                "Error validating stack policy: a condition must be StringEquals or StringLike of"
                " ResourceType"
            )


def denial(text: str, action: PolicyAction, logical_id: str, type_name: str) -> str | None:
    """Return why a policy does not let an update touch a resource; None where it does."""
    is_allowed = False
    for number, statement in enumerate(_statements(text), start=1):
        if not _applies(statement, action, logical_id, type_name):
            continue
        if statement["Effect"] == "Deny":
            return f"Action denied by stack policy: Statement [#{number}] denies [{action}] for {logical_id}"
        is_allowed = True
    if is_allowed:
        return None
    return f"Action denied by stack policy: no statement allows [{action}] for {logical_id}"


def _statements(text: str) -> list[dict[str, Any]]:
    statements = json.loads(text)["Statement"]
    return [statements] if isinstance(statements, dict) else [dict(each) for each in statements]


def _applies(statement: Mapping[str, Any], action: str, logical_id: str, type_name: str) -> bool:
    resource = f"LogicalResourceId/{logical_id}"
    return (
        _matches(statement, "Action", action)
        and _matches(statement, "Resource", resource)
        and all(
            any(fnmatchcase(type_name, pattern) for pattern in _listed(keys["ResourceType"]))
            for keys in (statement.get("Condition") or {}).values()
        )
    )


def _matches(statement: Mapping[str, Any], member: str, name: str) -> bool:
    """Say whether a member, or its negation, covers a name."""
    if member in statement:
        return any(fnmatchcase(name, pattern) for pattern in _listed(statement[member]))
    return not any(fnmatchcase(name, pattern) for pattern in _listed(statement[f"Not{member}"]))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
