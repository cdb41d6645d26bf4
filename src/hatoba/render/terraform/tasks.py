"""Task definitions and services, where Terraform's arguments lie otherwise than the properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.plan.terms import Reference

if TYPE_CHECKING:
    from hatoba.plan import load
    from hatoba.plan import resources as aws
    from hatoba.plan.terms import Whole, Words
    from hatoba.render.terraform.writer import Body, Scribe


def container_definitions(
    scribe: Scribe, task: aws.TaskDefinition, containers: tuple[aws.ContainerDefinition, ...]
) -> Body:
    """The containers, in a local of their own: ECS takes them as one JSON text in its API's spelling."""
    name = f"{scribe.labels[task.id]}_containers"
    scribe.locals[name] = scribe.camel(containers, task)
    return {"container_definitions": f"${{jsonencode(local.{name})}}"}


def dns_config(scribe: Scribe, service: aws.DiscoveryService, config: aws.DnsConfig) -> Body:
    """The records, with the namespace, which Terraform wants here."""
    namespace = scribe.value(service.namespace_id, service)
    return {"dns_config": {"namespace_id": namespace} | scribe.record(config, service)}


def default_strategy(
    scribe: Scribe, associations: aws.ClusterCapacityProviderAssociations, strategy: tuple[aws.Document, ...]
) -> Body:
    """The cluster's default strategy; an empty one is none."""
    if strategy:
        scribe.refuse(associations, "the property DefaultCapacityProviderStrategy is not carried")
    return {}


def network_configuration(scribe: Scribe, network: aws.NetworkConfiguration, of: aws.Resource | str) -> Body:
    """Subnets and groups; whether tasks get a public address is a truth here, not a word."""
    inner = network.awsvpc_configuration
    return {
        "subnets": scribe.value(inner.subnets, of),
        "security_groups": scribe.value(inner.security_groups or (), of),
        "assign_public_ip": inner.assign_public_ip == "ENABLED",
    }


def desired_count(scribe: Scribe, service: aws.Service, count: Whole | None) -> Body:
    """How many tasks run. Where automatic scaling says it, Terraform must not set it back at every apply."""
    if count is None:
        return {"desired_count": 1, "lifecycle": {"ignore_changes": ["desired_count"]}}
    return {"desired_count": scribe.value(count, service)}


COOLDOWN_S = 300
"""Application Auto Scaling's own for ECS. Terraform's provider sends 0 where its configuration says nothing.
https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html"""


def target_tracking(scribe: Scribe, tracking: load.TargetTracking, of: aws.Resource | str) -> Body:
    """The value to keep, with both cooldowns said."""
    said = (tracking.scale_in_cooldown, tracking.scale_out_cooldown)
    scale_in, scale_out = (COOLDOWN_S if seconds is None else seconds for seconds in said)
    return {
        "predefined_metric_specification": scribe.record(tracking.predefined_metric_specification, of),
        "target_value": scribe.value(tracking.target_value, of),
        "scale_in_cooldown": scale_in,
        "scale_out_cooldown": scale_out,
    }


def of_target(scribe: Scribe, policy: load.ScalingPolicy, target: Words) -> Body:
    """What a policy scales: CloudFormation names the target, Terraform each of its members."""
    if not isinstance(target, Reference):
        scribe.refuse(policy, "the property ScalingTargetId is not a resource of the definition")
        return {}
    address = scribe.address(target.id)
    members = ("resource_id", "scalable_dimension", "service_namespace")
    return {member: f"${{{address}.{member}}}" for member in members}


def deployment_configuration(
    scribe: Scribe, service: aws.Service, configuration: aws.DeploymentConfiguration
) -> Body:
    """How a rolling deployment goes: three arguments of the service itself."""
    given = {
        "deployment_minimum_healthy_percent": configuration.minimum_healthy_percent,
        "deployment_maximum_percent": configuration.maximum_percent,
        "deployment_circuit_breaker": configuration.deployment_circuit_breaker,
    }
    return {name: scribe.value(value, service) for name, value in given.items() if value is not None}


def force_new_deployment(scribe: Scribe, service: aws.Service, force: aws.ForceNewDeployment | None) -> Body:
    """A change of the nonce is a change of the service, and every change starts a new deployment."""
    if force is None:
        return {}
    return {
        "force_new_deployment": force.enable_force_new_deployment,
        "triggers": {"nonce": scribe.value(force.force_new_deployment_nonce, service)},
    }
