"""``hatoba cloud``: only the local cloud, in the foreground, for whatever speaks AWS's API."""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hatoba.cli import local, output
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.interrupting import raise_on_signals
from hatoba.cli.project import FOLDER
from hatoba.definition.environments import LOCAL_REGION

if TYPE_CHECKING:
    from hatoba.cli.local import CloudOptions

LOOK_EVERY_S = 0.2


def cloud(folder: Path, options: CloudOptions, local_commands: list[str]) -> None:
    """Start a cloud that keeps its state in ``folder/.hatoba``; return when it was drained after Ctrl-C.

    Raises:
        Failure: It did not start, or ended by itself.
    """
    commands = [_local_command(text) for text in local_commands]
    where = folder.resolve() / FOLDER
    raise_on_signals()
    starting = local.start(where, options)
    try:
        starting.go()
        run = starting.wait()
    except BaseException as error:
        starting.abandon()
        if isinstance(error, KeyboardInterrupt):
            raise Failure("Interrupted; nothing runs.", code=Exit.INTERRUPTED) from error
        raise
    try:
        if commands:
            local.ask(run, "POST", "local-commands", {"commands": commands})
        print(f"ready at {run.endpoint}", flush=True)  # noqa: T201 - the line that scripts wait for
        output.hint('eval "$(hatoba env)" in another shell; Ctrl-C here drains and stops')
        while run.is_alive():
            time.sleep(LOOK_EVERY_S)
    except KeyboardInterrupt:
        output.say("Draining; Ctrl-C again ends everything at once")
        local.drain(where, run)
        return
    raise Failure(
        f"The local cloud (process {run.pid}) ended.",
        f"Read {local.log_path(where)}; `hatoba down` clears what is left.",
    )


def _local_command(text: str) -> dict[str, object]:
    """Read ``IMAGE=COMMAND``: what runs, in the current folder, where there is no container engine.

    Raises:
        Failure: It is not of this form.
    """
    image, equals, command = text.partition("=")
    words = _words(command)
    if not (image and equals and words):
        raise Failure(
            f"--local-command {text} is not IMAGE=COMMAND.",
            "Write it like --local-command 'httpd:2.4=python3 -m http.server $PORT'.",
            Exit.USAGE,
        )
    return {"image": image, "command": words, "directory": str(Path.cwd())}


def _words(command: str) -> list[str]:
    """Split a command; one that needs a shell, for its variables say, gets one."""
    if "$" in command:
        return ["sh", "-c", f"exec {command}"]
    try:
        words = shlex.split(command)
    except ValueError:
        return []
    return [sys.executable, *words[1:]] if words[:1] in (["python"], ["python3"]) else words


def options(
    folder: Path,
    port: int,
    region: str | None,
    runtime: str,
    *,
    ephemeral: bool,
    gateway_workers: int,
    enforce_security_groups: bool,
) -> CloudOptions:
    """Return how a cloud is started; the region is the shell's, else Tokyo's."""
    region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return local.CloudOptions(
        port or local.free_port(folder / FOLDER),
        not port,
        region or LOCAL_REGION,
        runtime,
        ephemeral,
        gateway_workers,
        enforce_security_groups,
    )
