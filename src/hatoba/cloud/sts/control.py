"""What STS decides, without touching anything: ARNs, ids, durations."""

from __future__ import annotations

import base64
import json
import re
import secrets
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.sts.model import Session
from hatoba.cloud.wire import Caller, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable

ROLE_DEFAULT_S = 3600
ROLE_CHAINING_MAX_S = 3600
SESSION_TOKEN_DEFAULT_S = 12 * 3600
SESSION_TOKEN_MAX_S = 36 * 3600
ROOT_SESSION_MAX_S = 3600

LONGEST_POLICY = 2048
"""Characters of a session policy with its policy ARNs."""

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):role/(?P<path>.+/)?(?P<name>[\w+=,.@-]+)")
_ASSUMED_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:sts::\d{12}:assumed-role/.+")


class RoleName(msgspec.Struct, frozen=True):
    """A role as its ARN names it."""

    account: str
    name: str


def role_of(arn: str) -> RoleName:
    """Return the role that an ARN names.

    Raises:
        ServiceError: ``ValidationError``: it is no role's ARN.
    """
    found = _ROLE_ARN.fullmatch(arn)
    if found is None:
        raise ServiceError("ValidationError", f"{arn} is invalid", status=400)
    return RoleName(found["account"], found["name"])


def not_allowed(caller: Caller, role_arn: str) -> ServiceError:
    """Return AWS's answer for a role that is not there: the same as for one that may not be assumed."""
    return ServiceError(
        "AccessDenied",
        f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
        status=403,
    )


def role_duration_s(asked_s: int | None, role_max_s: int, caller: Caller) -> int:
    """Return how long a role's session lasts.

    Raises:
        ServiceError: ``ValidationError``: it is asked for longer than the role, or role chaining, allows.
    """
    duration_s = asked_s or ROLE_DEFAULT_S
    if _ASSUMED_ROLE_ARN.fullmatch(caller.arn) and duration_s > ROLE_CHAINING_MAX_S:
        raise ServiceError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role"
            " chaining",
            status=400,
        )
    if duration_s > role_max_s:
        raise ServiceError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            status=400,
        )
    return duration_s


def packed_policy_percent(policy: str | None, policy_arns: Iterable[str]) -> int | None:
    """Return how much of the allowed size the session's policies take; None where there are none.

    Raises:
        ServiceError: ``MalformedPolicyDocument`` or ``PackedPolicyTooLarge``.
    """
    if policy is not None:
        try:
            is_document = isinstance(json.loads(policy), dict)
        except ValueError:
            is_document = False
        if not is_document:
            raise ServiceError("MalformedPolicyDocument", "Syntax errors in policy.")
    length = len(policy or "") + sum(len(arn) for arn in policy_arns)
    if length > LONGEST_POLICY:
        raise ServiceError(
            "PackedPolicyTooLarge",
            "Packed size of session policies and tags consumes"
            f" {length * 100 // LONGEST_POLICY}% of the allotted space.",
        )
    return -(-length * 100 // LONGEST_POLICY) if length else None


def new_session(caller: Caller, expires: float, *, least_token_length: int = 0) -> Session:
    """Make credentials that act as ``caller`` until ``expires``, in epoch seconds."""
    token_bytes = max(192, (least_token_length * 3 + 3) // 4)
    return Session(
        access_key=new_access_key("ASIA", caller.account),
        secret_key=base64.b64encode(secrets.token_bytes(30)).decode(),
        token=base64.b64encode(secrets.token_bytes(token_bytes)).decode(),
        account=caller.account,
        arn=caller.arn,
        user_id=caller.user_id,
        expires=expires,
    )


_ACCOUNT_SHIFT = 7
_ACCOUNT_MASK = (1 << 40) - 1
_TOP_BIT = 1 << 47


def new_access_key(prefix: str, account: str) -> str:
    """Return an access key that carries its account, as AWS's do.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
    """
    head = _TOP_BIT | (int(account) << _ACCOUNT_SHIFT) | secrets.randbelow(1 << _ACCOUNT_SHIFT)
    return prefix + base64.b32encode(head.to_bytes(6, "big") + secrets.token_bytes(4)).decode()


def account_of_access_key(access_key: str) -> str | None:
    """Return the account that an access key carries, or None for one that was never AWS's."""
    if not re.fullmatch(r"A[A-Z]{3}[A-Z2-7]{16}", access_key):
        return None
    head = int.from_bytes(base64.b32decode(access_key[4:])[:6], "big")
    account = str((head >> _ACCOUNT_SHIFT) & _ACCOUNT_MASK).zfill(12)
    return account if head & _TOP_BIT and len(account) == 12 else None  # noqa: PLR2004 - digits of an account
