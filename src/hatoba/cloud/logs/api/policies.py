"""Resource policies: who of AWS's services may write into the account's log groups. Kept; nobody is asked.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hatoba.cloud.logs.errors import invalid, no_policy, over_limit
from hatoba.cloud.logs.model import ResourcePolicy
from hatoba.cloud.logs.refusing import refusing
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import (
        DeleteResourcePolicyRequestTypeDef,
        DescribeResourcePoliciesRequestTypeDef,
        PutResourcePolicyRequestTypeDef,
    )

    from hatoba.cloud.logs.store import LogStore
    from hatoba.cloud.wire import Call, Operations, Result

PAGE = 50
MAX_POLICIES = 10
OF_ONE_GROUP = ("resourceArn", "expectedRevisionId")
"""Members of policies that belong to one log group."""


class PolicyOperations:
    """The operations on the account's resource policies."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Add them to the service's table."""
        operations.add("PutResourcePolicy", refusing(self.put, *OF_ONE_GROUP))
        operations.add("DescribeResourcePolicies", refusing(self.describe, "resourceArn"))
        operations.add("DeleteResourcePolicy", refusing(self.delete, *OF_ONE_GROUP))

    def put(self, call: Call, request: PutResourcePolicyRequestTypeDef) -> Result:
        """Keep a policy, in place of one of the same name."""
        name, document = request.get("policyName"), request.get("policyDocument")
        if not name or not document:
            raise invalid("policyName and policyDocument must be given.")
        try:
            is_object = isinstance(json.loads(document), dict)
        except ValueError:
            is_object = False
        if not is_object:
            raise invalid("The policy document is not a JSON object.")
        kept = self._store.policies.list(call.scope)
        if len(kept) >= MAX_POLICIES and all(each.name != name for each in kept):
            raise over_limit()
        policy = self._store.policies.put(call.scope, ResourcePolicy(name, document, int(call.now * 1000)))
        return {"resourcePolicy": _described(policy)}

    def describe(self, call: Call, request: DescribeResourcePoliciesRequestTypeDef) -> Result:
        """Return the account's policies; none belongs to a log group."""
        kept = self._store.policies.list(call.scope) if request.get("policyScope") != "RESOURCE" else ()
        try:
            chosen, token = page(
                kept,
                token=request.get("nextToken"),
                limit=request.get("limit", PAGE),
                key=lambda each: each.key,
            )
        except InvalidToken as error:
            raise invalid("The specified nextToken is invalid.") from error
        return {"resourcePolicies": [_described(each) for each in chosen], "nextToken": token}

    def delete(self, call: Call, request: DeleteResourcePolicyRequestTypeDef) -> Result:
        """Forget a policy."""
        name = request.get("policyName", "")
        if not self._store.policies.delete(call.scope, name):
            raise no_policy(name)
        return {}


def _described(policy: ResourcePolicy) -> dict[str, object]:
    return {
        "policyName": policy.name,
        "policyDocument": policy.document,
        "lastUpdatedTime": policy.updated,
        "policyScope": "ACCOUNT",
    }
