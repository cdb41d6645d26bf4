"""AWS::ECS::Service: made is when its deployment has reached its steady state.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import ResourceFailure
from hatoba.cloud.cloudformation.resources.base import TAGS, resets
from hatoba.cloud.cloudformation.resources.convert import known, scalar, to_member, to_params
from hatoba.cloud.cloudformation.resources.ecs import Part
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

CHANGES = ("ecs.service", "ecs.task", "ecs.deployment")
GONE = frozenset({"ServiceNotFoundException", "ServiceNotActiveException", "ClusterNotFoundException"})
BREAKER = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."


class Service(Part):
    """An ECS service."""

    schema = Schema(
        "AWS::ECS::Service",
        properties=words(
            "AvailabilityZoneRebalancing CapacityProviderStrategy Cluster DeploymentConfiguration"
            " DeploymentController DesiredCount EnableECSManagedTags EnableExecuteCommand ForceNewDeployment"
            " HealthCheckGracePeriodSeconds LaunchType LoadBalancers NetworkConfiguration"
            " PlacementConstraints PlacementStrategies PlatformVersion PropagateTags Role SchedulingStrategy"
            " ServiceConnectConfiguration ServiceName ServiceRegistries Tags TaskDefinition"
            " VolumeConfigurations VpcLatticeConfigurations"
        ),
        create_only=words("Cluster LaunchType Role SchedulingStrategy ServiceName"),
        attributes=words("Name ServiceArn"),
        tags="list",
        refused=words("GatewayConnectors Monitoring"),
    )
    creates = "CreateService"
    special = words("ForceNewDeployment PlacementStrategies")

    def params(self, properties: Properties) -> dict[str, Any]:
        """Name the placement strategies as the API does."""
        params = super().params(properties)
        if "PlacementStrategies" in properties:
            params["placementStrategy"] = to_member(
                self.service,
                self.creates,
                "placementStrategy",
                properties["PlacementStrategies"],
                where="#/PlacementStrategies",
            )
        return params

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it; one task where the template gives no number."""
        params = {"serviceName": context.new_name(), **self.params(properties), **self.tag_params(context)}
        if params.get("schedulingStrategy", "REPLICA") == "REPLICA":
            params.setdefault("desiredCount", 1)
        made = await self.call(context, "CreateService", **params, clientToken=context.token)
        return str(made["service"]["serviceArn"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Wait for the steady state of the deployment of the wanted task definition."""
        wanted = properties.get("TaskDefinition")

        async def is_steady() -> bool:
            service = await self._describe(context, physical_id, properties)
            if service is None or service.get("status") != "ACTIVE":
                raise ResourceFailure(f"Service {physical_id} is no longer active.")
            return _is_steady(service, wanted)

        await context.wait(CHANGES, is_steady, f"service {physical_id} to reach a steady state")

    async def _describe(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any] | None:
        found = await self.call_unless(
            GONE, context, "DescribeServices", services=[physical_id], **_cluster(properties)
        )
        services = (found or {}).get("services") or [None]
        service: Mapping[str, Any] | None = services[0]
        return service

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change everything that UpdateService can change; a new nonce forces a new deployment."""
        given = known(self.service, "UpdateService", new)
        leave_out = self.special | self.schema.create_only | TAGS
        params = {
            **to_params(self.service, "UpdateService", given, leave_out=leave_out),
            **{member: value for member, value in self.params(new).items() if member == "placementStrategy"},
            **resets(self.service, "UpdateService", old, new),
            **_cluster(new),
        }
        force = new.get("ForceNewDeployment") or {}
        if force != (old.get("ForceNewDeployment") or {}):
            wants = scalar("boolean", force.get("EnableForceNewDeployment", False), "#/ForceNewDeployment")
            params["forceNewDeployment"] = wants
        await self.call(context, "UpdateService", **params, service=physical_id)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it by force and wait until its last task is gone."""
        await self.call_unless(
            GONE, context, "DeleteService", service=physical_id, force=True, **_cluster(properties)
        )

        async def is_gone() -> bool:
            service = await self._describe(context, physical_id, properties)
            return service is None or service.get("status") == "INACTIVE"

        await context.wait(CHANGES, is_gone, f"service {physical_id} to end")

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and name."""
        return {"ServiceArn": physical_id, "Name": physical_id.rpartition("/")[2]}


def _cluster(properties: Properties) -> dict[str, Any]:
    return {"cluster": properties["Cluster"]} if "Cluster" in properties else {}


def _is_steady(service: Mapping[str, Any], wanted: object) -> bool:
    """Say whether the wanted deployment is complete.

    Raises:
        ResourceFailure: It failed, or the circuit breaker went back to another one.
    """
    deployments = service.get("deployments") or []
    failed = [each for each in deployments if each.get("rolloutState") == "FAILED"]
    primary = next((each for each in deployments if each.get("status") == "PRIMARY"), None)
    if failed and (primary is None or primary in failed or _is_other(primary, wanted)):
        raise ResourceFailure(BREAKER)
    if primary is None:
        return False
    if _is_other(primary, wanted):
        raise ResourceFailure(BREAKER)
    # A changed count starts no deployment: the one that stands stays COMPLETED while tasks come and go.
    is_as_wanted = len(deployments) == 1 and service.get("runningCount") == service.get("desiredCount")
    return is_as_wanted and primary.get("rolloutState", "COMPLETED") == "COMPLETED"


def _is_other(deployment: Mapping[str, Any], wanted: object) -> bool:
    """Say whether the deployment is of another task definition than the one wanted (an ARN)."""
    return (
        isinstance(wanted, str) and wanted.startswith("arn:") and deployment.get("taskDefinition") != wanted
    )
