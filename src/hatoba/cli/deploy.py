"""``hatoba deploy``: bring the changed definition to the system that is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cli import local, output
from hatoba.cli.deploying import bring, deployer, show_outputs
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.project import FOLDER, explained, load_project

if TYPE_CHECKING:
    from pathlib import Path


def deploy(file: Path | None, name: str) -> None:
    """Deploy to the running local cloud.

    Raises:
        Failure: The definition has faults, nothing is up, or the deployment failed and was rolled back.
    """
    project = load_project(file)
    with explained():
        environment = project.environment(name)
        project.validate(environment)
    if not environment.is_local:
        raise Failure(
            f"This hatoba deploys to the environment local only, not to {name}.",
            "`hatoba synth > template.yaml` gives the template for `aws cloudformation deploy`.",
            Exit.REFUSED,
        )
    run = local.running(project.folder / FOLDER)
    engine = deployer(environment, run.endpoint, run.account)
    deployed = bring(project, environment, run, engine, force=True)
    output.say(f"{deployed.stack} is {deployed.status}" if deployed.has_changed else "Nothing to change")
    show_outputs(deployed)
