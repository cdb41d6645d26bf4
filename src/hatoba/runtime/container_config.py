"""From a task's words to the Docker API's: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.runtime.engine import Config
    from hatoba.runtime.protocol import Address, ContainerSpec, TaskSpec

PROJECT_LABEL = "hatoba.project"
TASK_LABEL = "hatoba.task"
CONTAINER_LABEL = "hatoba.container"
_MIB = 1024 * 1024
_UNITS_PER_CPU = 1024
_NANO = 1_000_000_000
_OF_THE_NETWORK = "net."
_OF_CONTAINER = "container:"
# A container's output is read as it comes; what the engine keeps of it is bounded.
_LOG_CONFIG = {"Type": "json-file", "Config": {"max-size": "64m", "max-file": "2"}}


class Names(msgspec.Struct, frozen=True):
    """How a task's things are called and marked in the engine."""

    project: str
    task_id: str

    def container(self, name: str) -> str:
        """Return the name of a container of the task."""
        return f"hatoba-{self.task_id}-{name}"

    def volume(self, name: str) -> str:
        """Return the name of a volume of the task."""
        return f"hatoba-{self.task_id}-{name}"

    def labels(self, container: str | None = None) -> dict[str, str]:
        """Return the labels of a thing of the task."""
        labels = {PROJECT_LABEL: self.project, TASK_LABEL: self.task_id}
        return labels if container is None else labels | {CONTAINER_LABEL: container}


def container_config(
    task: TaskSpec, container: ContainerSpec, names: Names, network: Config, *, cpus: int
) -> Config:
    """Return what creates a container.

    Each container may use the whole task's CPU, its own units weigh it against the others; its memory is
    its own limit, the task's where it has none. Swap is not given, as on Fargate.

    Args:
        task: The task.
        container: One of its containers.
        names: How its things are called.
        network: From :func:`own_network` or :func:`shared_network`.
        cpus: How many the engine's machine has; a container that may use more is not made.
    """
    memory = (container.memory_mib or task.memory_mib) * _MIB
    return {
        "Image": container.image_id or container.image,
        "Entrypoint": list(container.entry_point) if container.entry_point is not None else None,
        "Cmd": list(container.command) if container.command is not None else None,
        "Env": [f"{name}={value}" for name, value in container.environment.items()],
        "WorkingDir": container.working_directory or "",
        "User": container.user or "",
        "Tty": container.has_terminal,
        "OpenStdin": container.keeps_input_open,
        # ECS looks only at the definition's health check, never at the image's.
        "Healthcheck": {"Test": ["NONE"]},
        "Labels": task.labels | names.labels(container.name),
        "ExposedPorts": network.get("ExposedPorts", {}),
        "HostConfig": {
            "NetworkMode": network["NetworkMode"],
            "PidMode": _processes_of(task, network),
            "PortBindings": network.get("PortBindings", {}),
            "NanoCpus": min(task.cpu_units * _NANO // _UNITS_PER_CPU, cpus * _NANO),
            "CpuShares": max(container.cpu_units or 0, 2),
            "Memory": memory,
            "MemorySwap": memory,
            "MemoryReservation": min((container.reserved_memory_mib or 0) * _MIB, memory),
            "ReadonlyRootfs": container.read_only_root,
            "Init": container.init_process,
            "CapAdd": list(container.capabilities_added),
            "CapDrop": list(container.capabilities_dropped),
            "Tmpfs": {
                each.path: ",".join((*each.options, f"size={each.size_mib}m")) for each in container.in_memory
            },
            "Ulimits": [
                {"Name": name, "Soft": soft, "Hard": hard} for name, (soft, hard) in container.ulimits.items()
            ],
            "Mounts": [
                {
                    "Type": "volume",
                    "Source": names.volume(mount.volume),
                    "Target": mount.path,
                    "ReadOnly": mount.read_only,
                }
                for mount in container.mounts
            ],
            "Sysctls": _own_parameters(container) | network.get("Sysctls", {}),
            "LogConfig": _LOG_CONFIG,
        },
    }


def _processes_of(task: TaskSpec, network: Config) -> str:
    """Return whose processes a container sees: its own, or those of whoever holds the task's network too."""
    holder: str = network["NetworkMode"]
    return holder if task.shares_processes and holder.startswith(_OF_CONTAINER) else ""


def _own_parameters(container: ContainerSpec) -> dict[str, str]:
    """Return the kernel parameters that are the container's own: those of the network are its task's."""
    return {
        name: value
        for name, value in container.kernel_parameters.items()
        if not name.startswith(_OF_THE_NETWORK)
    }


def pause_config(image: str, names: Names, network: Config, nameservers: Sequence[str] = ()) -> Config:
    """Return what creates the container that holds a task's network; its name servers are all containers'."""
    return {
        "Image": image,
        "Labels": names.labels(),
        "ExposedPorts": network["ExposedPorts"],
        "HostConfig": {
            "NetworkMode": network["NetworkMode"],
            "PortBindings": network["PortBindings"],
            "Sysctls": network["Sysctls"],
            "Dns": list(nameservers),
            "LogConfig": _LOG_CONFIG,
        },
    }


def helper_config(
    image: str, names: Names, network: Config, words: Sequence[str], folders: Sequence[str]
) -> Config:
    """Return what creates a container that runs this machine's own program in a task's network.

    It sees these folders at their own paths, and may write to the last one.
    """
    return {
        "Image": image,
        "Labels": names.labels(),
        "Entrypoint": list(words),
        "User": "0",
        "HostConfig": {
            "NetworkMode": network["NetworkMode"],
            "CapAdd": ["NET_ADMIN"],
            "SecurityOpt": ["label=disable"],
            "Mounts": [
                {"Type": "bind", "Source": each, "Target": each, "ReadOnly": each != folders[-1]}
                for each in folders
            ],
            "LogConfig": _LOG_CONFIG,
        },
    }


def own_network(addresses: tuple[Address, ...], containers: tuple[ContainerSpec, ...] = ()) -> Config:
    """Return a network of its own, with the task's ports published.

    Each container's kernel parameters count for the one network; of two that differ, the later one's.
    """
    ports = {f"{address.container_port}/{address.protocol}": address for address in addresses}
    return {
        "NetworkMode": "bridge",
        "ExposedPorts": {port: {} for port in ports},
        "PortBindings": {
            port: [{"HostIp": address.host, "HostPort": str(address.port)}] for port, address in ports.items()
        },
        "Sysctls": {
            name: value
            for each in containers
            for name, value in each.kernel_parameters.items()
            if name.startswith(_OF_THE_NETWORK)
        },
    }


def shared_network(owner_id: str) -> Config:
    """Return the network that another container holds."""
    return {"NetworkMode": f"{_OF_CONTAINER}{owner_id}"}
