"""What runs: clusters, task definitions and services of Amazon ECS on Fargate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import KW_ONLY
from typing import Literal

from pydantic import Field

from hatoba.definition import cloudmap
from hatoba.definition.autoscaling import AutoScaling
from hatoba.definition.construct import Construct, construct
from hatoba.definition.ec2 import SecurityGroup
from hatoba.definition.iam import ExecutionRole, Role
from hatoba.definition.inputs import Input, Inputs
from hatoba.definition.logs import LogDriver, LogGroup
from hatoba.definition.values import Attribute, Count, Text, Texts


@construct
class Cluster(Construct):
    """A cluster with the capacity providers that its services may use."""

    name: str
    capacity_providers: Sequence[Literal["FARGATE", "FARGATE_SPOT"]] = ("FARGATE",)
    tags: Mapping[str, str] = Field(default_factory=dict)

    @property
    def arn(self) -> Attribute:
        """The cluster's ARN."""
        return Attribute(self, "arn")


@construct
class Port(Construct):
    """A port of a container. On Fargate the host port is the container port."""

    container_port: int
    host_port: int | None = None
    protocol: Literal["tcp", "udp"] = "tcp"
    name: str | None = None


@construct
class HealthCheck(Construct):
    """A command run in the container: exit status 0 means healthy. Times in seconds."""

    command: Sequence[str]
    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 0


@construct
class DependsOn(Construct):
    """A container that must have come so far before this one starts."""

    container: str
    condition: Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"] = "START"


@construct
class Container(Construct):
    """A container of a task. ``log`` is a log group, or a driver for anything else.

    ``sh`` is short for the entry point ``sh -c`` and one command.

    ``local_command`` stands in for the image on a machine without a container engine: it runs in the folder
    of the definition, with ``PORT`` and ``HOST`` in its environment, and is no part of what is deployed.
    """

    name: str
    image: Text
    ports: Sequence[int | Port] = ()
    _: KW_ONLY
    entry_point: Sequence[str] | None = None
    command: Sequence[str] | None = None
    sh: str | None = None
    environment: Mapping[str, Text] = Field(default_factory=dict)
    secrets: Mapping[str, Text] = Field(default_factory=dict)
    essential: bool = True
    cpu: int | None = None
    memory: int | None = None
    memory_reservation: int | None = None
    log: LogGroup | LogDriver | None = None
    health_check: HealthCheck | None = None
    depends_on: Sequence[DependsOn] = ()
    start_timeout: int | None = None
    stop_timeout: int | None = None
    user: str | None = None
    working_directory: str | None = None
    readonly_root_filesystem: bool | None = None
    local_command: Sequence[str] | None = None

    @property
    def port_mappings(self) -> tuple[Port, ...]:
        """Every port in its long form."""
        return tuple(port if isinstance(port, Port) else Port(port) for port in self.ports)


@construct
class Size(Construct):
    """How big a task is: ``cpu`` in CPU units (1024 is one vCPU), ``memory`` in MiB."""

    cpu: Count
    memory: Count


class TaskInputs(Inputs):
    """A task's size as inputs."""

    memory = Input.number(description="Memory of a task in MiB")
    cpu = Input.number(description="CPU units of a task; 1024 is one vCPU")

    def __init__(self, *, memory: int | None = None, cpu: int | None = None) -> None:
        super().__init__(memory=memory, cpu=cpu)


class ServiceInputs(Inputs):
    """What a service differs in as inputs: how many tasks, and the HTTP methods that have a route."""

    desired_count = Input.number(description="How many tasks run")
    http_methods = Input.http_methods(description="The HTTP methods that have a route")

    def __init__(
        self, *, desired_count: int | None = None, http_methods: Collection[str] | None = None
    ) -> None:
        super().__init__(desired_count=desired_count, http_methods=http_methods)


@construct
class TaskDefinition(Construct):
    """What a task is made of."""

    family: str
    containers: Sequence[Container]
    size: Size | TaskInputs
    _: KW_ONLY
    execution_role: ExecutionRole | Role | None = None
    task_role: Role | None = None
    cpu_architecture: Literal["X86_64", "ARM64"] | None = None
    ephemeral_storage_gib: int | None = None
    tags: Mapping[str, str] = Field(default_factory=dict)


@construct
class CircuitBreaker(Construct):
    """Gives up a deployment whose tasks do not start; ``rollback`` returns to the last one that did."""

    enable: bool = True
    rollback: bool = True


@construct
class Spot(Construct):
    """How many of the tasks run on Fargate Spot, which costs less and may be taken back in two minutes.

    The first ``base`` tasks never do; of the others ``percent`` in a hundred. The cluster has both capacity
    providers then.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """

    percent: int
    base: int = 0


@construct
class Service(Construct):
    """Tasks that are kept running. ``registry`` is the Cloud Map service that they are found by.

    ``registry_container`` and ``registry_port`` need to be said only where there is a choice; a load balancer
    sends there too. With ``autoscaling`` the load decides how many tasks run, so leave ``desired_count`` out.
    ``health_check_path`` is what an ALB asks the tasks for, where the API has that ingress, and
    ``health_check_grace_period`` the seconds that a new task has before such an answer counts.
    """

    name: str
    task_definition: TaskDefinition
    _: KW_ONLY
    cluster: Cluster
    subnets: Texts
    security_groups: Sequence[SecurityGroup | Text] = ()
    desired_count: Count = 1
    registry: cloudmap.Service | None = None
    registry_container: str | None = None
    registry_port: int | None = None
    assign_public_ip: bool = False
    circuit_breaker: CircuitBreaker = Field(default_factory=CircuitBreaker)
    minimum_healthy_percent: int | None = None
    maximum_percent: int | None = None
    force_new_deployment: bool = True
    autoscaling: AutoScaling | None = None
    spot: Spot | None = None
    health_check_path: str = "/"
    health_check_grace_period: int | None = None
    tags: Mapping[str, str] = Field(default_factory=dict)

    @property
    def arn(self) -> Attribute:
        """The service's ARN."""
        return Attribute(self, "arn")

    @property
    def registered(self) -> tuple[str, int] | None:
        """The container and port that tasks register in Cloud Map, None where that is not one."""
        pairs = [
            (container.name, port.container_port)
            for container in self.task_definition.containers
            for port in container.port_mappings
            if self.registry_container in (None, container.name)
            and self.registry_port in (None, port.container_port)
        ]
        return pairs[0] if len(pairs) == 1 else None


@construct
class Job(Construct):
    """Tasks that run once and end: ``hatoba job NAME`` starts them, or a ``scheduler.Schedule`` does.

    ``count`` tasks start at a time.
    """

    name: str
    task_definition: TaskDefinition
    _: KW_ONLY
    cluster: Cluster
    subnets: Texts
    security_groups: Sequence[SecurityGroup | Text] = ()
    count: int = 1
    assign_public_ip: bool = False
    spot: Spot | None = None
