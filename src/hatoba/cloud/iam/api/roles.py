"""Operations on roles, without their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.iam.api.paging import answer_page, describe_tags
from hatoba.cloud.iam.control.documents import check_trust_policy, encoded
from hatoba.cloud.iam.control.tags import merged_tags
from hatoba.cloud.iam.errors import (
    already_exists,
    delete_conflict,
    limit_exceeded,
    no_such_entity,
    unmodifiable,
)
from hatoba.cloud.iam.model import Role
from hatoba.cloud.iam.store import unique_id

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        CreateRoleRequestTypeDef,
        DeleteRolePermissionsBoundaryRequestTypeDef,
        DeleteRoleRequestTypeDef,
        GetRoleRequestTypeDef,
        ListRolesRequestTypeDef,
        ListRoleTagsRequestTypeDef,
        PutRolePermissionsBoundaryRequestTypeDef,
        TagRoleRequestTypeDef,
        UntagRoleRequestTypeDef,
        UpdateAssumeRolePolicyRequestTypeDef,
        UpdateRoleDescriptionRequestTypeDef,
        UpdateRoleRequestTypeDef,
    )

    from hatoba.cloud.iam.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Operations, Result

LONGEST_TRUST_POLICY = 2048


class Roles:
    """The operations on roles."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateRole", self.create)
        operations.add("GetRole", self.get)
        operations.add("ListRoles", self.list)
        operations.add("UpdateRole", self.update)
        operations.add("UpdateRoleDescription", self.update_description)
        operations.add("UpdateAssumeRolePolicy", self.update_trust)
        operations.add("PutRolePermissionsBoundary", self.put_boundary)
        operations.add("DeleteRolePermissionsBoundary", self.delete_boundary)
        operations.add("DeleteRole", self.delete)
        operations.add("TagRole", self.tag)
        operations.add("UntagRole", self.untag)
        operations.add("ListRoleTags", self.list_tags)

    def create(self, call: Call, request: CreateRoleRequestTypeDef) -> Result:
        """Make a role."""
        name, path = request["RoleName"], request.get("Path", "/")
        session = request.get("MaxSessionDuration", 3600)
        if any(role.name.lower() == name.lower() for role in self._store.list_roles(call.scope)):
            raise already_exists(f"Role with name {name} already exists.")
        self._check_trust(call.scope, request["AssumeRolePolicyDocument"])
        role = Role(
            name=name,
            path=path,
            role_id=unique_id("AROA"),
            arn=f"arn:aws:iam::{call.account}:role{path}{name}",
            created_at=call.now,
            trust=request["AssumeRolePolicyDocument"],
            description=request.get("Description") or None,
            max_session_s=session,
            boundary=self._boundary(call.scope, request.get("PermissionsBoundary")),
            tags=merged_tags({}, request.get("Tags")),
        )
        return {"Role": describe(self._store.put_role(call.scope, role))}

    def get(self, call: Call, request: GetRoleRequestTypeDef) -> Result:
        """Describe a role. Nothing here is ever used, so ``RoleLastUsed`` is empty, as on a new role."""
        role = self._store.get_role(call.scope, request["RoleName"])
        return {"Role": {**describe(role), "RoleLastUsed": {}}}

    def list(self, call: Call, request: ListRolesRequestTypeDef) -> Result:
        """List roles under a path, without their tags and boundaries."""
        prefix = request.get("PathPrefix", "/")
        roles = [role for role in self._store.list_roles(call.scope) if role.path.startswith(prefix)]
        return answer_page(request, "Roles", roles, key=lambda role: role.name, describe=summarize)

    def update(self, call: Call, request: UpdateRoleRequestTypeDef) -> Result:
        """Change a role's description and longest session."""
        role = self.changeable(call.scope, request["RoleName"])
        session = request.get("MaxSessionDuration", role.max_session_s)
        description = request.get("Description", role.description) or None
        self._store.put_role(call.scope, replace(role, description=description, max_session_s=session))
        return {}

    def update_description(self, call: Call, request: UpdateRoleDescriptionRequestTypeDef) -> Result:
        """Change a role's description."""
        role = replace(
            self.changeable(call.scope, request["RoleName"]), description=request["Description"] or None
        )
        return {"Role": describe(self._store.put_role(call.scope, role))}

    def update_trust(self, call: Call, request: UpdateAssumeRolePolicyRequestTypeDef) -> Result:
        """Change who may assume a role."""
        role = self.changeable(call.scope, request["RoleName"])
        self._check_trust(call.scope, request["PolicyDocument"])
        self._store.put_role(call.scope, replace(role, trust=request["PolicyDocument"]))
        return {}

    def put_boundary(self, call: Call, request: PutRolePermissionsBoundaryRequestTypeDef) -> Result:
        """Set a role's permissions boundary."""
        role = self.changeable(call.scope, request["RoleName"])
        boundary = self._boundary(call.scope, request["PermissionsBoundary"])
        self._store.put_role(call.scope, replace(role, boundary=boundary))
        return {}

    def delete_boundary(self, call: Call, request: DeleteRolePermissionsBoundaryRequestTypeDef) -> Result:
        """Take a role's permissions boundary away."""
        role = self.changeable(call.scope, request["RoleName"])
        if role.boundary is None:
            raise no_such_entity(f"The role with name {role.name} has no permissions boundary.")
        self._store.put_role(call.scope, replace(role, boundary=None))
        return {}

    def delete(self, call: Call, request: DeleteRoleRequestTypeDef) -> Result:
        """Remove a role that has no policies and is in no instance profile."""
        role = self.changeable(call.scope, request["RoleName"])
        if role.attached:
            raise delete_conflict("Cannot delete entity, must detach all policies first.")
        if role.inline:
            raise delete_conflict("Cannot delete entity, must delete policies first.")
        if any(role.name in profile.roles for profile in self._store.list_profiles(call.scope)):
            raise delete_conflict("Cannot delete entity, must remove roles from instance profile first.")
        self._store.roles.delete(call.scope.globally(), role.key)
        return {}

    def tag(self, call: Call, request: TagRoleRequestTypeDef) -> Result:
        """Add tags to a role."""
        role = self._store.get_role(call.scope, request["RoleName"])
        self._store.put_role(call.scope, replace(role, tags=merged_tags(role.tags, request["Tags"])))
        return {}

    def untag(self, call: Call, request: UntagRoleRequestTypeDef) -> Result:
        """Take tags from a role."""
        role = self._store.get_role(call.scope, request["RoleName"])
        gone = set(request["TagKeys"])
        tags = {key: value for key, value in role.tags.items() if key not in gone}
        self._store.put_role(call.scope, replace(role, tags=tags))
        return {}

    def list_tags(self, call: Call, request: ListRoleTagsRequestTypeDef) -> Result:
        """List a role's tags."""
        role = self._store.get_role(call.scope, request["RoleName"])
        tags = describe_tags(role.tags)
        return answer_page(request, "Tags", tags, key=lambda tag: tag["Key"], describe=dict)

    def changeable(self, scope: Scope, name: str) -> Role:
        """Return a role that is the account's to change.

        Raises:
            ServiceError: ``NoSuchEntity``, or ``UnmodifiableEntity`` for a service-linked role.
        """
        role = self._store.get_role(scope, name)
        if role.is_service_linked:
            raise unmodifiable(name)
        return role

    def _boundary(self, scope: Scope, arn: str | None) -> str | None:
        if arn and self._store.find_policy(scope, arn) is None:
            raise no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")
        return arn or None

    def _check_trust(self, scope: Scope, document: str) -> None:
        if len("".join(document.split())) > LONGEST_TRUST_POLICY:
            raise limit_exceeded(f"Cannot exceed quota for ACLSizePerRole: {LONGEST_TRUST_POLICY}")
        arns = {role.arn for role in self._store.list_roles(scope)}

        def exists(principal: str) -> bool:
            is_ours = principal.startswith(f"arn:aws:iam::{scope.account}:")
            return not is_ours or principal in arns

        check_trust_policy(document, exists)


def summarize(role: Role) -> dict[str, object]:
    """Return a role's members as lists have them."""
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.role_id,
        "Arn": role.arn,
        "CreateDate": timestamp(role.created_at),
        "AssumeRolePolicyDocument": encoded(role.trust),
        "Description": role.description,
        "MaxSessionDuration": role.max_session_s,
    }


def describe(role: Role) -> dict[str, object]:
    """Return all of a role's members."""
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": role.boundary}
    return {
        **summarize(role),
        "PermissionsBoundary": boundary if role.boundary else None,
        "Tags": describe_tags(role.tags) or None,
    }
