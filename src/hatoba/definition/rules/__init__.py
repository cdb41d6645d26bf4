"""AWS's rules that can be checked before any call, in one table.

A rule is a pure function: a construct and what is known of its values in, findings out. It looks at one
kind of construct, and adding a rule is adding a line here. Most rules read a construct's own arguments; the
others read what it names as well, and wait until that is free of wrong arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from hatoba.definition import apigateway, autoscaling, cloudmap, ec2, ecs, iam, logs, scheduler
from hatoba.definition.construct import Construct, Existing
from hatoba.definition.faults import Finding
from hatoba.definition.known import Known
from hatoba.definition.raw import Raw
from hatoba.definition.rules import (
    belonging,
    entry,
    later,
    logging,
    names,
    outside,
    reach,
    services,
    tags,
    tasks,
)
from hatoba.definition.system import System

Rule: TypeAlias = Callable[[Any, Known], Iterable[Finding]]

RuleOf: TypeAlias = tuple[type[Construct], Rule]

OWN: tuple[RuleOf, ...] = (
    (Construct, tags.tags),
    (System, names.system_name),
    (System, names.output_names),
    (System, belonging.input_names),
    (logs.LogGroup, names.log_group_name),
    (logs.LogGroup, logging.retention),
    (logs.LogDriver, logging.driver),
    (logs.LogDriver, logging.driver_options),
    (iam.Role, names.role_name),
    (iam.Allow, names.actions),
    (ec2.SecurityGroup, names.security_group_name),
    (ec2.Rule, services.traffic),
    (cloudmap.PrivateDnsNamespace, names.namespace_name),
    (cloudmap.Service, names.discovery_service_name),
    (cloudmap.Service, services.records),
    (cloudmap.Service, services.failure_threshold),
    (ecs.Cluster, names.cluster_name),
    (ecs.Port, names.port_name),
    (ecs.Port, tasks.port_numbers),
    (ecs.HealthCheck, tasks.health_check),
    (ecs.Container, names.container_name),
    (ecs.Container, names.image_name),
    (ecs.Container, tasks.short_ports),
    (ecs.Container, tasks.timeouts),
    (ecs.Container, tasks.entry),
    (ecs.Container, tasks.local_command_image),
    (ecs.Container, tasks.environment),
    (ecs.Container, outside.secrets_are_references),
    (ecs.Container, tasks.container_memory),
    (ecs.TaskDefinition, names.family_name),
    (ecs.TaskDefinition, tasks.storage),
    (ecs.CircuitBreaker, services.circuit_breaker),
    (ecs.Service, names.service_name),
    (ecs.Service, services.desired_count),
    (ecs.Service, services.deployment_percents),
    (ecs.Service, services.service_network),
    (ecs.Service, later.scaled_count),
    (ecs.Service, later.health),
    (ecs.Spot, later.spot),
    (ecs.Job, names.job_name),
    (ecs.Job, later.job),
    (autoscaling.AutoScaling, later.scaling_range),
    (autoscaling.AutoScaling, later.scaling_targets),
    (scheduler.When, later.expression),
    (scheduler.Schedule, later.schedule),
    (Existing, outside.existing_names),
    (Raw, outside.raw_words),
    (Raw, outside.raw_order),
    (apigateway.VpcLink, names.vpc_link_name),
    (apigateway.VpcLink, services.link_network),
    (apigateway.Cors, entry.cors_origins),
    (apigateway.Cors, entry.cors_methods),
    (apigateway.Cors, entry.cors_max_age),
    (apigateway.JwtAuthorizer, names.authorizer_name),
    (apigateway.JwtAuthorizer, entry.issuer),
    (apigateway.JwtAuthorizer, entry.audience),
    (apigateway.JwtAuthorizer, entry.identity_source),
    (apigateway.Route, entry.route_path),
    (apigateway.Route, entry.route_methods),
    (apigateway.Route, entry.route_scopes),
    (apigateway.Route, entry.route_timeout),
    (apigateway.HttpApi, names.api_name),
    (apigateway.HttpApi, entry.access_log),
)
"""Rules that read nothing but a construct's own arguments."""

WIDE: tuple[RuleOf, ...] = (
    (System, names.names_are_unique),
    (System, tags.number_of_tags),
    (System, belonging.inputs_are_declared),
    (System, belonging.attributes_belong),
    (System, reach.calls_by_name),
    (System, outside.raw_names),
    (ec2.SecurityGroup, services.rules_of_group),
    (ecs.TaskDefinition, tasks.fargate_size),
    (ecs.TaskDefinition, tasks.containers),
    (ecs.TaskDefinition, tasks.container_sums),
    (ecs.TaskDefinition, tasks.ports_differ),
    (ecs.TaskDefinition, tasks.dependencies),
    (ecs.TaskDefinition, tasks.execution_role),
    (ecs.TaskDefinition, tasks.local_commands_agree),
    (ecs.TaskDefinition, outside.secrets_may_be_read),
    (ecs.Service, services.registry),
    (ecs.Service, later.spot_cluster),
    (ecs.Job, later.spot_cluster),
    (apigateway.HttpApi, reach.route_targets),
    (apigateway.HttpApi, reach.balancer_network),
    (apigateway.HttpApi, entry.route_keys),
    (apigateway.HttpApi, entry.quotas),
)
"""Rules that read the arguments of what a construct names as well."""

RULES = OWN + WIDE
