"""What an engine tells of a container's use, read: pure.

https://docs.docker.com/reference/api/engine/ (ContainerStats)
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from hatoba.runtime.protocol import Blocks, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping


def usage_of(stats: Mapping[str, Any]) -> Usage | None:
    """Return what a container uses; None of one that does not run."""
    memory = stats.get("memory_stats") or {}
    if "usage" not in memory:
        return None
    cpu = stats["cpu_stats"]
    return Usage(
        at=nanoseconds(stats["read"]) / 1e9,
        cpu_ns=int(cpu["cpu_usage"]["total_usage"]),
        system_cpu_ns=int(cpu.get("system_cpu_usage") or 0),
        cpus=int(cpu.get("online_cpus") or 1),
        memory_bytes=int(memory["usage"]) - _file_cache(memory),
        memory_limit_bytes=int(memory["limit"]) if memory.get("limit") else None,
        processes=int((stats.get("pids_stats") or {}).get("current") or 0),
        networks=_networks(stats),
        blocks=_blocks(stats),
    )


def nanoseconds(stamp: str) -> int:
    """Return an RFC 3339 time stamp with up to nine digits of a second as nanoseconds of the epoch."""
    whole, dot, rest = stamp.partition(".")
    if not dot:
        return int(datetime.fromisoformat(stamp).timestamp()) * 1_000_000_000
    digits = rest.rstrip("Z") if rest.endswith("Z") else rest[: len(rest) - 6]
    zone = rest[len(digits) :]
    seconds = int(datetime.fromisoformat(whole + zone).timestamp())
    return seconds * 1_000_000_000 + int(digits.ljust(9, "0")[:9])


def _networks(stats: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    found = stats.get("networks") or {}
    return {
        name: {counter: value for counter, value in each.items() if isinstance(value, int)}
        for name, each in found.items()
    }


def _blocks(stats: Mapping[str, Any]) -> tuple[Blocks, ...]:
    found = (stats.get("blkio_stats") or {}).get("io_service_bytes_recursive") or ()
    return tuple(
        Blocks(int(each["major"]), int(each["minor"]), str(each["op"]), int(each["value"])) for each in found
    )


def _file_cache(memory: Mapping[str, Any]) -> int:
    """Return how much of a container's memory is files that can go, which nobody counts as used.

    ``inactive_file`` with cgroups v2, ``total_inactive_file`` with v1; Podman tells neither.
    """
    told = memory.get("stats") or {}
    return min(int(told.get("inactive_file") or told.get("total_inactive_file") or 0), int(memory["usage"]))
