"""Task sizes: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_ecs.type_defs import RegisterTaskDefinitionRequestTypeDef

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(vcpu|gb|mib)?\s*", re.IGNORECASE)
_UNITS = {"vcpu": 1024, "gb": 1024, "mib": 1, "": 1}
_WINDOWS_CPUS = (1024, 2048, 4096)

MEMORY_BY_CPU: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
"""Which memory, in MiB, Fargate offers with which CPU units."""


def size_text(member: str, value: str) -> str:
    """Return a size as it is kept: an integer in CPU units or MiB, from ``1 vCPU`` or ``2 GB`` too."""
    found = _SIZE.fullmatch(value)
    if found is None:
        return value
    unit = (found[2] or "").lower()
    if unit and (unit == "vcpu") != (member == "cpu"):
        return value
    return str(int(float(found[1]) * _UNITS[unit]))


def task_size(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """CPU and memory are given for the task, as a pair that Fargate offers."""
    for member in ("cpu", "memory"):
        if not request.get(member):
            yield f"Fargate requires that '{member}' be defined at the task level."
            return
    cpu, memory = size_text("cpu", request["cpu"]), size_text("memory", request["memory"])
    if not cpu.isdecimal() or int(cpu) not in MEMORY_BY_CPU:
        yield (
            "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the"
            " Amazon ECS Developer Guide."
        )
        return
    platform = request.get("runtimePlatform") or {}
    is_windows = str(platform.get("operatingSystemFamily") or "LINUX").startswith("WINDOWS")
    fits = memory.isdecimal() and int(memory) in MEMORY_BY_CPU[int(cpu)]
    if not fits or (is_windows and int(cpu) not in _WINDOWS_CPUS):
        yield f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."


def container_sums(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """The containers fit into the task."""
    cpu, memory = size_text("cpu", request["cpu"]), size_text("memory", request["memory"])
    containers = request["containerDefinitions"]
    if sum(each.get("cpu") or 0 for each in containers) > int(cpu):
        yield "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
    for each in containers:
        if (each.get("memory") or 0) > int(memory):
            yield (f"The 'memory' setting for container '{each.get('name')}' is greater than for the task")
    if sum(each.get("memory") or each.get("memoryReservation") or 0 for each in containers) > int(memory):
        yield (
            "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'."
        )


def memory_of_containers(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """Where the task has no memory of its own, each container says how much it takes."""
    if request.get("memory"):
        return
    for each in request["containerDefinitions"]:
        if not each.get("memory") and not each.get("memoryReservation"):
            yield (
                f"Invalid setting for container '{each.get('name')}'. At least one of 'memory' or"
                " 'memoryReservation' must be specified."
            )


def reservations(request: RegisterTaskDefinitionRequestTypeDef) -> Iterator[str]:
    """A container reserves less memory than it may use."""
    for each in request["containerDefinitions"]:
        memory, reserved = each.get("memory"), each.get("memoryReservation")
        if memory and reserved and reserved > memory:
            yield (
                f"Invalid setting for container '{each.get('name')}'. 'memoryReservation' must not be greater"
                " than 'memory'."
            )
