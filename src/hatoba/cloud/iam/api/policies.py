"""Operations on managed policies and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.iam.api.paging import answer_page, describe_tags
from hatoba.cloud.iam.control.documents import check_identity_policy, encoded
from hatoba.cloud.iam.control.tags import merged_tags
from hatoba.cloud.iam.errors import already_exists, delete_conflict, limit_exceeded, no_such_entity
from hatoba.cloud.iam.model import Policy, PolicyVersion, Role
from hatoba.cloud.iam.store import unique_id
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        CreatePolicyRequestTypeDef,
        CreatePolicyVersionRequestTypeDef,
        DeletePolicyRequestTypeDef,
        DeletePolicyVersionRequestTypeDef,
        GetPolicyRequestTypeDef,
        GetPolicyVersionRequestTypeDef,
        ListEntitiesForPolicyRequestTypeDef,
        ListPoliciesRequestTypeDef,
        ListPolicyTagsRequestTypeDef,
        ListPolicyVersionsRequestTypeDef,
        SetDefaultPolicyVersionRequestTypeDef,
        TagPolicyRequestTypeDef,
        UntagPolicyRequestTypeDef,
    )

    from hatoba.cloud.iam.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Operations, Result

LONGEST_DOCUMENT = 6144
MOST_VERSIONS = 5


class Policies:
    """The operations on managed policies."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreatePolicy", self.create)
        operations.add("GetPolicy", self.get)
        operations.add("ListPolicies", self.list)
        operations.add("DeletePolicy", self.delete)
        operations.add("CreatePolicyVersion", self.create_version)
        operations.add("GetPolicyVersion", self.get_version)
        operations.add("ListPolicyVersions", self.list_versions)
        operations.add("SetDefaultPolicyVersion", self.set_default)
        operations.add("DeletePolicyVersion", self.delete_version)
        operations.add("ListEntitiesForPolicy", self.list_entities)
        operations.add("TagPolicy", self.tag)
        operations.add("UntagPolicy", self.untag)
        operations.add("ListPolicyTags", self.list_tags)

    def create(self, call: Call, request: CreatePolicyRequestTypeDef) -> Result:
        """Make a customer's managed policy."""
        name, path = request["PolicyName"], request.get("Path", "/")
        if any(policy.name.lower() == name.lower() for policy in self._own(call.scope)):
            raise already_exists(f"A policy called {name} already exists. Duplicate names are not allowed.")
        _check_document(request["PolicyDocument"])
        policy = Policy(
            arn=f"arn:aws:iam::{call.account}:policy{path}{name}",
            name=name,
            path=path,
            policy_id=unique_id("ANPA"),
            created_at=call.now,
            updated_at=call.now,
            versions=(PolicyVersion("v1", request["PolicyDocument"], call.now),),
            description=request.get("Description") or None,
            tags=merged_tags({}, request.get("Tags")),
        )
        self._store.put_policy(call.scope, policy)
        return {"Policy": self._describe(call.scope, policy)}

    def get(self, call: Call, request: GetPolicyRequestTypeDef) -> Result:
        """Describe a managed policy."""
        return {
            "Policy": self._describe(call.scope, self._store.get_policy(call.scope, request["PolicyArn"]))
        }

    def list(self, call: Call, request: ListPoliciesRequestTypeDef) -> Result:
        """List managed policies: the account's (Local), AWS's (AWS), or all, under a path."""
        wanted, prefix = request.get("Scope", "All"), request.get("PathPrefix", "/")
        policies = [
            *(self._own(call.scope) if wanted != "AWS" else ()),
            *(self._store.catalogue.list() if wanted != "Local" else ()),
        ]
        usage = request.get("PolicyUsageFilter")
        chosen = [
            policy
            for policy in sorted(policies, key=lambda policy: policy.arn)
            if policy.path.startswith(prefix)
            and (not request.get("OnlyAttached") or self._users(call.scope, policy.arn))
            and (usage is None or self._is_used_as(call.scope, policy.arn, usage))
        ]
        return answer_page(
            request,
            "Policies",
            chosen,
            key=lambda policy: policy.arn,
            describe=lambda policy: self._summarize(call.scope, policy),
        )

    def delete(self, call: Call, request: DeletePolicyRequestTypeDef) -> Result:
        """Remove a policy that nothing uses and that has only its default version."""
        policy = self._changeable(call.scope, request["PolicyArn"])
        if self._users(call.scope, policy.arn) or self._bounded(call.scope, policy.arn):
            raise delete_conflict("Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise delete_conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the"
                " policy's versions. The default version is deleted with the policy."
            )
        self._store.policies.delete(call.scope.globally(), policy.key)
        return {}

    def create_version(self, call: Call, request: CreatePolicyVersionRequestTypeDef) -> Result:
        """Add a version; numbers are never given twice."""
        policy = self._changeable(call.scope, request["PolicyArn"])
        _check_document(request["PolicyDocument"])
        if len(policy.versions) >= MOST_VERSIONS:
            raise limit_exceeded(
                f"A managed policy can have up to {MOST_VERSIONS} versions. Before you create a new version,"
                " you must delete an existing version."
            )
        number = policy.last_number + 1
        version = PolicyVersion(f"v{number}", request["PolicyDocument"], call.now)
        is_default = request.get("SetAsDefault", False)
        policy = replace(
            policy,
            versions=(*policy.versions, version),
            last_number=number,
            default_version=version.version_id if is_default else policy.default_version,
            updated_at=call.now,
        )
        self._store.put_policy(call.scope, policy)
        return {"PolicyVersion": _summarize_version(policy, version)}

    def get_version(self, call: Call, request: GetPolicyVersionRequestTypeDef) -> Result:
        """Return a version with its document."""
        policy = self._store.get_policy(call.scope, request["PolicyArn"])
        version = _version(policy, request["VersionId"])
        return {
            "PolicyVersion": {**_summarize_version(policy, version), "Document": encoded(version.document)}
        }

    def list_versions(self, call: Call, request: ListPolicyVersionsRequestTypeDef) -> Result:
        """List a policy's versions, without their documents."""
        policy = self._store.get_policy(call.scope, request["PolicyArn"])
        return answer_page(
            request,
            "Versions",
            policy.versions,
            key=lambda version: version.version_id,
            describe=lambda version: _summarize_version(policy, version),
        )

    def set_default(self, call: Call, request: SetDefaultPolicyVersionRequestTypeDef) -> Result:
        """Make a version the one that counts."""
        policy = self._changeable(call.scope, request["PolicyArn"])
        version = _version(policy, request["VersionId"])
        self._store.put_policy(
            call.scope, replace(policy, default_version=version.version_id, updated_at=call.now)
        )
        return {}

    def delete_version(self, call: Call, request: DeletePolicyVersionRequestTypeDef) -> Result:
        """Remove a version that is not the default."""
        policy = self._changeable(call.scope, request["PolicyArn"])
        gone = _version(policy, request["VersionId"])
        if gone.version_id == policy.default_version:
            raise delete_conflict("Cannot delete the default version of a policy.")
        versions = tuple(version for version in policy.versions if version is not gone)
        self._store.put_policy(call.scope, replace(policy, versions=versions, updated_at=call.now))
        return {}

    def list_entities(self, call: Call, request: ListEntitiesForPolicyRequestTypeDef) -> Result:
        """List the roles that a policy is attached to, or that it bounds."""
        policy = self._store.get_policy(call.scope, request["PolicyArn"])
        prefix, usage = request.get("PathPrefix", "/"), request.get("PolicyUsageFilter")
        users = {} if usage == "PermissionsBoundary" else self._users(call.scope, policy.arn)
        bounded = {} if usage == "PermissionsPolicy" else self._bounded(call.scope, policy.arn)
        found = {**users, **bounded} if request.get("EntityFilter", "Role") == "Role" else {}
        roles = [role for _, role in sorted(found.items()) if role.path.startswith(prefix)]
        page = answer_page(
            request,
            "PolicyRoles",
            roles,
            key=lambda role: role.name,
            describe=lambda role: {"RoleName": role.name, "RoleId": role.role_id},
        )
        return {"PolicyGroups": [], "PolicyUsers": [], **page}

    def tag(self, call: Call, request: TagPolicyRequestTypeDef) -> Result:
        """Add tags to a policy."""
        policy = self._changeable(call.scope, request["PolicyArn"])
        self._store.put_policy(call.scope, replace(policy, tags=merged_tags(policy.tags, request["Tags"])))
        return {}

    def untag(self, call: Call, request: UntagPolicyRequestTypeDef) -> Result:
        """Take tags from a policy."""
        policy = self._changeable(call.scope, request["PolicyArn"])
        gone = set(request["TagKeys"])
        tags = {key: value for key, value in policy.tags.items() if key not in gone}
        self._store.put_policy(call.scope, replace(policy, tags=tags))
        return {}

    def list_tags(self, call: Call, request: ListPolicyTagsRequestTypeDef) -> Result:
        """List a policy's tags."""
        tags = describe_tags(self._store.get_policy(call.scope, request["PolicyArn"]).tags)
        return answer_page(request, "Tags", tags, key=lambda tag: tag["Key"], describe=dict)

    def _own(self, scope: Scope) -> tuple[Policy, ...]:
        return self._store.policies.list(scope.globally())

    def _changeable(self, scope: Scope, arn: str) -> Policy:
        policy = self._store.get_policy(scope, arn)
        if policy.is_aws_managed:
            raise ServiceError(
                "AccessDenied", f"{arn} is an AWS managed policy: only AWS changes it.", status=403
            )
        return policy

    def _users(self, scope: Scope, arn: str) -> dict[str, Role]:
        return {role.name: role for role in self._store.list_roles(scope) if arn in role.attached}

    def _bounded(self, scope: Scope, arn: str) -> dict[str, Role]:
        return {role.name: role for role in self._store.list_roles(scope) if role.boundary == arn}

    def _is_used_as(self, scope: Scope, arn: str, usage: str) -> bool:
        if usage == "PermissionsBoundary":
            return bool(self._bounded(scope, arn))
        return bool(self._users(scope, arn))

    def _summarize(self, scope: Scope, policy: Policy) -> dict[str, object]:
        return {
            "PolicyName": policy.name,
            "PolicyId": policy.policy_id,
            "Arn": policy.arn,
            "Path": policy.path,
            "DefaultVersionId": policy.default_version,
            "AttachmentCount": len(self._users(scope, policy.arn)),
            "PermissionsBoundaryUsageCount": len(self._bounded(scope, policy.arn)),
            "IsAttachable": True,
            "CreateDate": timestamp(policy.created_at),
            "UpdateDate": timestamp(policy.updated_at),
        }

    def _describe(self, scope: Scope, policy: Policy) -> dict[str, object]:
        return {
            **self._summarize(scope, policy),
            "Description": policy.description,
            "Tags": describe_tags(policy.tags),
        }


def _check_document(document: str) -> None:
    check_identity_policy(document)
    if len("".join(document.split())) > LONGEST_DOCUMENT:
        raise limit_exceeded(f"Cannot exceed quota for PolicySize: {LONGEST_DOCUMENT}")


def _version(policy: Policy, version_id: str) -> PolicyVersion:
    version = policy.version(version_id)
    if version is None:
        raise no_such_entity(f"Policy {policy.arn} version {version_id} does not exist or is not attachable.")
    return version


def _summarize_version(policy: Policy, version: PolicyVersion) -> dict[str, object]:
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.version_id == policy.default_version,
        "CreateDate": timestamp(version.created_at),
    }
