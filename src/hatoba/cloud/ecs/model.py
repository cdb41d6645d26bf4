"""What ECS knows: frozen records, as they are kept in the state.

Lists that AWS returns newest first (deployments, events) are kept newest first. Times are epoch seconds.
What a client registered and expects back unchanged is kept as the client wrote it, in a plain dict.

Of a task what is as by default is not written to the state, which makes a write a quarter cheaper: a
default of its records must never change.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

TaskStatus = Literal[
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
    "STOPPED",
]
Health = Literal["HEALTHY", "UNHEALTHY", "UNKNOWN"]
Json = dict[str, object]


class StrategyItem(msgspec.Struct, frozen=True):
    """One capacity provider of a strategy."""

    provider: str
    weight: int = 0
    base: int = 0


class Cluster(msgspec.Struct, frozen=True):
    """A cluster; a deleted one stays as INACTIVE."""

    name: str
    created_at: float
    status: str = "ACTIVE"
    container_insights: str = "disabled"
    capacity_providers: tuple[str, ...] = ()
    default_strategy: tuple[StrategyItem, ...] = ()
    configuration: Json | None = None
    service_connect_namespace: str | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """The cluster's name."""
        return self.name


class TaskDefinition(msgspec.Struct, frozen=True):
    """One revision of a family. ``definition`` holds the members as they were registered."""

    family: str
    revision: int
    definition: Json
    registered_at: float
    registered_by: str
    status: str = "ACTIVE"
    deregistered_at: float | None = None
    delete_requested_at: float | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """``family:revision``, with the revision padded so that keys sort by it."""
        return f"{self.family}:{self.revision:08d}"


class Subnet(msgspec.Struct, frozen=True):
    """A subnet that tasks may be placed in."""

    id: str
    zone: str


class Network(msgspec.Struct, frozen=True):
    """Where the tasks' network interfaces are made."""

    subnets: tuple[Subnet, ...]
    security_groups: tuple[str, ...] = ()
    assign_public_ip: str = "DISABLED"


class Registry(msgspec.Struct, frozen=True):
    """The Cloud Map service that the tasks are registered in."""

    arn: str
    container_name: str | None = None
    container_port: int | None = None
    port: int | None = None


class LoadBalancer(msgspec.Struct, frozen=True):
    """A target group that the tasks' addresses are registered in."""

    target_group_arn: str
    container_name: str
    container_port: int


class Revision(msgspec.Struct, frozen=True):
    """What a deployment deploys: all that makes a new deployment necessary when it changes."""

    task_definition: str
    network: Network
    registries: tuple[Registry, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    launch_type: str | None = "FARGATE"
    strategy: tuple[StrategyItem, ...] = ()
    platform_version: str = "LATEST"


class Deployment(msgspec.Struct, frozen=True):
    """One deployment of a service.

    Attributes:
        failed_tasks: Tasks in a row that failed to reach RUNNING, as AWS reports it.
        failures: What the circuit breaker counts.
        started_at: When the scheduler first took it up; None while it is PENDING.
        has_run: A task of it has been RUNNING: the breaker then counts failed health checks only.
        failed_starts: Rounds of starts in a row of which no task has been RUNNING.
        cannot_place: Why the last of them could not be made ready for its containers, in AWS's words.
        pauses: How often the pause before the next start has grown.
        last_failure_at: When it last grew; a failure of a task made before then does not grow it again.
        next_start_at: No task is started before.
        rolls_back: The failed deployment that this one is the way back from.
        alarms_at_start: Which of the alarms it had found in ALARM when it looked first; None before.
        alarms_gone_off: Which went into ALARM since.
        bakes_until: Until when a deployment with alarms is watched though all of its tasks serve.
    """

    id: str
    service_deployment_id: str
    revision: Revision
    created_at: float
    updated_at: float
    desired_count: int
    status: str = "PRIMARY"
    rollout_state: str = "IN_PROGRESS"
    rollout_reason: str = ""
    failed_tasks: int = 0
    failures: int = 0
    has_run: bool = False
    failed_starts: int = 0
    cannot_place: str = ""
    pauses: int = 0
    last_failure_at: float = 0.0
    next_start_at: float = 0.0
    started_at: float | None = None
    finished_at: float | None = None
    rolls_back: str | None = None
    stop_requested: bool = False
    alarms_at_start: tuple[str, ...] | None = None
    alarms_gone_off: tuple[str, ...] = ()
    bakes_until: float | None = None
    images: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def number(self) -> str:
        """The digits of the id; they also name the service revision."""
        return self.id.removeprefix("ecs-svc/")


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a service's history; ``name`` is that of its event in EventBridge, if any."""

    id: str
    created_at: float
    message: str
    name: str = ""


class Alarms(msgspec.Struct, frozen=True):
    """CloudWatch alarms that fail a deployment while it is in progress."""

    names: tuple[str, ...]
    enable: bool
    rollback: bool


class Threshold(msgspec.Struct, frozen=True):
    """How many failures fire the circuit breaker: a number of tasks, or a percent of the desired count."""

    type: str = "BOUNDED_PERCENT"
    value: int = 50


class Rollout(msgspec.Struct, frozen=True):
    """How deployments roll; thresholds as AWS counts them.

    Attributes:
        threshold: The circuit breaker's, where one was given.
        resets_on_healthy_task: A healthy task puts the circuit breaker's counter to 0, where that was given.
    """

    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    breaker: bool = False
    rollback: bool = False
    alarms: Alarms | None = None
    threshold: Threshold | None = None
    resets_on_healthy_task: bool | None = None


class Service(msgspec.Struct, frozen=True):
    """A service; a deleted one stays as INACTIVE until its name is used again.

    Attributes:
        fingerprint: What it was created from, to tell a repeated creation from another one.
        last_revision: What its last deployment deployed.
        last_completed: The newest completed deployment: where a rollback goes.
        steady_since: When it last reached its steady state; None while it has not.
        troubles: What its events say that stands in its way, and when they said so last.
    """

    cluster: str
    name: str
    desired_count: int
    created_at: float
    created_by: str
    last_revision: Revision
    deployments: tuple[Deployment, ...] = ()
    status: str = "ACTIVE"
    rollout: Rollout = Rollout()
    events: tuple[Event, ...] = ()
    last_completed: Deployment | None = None
    steady_since: float | None = None
    troubles: dict[str, float] = msgspec.field(default_factory=dict)
    health_check_grace_s: int = 0
    zone_rebalancing: str = "ENABLED"
    enable_execute_command: bool = False
    enable_managed_tags: bool = False
    propagate_tags: str = "NONE"
    fingerprint: str = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """``cluster/service``."""
        return f"{self.cluster}/{self.name}"

    @property
    def primary(self) -> Deployment:
        """The newest deployment."""
        return self.deployments[0]

    @property
    def current(self) -> Revision:
        """What the newest deployment deploys; of a deleted service, what it deployed last."""
        return self.deployments[0].revision if self.deployments else self.last_revision


class PastDeployment(msgspec.Struct, frozen=True):
    """A deployment that left its service's list, with what it was rolled out with."""

    cluster: str
    service: str
    deployment: Deployment
    rollout: Rollout

    @property
    def key(self) -> str:
        """``cluster/service/number``."""
        return f"{self.cluster}/{self.service}/{self.deployment.number}"


class Pin(msgspec.Struct, frozen=True):
    """What an image's tag meant: the engine's id for it, and its registry's digest if it has one."""

    id: str
    digest: str | None = None


class ImagePins(msgspec.Struct, frozen=True):
    """The images of a deployment's tasks, by reference."""

    deployment: str
    images: dict[str, Pin]

    @property
    def key(self) -> str:
        """The deployment's id."""
        return self.deployment


class Attachment(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A task's network interface."""

    id: str
    subnet_id: str
    zone: str
    status: str = "PRECREATED"
    interface_id: str | None = None
    mac_address: str | None = None
    private_dns_name: str | None = None
    private_ip: str | None = None


class Container(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One container of a task. ``started_at`` is the latest start: a restart policy may give several.

    ``health`` stands since ``health_since``, told by the check that wrote ``health_output``.
    """

    name: str
    id: str
    image: str
    cpu: int = 0
    memory: int | None = None
    memory_reservation: int | None = None
    last_status: str = "PENDING"
    image_digest: str | None = None
    runtime_id: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    health: Health = "UNKNOWN"
    health_since: float | None = None
    health_output: str = ""
    started_at: float | None = None
    stopped_at: float | None = None
    restarts: int = 0


class Endpoint(msgspec.Struct, frozen=True):
    """Where one container port is reached from this machine.

    ``guard`` is the port of the same host that other tasks are told: there the cloud listens, and passes on
    whom security groups let through. None where nobody stands between.
    """

    container: str
    container_port: int
    host: str
    port: int
    protocol: str = "tcp"
    guard: int | None = None

    @property
    def told_port(self) -> int:
        """The port that other tasks are told."""
        return self.guard or self.port


class Task(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A task, of a service or by itself.

    Attributes:
        service: The service's name; None for a task that was run by itself.
        deployment: The id of the deployment that started it.
        registry: Where it is registered while it runs.
        load_balancers: The target groups that it is a target of while it runs.
        target_health: What they say of it; UNHEALTHY for ``target_trouble``: group, port and reason.
        runtime: The kind of runtime that runs it, once chosen.
        runs_so: Why that one, and what of the definition it does not do, in sentences for people.
        is_registered: It stands in Cloud Map, or in target groups.
        is_ready: It may get traffic: its health check passed, or its port answered; its targets are healthy.
        is_counted: Its end was taken into account by its service.
        protected_until: No scale-in and no deployment stops it before.
    """

    cluster: str
    id: str
    task_definition: str
    group: str
    created_at: float
    network: Network
    attachment: Attachment
    containers: tuple[Container, ...]
    cpu: str
    memory: str
    service: str | None = None
    deployment: str | None = None
    registry: Registry | None = None
    load_balancers: tuple[LoadBalancer, ...] = ()
    target_health: Health = "UNKNOWN"
    target_trouble: tuple[str, int, str] | None = None
    started_by: str | None = None
    capacity_provider: str | None = None
    overrides: Json = msgspec.field(default_factory=dict)
    enable_execute_command: bool = False
    ephemeral_storage_gib: int = 20
    desired_status: str = "RUNNING"
    last_status: TaskStatus = "PROVISIONING"
    version: int = 1
    health: Health = "UNKNOWN"
    connectivity_at: float | None = None
    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    started_at: float | None = None
    stopping_at: float | None = None
    execution_stopped_at: float | None = None
    stopped_at: float | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    runtime: str | None = None
    endpoints: tuple[Endpoint, ...] = ()
    is_registered: bool = False
    is_ready: bool = False
    is_counted: bool = False
    runs_so: str = ""
    protected_until: float | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """``cluster/task-id``."""
        return f"{self.cluster}/{self.id}"

    @property
    def service_key(self) -> str | None:
        """The key of the service that it belongs to."""
        return f"{self.cluster}/{self.service}" if self.service else None

    @property
    def is_live(self) -> bool:
        """It runs or is on its way to."""
        return self.desired_status == "RUNNING" and self.last_status != "STOPPED"

    def container(self, name: str) -> Container:
        """Return its container of that name."""
        return next(each for each in self.containers if each.name == name)


class Token(msgspec.Struct, frozen=True):
    """A client token of RunTask and what was run with it."""

    cluster: str
    token: str
    fingerprint: str
    tasks: tuple[str, ...]
    created_at: float

    @property
    def key(self) -> str:
        """``cluster/token``."""
        return f"{self.cluster}/{self.token}"


class InsideServer(msgspec.Struct, frozen=True):
    """Where tasks ask about themselves, and what their tokens are made from. There is one in a cloud."""

    port: int
    secret: str

    key: ClassVar[str] = "inside"


class CalledName(msgspec.Struct, frozen=True):
    """A name with a port that tasks call, and the port of this machine where the cloud listens for it."""

    host: str
    port: int
    listens_on: int = 0

    @property
    def key(self) -> str:
        """What is called, as callers write it."""
        return f"{self.host}:{self.port}"


class AccountSetting(msgspec.Struct, frozen=True):
    """What one principal, or the account by its root, has set."""

    principal: str
    name: str
    value: str

    @property
    def key(self) -> str:
        """``principal name``."""
        return f"{self.principal} {self.name}"
