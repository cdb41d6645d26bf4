"""``hatoba down``: the system is removed, and nothing is left of it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from hatoba.cli import local, output
from hatoba.cli.deployed.deploying import deployer
from hatoba.cli.exits import Failure
from hatoba.cli.project import load_project, state_folder
from hatoba.cli.target import told
from hatoba.cloud.server import runfile
from hatoba.definition.project import has_definition

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.cloud.server.runfile import RunFile


def down(file: Path | None, *, keep: bool, force: bool) -> None:
    """Remove the stack, end the cloud, sweep what a crash left, remove the state.

    Nothing being up is no error: what was to be gone is gone.
    """
    folder = state_folder(file)
    run = runfile.read(folder)
    if run is not None:
        _end(file, folder, run, keep=keep, force=force)
    for line in local.sweep(folder):
        output.say(line)
    if keep:
        output.say("Stopped; its state is kept. `hatoba up` goes on.")
        return
    was_there = folder.exists()
    shutil.rmtree(folder, ignore_errors=True)
    output.say("Everything is removed." if was_there else "Nothing was up.")


def _end(file: Path | None, folder: Path, run: RunFile, *, keep: bool, force: bool) -> None:
    if force:
        local.kill(run)
        return
    if not keep and (file or has_definition(folder.parent)):
        try:
            _remove_stack(file, run)
        except Failure as failure:
            output.say(f"The stack could not be removed in order: {failure.what}")
    local.stop(folder, run)


def _remove_stack(file: Path | None, run: RunFile) -> None:
    project = load_project(file)
    with told():
        deployer(project.environment(), run.endpoint, run.account).destroy(project.system.name)
