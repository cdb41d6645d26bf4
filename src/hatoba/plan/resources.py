"""AWS resources as typed records: what CloudFormation calls types and properties, in Python's spelling.

A field's name is the property's name in snake case; nested records are nested property types; a plain mapping
is free-form (tags, log options, policy documents) and its keys are left as they are. None means left out.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from hatoba.plan.terms import Texts, Whole, Words

Document = Mapping[str, object]
Tags = Mapping[str, str]
POLICY_VERSION = "2012-10-17"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource. ``depends_on`` holds what no property refers to and yet must stand first."""

    TYPE: ClassVar[str]
    TAGS: ClassVar[Literal["list", "map", "none"]] = "list"

    id: str
    depends_on: tuple[str, ...] = ()
    condition: str | None = None

    @property
    def type_name(self) -> str:
        """CloudFormation's type; a ``Raw`` resource's own."""
        return self.TYPE


@dataclass(frozen=True, kw_only=True)
class Raw(Resource):
    """A resource of any type, in CloudFormation's own words, with terms of the plan in its properties."""

    TYPE: ClassVar[str] = ""
    TAGS: ClassVar[Literal["list", "map", "none"]] = "none"

    type: str
    properties: Document
    deletion_policy: str | None = None

    @property
    def type_name(self) -> str:
        """Its own."""
        return self.type


@dataclass(frozen=True, kw_only=True)
class LogGroup(Resource):
    """A CloudWatch Logs group."""

    TYPE: ClassVar[str] = "AWS::Logs::LogGroup"

    log_group_name: Words
    retention_in_days: Whole | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """An inline policy of a role."""

    policy_name: str
    policy_document: Document


def document(*statements: Mapping[str, object]) -> Document:
    """A policy document."""
    return {"Version": POLICY_VERSION, "Statement": statements}


@dataclass(frozen=True, kw_only=True)
class Role(Resource):
    """An IAM role with all of its policies.

    CloudFormation has nothing that removes an inline policy which others added; it manages those named here
    and drift shows the rest. Terraform's aws_iam_role_policies_exclusive would be fed from the same list.
    """

    TYPE: ClassVar[str] = "AWS::IAM::Role"

    role_name: str
    assume_role_policy_document: Document
    managed_policy_arns: tuple[Words, ...] | None = None
    policies: tuple[Policy, ...] | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class SecurityGroupRule:
    """Traffic that a security group lets through; ports are left out for protocol -1.

    The other side is a network, or another security group.
    """

    ip_protocol: str
    from_port: int | None
    to_port: int | None
    cidr_ip: str | None = None
    cidr_ipv6: str | None = None
    description: str | None = None
    source_security_group_id: Words | None = None


@dataclass(frozen=True, kw_only=True)
class SecurityGroup(Resource):
    """A security group. Its default egress, everything, stays unless rules are given."""

    TYPE: ClassVar[str] = "AWS::EC2::SecurityGroup"

    group_name: str
    group_description: str
    vpc_id: Words
    security_group_ingress: tuple[SecurityGroupRule, ...] | None = None
    security_group_egress: tuple[SecurityGroupRule, ...] | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SecurityGroupIngress(Resource):
    """One rule more for a security group that is made elsewhere in the plan."""

    TYPE: ClassVar[str] = "AWS::EC2::SecurityGroupIngress"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "none"

    group_id: Words
    ip_protocol: str
    from_port: int
    to_port: int
    source_security_group_id: Words
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class PrivateDnsNamespace(Resource):
    """A Cloud Map namespace with a private hosted zone."""

    TYPE: ClassVar[str] = "AWS::ServiceDiscovery::PrivateDnsNamespace"

    name: str
    vpc: Words
    description: str | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class DnsRecord:
    """A record that each instance gets; ``ttl`` in seconds."""

    type: str
    ttl: Whole


@dataclass(frozen=True)
class DnsConfig:
    """How a Cloud Map service answers in DNS."""

    routing_policy: str
    dns_records: tuple[DnsRecord, ...]


@dataclass(frozen=True)
class HealthCheckCustomConfig:
    """Health is told by whoever registers, here ECS."""

    failure_threshold: int


@dataclass(frozen=True, kw_only=True)
class DiscoveryService(Resource):
    """A Cloud Map service."""

    TYPE: ClassVar[str] = "AWS::ServiceDiscovery::Service"

    name: str
    namespace_id: Words
    description: str | None = None
    dns_config: DnsConfig
    health_check_custom_config: HealthCheckCustomConfig | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Cluster(Resource):
    """An ECS cluster."""

    TYPE: ClassVar[str] = "AWS::ECS::Cluster"

    cluster_name: str
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ClusterCapacityProviderAssociations(Resource):
    """What a cluster's tasks may run on. The default strategy is required, even if it is empty."""

    TYPE: ClassVar[str] = "AWS::ECS::ClusterCapacityProviderAssociations"
    TAGS: ClassVar[Literal["list", "map", "none"]] = "none"

    cluster: Words
    capacity_providers: tuple[str, ...]
    default_capacity_provider_strategy: tuple[Document, ...] = ()


@dataclass(frozen=True)
class KeyValue:
    """An environment variable."""

    name: str
    value: Words


@dataclass(frozen=True)
class Secret:
    """An environment variable whose value ECS fetches at the start."""

    name: str
    value_from: Words


@dataclass(frozen=True)
class PortMapping:
    """A container's port; with awsvpc the host's port is the same."""

    container_port: int
    host_port: int
    protocol: str
    name: str | None = None


@dataclass(frozen=True)
class LogConfiguration:
    """A log driver with options in its own names."""

    log_driver: str
    options: Mapping[str, Words]


@dataclass(frozen=True)
class HealthCheck:
    """A container's own health check; times in seconds."""

    command: tuple[str, ...]
    interval: int
    timeout: int
    retries: int
    start_period: int | None


@dataclass(frozen=True)
class ContainerDependency:
    """Another container and how far it must have come."""

    container_name: str
    condition: str


@dataclass(frozen=True, kw_only=True)
class ContainerDefinition:
    """A container of a task definition."""

    name: str
    image: Words
    essential: bool
    port_mappings: tuple[PortMapping, ...] | None = None
    entry_point: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    environment: tuple[KeyValue, ...] | None = None
    secrets: tuple[Secret, ...] | None = None
    cpu: int | None = None
    memory: int | None = None
    memory_reservation: int | None = None
    health_check: HealthCheck | None = None
    depends_on: tuple[ContainerDependency, ...] | None = None
    start_timeout: int | None = None
    stop_timeout: int | None = None
    user: str | None = None
    working_directory: str | None = None
    readonly_root_filesystem: bool | None = None
    log_configuration: LogConfiguration | None = None


@dataclass(frozen=True)
class RuntimePlatform:
    """What the containers run on."""

    cpu_architecture: str
    operating_system_family: str = "LINUX"


@dataclass(frozen=True)
class EphemeralStorage:
    """A task's own disk."""

    size_in_gib: int


@dataclass(frozen=True, kw_only=True)
class TaskDefinition(Resource):
    """A revision of a family. A change of anything but tags makes a new one."""

    TYPE: ClassVar[str] = "AWS::ECS::TaskDefinition"

    family: str
    requires_compatibilities: tuple[str, ...] = ("FARGATE",)
    network_mode: str = "awsvpc"
    cpu: Words
    memory: Words
    execution_role_arn: Words | None = None
    task_role_arn: Words | None = None
    runtime_platform: RuntimePlatform | None = None
    ephemeral_storage: EphemeralStorage | None = None
    container_definitions: tuple[ContainerDefinition, ...]
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class AwsvpcConfiguration:
    """Where a task's network interface lies."""

    subnets: Texts
    security_groups: Texts | None
    assign_public_ip: str


@dataclass(frozen=True)
class NetworkConfiguration:
    """The network of a service's tasks."""

    awsvpc_configuration: AwsvpcConfiguration


@dataclass(frozen=True)
class ServiceRegistry:
    """The Cloud Map service that tasks register in, and by which port where its records have one."""

    registry_arn: Words
    container_name: str | None
    container_port: int | None


@dataclass(frozen=True)
class DeploymentCircuitBreaker:
    """Gives up deployments that fail."""

    enable: bool
    rollback: bool


@dataclass(frozen=True)
class DeploymentConfiguration:
    """How a rolling deployment goes."""

    deployment_circuit_breaker: DeploymentCircuitBreaker | None
    minimum_healthy_percent: int | None = None
    maximum_percent: int | None = None


@dataclass(frozen=True)
class ForceNewDeployment:
    """A nonce that differs from the last one starts a deployment even where nothing else changed."""

    enable_force_new_deployment: bool
    force_new_deployment_nonce: Words


@dataclass(frozen=True)
class CapacityProviderStrategyItem:
    """A capacity provider's share of the tasks: the first ``base`` of them, then by weight."""

    capacity_provider: str
    weight: int
    base: int | None = None


@dataclass(frozen=True)
class LoadBalancer:
    """The target group that tasks register in, by which container and port."""

    target_group_arn: Words
    container_name: str
    container_port: int


@dataclass(frozen=True, kw_only=True)
class Service(Resource):
    """An ECS service on Fargate: by launch type, or by a strategy where some tasks run on Spot.

    Without ``desired_count`` automatic scaling has the last word on it.
    """

    TYPE: ClassVar[str] = "AWS::ECS::Service"

    service_name: str
    cluster: Words
    task_definition: Words
    desired_count: Whole | None = None
    launch_type: str | None = "FARGATE"
    capacity_provider_strategy: tuple[CapacityProviderStrategyItem, ...] | None = None
    network_configuration: NetworkConfiguration
    service_registries: tuple[ServiceRegistry, ...] | None = None
    load_balancers: tuple[LoadBalancer, ...] | None = None
    health_check_grace_period_seconds: int | None = None
    deployment_configuration: DeploymentConfiguration
    force_new_deployment: ForceNewDeployment | None = None
    tags: Tags = field(default_factory=dict)
