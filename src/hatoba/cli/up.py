"""``hatoba up``: start the cloud, deploy the definition to it as to AWS, stay and tell what happens."""

from __future__ import annotations

import shutil
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from hatoba.cli import local, output
from hatoba.cli.deploying import bring, show_outputs
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.project import FOLDER, explained, load_project

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.cloud.server.runfile import RunFile

RUNTIMES = ("auto", "container", "process")


@dataclass(frozen=True, slots=True)
class Wish:
    """How the system is to come up; see ``hatoba up --help``."""

    detach: bool
    port: int
    runtime: str
    ephemeral: bool


def up(file: Path | None, wish: Wish) -> None:
    """Bring the system up. In the foreground: return when it was drained after Ctrl-C.

    Raises:
        Failure: It did not come up. What was started is stopped again, and the state is as before.
    """
    if wish.runtime not in RUNTIMES:
        raise Failure(f"There is no runtime {wish.runtime}.", f"Choose {', '.join(RUNTIMES)}.", Exit.USAGE)
    started = time.monotonic()
    project = load_project(file)
    with explained():
        environment = project.environment()
        project.validate(environment)
    folder = project.folder / FOLDER
    was_there = (folder / "state.db").exists()
    options = local.CloudOptions(wish.port, environment.region, wish.runtime, wish.ephemeral)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    starting = local.start(folder, options)
    run = None
    try:
        _warm_up()
        run = starting.wait()
        deployed = bring(project, environment, run, force=False)
    except BaseException as error:
        _undo(folder, run, starting, was_there=was_there)
        if isinstance(error, KeyboardInterrupt):
            raise Failure("Interrupted; what was started is stopped again.", code=Exit.INTERRUPTED) from error
        raise
    try:
        output.say(f"{project.system.name} is up after {time.monotonic() - started:.2f} s")
        show_outputs(deployed)
        if wish.detach:
            output.hint("hatoba ps, hatoba logs --follow, hatoba token; hatoba down removes it")
            return
        _show_logs(folder, run)
    except KeyboardInterrupt:
        output.say("Draining; Ctrl-C again ends everything at once")
        _drain(folder, run)


def _warm_up() -> None:
    """Load what deploying needs while the cloud starts beside us."""
    import botocore.session

    botocore.session.get_session().get_service_model("cloudformation")


def _show_logs(folder: Path, run: RunFile) -> None:
    """Show logs as they come, until interrupted or the cloud ends."""
    from botocore.exceptions import BotoCoreError

    from hatoba.cli import aws
    from hatoba.cli.logs import Reader, print_line

    output.say("Ctrl-C drains and stops it. Logs:")
    try:
        for line in Reader(aws.client(run, "logs"), []).follow():
            print_line(line)
    except BotoCoreError as error:
        if run.is_alive():
            raise
        raise Failure(
            f"The local cloud (process {run.pid}) ended.",
            f"Read {local.log_path(folder)}; `hatoba down` clears what is left.",
        ) from error


def _drain(folder: Path, run: RunFile) -> None:
    """End the cloud in order; a second Ctrl-C ends everything at once."""
    try:
        local.stop(folder, run)
    except KeyboardInterrupt:
        local.kill(run)
        local.sweep(folder)
        output.say("Ended at once")
        return
    output.say("Stopped; its state is kept. `hatoba up` goes on, `hatoba down` removes it")


def _undo(folder: Path, run: RunFile | None, starting: local.Starting, *, was_there: bool) -> None:
    """Stop what was started; a system that was not there before is not there afterwards."""
    if run is None:
        starting.abandon()
    else:
        local.stop(folder, run)
    if not was_there:
        shutil.rmtree(folder, ignore_errors=True)


class _Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM.

    A type of its own: where KeyboardInterrupt itself passes through an ``exec`` (a dataclass being made
    by an import), CPython ends by SIGINT even when it was caught, and the exit code is lost.
    """


def _interrupt(*_: object) -> NoReturn:
    raise _Interrupted
