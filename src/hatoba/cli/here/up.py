"""``hatoba up``: start the cloud, deploy the definition to it as to AWS, stay and tell what happens."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatoba.cli import local, output
from hatoba.cli.deployed.deploying import bring, deployer, show_outputs
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.here.going_on import wait_for_what_goes_on
from hatoba.cli.interrupting import raise_on_signals
from hatoba.cli.project import explained, load_project, state_folder
from hatoba.cloud.server.alone import only_one_in
from hatoba.cloud.server.ready import StartFailed
from hatoba.cloud.server.settings import account_in
from hatoba.definition.environments import region_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hatoba.cloud.server.runfile import RunFile


@dataclass(frozen=True, slots=True)
class Wish:
    """How the system is to come up; see ``hatoba up --help``."""

    detach: bool
    port: int
    runtime: str
    ephemeral: bool
    gateway_workers: int = 1
    enforce_security_groups: bool = False


def up(file: Path | None, wish: Wish) -> None:
    """Bring the system up. In the foreground: return when it was drained after Ctrl-C.

    Raises:
        Failure: It did not come up. What was started is stopped again, and the state is as before.
    """
    _require_engine(wish.runtime)
    started = time.monotonic()
    folder = state_folder(file)
    was_there = folder.exists()
    port = wish.port or local.free_port(folder)
    with explained():
        region = region_of(folder.parent)
    options = local.CloudOptions(
        port,
        not wish.port,
        region,
        wish.runtime,
        wish.ephemeral,
        wish.gateway_workers,
        wish.enforce_security_groups,
    )
    raise_on_signals()
    starting = local.start(folder, options)
    run = None
    try:
        with explained():
            project = load_project(file)
            environment = project.environment()
            project.validate(environment)
        starting.go()
        engine = deployer(environment, f"http://127.0.0.1:{port}", account_in(os.environ))
        run = starting.wait()
        if was_there:
            wait_for_what_goes_on(run, project.system.name)
        deployed = bring(project, environment, run, engine, force=False)
    except BaseException as error:
        _undo(folder, run, starting, was_there=was_there)
        if isinstance(error, KeyboardInterrupt) or _is_interrupt(error):
            raise Failure("Interrupted; what was started is stopped again.", code=Exit.INTERRUPTED) from error
        raise
    try:
        output.say(f"{project.system.name} is up after {time.monotonic() - started:.2f} s")
        show_outputs(deployed)
        if wish.detach:
            output.hint("hatoba ps, hatoba logs --follow, hatoba token; hatoba down removes it")
            return
        _stay(folder, run, deployed.outputs)
    except KeyboardInterrupt:
        output.say("Draining; Ctrl-C again ends everything at once")
        local.drain(folder, run)


def _require_engine(runtime: str) -> None:
    """Refuse what can only fail, before anything is started."""
    if runtime != "container":
        return
    from hatoba.runtime.sockets import find_engine

    engine = find_engine()
    if engine.url is None:
        raise Failure(
            f"--runtime container: no container engine is reachable ({engine.problem}).",
            "Start Docker or Podman, or name its socket in DOCKER_HOST;"
            " --runtime auto runs tasks by their local commands where there is none.",
        )


def _stay(folder: Path, run: RunFile, outputs: Mapping[str, str]) -> None:
    """Show what happens, until interrupted or the cloud ends."""
    from botocore.exceptions import BotoCoreError

    from hatoba.cli.here.live import show_until_interrupted

    output.say("Ctrl-C drains and stops it")
    try:
        show_until_interrupted(run, outputs)
    except BotoCoreError as error:
        if run.is_alive():
            raise
        raise Failure(
            f"The local cloud (process {run.pid}) ended.",
            f"Read {local.log_path(folder)}; `hatoba down` clears what is left.",
        ) from error


def _is_interrupt(error: BaseException) -> bool:
    return isinstance(error, Failure) and error.code == Exit.INTERRUPTED


def _undo(folder: Path, run: RunFile | None, starting: local.Starting, *, was_there: bool) -> None:
    """Stop what was started; a system that was not there before is not there afterwards."""
    if run is None:
        starting.abandon()
    else:
        local.stop(folder, run)
    if was_there:
        return
    # Another `up` may have begun in the folder at the same moment: what it holds is not ours to remove.
    with contextlib.suppress(StartFailed), only_one_in(folder):
        shutil.rmtree(folder, ignore_errors=True)
