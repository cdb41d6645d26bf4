"""Where the container engine listens, found in a millisecond and without its library."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 0.25
_VARIABLES = ("HATOBA_DOCKER_HOST", "DOCKER_HOST")
_DEFAULT_PORT = 2375
_HERE = {"127.0.0.1", "localhost", "::1"}


class EngineAddress(msgspec.Struct, frozen=True):
    """An engine that accepts connections at ``url`` (``unix://…`` or ``tcp://…``), or why there is none."""

    url: str | None
    problem: str = ""


def find_engine(environment: Mapping[str, str] = os.environ) -> EngineAddress:
    """Return the first engine that accepts a connection.

    ``HATOBA_DOCKER_HOST`` and ``DOCKER_HOST`` are believed: when one is set, no other place is tried.
    """
    for variable in _VARIABLES:
        url = environment.get(variable)
        if url:
            problem = why_unreachable(url)
            return EngineAddress(None, f"{variable}={url}: {problem}") if problem else EngineAddress(url)
    problems = []
    for path in usual_sockets(environment):
        if _is_socket(path):
            problem = why_unreachable(f"unix://{path}")
            if problem is None:
                return EngineAddress(f"unix://{path}")
            problems.append(f"{path}: {problem}")
    return EngineAddress(None, "; ".join(problems) or "no Docker or Podman socket was found")


def usual_sockets(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Return where Docker, Podman and their desktop forms put their sockets."""
    home = Path(environment.get("HOME", "/"))
    user = Path(environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    return (
        Path("/var/run/docker.sock"),
        user / "docker.sock",
        home / ".docker/run/docker.sock",
        home / ".orbstack/run/docker.sock",
        home / ".colima/default/docker.sock",
        home / ".rd/docker.sock",
        Path("/run/podman/podman.sock"),
        user / "podman/podman.sock",
        home / ".local/share/containers/podman/machine/podman.sock",
    )


def why_unreachable(url: str) -> str | None:
    """Return None when something accepts connections at ``url``, else what the system said."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return _why_not(socket.AF_UNIX, parts.path)
    if parts.scheme in {"tcp", "http"} and parts.hostname:
        if parts.hostname not in _HERE:
            return "an engine on another machine cannot publish a task's ports on this one; use a local one"
        return _why_not(socket.AF_INET, (parts.hostname, parts.port or _DEFAULT_PORT))
    return "hatoba speaks to an engine by unix://… or tcp://… only; set HATOBA_DOCKER_HOST to one of these"


def _why_not(family: socket.AddressFamily, address: str | tuple[str, int]) -> str | None:
    with socket.socket(family) as probe:
        probe.settimeout(TIMEOUT_S)
        try:
            probe.connect(address)
        except OSError as error:
            return error.strerror or str(error)
    return None


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except OSError:
        return False
