"""ARNs of log groups and streams, and the two ways in which callers name a group."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.logs.errors import invalid

if TYPE_CHECKING:
    from hatoba.cloud.state import Scope

_GROUP_ARN = re.compile(
    r"arn:aws:logs:(?P<region>[^:]*):(?P<account>[^:]*):log-group:(?P<name>[^:*]+)(?::\*)?"
)


def group_arn(scope: Scope, group: str) -> str:
    """Return the ARN of a group as most of AWS writes it, without ``:*``."""
    return f"arn:aws:logs:{scope.region}:{scope.account}:log-group:{group}"


def stream_arn(scope: Scope, group: str, stream: str) -> str:
    """Return the ARN of a stream."""
    return f"{group_arn(scope, group)}:log-stream:{stream}"


def group_in_arn(scope: Scope, arn: str) -> str:
    """Return the name of the group that an ARN, with ``:*`` or without, names in this scope.

    Raises:
        ServiceError: ``InvalidParameterException``: no ARN of a log group of this account and region.
    """
    match = _GROUP_ARN.fullmatch(arn)
    if match is None:
        raise invalid(f"{arn} is no ARN of a log group (arn:aws:logs:REGION:ACCOUNT:log-group:NAME).")
    if (match["account"], match["region"]) != (scope.account, scope.region):
        raise invalid(f"{arn} is not in account {scope.account}, region {scope.region}; call it there.")
    return match["name"]


def named_group(scope: Scope, name: str | None, identifier: str | None) -> str:
    """Return the group that an operation with ``logGroupName`` and ``logGroupIdentifier`` is about."""
    if name and identifier:
        raise invalid("Either the logGroupName or the logGroupIdentifier must be specified, not both.")
    if identifier:
        return group_in_arn(scope, identifier) if identifier.startswith("arn:") else identifier
    if name:
        return name
    raise invalid("One of logGroupName and logGroupIdentifier must be specified.")
