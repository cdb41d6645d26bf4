"""Task definitions that Fargate takes: sizes, containers, ports, order, health checks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from hatoba.definition import ecs
from hatoba.definition.faults import Finding
from hatoba.definition.known import Known

MEMORY_FOR_CPU: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
"""Memory in MiB that Fargate has for each number of CPU units."""

_PORTS = range(1, 65536)
_STORAGE_GIB = range(21, 201)
_TIMEOUT_S = range(2, 121)
_MOST_CONTAINERS = 10


def fargate_size(task: ecs.TaskDefinition, known: Known) -> Iterable[Finding]:
    """CPU and memory are a pair that Fargate has."""
    cpu, memory = known(task.size.cpu), known(task.size.memory)
    if cpu is None or memory is None:
        return
    if cpu not in MEMORY_FOR_CPU:
        yield Finding(
            f"Fargate has no tasks of {cpu} CPU units",
            f"Choose one of {', '.join(map(str, MEMORY_FOR_CPU))}.",
        )
    elif memory not in MEMORY_FOR_CPU[cpu]:
        yield Finding(
            f"Fargate has no tasks of {cpu} CPU units with {memory} MiB",
            f"With {cpu} choose {_choices(MEMORY_FOR_CPU[cpu])} MiB.",
        )


def _choices(values: tuple[int, ...]) -> str:
    if len(values) <= 4:  # noqa: PLR2004 - what is still read at a glance
        return ", ".join(map(str, values))
    return f"{values[0]} to {values[-1]} in steps of {values[1] - values[0]}"


def container_sums(task: ecs.TaskDefinition, known: Known) -> Iterable[Finding]:
    """What containers ask for fits into the task."""
    for what, size in (("cpu", known(task.size.cpu)), ("memory", known(task.size.memory))):
        if size is None:
            continue
        asked = {container.name: _asked(container, what) for container in task.containers}
        for name, amount in asked.items():
            if amount > size:
                yield Finding(
                    f"container {name} asks for {amount} of the task's {size} {what}",
                    f"Lower its {what}, or choose a larger size for the task.",
                )
        if sum(asked.values()) > size >= max(asked.values(), default=0):
            yield Finding(
                f"the containers ask together for {sum(asked.values())} of the task's {size} {what}",
                f"Lower their {what}, or choose a larger size for the task.",
            )


def _asked(container: ecs.Container, what: str) -> int:
    if what == "cpu":
        return container.cpu or 0
    return container.memory or container.memory_reservation or 0


def container_memory(container: ecs.Container, _: Known) -> Iterable[Finding]:
    """What a container asks for is more than nothing, its hard limit of memory above its soft one."""
    asked = {
        "cpu": container.cpu,
        "memory": container.memory,
        "memory_reservation": container.memory_reservation,
    }
    for what, amount in asked.items():
        if amount is not None and amount <= 0:
            yield Finding(
                f"{what} of container {container.name} is {amount}", "Give more than 0, or leave it out."
            )
    if container.memory is not None and (container.memory_reservation or 0) > container.memory:
        yield Finding(
            f"container {container.name} reserves {container.memory_reservation} MiB, more than its limit of "
            f"{container.memory}",
            "Lower memory_reservation, or raise memory.",
        )


def storage(task: ecs.TaskDefinition, _: Known) -> Iterable[Finding]:
    """Ephemeral storage is 21 to 200 GiB."""
    if task.ephemeral_storage_gib is not None and task.ephemeral_storage_gib not in _STORAGE_GIB:
        yield Finding(
            f"ephemeral storage is {task.ephemeral_storage_gib} GiB; Fargate gives 21 to 200",
            "Choose a size in that range, or leave it out for 20 GiB.",
        )


def containers(task: ecs.TaskDefinition, _: Known) -> Iterable[Finding]:
    """A task has up to ten containers with names of their own, one of them essential."""
    if not task.containers:
        yield Finding(f"task definition {task.family} has no container", "Add one to containers.")
    elif not any(container.essential for container in task.containers):
        yield Finding(
            f"task definition {task.family} has no essential container: nothing would keep a task running",
            "Leave essential out for the container that the task is about.",
        )
    if len(task.containers) > _MOST_CONTAINERS:
        yield Finding(
            f"task definition {task.family} has {len(task.containers)} containers; ECS takes"
            f" {_MOST_CONTAINERS}",
            "Make a service of its own of those that need not stand beside the others.",
        )
    for name, count in Counter(container.name for container in task.containers).items():
        if count > 1:
            yield Finding(f"{count} containers of one task are named {name!r}", "Name each differently.")


def port_numbers(port: ecs.Port, _: Known) -> Iterable[Finding]:
    """With awsvpc a container's port is the host's port."""
    if port.container_port not in _PORTS:
        yield Finding(
            f"port {port.container_port} is not between 1 and 65535", "Choose a port in that range."
        )
    if port.host_port not in (None, port.container_port):
        yield Finding(
            f"on Fargate each task has an address of its own, so host port {port.host_port} must be "
            f"container port {port.container_port}",
            "Leave host_port out.",
        )


def short_ports(container: ecs.Container, _: Known) -> Iterable[Finding]:
    """Ports given as plain numbers are between 1 and 65535."""
    for port in container.ports:
        if isinstance(port, int) and port not in _PORTS:
            yield Finding(f"port {port} is not between 1 and 65535", "Choose a port in that range.")


def ports_differ(task: ecs.TaskDefinition, _: Known) -> Iterable[Finding]:
    """Containers of a task share one network: each port and each port name is there once."""
    ports = [port for container in task.containers for port in container.port_mappings]
    for (number, protocol), count in Counter((port.container_port, port.protocol) for port in ports).items():
        if count > 1:
            yield Finding(
                f"port {number}/{protocol} is there {count} times in task definition {task.family}, "
                "whose containers share one network",
                "Let each container listen on a port of its own.",
            )
    for name, count in Counter(port.name for port in ports if port.name).items():
        if count > 1:
            yield Finding(f"port name {name!r} is there {count} times", "Name each port differently.")


def timeouts(container: ecs.Container, _: Known) -> Iterable[Finding]:
    """Start and stop time-outs are 2 to 120 seconds."""
    for what, seconds in (("start", container.start_timeout), ("stop", container.stop_timeout)):
        if seconds is not None and seconds not in _TIMEOUT_S:
            yield Finding(
                f"the {what} time-out of container {container.name} is {seconds} s; Fargate takes 2 to 120",
                f"Choose {what}_timeout in that range, or leave it out.",
            )


def health_check(check: ecs.HealthCheck, _: Known) -> Iterable[Finding]:
    """A health check's command says how it is run, and its numbers are in range."""
    if len(check.command) < 2 or check.command[0] not in ("CMD", "CMD-SHELL"):  # noqa: PLR2004 - word and command
        yield Finding(
            "a health check's command starts with CMD or CMD-SHELL",
            'Write ["CMD-SHELL", "curl -f http://localhost/ || exit 1"].',
        )
    limits = {
        "interval": (check.interval, 5, 300),
        "timeout": (check.timeout, 2, 60),
        "retries": (check.retries, 1, 10),
        "start_period": (check.start_period, 0, 300),
    }
    for name, (value, low, high) in limits.items():
        if not low <= value <= high:
            yield Finding(f"{name} of a health check is {value}; ECS takes {low} to {high}", "Correct it.")


def dependencies(task: ecs.TaskDefinition, _: Known) -> Iterable[Finding]:
    """Containers wait for containers that can come to the wanted condition."""
    by_name = {container.name: container for container in task.containers}
    for container in task.containers:
        for needed in container.depends_on:
            yield from _dependency(container, needed, by_name)
    if _has_cycle({name: [d.container for d in c.depends_on] for name, c in by_name.items()}):
        yield Finding(
            f"containers of task definition {task.family} wait for one another in a circle",
            "Remove one of the dependencies.",
        )


def _dependency(
    container: ecs.Container, needed: ecs.DependsOn, by_name: Mapping[str, ecs.Container]
) -> Iterator[Finding]:
    other = by_name.get(needed.container)
    if other is None:
        yield Finding(
            f"container {container.name} depends on {needed.container!r}, which is not in its task",
            f"Name one of {', '.join(by_name)}.",
        )
    elif needed.condition in ("COMPLETE", "SUCCESS") and other.essential:
        yield Finding(
            f"container {container.name} waits for {other.name} to end, but {other.name} is essential: "
            "its end would stop the task",
            f"Give {other.name} essential=False.",
        )
    elif needed.condition == "HEALTHY" and other.health_check is None:
        yield Finding(
            f"container {container.name} waits for {other.name} to be healthy, but that has no health check",
            f"Give {other.name} a health_check.",
        )


def _has_cycle(edges: Mapping[str, list[str]]) -> bool:
    left = dict(edges)
    while left:
        free = [name for name, needs in left.items() if not any(need in left for need in needs)]
        if not free:
            return True
        for name in free:
            del left[name]
    return False


def entry(container: ecs.Container, _: Known) -> Iterable[Finding]:
    """``sh`` stands for entry point and command, so neither is given beside it; nothing is empty."""
    if container.sh is not None and (container.entry_point is not None or container.command is not None):
        yield Finding(
            f"container {container.name} has sh and also entry_point or command",
            "sh is short for both: keep either.",
        )
    if container.local_command is not None and not container.local_command:
        yield Finding(f"local_command of container {container.name} is empty", 'Write ["python", "app.py"].')


def local_command_image(container: ecs.Container, known: Known) -> Iterable[Finding]:
    """A local command is found by its image's name, so that name is known."""
    if container.local_command and known(container.image) is None:
        yield Finding(
            f"container {container.name} has a local command, but only the deployment will know its image",
            "Name the image by text or by an input.",
        )


def environment(container: ecs.Container, _: Known) -> Iterable[Finding]:
    """A variable is either a value or a secret."""
    for name in container.environment.keys() & container.secrets.keys():
        yield Finding(
            f"container {container.name} has {name} as a value and as a secret", "Keep one of the two."
        )


def execution_role(task: ecs.TaskDefinition, _: Known) -> Iterable[Finding]:
    """ECS needs a role for what it does before the containers run."""
    if task.execution_role is not None:
        return
    reasons = [
        *(["writes logs with awslogs"] if any(c.log is not None for c in task.containers) else []),
        *(["has secrets"] if any(c.secrets for c in task.containers) else []),
        *(
            ["pulls from Amazon ECR"]
            if any(isinstance(c.image, str) and ".dkr.ecr." in c.image for c in task.containers)
            else []
        ),
    ]
    if reasons:
        yield Finding(
            f"task definition {task.family} {' and '.join(reasons)}; on Fargate that needs an execution role",
            'Add execution_role=iam.ExecutionRole("my-exec-role").',
        )


def local_commands_agree(task: ecs.TaskDefinition, _: Known) -> Iterable[Finding]:
    """One image has one local command: it is found by the image's name."""
    found: dict[object, tuple[str, ...]] = {}
    for container in task.containers:
        if container.local_command and isinstance(container.image, str):
            command = tuple(container.local_command)
            if found.setdefault(container.image, command) != command:
                yield Finding(
                    f"image {container.image} has two different local commands",
                    "Give both containers the same one, or tag the image differently.",
                )
