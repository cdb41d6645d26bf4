"""The environment that a process of a task gets: the container's own, and little of ours."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.runtime.protocol import Address, ContainerSpec, LocalCommand

INHERITED = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "VIRTUAL_ENV",
    "JAVA_HOME",
    "SYSTEMROOT",
    "SSL_CERT_FILE",
)
# HOME is given, so the user's own AWS files are hidden by name: a local task must never act on AWS.
_DEFAULTS = {
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "PYTHONUNBUFFERED": "1",
}

PROJECT_MARK = "HATOBA_PROJECT"
TASK_MARK = "HATOBA_TASK_ID"
CONTAINER_MARK = "HATOBA_CONTAINER"


def process_environment(
    container: ContainerSpec,
    command: LocalCommand,
    *,
    addresses: tuple[Address, ...],
    volumes: Mapping[str, Path],
    marks: Mapping[str, str],
    inherited: Mapping[str, str],
) -> dict[str, str]:
    """Return the whole environment of a container's process.

    Later ones win: what a shell needs, the container's environment, the local command's, then what the
    runtime alone can know: ``HOST``, ``PORT`` (the first port), ``PORT_<container port>``, volumes'
    folders as ``HATOBA_VOLUME_<NAME>``, an overridden entry point or command as JSON, and the marks.
    """
    environment = {name: inherited[name] for name in INHERITED if name in inherited}
    environment["PATH"] = os.pathsep.join(
        # Last: so "python" is found on a machine that has only the one that runs hatoba.
        filter(None, [environment.get("PATH", os.defpath), str(Path(sys.executable).parent)])
    )
    environment |= _DEFAULTS
    environment |= container.environment
    environment |= command.environment
    own = [address for address in addresses if address.container == container.name]
    if own:
        environment |= {"HOST": own[0].host, "PORT": str(own[0].port)}
        environment |= {f"PORT_{address.container_port}": str(address.port) for address in own}
    environment |= {
        f"HATOBA_VOLUME_{_variable(mount.volume)}": str(volumes[mount.volume]) for mount in container.mounts
    }
    for name, words in (
        ("HATOBA_ENTRY_POINT", container.entry_point),
        ("HATOBA_COMMAND", container.command),
    ):
        if words is not None:
            environment[name] = json.dumps(words)
    return environment | dict(marks)


def _variable(name: str) -> str:
    return "".join(character if character.isalnum() else "_" for character in name).upper()
