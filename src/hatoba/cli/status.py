"""``hatoba status``: the stack's state and its outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cli import local, output
from hatoba.cli.deploying import deploy_errors, deployer
from hatoba.cli.exits import Failure
from hatoba.cli.project import FOLDER, explained, load_project

if TYPE_CHECKING:
    from pathlib import Path


def status(file: Path | None, *, as_json: bool) -> None:
    """Print the stack of the definition as it stands in the running cloud.

    Raises:
        Failure: Nothing is up, or the stack does not stand.
    """
    project = load_project(file)
    run = local.running(project.folder / FOLDER)
    with explained():
        environment = project.environment()
    with deploy_errors(run):
        stack = deployer(environment, run.endpoint, run.account).status(project.system.name)
    if stack is None:
        raise Failure(f"Stack {project.system.name} does not stand.", "`hatoba deploy` brings it.")
    if as_json:
        output.print_json(
            {
                "stack": stack.name,
                "status": stack.status,
                "reason": stack.reason,
                "changed_at": stack.changed_at,
                "endpoint": run.endpoint,
                "outputs": dict(stack.outputs),
            }
        )
        return
    output.say(f"Stack {stack.name} is {stack.status}. {stack.reason}".rstrip())
    rows: list[output.Row] = [{"name": name, "value": value} for name, value in stack.outputs.items()]
    output.print_table(rows, {"name": "OUTPUT", "value": "VALUE"}, empty="It has no outputs.")
