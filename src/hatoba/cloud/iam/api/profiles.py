"""Operations on instance profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.iam.api.paging import answer_page, describe_tags
from hatoba.cloud.iam.api.roles import summarize
from hatoba.cloud.iam.control.tags import merged_tags
from hatoba.cloud.iam.errors import already_exists, delete_conflict, limit_exceeded, no_such_entity
from hatoba.cloud.iam.model import InstanceProfile
from hatoba.cloud.iam.store import unique_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_iam.type_defs import (
        AddRoleToInstanceProfileRequestTypeDef,
        CreateInstanceProfileRequestTypeDef,
        DeleteInstanceProfileRequestTypeDef,
        GetInstanceProfileRequestTypeDef,
        ListInstanceProfilesForRoleRequestTypeDef,
        ListInstanceProfilesRequestTypeDef,
        ListInstanceProfileTagsRequestTypeDef,
        RemoveRoleFromInstanceProfileRequestTypeDef,
        TagInstanceProfileRequestTypeDef,
        UntagInstanceProfileRequestTypeDef,
    )

    from hatoba.cloud.iam.api.roles import Roles
    from hatoba.cloud.iam.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Operations, Result


class InstanceProfiles:
    """The operations on instance profiles."""

    def __init__(self, store: Store, roles: Roles) -> None:
        self._store = store
        self._roles = roles

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateInstanceProfile", self.create)
        operations.add("GetInstanceProfile", self.get)
        operations.add("ListInstanceProfiles", self.list)
        operations.add("ListInstanceProfilesForRole", self.list_for_role)
        operations.add("AddRoleToInstanceProfile", self.add_role)
        operations.add("RemoveRoleFromInstanceProfile", self.remove_role)
        operations.add("DeleteInstanceProfile", self.delete)
        operations.add("TagInstanceProfile", self.tag)
        operations.add("UntagInstanceProfile", self.untag)
        operations.add("ListInstanceProfileTags", self.list_tags)

    def create(self, call: Call, request: CreateInstanceProfileRequestTypeDef) -> Result:
        """Make an instance profile."""
        name, path = request["InstanceProfileName"], request.get("Path", "/")
        if any(other.name.lower() == name.lower() for other in self._store.list_profiles(call.scope)):
            raise already_exists(f"Instance Profile {name} already exists.")
        profile = InstanceProfile(
            name=name,
            path=path,
            profile_id=unique_id("AIPA"),
            arn=f"arn:aws:iam::{call.account}:instance-profile{path}{name}",
            created_at=call.now,
            tags=merged_tags({}, request.get("Tags")),
        )
        self._store.put_profile(call.scope, profile)
        return {"InstanceProfile": self._describe(call.scope, profile)}

    def get(self, call: Call, request: GetInstanceProfileRequestTypeDef) -> Result:
        """Describe an instance profile."""
        profile = self._store.get_profile(call.scope, request["InstanceProfileName"])
        return {"InstanceProfile": self._describe(call.scope, profile)}

    def list(self, call: Call, request: ListInstanceProfilesRequestTypeDef) -> Result:
        """List instance profiles under a path."""
        prefix = request.get("PathPrefix", "/")
        found = [other for other in self._store.list_profiles(call.scope) if other.path.startswith(prefix)]
        return self._page(call, request, found)

    def list_for_role(self, call: Call, request: ListInstanceProfilesForRoleRequestTypeDef) -> Result:
        """List the instance profiles that hold a role."""
        role = self._store.get_role(call.scope, request["RoleName"])
        found = [other for other in self._store.list_profiles(call.scope) if role.name in other.roles]
        return self._page(call, request, found)

    def add_role(self, call: Call, request: AddRoleToInstanceProfileRequestTypeDef) -> Result:
        """Put a role into a profile, which holds one at the most."""
        role = self._roles.changeable(call.scope, request["RoleName"])
        profile = self._store.get_profile(call.scope, request["InstanceProfileName"])
        if profile.roles:
            raise limit_exceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
        self._store.put_profile(call.scope, replace(profile, roles=(role.name,)))
        return {}

    def remove_role(self, call: Call, request: RemoveRoleFromInstanceProfileRequestTypeDef) -> Result:
        """Take a role out of a profile."""
        profile = self._store.get_profile(call.scope, request["InstanceProfileName"])
        role = self._store.get_role(call.scope, request["RoleName"])
        if role.name not in profile.roles:
            raise no_such_entity(f"The role with name {role.name} cannot be found in {profile.name}.")
        self._store.put_profile(call.scope, replace(profile, roles=()))
        return {}

    def delete(self, call: Call, request: DeleteInstanceProfileRequestTypeDef) -> Result:
        """Remove an empty profile."""
        profile = self._store.get_profile(call.scope, request["InstanceProfileName"])
        if profile.roles:
            raise delete_conflict("Cannot delete entity, must remove roles from instance profile first.")
        self._store.profiles.delete(call.scope.globally(), profile.key)
        return {}

    def tag(self, call: Call, request: TagInstanceProfileRequestTypeDef) -> Result:
        """Add tags to a profile."""
        profile = self._store.get_profile(call.scope, request["InstanceProfileName"])
        tags = merged_tags(profile.tags, request["Tags"])
        self._store.put_profile(call.scope, replace(profile, tags=tags))
        return {}

    def untag(self, call: Call, request: UntagInstanceProfileRequestTypeDef) -> Result:
        """Take tags from a profile."""
        profile = self._store.get_profile(call.scope, request["InstanceProfileName"])
        gone = set(request["TagKeys"])
        tags = {key: value for key, value in profile.tags.items() if key not in gone}
        self._store.put_profile(call.scope, replace(profile, tags=tags))
        return {}

    def list_tags(self, call: Call, request: ListInstanceProfileTagsRequestTypeDef) -> Result:
        """List a profile's tags."""
        tags = describe_tags(self._store.get_profile(call.scope, request["InstanceProfileName"]).tags)
        return answer_page(request, "Tags", tags, key=lambda tag: tag["Key"], describe=dict)

    def _page(
        self,
        call: Call,
        request: ListInstanceProfilesRequestTypeDef | ListInstanceProfilesForRoleRequestTypeDef,
        profiles: Sequence[InstanceProfile],
    ) -> Result:
        return answer_page(
            request,
            "InstanceProfiles",
            profiles,
            key=lambda profile: profile.name,
            describe=lambda profile: self._describe(call.scope, profile),
        )

    def _describe(self, scope: Scope, profile: InstanceProfile) -> dict[str, object]:
        return {
            "Path": profile.path,
            "InstanceProfileName": profile.name,
            "InstanceProfileId": profile.profile_id,
            "Arn": profile.arn,
            "CreateDate": timestamp(profile.created_at),
            "Roles": [summarize(self._store.get_role(scope, name)) for name in profile.roles],
            "Tags": describe_tags(profile.tags) or None,
        }
