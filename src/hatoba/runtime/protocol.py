"""What a runtime does for the scheduler: the words and the contract.

A runtime knows tasks and containers, nothing of AWS. The scheduler orders what happens (dependencies,
health, restarts); a runtime makes one step happen and reports what it sees.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class Port(msgspec.Struct, frozen=True):
    """A port that a container listens on; ``protocol`` is ``tcp`` or ``udp``."""

    container_port: int
    protocol: str = "tcp"


class Mount(msgspec.Struct, frozen=True):
    """A task volume seen inside a container."""

    volume: str
    path: str
    read_only: bool = False


class Memory(msgspec.Struct, frozen=True):
    """A folder of a container that is in memory. ``size_mib`` bounds it; ``options`` are mount options."""

    path: str
    size_mib: int
    options: tuple[str, ...] = ()


class ContainerSpec(msgspec.Struct, frozen=True):
    """One container, with everything resolved: no reference, no secret name is left.

    ``entry_point`` and ``command`` are None where the image's own count. ``is_overridden``: the command was
    asked of this one task, in place of the definition's. ``has_terminal``: its standard streams are one.
    ``kernel_parameters`` are sysctls; those that begin with ``net.`` are its task's.
    """

    name: str
    image: str
    entry_point: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    environment: dict[str, str] = msgspec.field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    working_directory: str | None = None
    user: str | None = None
    cpu_units: int | None = None
    memory_mib: int | None = None
    reserved_memory_mib: int | None = None
    read_only_root: bool = False
    init_process: bool = False
    ulimits: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    image_id: str | None = None
    capabilities_added: tuple[str, ...] = ()
    capabilities_dropped: tuple[str, ...] = ()
    in_memory: tuple[Memory, ...] = ()
    is_overridden: bool = False
    has_terminal: bool = False
    keeps_input_open: bool = False
    kernel_parameters: dict[str, str] = msgspec.field(default_factory=dict)


class Door(msgspec.Struct, frozen=True):
    """A place in a task's own network from where it reaches a port of this machine's loopback."""

    host: str
    port: int
    to_port: int
    protocol: str = "tcp"


Reach = Literal["loopback", "doors", "nothing"]
"""How the tasks of a runtime reach this machine's loopback: as their own, by doors, or not at all."""


class TaskSpec(msgspec.Struct, frozen=True):
    """A task: containers that share one network. ``labels`` mark all that is made for it.

    ``doors`` and ``nameservers`` count for a runtime that reaches by doors: its containers ask these name
    servers before the machine's own. ``shares_processes``: its containers see one another's.
    """

    task_id: str
    containers: tuple[ContainerSpec, ...]
    cpu_units: int
    memory_mib: int
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    doors: tuple[Door, ...] = ()
    nameservers: tuple[str, ...] = ()
    shares_processes: bool = False


class Address(msgspec.Struct, frozen=True):
    """Where one container port of a task is reached from this machine."""

    container: str
    container_port: int
    host: str
    port: int
    protocol: str = "tcp"


class Image(msgspec.Struct, frozen=True):
    """An image that is here and can be started.

    ``digest`` is its registry's ``sha256:…``, ``id`` what it is called here, whatever its tag will mean
    later; each is None where there is none.
    """

    reference: str
    digest: str | None = None
    id: str | None = None


class FoundContainer(msgspec.Struct, frozen=True):
    """A container that an earlier cloud started, as it stands now; ``exit_code`` may be unknown."""

    name: str
    runtime_id: str
    running: bool
    exit_code: int | None = None


class FoundTask(msgspec.Struct, frozen=True):
    """A task that an earlier cloud started."""

    task_id: str
    addresses: tuple[Address, ...]
    containers: tuple[FoundContainer, ...]


class Found(msgspec.Struct, frozen=True):
    """What an earlier cloud left: (kind of runtime, task) for each; ``unseen`` says why that is not all."""

    tasks: tuple[tuple[str, FoundTask], ...] = ()
    unseen: str = ""


class LocalCommand(msgspec.Struct, frozen=True):
    """What stands in for an image where no container engine is reachable.

    ``command`` runs in ``directory``, with the container's environment and ``PORT`` and ``HOST``: the
    address that it must listen on.
    """

    image: str
    command: tuple[str, ...]
    directory: str
    environment: dict[str, str] = msgspec.field(default_factory=dict)


class Executed(msgspec.Struct, frozen=True):
    """What a command inside a container came to; ``output`` is stdout and stderr as they came, cut."""

    exit_code: int
    output: str


class Blocks(msgspec.Struct, frozen=True):
    """Bytes that went to or from a block device since a container's start; ``op`` says which way."""

    major: int
    minor: int
    op: str
    value: int


class Usage(msgspec.Struct, frozen=True):
    """What a container uses at a time: CPU in nanoseconds since its start, against all of the machine's.

    ``networks`` are the counters of each interface by Docker's names (``rx_bytes``, ``tx_bytes`` …),
    ``blocks`` those of devices; both are empty where they are not counted.
    """

    at: float
    cpu_ns: int
    system_cpu_ns: int
    cpus: int
    memory_bytes: int
    memory_limit_bytes: int | None
    processes: int
    networks: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    blocks: tuple[Blocks, ...] = ()


EXECUTED_OUTPUT_LIMIT = 1024 * 1024
"""Bytes of a command's output that are kept, from its beginning."""


Admit = Callable[[str | None, str, int], Awaitable[bool]]
"""Says whether a task may reach a TCP port of another one: the caller's id (None: no task), the other one's,
and the port."""


class CannotPull(Exception):
    """The image cannot be had. The text says why and what to try."""


class CannotStart(Exception):
    """The container cannot be started. The text says why and what to try."""


class CannotCreateVolume(CannotStart):
    """A volume of the task cannot be made. The text says which, and why."""


class StartTimedOut(CannotStart):
    """What runs containers did not say in time that it started. The text says how long was waited."""


class CannotStop(Exception):
    """The container was not stopped, or nobody can tell; to be asked again. The text says why."""


class DoorsClosed(CannotStart):
    """The task's doors cannot be opened, nor any later one's: the runtime's ``reach`` says so from now on."""


class CannotExecute(Exception):
    """The command cannot be run in the container: it does not run, or its engine does not answer."""


class Listener(Protocol):
    """Who is told what a runtime sees. Called on the event loop's thread; must return at once."""

    def output(self, task_id: str, container: str, lines: list[tuple[float, str]]) -> None:
        """A container wrote lines, oldest first, each with its time in epoch seconds, without line ends.

        Lines of one container come in order; lines written before the exit come before :meth:`exited`.
        """

    def exited(self, task_id: str, container: str, exit_code: int | None, reason: str | None) -> None:
        """A container ended, by itself or stopped. Once per start.

        Args:
            task_id: The task.
            container: Its container's name.
            exit_code: 128 + signal where a signal ended it; None where it cannot be known.
            reason: Such as ``OutOfMemoryError: Container killed due to memory usage``; None normally.
        """


class Terminal(Protocol):
    """A command on a terminal, inside a running container. One reads, one writes."""

    async def read(self) -> bytes:
        """Return what it wrote next; nothing when there will be no more."""

    async def write(self, data: bytes) -> None:
        """Type. Nothing happens when it has ended."""

    async def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""

    async def ended(self) -> int | None:
        """Wait for the command's end; return its exit code, None where it cannot be known."""

    async def close(self) -> None:
        """Hang up: the command gets SIGHUP where the runtime can send it. Idempotent."""


class Runtime(Protocol):
    """Runs tasks. Every method may be called again after a failure; none hides one."""

    @property
    def kind(self) -> str:
        """``process``, ``container`` or ``simulated``."""

    @property
    def reach(self) -> Reach:
        """How its tasks reach this machine's loopback. May change between tasks, never for one."""

    async def can_run(self, image: str) -> str | None:
        """Return None when a container of this image could be tried here, else why not.

        Cheap, without side effects; does not pull.
        """

    async def pull(self, image: str) -> Image:
        """Make the image ready; an image that is here is not fetched again. May run concurrently.

        Raises:
            CannotPull: With the reason, in the words that AWS uses after ``CannotPullContainerError: ``.
        """

    async def prepare(self, task: TaskSpec, listener: Listener) -> tuple[Address, ...]:
        """Make the task's network and give each container port the address it is reached by.

        Called once per task, before any of its containers starts. What it makes is removed by
        :meth:`remove`.

        Raises:
            CannotStart: There is no free port, or the network cannot be made.
            CannotCreateVolume: A volume cannot be made.
            DoorsClosed: :meth:`remove` it and prepare it again, without doors.
        """

    async def start(self, task_id: str, container: str) -> str:
        """Start a prepared task's container and return the runtime's id for it.

        Again after it exited: a restart inside the same task.

        Raises:
            CannotStart: The container did not start; nothing of it is left.
            StartTimedOut: Nobody could tell in time whether it did; :meth:`remove` the task.
            CannotCreateVolume: A volume of it cannot be made.
        """

    async def stop(self, task_id: str, container: str, *, timeout_s: float) -> None:
        """Send SIGTERM (or the image's stop signal), after ``timeout_s`` SIGKILL; return when it ended.

        Returns at once if it does not run. The listener's ``exited`` is called as for any end.

        Raises:
            CannotStop: Call it again.
        """

    async def execute(
        self, task_id: str, container: str, command: Sequence[str], *, timeout_s: float
    ) -> Executed:
        """Run a command in a running container, with the container's environment; return when it ended.

        A command that is not found ends with 127, one that cannot be executed with 126, as in a shell.

        Raises:
            CannotExecute: With the reason.
            TimeoutError: It took longer, and was ended where the runtime can.
        """

    async def terminal(self, task_id: str, container: str, command: Sequence[str]) -> Terminal:
        """Run a command on a terminal in a running container, as its root, with its environment.

        Raises:
            CannotExecute: With the reason.
        """

    def leaves_out(self, task: TaskSpec) -> tuple[str, ...]:
        """Return what of a task it does not do, in a few words each; empty when it does all of it."""

    async def usage(self, task_id: str, container: str) -> Usage | None:
        """Measure a container; None where it does not run, or nothing can be measured."""

    async def written_bytes(self, task_id: str) -> int | None:
        """Measure what a task has written to its own disk: its containers' and volumes' files, no images.

        Returns:
            Bytes; None where that cannot be measured.
        """

    async def remove(self, task_id: str) -> None:
        """Remove all that was made for the task; stop by force what still runs. Idempotent."""

    async def found(self, listener: Listener) -> tuple[FoundTask, ...]:
        """Return the tasks that an earlier cloud of this folder left, and listen to them from now on.

        Called again, it returns them again, as they stand then.
        """

    async def close(self) -> None:
        """Let go of engine connections and readers. Running tasks run on."""


class Choice(msgspec.Struct, frozen=True):
    """The runtime for one task: all of its containers run by it.

    Attributes:
        runtime: Which.
        images: The pulled images by reference.
        reason: Why this one, in a sentence for people.
    """

    runtime: Runtime
    images: dict[str, Image]
    reason: str


class Runtimes(Protocol):
    """All runtimes of this machine."""

    async def choose(self, images: Sequence[str]) -> Choice:
        """Pull the images of one task and return the runtime that can run them all.

        Containers where a Docker API is reachable and the images can be had; else processes, where
        each image has a local command.

        Raises:
            CannotPull: Neither is possible; the text says why for both and what to do.
        """

    def by_kind(self, kind: str) -> Runtime | None:
        """Return the runtime that a task was started with, to stop it or take it back."""

    async def found(self, listener: Listener) -> Found:
        """Return the tasks that an earlier cloud of this folder left.

        Some may run by an engine that is not reachable now: to see them too, call again later.
        """

    async def close(self) -> None:
        """Close every runtime. Running tasks run on."""
