"""A registered task definition, read: the members that decide how its containers run.

The definition itself is kept and returned as the client wrote it. These are views of it, made when a
task starts; what AWS fills in for a missing member is filled in here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from hatoba.cloud.ecs.model import Json

DEFAULT_STOP_TIMEOUT_S = 30


class _View(msgspec.Struct, frozen=True, rename="camel"):
    """Members that are not named in a view are ignored: they do not decide anything in it."""


class Pair(_View, frozen=True):
    """A name and a value."""

    name: str
    value: str = ""


class Secret(_View, frozen=True):
    """A variable whose value is fetched when the task starts."""

    name: str
    value_from: str


class EnvironmentFile(_View, frozen=True):
    """A file of variables, by its ARN."""

    value: str
    type: str = "s3"


class PortMapping(_View, frozen=True):
    """A port that the container listens on."""

    container_port: int = 0
    protocol: str = "tcp"


class Dependency(_View, frozen=True):
    """What must have happened to another container before this one starts."""

    container_name: str
    condition: str


class RestartPolicy(_View, frozen=True):
    """Whether the container is started again inside the same task."""

    enabled: bool
    ignored_exit_codes: tuple[int, ...] = ()
    restart_attempt_period: int = 300


class HealthCheck(_View, frozen=True):
    """A command that says whether the container is well. Times in seconds."""

    command: tuple[str, ...]
    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 0


class LogConfiguration(_View, frozen=True):
    """Where the container's output goes."""

    log_driver: str
    options: dict[str, str] = {}


class Ulimit(_View, frozen=True):
    """A limit of the container's processes."""

    name: str
    soft_limit: int
    hard_limit: int


class MountPoint(_View, frozen=True):
    """Where a volume is seen in the container."""

    source_volume: str
    container_path: str
    read_only: bool = False


class Capabilities(_View, frozen=True):
    """Linux capabilities beyond or less than the engine's own."""

    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class Tmpfs(_View, frozen=True):
    """A folder in memory; ``size`` in MiB."""

    container_path: str
    size: int
    mount_options: tuple[str, ...] = ()


class VolumesFrom(_View, frozen=True):
    """Another container, whose volumes are seen in this one too."""

    source_container: str
    read_only: bool = False


class SystemControl(_View, frozen=True):
    """A kernel parameter and its value."""

    namespace: str
    value: str


class LinuxParameters(_View, frozen=True):
    """What Fargate allows of Linux."""

    init_process_enabled: bool = False
    capabilities: Capabilities = Capabilities()
    tmpfs: tuple[Tmpfs, ...] = ()


class ContainerDefinition(_View, frozen=True):
    """One container of a task definition."""

    name: str
    image: str
    cpu: int = 0
    memory: int | None = None
    memory_reservation: int | None = None
    essential: bool = True
    entry_point: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    environment: tuple[Pair, ...] = ()
    environment_files: tuple[EnvironmentFile, ...] = ()
    secrets: tuple[Secret, ...] = ()
    port_mappings: tuple[PortMapping, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    restart_policy: RestartPolicy | None = None
    health_check: HealthCheck | None = None
    log_configuration: LogConfiguration | None = None
    ulimits: tuple[Ulimit, ...] = ()
    mount_points: tuple[MountPoint, ...] = ()
    linux_parameters: LinuxParameters = LinuxParameters()
    working_directory: str | None = None
    user: str | None = None
    readonly_root_filesystem: bool = msgspec.field(default=False, name="readonlyRootFilesystem")
    stop_timeout: int = DEFAULT_STOP_TIMEOUT_S
    start_timeout: int | None = None
    volumes_from: tuple[VolumesFrom, ...] = ()
    version_consistency: str = "enabled"
    interactive: bool = False
    pseudo_terminal: bool = False
    system_controls: tuple[SystemControl, ...] = ()

    @property
    def is_consistent(self) -> bool:
        """Whether all tasks of a deployment use what the image's tag meant for the first."""
        return self.version_consistency != "disabled"


class EphemeralStorage(_View, frozen=True):
    """The task's own disk."""

    size_in_gib: int = msgspec.field(default=20, name="sizeInGiB")


class RuntimePlatform(_View, frozen=True):
    """What the containers are built for."""

    cpu_architecture: str = "X86_64"
    operating_system_family: str = "LINUX"


class TaskDefinitionView(_View, frozen=True):
    """A task definition."""

    family: str
    container_definitions: tuple[ContainerDefinition, ...]
    cpu: str = ""
    memory: str = ""
    network_mode: str = ""
    execution_role_arn: str | None = None
    task_role_arn: str | None = None
    requires_compatibilities: tuple[str, ...] = ()
    ephemeral_storage: EphemeralStorage = EphemeralStorage()
    runtime_platform: RuntimePlatform = RuntimePlatform()
    pid_mode: str = ""

    def container(self, name: str) -> ContainerDefinition | None:
        """Return the container of that name, if there is one."""
        return next((each for each in self.container_definitions if each.name == name), None)


def read(definition: Json) -> TaskDefinitionView:
    """Read a registered definition."""
    return msgspec.convert(definition, TaskDefinitionView)


class ContainerOverride(_View, frozen=True):
    """What RunTask changes in one container."""

    name: str
    command: tuple[str, ...] | None = None
    environment: tuple[Pair, ...] = ()
    environment_files: tuple[EnvironmentFile, ...] | None = None
    cpu: int | None = None
    memory: int | None = None
    memory_reservation: int | None = None


class TaskOverride(_View, frozen=True):
    """What RunTask changes."""

    container_overrides: tuple[ContainerOverride, ...] = ()
    cpu: str | None = None
    memory: str | None = None
    task_role_arn: str | None = None
    execution_role_arn: str | None = None
    ephemeral_storage: EphemeralStorage | None = None

    def of(self, container: str) -> ContainerOverride:
        """Return what is changed in the container of that name; nothing, where it is not named."""
        found = (each for each in self.container_overrides if each.name == container)
        return next(found, ContainerOverride(name=container))


def read_overrides(overrides: Json) -> TaskOverride:
    """Read the overrides of a task."""
    return msgspec.convert(overrides, TaskOverride)
