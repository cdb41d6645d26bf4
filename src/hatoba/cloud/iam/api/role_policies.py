"""Operations on the policies of a role: inline ones, and managed ones attached to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.iam.api.paging import answer_page
from hatoba.cloud.iam.control.documents import check_identity_policy, encoded
from hatoba.cloud.iam.errors import limit_exceeded, no_such_entity

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        AttachRolePolicyRequestTypeDef,
        DeleteRolePolicyRequestTypeDef,
        DetachRolePolicyRequestTypeDef,
        GetRolePolicyRequestTypeDef,
        ListAttachedRolePoliciesRequestTypeDef,
        ListRolePoliciesRequestTypeDef,
        PutRolePolicyRequestTypeDef,
    )

    from hatoba.cloud.iam.api.roles import Roles
    from hatoba.cloud.iam.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

LONGEST_INLINE = 10_240
MOST_ATTACHED = 10


class RolePolicies:
    """The operations on a role's policies."""

    def __init__(self, store: Store, roles: Roles) -> None:
        self._store = store
        self._roles = roles

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("PutRolePolicy", self.put)
        operations.add("GetRolePolicy", self.get)
        operations.add("ListRolePolicies", self.list)
        operations.add("DeleteRolePolicy", self.delete)
        operations.add("AttachRolePolicy", self.attach)
        operations.add("DetachRolePolicy", self.detach)
        operations.add("ListAttachedRolePolicies", self.list_attached)

    def put(self, call: Call, request: PutRolePolicyRequestTypeDef) -> Result:
        """Keep an inline policy, in place of one with the same name."""
        role = self._roles.changeable(call.scope, request["RoleName"])
        check_identity_policy(request["PolicyDocument"])
        inline = {**role.inline, request["PolicyName"]: request["PolicyDocument"]}
        if sum(len("".join(document.split())) for document in inline.values()) > LONGEST_INLINE:
            raise limit_exceeded(
                f"Maximum policy size of {LONGEST_INLINE} bytes exceeded for role {role.name}"
            )
        self._store.put_role(call.scope, replace(role, inline=inline))
        return {}

    def get(self, call: Call, request: GetRolePolicyRequestTypeDef) -> Result:
        """Return an inline policy's document."""
        role = self._store.get_role(call.scope, request["RoleName"])
        document = role.inline.get(request["PolicyName"])
        if document is None:
            raise _no_inline(request["PolicyName"])
        return {
            "RoleName": role.name,
            "PolicyName": request["PolicyName"],
            "PolicyDocument": encoded(document),
        }

    def list(self, call: Call, request: ListRolePoliciesRequestTypeDef) -> Result:
        """List the names of a role's inline policies."""
        role = self._store.get_role(call.scope, request["RoleName"])
        return answer_page(request, "PolicyNames", sorted(role.inline), key=str, describe=str)

    def delete(self, call: Call, request: DeleteRolePolicyRequestTypeDef) -> Result:
        """Remove an inline policy."""
        role = self._roles.changeable(call.scope, request["RoleName"])
        if request["PolicyName"] not in role.inline:
            raise _no_inline(request["PolicyName"])
        inline = {name: document for name, document in role.inline.items() if name != request["PolicyName"]}
        self._store.put_role(call.scope, replace(role, inline=inline))
        return {}

    def attach(self, call: Call, request: AttachRolePolicyRequestTypeDef) -> Result:
        """Attach a managed policy; attaching it again changes nothing."""
        role = self._roles.changeable(call.scope, request["RoleName"])
        arn = request["PolicyArn"]
        if self._store.find_policy(call.scope, arn) is None:
            raise no_such_entity(f"Policy {arn} does not exist or is not attachable.")
        if arn in role.attached:
            return {}
        if len(role.attached) >= MOST_ATTACHED:
            raise limit_exceeded(f"Cannot exceed quota for PoliciesPerRole: {MOST_ATTACHED}")
        self._store.put_role(call.scope, replace(role, attached=(*role.attached, arn)))
        return {}

    def detach(self, call: Call, request: DetachRolePolicyRequestTypeDef) -> Result:
        """Detach a managed policy."""
        role = self._roles.changeable(call.scope, request["RoleName"])
        arn = request["PolicyArn"]
        if arn not in role.attached:
            raise no_such_entity(f"Policy {arn} was not found.")
        attached = tuple(other for other in role.attached if other != arn)
        self._store.put_role(call.scope, replace(role, attached=attached))
        return {}

    def list_attached(self, call: Call, request: ListAttachedRolePoliciesRequestTypeDef) -> Result:
        """List the managed policies attached to a role, under a path."""
        role = self._store.get_role(call.scope, request["RoleName"])
        found = [self._store.find_policy(call.scope, arn) for arn in sorted(role.attached)]
        prefix = request.get("PathPrefix", "/")
        policies = [policy for policy in found if policy is not None and policy.path.startswith(prefix)]
        return answer_page(
            request,
            "AttachedPolicies",
            policies,
            key=lambda policy: policy.arn,
            describe=lambda policy: {"PolicyName": policy.name, "PolicyArn": policy.arn},
        )


def _no_inline(name: str) -> Exception:
    return no_such_entity(f"The role policy with name {name} cannot be found.")
