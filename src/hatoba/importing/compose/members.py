"""Members of a Compose service in the words of a definition. Pure."""

from __future__ import annotations

import math
import re
import shlex
from typing import TYPE_CHECKING, Any

from hatoba.importing.draft import given
from hatoba.importing.source import Call

if TYPE_CHECKING:
    from collections.abc import Callable

FARGATE = ((256, (512, 1024, 2048)), (512, range(1024, 4097, 1024)), (1024, range(2048, 8193, 1024)))
LARGER = ((2048, range(4096, 16385, 1024)), (4096, range(8192, 30721, 1024)))
"""CPU units and the memory in MiB that Fargate has with them."""

_UNITS = {"b": 1 / 1024**2, "k": 1 / 1024, "m": 1.0, "g": 1024.0}
_TIMES = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def container_ports(service: dict[str, Any]) -> list[int]:
    """The ports that a service listens on: of ``ports`` the container's side, and ``expose``."""
    found = [_port(each) for each in (*_listed(service.get("ports")), *_listed(service.get("expose")))]
    return list(dict.fromkeys(port for port in found if port is not None))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _port(port: Any) -> int | None:
    if isinstance(port, dict):
        port = port.get("target")
    last = str(port).rpartition(":")[2].partition("/")[0].partition("-")[0]
    return int(last) if last.isdigit() else None


def environment(value: Any) -> tuple[dict[str, str], list[str]]:
    """Variables with a value, and the names of those that take it from the shell."""
    pairs: dict[str, Any] = {}
    if isinstance(value, dict):
        pairs = dict(value)
    for each in _listed(value):
        name, has_value, text = str(each).partition("=")
        pairs[name] = text if has_value else None
    known = {name: _text(each) for name, each in pairs.items() if each is not None}
    return known, [name for name, each in pairs.items() if each is None]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def words(command: Any) -> list[str] | None:
    """A command as its words."""
    if command is None:
        return None
    return [str(word) for word in command] if isinstance(command, list) else shlex.split(str(command))


def seconds(duration: Any) -> int | None:
    """``1m30s`` in whole seconds, rounded up."""
    if duration is None:
        return None
    found = re.findall(r"([\d.]+)(us|ms|s|m|h)", str(duration))
    return math.ceil(sum(float(number) * _TIMES[unit] for number, unit in found)) if found else None


def health_check(check: Any) -> Call | None:
    """A container's health check; a disabled one is none."""
    if not isinstance(check, dict) or check.get("disable") or not check.get("test"):
        return None
    test = check["test"]
    command = [str(word) for word in test] if isinstance(test, list) else ["CMD-SHELL", str(test)]
    if command == ["NONE"]:
        return None
    named = given(
        interval=_within(seconds(check.get("interval")), 5, 300),
        timeout=_within(seconds(check.get("timeout")), 2, 60),
        retries=_within(check.get("retries"), 1, 10),
        start_period=_within(seconds(check.get("start_period")), 0, 300),
    )
    return Call("ecs.HealthCheck", (command,), named)


def _within(value: Any, least: int, most: int) -> int | None:
    # ECS's bounds; Compose has none.
    return min(max(int(value), least), most) if value is not None else None


def size(deploy: Any, tell: Callable[[str], None]) -> tuple[int, int]:
    """The smallest size on Fargate that holds the limits; 256 units and 512 MiB where there are none."""
    resources = deploy.get("resources", {}) if isinstance(deploy, dict) else {}
    limits = resources.get("limits", {}) if isinstance(resources, dict) else {}
    cpus, memory = limits.get("cpus"), _mebibytes(limits.get("memory"))
    for member in deploy or () if isinstance(deploy, dict) else ():
        if member not in ("resources", "replicas"):
            tell(f"{member} is not carried")
    if isinstance(resources, dict) and "reservations" in resources:
        tell("reservations are not carried: Fargate gives a task what its size says")
    wanted_cpu = float(cpus) * 1024 if cpus is not None else 0
    for units, sizes in (*FARGATE, *LARGER):
        fitting = [each for each in sizes if each >= memory]
        if units >= wanted_cpu and fitting:
            return units, fitting[0]
    tell(f"limits of {cpus} CPUs and {memory:.0f} MiB are larger than drafts go: the size is 4096 and 30720")
    return LARGER[-1][0], LARGER[-1][1][-1]


def _mebibytes(text: Any) -> float:
    found = re.fullmatch(r"([\d.]+)\s*([bkmg]?)b?", str(text or "0").lower())
    return float(found[1]) * _UNITS[found[2] or "b"] if found else 0.0
