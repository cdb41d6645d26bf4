"""AWS::ECS but the service: clusters, capacity providers, task definitions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ECS.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import to_member, to_params
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = frozenset({"ClusterNotFoundException"})


class Part(Base):
    """What the types of ECS have in common: tags by ARN."""

    service = "ecs"

    def tag_params(self, context: Context) -> dict[str, Any]:
        """Return the member ``tags``, where there are any."""
        own = self.tags(context)
        return {"tags": tags.listed(own, "key", "value")} if own else {}

    async def arn(self, context: Context, physical_id: str) -> str:
        """Return the ARN that tags are kept under."""
        return physical_id

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags."""
        arn = await self.arn(context, physical_id)
        added, removed = tags.changed(tags.for_service(self.service, old), self.tags(context))
        if removed:
            await self.call(context, "UntagResource", resourceArn=arn, tagKeys=removed)
        if added:
            await self.call(context, "TagResource", resourceArn=arn, tags=tags.listed(added, "key", "value"))


class Cluster(Part):
    """A cluster."""

    schema = Schema(
        "AWS::ECS::Cluster",
        properties=words(
            "CapacityProviders ClusterName ClusterSettings Configuration DefaultCapacityProviderStrategy"
            " ServiceConnectDefaults Tags"
        ),
        create_only=words("ClusterName"),
        attributes=words("Arn"),
        tags="list",
    )
    creates = "CreateCluster"
    special = words("ClusterSettings")

    def params(self, properties: Properties) -> dict[str, Any]:
        """Name the settings as the API does."""
        params = super().params(properties)
        if "ClusterSettings" in properties:
            params["settings"] = to_member(
                self.service,
                self.creates,
                "settings",
                properties["ClusterSettings"],
                where="#/ClusterSettings",
            )
        return params

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {"clusterName": context.new_name(), **self.params(properties), **self.tag_params(context)}
        made = await self.call(context, "CreateCluster", **params)
        return str(made["cluster"]["clusterName"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change settings, then capacity providers, where they differ."""
        before, after = self.params(old), self.params(new)
        kept = ("configuration", "serviceConnectDefaults", "settings")
        if any(before.get(member) != after.get(member) for member in kept):
            changed = {member: after[member] for member in kept if member in after}
            await self.call(context, "UpdateCluster", cluster=physical_id, **changed)
        capacity = ("capacityProviders", "defaultCapacityProviderStrategy")
        if any(before.get(member) != after.get(member) for member in capacity):
            given = {member: after.get(member, []) for member in capacity}
            await self.call(context, "PutClusterCapacityProviders", cluster=physical_id, **given)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, "DeleteCluster", cluster=physical_id)

    async def arn(self, context: Context, physical_id: str) -> str:
        """Return the cluster's ARN."""
        return f"arn:aws:ecs:{context.scope.region}:{context.scope.account}:cluster/{physical_id}"

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN."""
        return {"Arn": await self.arn(context, physical_id)}


class ClusterCapacityProviderAssociations(Part):
    """A cluster's capacity providers, as a resource of their own."""

    schema = Schema(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        properties=words("CapacityProviders Cluster DefaultCapacityProviderStrategy"),
        required=words("Cluster DefaultCapacityProviderStrategy"),
        create_only=words("Cluster"),
    )
    creates = "PutClusterCapacityProviders"

    async def create(self, context: Context, properties: Properties) -> str:
        """Put them."""
        await self.call(context, self.creates, **{"capacityProviders": [], **self.params(properties)})
        return str(properties["Cluster"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put them again."""
        await self.call(context, self.creates, **{"capacityProviders": [], **self.params(new)})

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Put none."""
        await self.call_unless(
            GONE,
            context,
            self.creates,
            cluster=physical_id,
            capacityProviders=[],
            defaultCapacityProviderStrategy=[],
        )


class TaskDefinition(Part):
    """A revision of a task definition; any change but of tags makes a new one."""

    schema = Schema(
        "AWS::ECS::TaskDefinition",
        properties=words(
            "ContainerDefinitions Cpu EnableFaultInjection EphemeralStorage ExecutionRoleArn Family"
            " InferenceAccelerators IpcMode Memory NetworkMode PidMode PlacementConstraints"
            " ProxyConfiguration RequiresCompatibilities RuntimePlatform Tags TaskRoleArn Volumes"
        ),
        create_only=words(
            "ContainerDefinitions Cpu EnableFaultInjection EphemeralStorage ExecutionRoleArn Family"
            " InferenceAccelerators IpcMode Memory NetworkMode PidMode PlacementConstraints"
            " ProxyConfiguration RequiresCompatibilities RuntimePlatform TaskRoleArn Volumes"
        ),
        attributes=words("TaskDefinitionArn"),
        tags="list",
    )
    creates = "RegisterTaskDefinition"
    special = words("ProxyConfiguration")

    def params(self, properties: Properties) -> dict[str, Any]:
        """Name the proxy's properties as the API does."""
        params = super().params(properties)
        if "ProxyConfiguration" in properties:
            proxy = dict(properties["ProxyConfiguration"])
            proxy["Properties"] = proxy.pop("ProxyConfigurationProperties", [])
            params.update(to_params(self.service, self.creates, {"ProxyConfiguration": proxy}))
        return params

    async def create(self, context: Context, properties: Properties) -> str:
        """Register a revision."""
        params = {"family": context.new_name(), **self.params(properties), **self.tag_params(context)}
        made = await self.call(context, "RegisterTaskDefinition", **params)
        return str(made["taskDefinition"]["taskDefinitionArn"])

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Deregister the revision."""
        await self.call(context, "DeregisterTaskDefinition", taskDefinition=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN with the revision."""
        return {"TaskDefinitionArn": physical_id}
