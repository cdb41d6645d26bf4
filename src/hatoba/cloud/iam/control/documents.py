"""Policy documents: what IAM takes as an identity's policy, and as a role's trust policy.

The grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from hatoba.cloud.iam.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERSIONS = frozenset({"2012-10-17", "2008-10-17"})
_SYNTAX = "Syntax errors in policy."
_DOCUMENT_MEMBERS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_MEMBERS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+")
_ASSUMING = re.compile(r"sts:(?:AssumeRole\w*|TagSession|SetSourceIdentity|SetContext|\*)|\*", re.IGNORECASE)
_SERVICE = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)")
_ACCOUNT = re.compile(r"\d{12}|arn:aws[a-z-]*:iam::\d{12}:root")
_PERSON = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::\d{12}:[a-z-]+/.+")
_PRINCIPAL_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


def encoded(document: str) -> str:
    """Return a document as IAM's answers carry it: percent-encoded by RFC 3986."""
    return quote(document, safe="-_.~")


def check_identity_policy(document: str) -> None:
    """Refuse a document that cannot be an inline or a managed policy."""
    for statement in _statements(document):
        if {"Principal", "NotPrincipal"} & statement.keys():
            raise malformed("Policy document should not specify a principal.")
        _check_one_of(statement, "Action", "Policy statement must contain actions.")
        _check_one_of(statement, "Resource", "Policy statement must contain resources.")
        for action in _texts(statement, "Action"):
            if not _ACTION.fullmatch(action):
                raise malformed(
                    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
                    if ":" not in action
                    else f"Invalid action: {action}. The action must match service:name."
                )
        for resource in _texts(statement, "Resource"):
            if not _RESOURCE.fullmatch(resource):
                raise malformed(f'Resource {resource} must be in ARN format or "*".')


def check_trust_policy(document: str, exists: Callable[[str], bool]) -> None:
    """Refuse a document that cannot say who may assume a role.

    Args:
        document: The text as sent.
        exists: Whether a principal of the form ``arn:aws:iam::account:role/name`` is there.
    """
    for statement in _statements(document):
        if {"Resource", "NotResource"} & statement.keys():
            raise malformed("Has prohibited field Resource")
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise malformed("Missing required field Principal")
        if "NotPrincipal" in statement:
            raise malformed("AssumeRolepolicy contained NotPrincipal which is not supported.")
        _check_one_of(statement, "Action", "Policy statement must contain actions.")
        if not all(_ASSUMING.fullmatch(action) for action in _texts(statement, "Action")):
            raise malformed("AssumeRole policy may only specify STS AssumeRole actions.")
        _check_principal(statement["Principal"], exists)


def _statements(document: str) -> list[dict[str, object]]:
    try:
        parsed = json.loads(document, object_pairs_hook=_without_repeats)
    except ValueError as error:
        raise malformed("This policy contains invalid Json") from error
    except RecursionError as error:
        raise malformed(_SYNTAX) from error
    if not isinstance(parsed, dict) or not parsed.keys() <= _DOCUMENT_MEMBERS:
        raise malformed(_SYNTAX)
    if str(parsed.get("Version", "2008-10-17")) not in VERSIONS:
        raise malformed("Policy document must be version 2012-10-17 or greater.")
    found = parsed.get("Statement")
    statements = [_statement(each) for each in (found if isinstance(found, list) else [found])]
    if not statements:
        raise malformed(_SYNTAX)
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(sids) != len(set(sids)):
        raise malformed("Statement IDs (SID) in a single policy must be unique.")
    return statements


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise malformed(_SYNTAX)
    return members


def _statement(statement: object) -> dict[str, object]:
    if not isinstance(statement, dict) or not statement.keys() <= _STATEMENT_MEMBERS:
        raise malformed(_SYNTAX)
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise malformed(_SYNTAX)
    sid = statement.get("Sid", "")
    if not isinstance(sid, str):
        raise malformed(_SYNTAX)
    if not _SID.fullmatch(sid):
        raise malformed(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the"
            " regular expression [0-9A-Za-z]*"
        )
    condition = statement.get("Condition", {})
    if not isinstance(condition, dict) or not all(isinstance(test, dict) for test in condition.values()):
        raise malformed(_SYNTAX)
    return statement


def _check_one_of(statement: Mapping[str, object], member: str, missing: str) -> None:
    if (member in statement) == (f"Not{member}" in statement):
        raise malformed(missing if member not in statement else _SYNTAX)
    if not _texts(statement, member):
        raise malformed(missing)


def _texts(statement: Mapping[str, object], member: str) -> list[str]:
    return _listed(statement.get(member, statement.get(f"Not{member}")))


def _listed(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    texts = [text for text in listed if isinstance(text, str)]
    if len(texts) != len(listed):
        raise malformed(_SYNTAX)
    return texts


def _check_principal(principal: object, exists: Callable[[str], bool]) -> None:
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal or not principal.keys() <= _PRINCIPAL_KINDS:
        raise malformed(_SYNTAX)
    for name in _listed(principal.get("Service", [])):
        if not _SERVICE.fullmatch(name):
            raise malformed(f'Invalid principal in policy: "SERVICE":"{name}"')
    for name in _listed(principal.get("AWS", [])):
        is_known = name == "*" or _ACCOUNT.fullmatch(name) or (_PERSON.fullmatch(name) and exists(name))
        if not is_known:
            raise malformed(f'Invalid principal in policy: "AWS":"{name}"')
