"""Which of Terraform's types, arguments and attributes CloudFormation's become: one table for all.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.plan import elb, http, load
from hatoba.plan import resources as aws
from hatoba.render.terraform import balancers, groups, raw, roles, routes, tasks
from hatoba.render.terraform.writer import Kind, nothing, same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.render.terraform.writer import Shape

KINDS: Mapping[type[aws.Resource], Kind] = {
    aws.LogGroup: Kind(
        "aws_cloudwatch_log_group",
        "LogGroup",
        same("retention_in_days", log_group_name="name"),
        {None: "name", "Arn": "arn :*"},
    ),
    aws.Role: Kind(
        "aws_iam_role",
        "Role",
        same(role_name="name"),
        {None: "name", "Arn": "arn"},
        {
            "assume_role_policy_document": roles.trust,
            "managed_policy_arns": roles.managed,
            "policies": roles.inline,
        },
    ),
    aws.SecurityGroup: Kind(
        "aws_security_group",
        "SecurityGroup",
        same("vpc_id", group_name="name", group_description="description"),
        {None: "id", "GroupId": "id"},
        {"security_group_ingress": groups.ingress, "security_group_egress": groups.egress},
    ),
    aws.SecurityGroupIngress: Kind(
        "aws_security_group_rule",
        "Ingress",
        same(
            *("from_port", "to_port", "source_security_group_id", "description"),
            group_id="security_group_id",
            ip_protocol="protocol",
        ),
        fixed={"type": "ingress"},
    ),
    aws.PrivateDnsNamespace: Kind(
        "aws_service_discovery_private_dns_namespace",
        "Namespace",
        same("name", "vpc", "description"),
        {None: "id", "Id": "id", "Arn": "arn"},
    ),
    aws.DiscoveryService: Kind(
        "aws_service_discovery_service",
        "DiscoveryService",
        same("name", "description", "health_check_custom_config"),
        {None: "id", "Id": "id", "Arn": "arn"},
        {"dns_config": tasks.dns_config, "namespace_id": nothing},
    ),
    aws.Cluster: Kind(
        "aws_ecs_cluster",
        "Cluster",
        same(cluster_name="name"),
        {None: "name", "Arn": "arn"},
    ),
    aws.ClusterCapacityProviderAssociations: Kind(
        "aws_ecs_cluster_capacity_providers",
        "CapacityProviders",
        same("capacity_providers", cluster="cluster_name"),
        special={"default_capacity_provider_strategy": tasks.default_strategy},
    ),
    aws.TaskDefinition: Kind(
        "aws_ecs_task_definition",
        "TaskDefinition",
        same(
            *("family", "requires_compatibilities", "network_mode", "cpu", "memory"),
            *("execution_role_arn", "task_role_arn", "runtime_platform", "ephemeral_storage"),
        ),
        {None: "arn"},
        {"container_definitions": tasks.container_definitions},
    ),
    aws.Service: Kind(
        "aws_ecs_service",
        "Service",
        same(
            *("cluster", "task_definition", "launch_type", "capacity_provider_strategy"),
            *("network_configuration", "service_registries", "health_check_grace_period_seconds"),
            service_name="name",
            load_balancers="load_balancer",
        ),
        {None: "id", "ServiceArn": "id", "Name": "name"},
        {
            "desired_count": tasks.desired_count,
            "deployment_configuration": tasks.deployment_configuration,
            "force_new_deployment": tasks.force_new_deployment,
        },
        {"availability_zone_rebalancing": "ENABLED", "wait_for_steady_state": True},
    ),
    load.ScalableTarget: Kind(
        "aws_appautoscaling_target",
        "ScalableTarget",
        same("min_capacity", "max_capacity", "resource_id", "scalable_dimension", "service_namespace"),
        {None: "id"},
    ),
    load.ScalingPolicy: Kind(
        "aws_appautoscaling_policy",
        "ScalingPolicy",
        same("policy_type", "target_tracking_scaling_policy_configuration", policy_name="name"),
        {None: "arn", "Arn": "arn"},
        {"scaling_target_id": tasks.of_target},
    ),
    load.Schedule: Kind(
        "aws_scheduler_schedule",
        "Schedule",
        same(
            *("name", "description", "schedule_expression", "schedule_expression_timezone"),
            *("state", "flexible_time_window", "target"),
        ),
        {None: "name", "Arn": "arn"},
    ),
    elb.LoadBalancer: Kind(
        "aws_lb",
        "LoadBalancer",
        same("subnets", "security_groups", type="load_balancer_type"),
        {None: "arn", "DNSName": "dns_name", "LoadBalancerFullName": "arn_suffix"},
        {"scheme": balancers.scheme},
    ),
    elb.TargetGroup: Kind(
        "aws_lb_target_group",
        "TargetGroup",
        same("target_type", "port", "protocol", "vpc_id"),
        {None: "arn", "TargetGroupFullName": "arn_suffix"},
        {
            "health_check_path": balancers.health_check,
            "target_group_attributes": balancers.target_group_attributes,
        },
    ),
    elb.Listener: Kind(
        "aws_lb_listener",
        "Listener",
        same("load_balancer_arn", "port", "protocol", default_actions="default_action"),
        {None: "arn"},
    ),
    aws.Raw: Kind("aws_cloudformation_stack", "", special={"type": raw.stack, **raw.SAID}),
    http.VpcLink: Kind(
        "aws_apigatewayv2_vpc_link",
        "VpcLink",
        same("name", "subnet_ids"),
        {None: "id"},
        {"security_group_ids": groups.link_groups},
    ),
    http.Api: Kind(
        "aws_apigatewayv2_api",
        "Api",
        same("name", "description", "protocol_type", "cors_configuration"),
        {None: "id", "ApiEndpoint": "api_endpoint"},
    ),
    http.Stage: Kind(
        "aws_apigatewayv2_stage",
        "Stage",
        same("api_id", "auto_deploy", stage_name="name"),
        {None: "name"},
        {"access_log_settings": routes.access_log_settings},
    ),
    http.Authorizer: Kind(
        "aws_apigatewayv2_authorizer",
        "Authorizer",
        same("api_id", "name", "authorizer_type", "jwt_configuration", identity_source="identity_sources"),
        {None: "id"},
    ),
    http.Integration: Kind(
        "aws_apigatewayv2_integration",
        "Integration",
        same(
            *("api_id", "integration_type", "integration_method", "integration_uri"),
            *("connection_type", "connection_id", "payload_format_version"),
            timeout_in_millis="timeout_milliseconds",
        ),
        {None: "id"},
    ),
    http.Route: Kind(
        "aws_apigatewayv2_route",
        "Route",
        same(
            *("api_id", "route_key", "target"),
            *("authorization_type", "authorizer_id", "authorization_scopes"),
        ),
        {None: "id"},
    ),
}

SHAPES: Mapping[type[Any], Shape] = {
    aws.HealthCheckCustomConfig: same("failure_threshold"),
    aws.DnsConfig: same("routing_policy", "dns_records"),
    aws.DnsRecord: same("type", "ttl"),
    aws.RuntimePlatform: same("cpu_architecture", "operating_system_family"),
    aws.EphemeralStorage: same("size_in_gib"),
    aws.NetworkConfiguration: tasks.network_configuration,
    aws.CapacityProviderStrategyItem: same("capacity_provider", "weight", "base"),
    aws.LoadBalancer: same("target_group_arn", "container_name", "container_port"),
    load.TargetTracking: tasks.target_tracking,
    load.PredefinedMetricSpecification: same("predefined_metric_type"),
    load.FlexibleTimeWindow: same("mode", "maximum_window_in_minutes"),
    load.Target: same("arn", "role_arn", "ecs_parameters", "retry_policy"),
    load.EcsParameters: same(
        *("task_definition_arn", "task_count", "launch_type", "network_configuration"),
        "capacity_provider_strategy",
    ),
    load.RetryPolicy: same("maximum_retry_attempts"),
    elb.Action: same("type", "target_group_arn"),
    aws.ServiceRegistry: same("registry_arn", "container_name", "container_port"),
    aws.DeploymentCircuitBreaker: same("enable", "rollback"),
    http.CorsConfiguration: same(
        *("allow_origins", "allow_headers", "allow_methods", "expose_headers"),
        *("allow_credentials", "max_age"),
    ),
    http.AccessLogSettings: same("destination_arn", "format"),
    http.JwtConfiguration: same("issuer", "audience"),
}
"""Nested records as blocks: their fields' names as arguments, or a function."""
