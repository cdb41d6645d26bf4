"""``hatoba deploy``: bring the definition to an environment; here to the system that is up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatoba.cli import local, output
from hatoba.cli.asking import confirm
from hatoba.cli.deployed import planning
from hatoba.cli.deployed.costing import cost_change
from hatoba.cli.deployed.deploying import explained_by, local_commands, show_outputs
from hatoba.cli.deployed.narrating import Narrator
from hatoba.cli.deployed.plan import from_file, prepared
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.interrupting import raise_on_signals
from hatoba.cli.target import reach, told

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.cli.target import Target
    from hatoba.deploy import Deployed, Proposal


@dataclass(frozen=True, slots=True)
class Wish:
    """How to deploy; see ``hatoba deploy --help``."""

    plan: Path | None = None
    yes: bool = False
    redeploy: bool = True
    as_json: bool = False


def deploy(file: Path | None, name: str, wish: Wish) -> None:
    """Propose, show, ask on AWS, execute, and tell what happens.

    Raises:
        Failure: The definition has faults, somebody said no, or the deployment failed and was rolled back.
    """
    target = reach(file, name)
    target.validate()
    raise_on_signals()
    if target.run is not None:
        # What stood before keeps its commands: a rollback needs them.
        commands = local_commands(target.project, target.environment)
        local.ask(target.run, "POST", "local-commands", {"commands": commands})
    with Narrator(target.clients) as narrator, explained_by(narrator):
        proposal = _proposal(target, wish, narrator)
    if proposal is None:
        output.say("Nothing to change")
        show_outputs(target.engine.unchanged(target.stack), as_json=wish.as_json)
        return
    deployed = execute(target, proposal, yes=wish.yes or wish.plan is not None)
    output.say(f"{deployed.stack} is {deployed.status}")
    show_outputs(deployed, as_json=wish.as_json)


def _proposal(target: Target, wish: Wish, narrator: Narrator) -> Proposal | None:
    if wish.plan is not None:
        return from_file(target, wish.plan)
    return target.engine.propose(prepared(target, redeploy=wish.redeploy), narrator)


def execute(target: Target, proposal: Proposal, *, yes: bool) -> Deployed:
    """Show a plan, ask where it is not this machine's own system, and execute it.

    Raises:
        Failure: Somebody said no, or the deployment failed.
    """
    try:
        if target.run is None:
            with told():
                cost = cost_change(target, proposal)
            for line in planning.lines(proposal, target.place, cost.text if cost else None):
                output.say(line)
            confirm(f"Deploy this to {target.place}?", yes=yes)
    except (Failure, KeyboardInterrupt) as error:
        with told():
            target.engine.discard(proposal)
        if isinstance(error, Failure):
            raise
        raise Failure("Interrupted; nothing was changed.", code=Exit.INTERRUPTED) from error
    is_first_here = target.run is not None and proposal.kind == "CREATE"
    with Narrator(target.clients) as narrator, explained_by(narrator):
        return target.engine.execute(proposal, narrator, keep_failed=is_first_here)
