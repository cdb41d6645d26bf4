"""AWS::IAM: roles, their policies, instance profiles.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import PropertyFault
from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import document, known, to_params
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = frozenset({"NoSuchEntity", "NoSuchEntityException"})


def inline_policies(properties: Properties) -> dict[str, str]:
    """Return name to document of the property Policies.

    Raises:
        PropertyFault: One lacks its name or document.
    """
    found: dict[str, str] = {}
    for index, policy in enumerate(properties.get("Policies") or ()):
        where = f"#/Policies/{index}"
        for name in ("PolicyName", "PolicyDocument"):
            if name not in policy:
                raise PropertyFault(where, f"required key [{name}] not found")
        found[str(policy["PolicyName"])] = document(policy["PolicyDocument"], f"{where}/PolicyDocument")
    return found


class Role(Base):
    """A role with its named inline policies and attached managed ones; strangers' policies stay."""

    schema = Schema(
        "AWS::IAM::Role",
        properties=words(
            "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path"
            " PermissionsBoundary Policies RoleName Tags"
        ),
        required=words("AssumeRolePolicyDocument"),
        create_only=words("Path RoleName"),
        attributes=words("Arn RoleId"),
        tags="list",
    )
    service = "iam"
    creates = "CreateRole"
    special = words("AssumeRolePolicyDocument ManagedPolicyArns Policies")

    def check(self, properties: Properties) -> None:
        """Check the role and the form of its policies."""
        super().check(properties)
        document(properties["AssumeRolePolicyDocument"], "#/AssumeRolePolicyDocument")
        inline_policies(properties)

    async def create(self, context: Context, properties: Properties) -> str:
        """Create the role; its policies follow."""
        params = {
            "RoleName": context.new_name(64),
            **self.params(properties),
            "AssumeRolePolicyDocument": document(properties["AssumeRolePolicyDocument"], "#"),
        }
        if own := self.tags(context):
            params["Tags"] = tags.listed(own)
        return str((await self.call(context, self.creates, **params))["Role"]["RoleName"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Put and attach the policies."""
        for name, text in inline_policies(properties).items():
            await self.call(
                context, "PutRolePolicy", RoleName=physical_id, PolicyName=name, PolicyDocument=text
            )
        for arn in properties.get("ManagedPolicyArns") or ():
            await self.call(context, "AttachRolePolicy", RoleName=physical_id, PolicyArn=arn)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change trust, description, duration and boundary; take away policies no longer named."""
        before = document(old["AssumeRolePolicyDocument"], "#")
        after = document(new["AssumeRolePolicyDocument"], "#")
        if before != after:
            await self.call(context, "UpdateAssumeRolePolicy", RoleName=physical_id, PolicyDocument=after)
        if any(old.get(name) != new.get(name) for name in ("Description", "MaxSessionDuration")):
            given = {"Description": "", "MaxSessionDuration": 3600, **known("iam", "UpdateRole", new)}
            params = to_params("iam", "UpdateRole", given, leave_out=words("RoleName"))
            await self.call(context, "UpdateRole", RoleName=physical_id, **params)
        if old.get("PermissionsBoundary") != new.get("PermissionsBoundary"):
            await self._bound(context, physical_id, new.get("PermissionsBoundary"))
        await self._strip(
            context,
            physical_id,
            inline_policies(old).keys() - inline_policies(new).keys(),
            set(old.get("ManagedPolicyArns") or ()) - set(new.get("ManagedPolicyArns") or ()),
        )

    async def _bound(self, context: Context, role: str, boundary: str | None) -> None:
        if boundary is None:
            await self.call(context, "DeleteRolePermissionsBoundary", RoleName=role)
        else:
            await self.call(
                context, "PutRolePermissionsBoundary", RoleName=role, PermissionsBoundary=boundary
            )

    async def _strip(self, context: Context, role: str, inline: set[str], managed: set[str]) -> None:
        for name in sorted(inline):
            await self.call_unless(GONE, context, "DeleteRolePolicy", RoleName=role, PolicyName=name)
        for arn in sorted(managed):
            await self.call_unless(GONE, context, "DetachRolePolicy", RoleName=role, PolicyArn=arn)

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags."""
        added, removed = tags.changed(tags.for_service(self.service, old), self.tags(context))
        if removed:
            await self.call(context, "UntagRole", RoleName=physical_id, TagKeys=removed)
        if added:
            await self.call(context, "TagRole", RoleName=physical_id, Tags=tags.listed(added))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Take its policies away and delete it."""
        await self._strip(
            context,
            physical_id,
            set(inline_policies(properties)),
            set(properties.get("ManagedPolicyArns") or ()),
        )
        await self.call_unless(GONE, context, "DeleteRole", RoleName=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and id."""
        role = (await self.call(context, "GetRole", RoleName=physical_id))["Role"]
        return {"Arn": role["Arn"], "RoleId": role["RoleId"]}


class RolePolicy(Base):
    """An inline policy of a role, as a resource of its own."""

    schema = Schema(
        "AWS::IAM::RolePolicy",
        properties=words("PolicyDocument PolicyName RoleName"),
        required=words("PolicyName RoleName"),
        create_only=words("PolicyName RoleName"),
    )
    service = "iam"
    creates = "PutRolePolicy"
    special = words("PolicyDocument")

    async def create(self, context: Context, properties: Properties) -> str:
        """Put it."""
        await self._put(context, properties)
        return f"{properties['PolicyName']}|{properties['RoleName']}"

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it again."""
        await self._put(context, new)

    async def _put(self, context: Context, properties: Properties) -> None:
        text = document(properties.get("PolicyDocument", {}), "#/PolicyDocument")
        await self.call(context, self.creates, **self.params(properties), PolicyDocument=text)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(
            GONE,
            context,
            "DeleteRolePolicy",
            RoleName=properties["RoleName"],
            PolicyName=properties["PolicyName"],
        )


class Policy(Base):
    """One inline policy put on several roles, groups and users."""

    schema = Schema(
        "AWS::IAM::Policy",
        properties=words("Groups PolicyDocument PolicyName Roles Users"),
        required=words("PolicyDocument PolicyName"),
        attributes=words("Id"),
    )
    service = "iam"

    def check(self, properties: Properties) -> None:
        """Check the form of the document."""
        document(properties["PolicyDocument"], "#/PolicyDocument")

    async def create(self, context: Context, properties: Properties) -> str:
        """Its id is a name of its own; it is put on its holders when it settles."""
        return context.new_name(64)

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Put it on each holder."""
        text = document(properties["PolicyDocument"], "#/PolicyDocument")
        for kind, name in sorted(_holders(properties)):
            await self.call(
                context,
                f"Put{kind}Policy",
                **{f"{kind}Name": name},
                PolicyName=properties["PolicyName"],
                PolicyDocument=text,
            )

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Take it from those who no longer hold it (from all, when its name changes)."""
        kept = _holders(new) if old["PolicyName"] == new["PolicyName"] else set()
        await self._take(context, str(old["PolicyName"]), _holders(old) - kept)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Take it from all."""
        await self._take(context, str(properties["PolicyName"]), _holders(properties))

    async def _take(self, context: Context, policy: str, holders: set[tuple[str, str]]) -> None:
        for kind, name in sorted(holders):
            await self.call_unless(
                GONE, context, f"Delete{kind}Policy", **{f"{kind}Name": name}, PolicyName=policy
            )

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The id, once more."""
        return {"Id": physical_id}


def _holders(properties: Properties) -> set[tuple[str, str]]:
    kinds = (("Role", "Roles"), ("Group", "Groups"), ("User", "Users"))
    return {(kind, str(name)) for kind, member in kinds for name in properties.get(member) or ()}


class ManagedPolicy(Base):
    """A customer managed policy; a new document is a new version."""

    schema = Schema(
        "AWS::IAM::ManagedPolicy",
        properties=words("Description Groups ManagedPolicyName Path PolicyDocument Roles Users"),
        required=words("PolicyDocument"),
        create_only=words("Description ManagedPolicyName Path"),
        attributes=words("PolicyArn PolicyId"),
    )
    service = "iam"
    creates = "CreatePolicy"
    special = words("Groups ManagedPolicyName PolicyDocument Roles Users")

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it; it is attached when it settles."""
        params = {
            **self.params(properties),
            "PolicyName": properties.get("ManagedPolicyName") or context.new_name(128),
            "PolicyDocument": document(properties["PolicyDocument"], "#/PolicyDocument"),
        }
        return str((await self.call(context, self.creates, **params))["Policy"]["Arn"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Attach it to each holder."""
        for kind, name in sorted(_holders(properties)):
            params = {f"{kind}Name": name, "PolicyArn": physical_id}
            await self.call(context, f"Attach{kind}Policy", **params)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Make a new version of a changed document; detach from those who no longer hold it."""
        await self._detach(context, physical_id, _holders(old) - _holders(new))
        before, after = (document(item["PolicyDocument"], "#/PolicyDocument") for item in (old, new))
        if before != after:
            await self._drop_versions(context, physical_id)
            await self.call(
                context,
                "CreatePolicyVersion",
                PolicyArn=physical_id,
                PolicyDocument=after,
                SetAsDefault=True,
            )

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Detach it, then delete it with its versions."""
        await self._detach(context, physical_id, _holders(properties))
        await self._drop_versions(context, physical_id)
        await self.call_unless(GONE, context, "DeletePolicy", PolicyArn=physical_id)

    async def _detach(self, context: Context, arn: str, holders: set[tuple[str, str]]) -> None:
        for kind, name in sorted(holders):
            params = {f"{kind}Name": name, "PolicyArn": arn}
            await self.call_unless(GONE, context, f"Detach{kind}Policy", **params)

    async def _drop_versions(self, context: Context, arn: str) -> None:
        found = await self.call_unless(GONE, context, "ListPolicyVersions", PolicyArn=arn)
        for version in (found or {}).get("Versions") or ():
            if not version.get("IsDefaultVersion"):
                await self.call_unless(
                    GONE, context, "DeletePolicyVersion", PolicyArn=arn, VersionId=version["VersionId"]
                )

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and id."""
        policy = (await self.call(context, "GetPolicy", PolicyArn=physical_id))["Policy"]
        return {"PolicyArn": physical_id, "PolicyId": policy.get("PolicyId")}


class InstanceProfile(Base):
    """An instance profile with its one role."""

    schema = Schema(
        "AWS::IAM::InstanceProfile",
        properties=words("InstanceProfileName Path Roles"),
        required=words("Roles"),
        create_only=words("InstanceProfileName Path"),
        attributes=words("Arn"),
    )
    service = "iam"
    creates = "CreateInstanceProfile"
    special = words("Roles")

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it; its role follows."""
        params = {"InstanceProfileName": context.new_name(128), **self.params(properties)}
        made = await self.call(context, self.creates, **params)
        return str(made["InstanceProfile"]["InstanceProfileName"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Add the role, where it is not there."""
        found = await self.call(context, "GetInstanceProfile", InstanceProfileName=physical_id)
        present = {role["RoleName"] for role in found["InstanceProfile"].get("Roles") or ()}
        for role in properties["Roles"]:
            if role not in present:
                await self.call(
                    context, "AddRoleToInstanceProfile", InstanceProfileName=physical_id, RoleName=role
                )

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Take the old role out."""
        await self._take(context, physical_id, set(old["Roles"]) - set(new["Roles"]))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Take the role out and delete it."""
        await self._take(context, physical_id, set(properties["Roles"]))
        await self.call_unless(GONE, context, "DeleteInstanceProfile", InstanceProfileName=physical_id)

    async def _take(self, context: Context, profile: str, roles: set[str]) -> None:
        for role in sorted(roles):
            await self.call_unless(
                GONE,
                context,
                "RemoveRoleFromInstanceProfile",
                InstanceProfileName=profile,
                RoleName=role,
            )

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN."""
        found = await self.call(context, "GetInstanceProfile", InstanceProfileName=physical_id)
        return {"Arn": found["InstanceProfile"]["Arn"]}
