"""``hatoba plan``: what a deployment would do, and nothing done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hatoba.cli import output
from hatoba.cli.deployed import planning
from hatoba.cli.deployed.costing import cost_change
from hatoba.cli.deployed.deploying import StandingHere
from hatoba.cli.deployed.narrating import Narrator
from hatoba.cli.exits import Exit
from hatoba.cli.project import explained
from hatoba.cli.target import reach, told
from hatoba.deploy import prepare, saved
from hatoba.plan import NONCE

if TYPE_CHECKING:
    from pathlib import Path

    from hatoba.cli.deployed.costing import CostChange
    from hatoba.cli.target import Target
    from hatoba.deploy import Deployment, Proposal


@dataclass(frozen=True, slots=True)
class Wish:
    """How to plan; see ``hatoba plan --help``."""

    out: Path | None
    exit_code: bool
    redeploy: bool
    as_json: bool


def plan(file: Path | None, name: str, wish: Wish) -> int:
    """Print what ``hatoba deploy`` would do; return the exit code.

    Raises:
        Failure: The definition has faults, the stack takes no change, or AWS refuses the template.
    """
    target = reach(file, name)
    target.validate()
    deployment = prepared(target, redeploy=wish.redeploy)
    with told():
        proposal = target.careful.propose(deployment, Narrator(), beside_others=True)
        if proposal is None:
            _print_nothing(target, as_json=wish.as_json)
            return int(Exit.DONE)
        is_kept = False
        try:
            cost = cost_change(target, proposal)
            _print(target, proposal, cost, as_json=wish.as_json)
            if wish.out is not None:
                binding = bound(target, deployment, proposal.stands)
                saved.write(wish.out, proposal, binding, _shown(target, proposal, cost))
                is_kept = True
        finally:
            if not is_kept:
                target.careful.discard(proposal)
    if wish.out is not None:
        output.hint(target.command("deploy", "--plan", str(wish.out)))
    elif not wish.as_json:
        output.hint(target.command("deploy"))
    return int(Exit.CHANGES if wish.exit_code and proposal.has_changes else Exit.DONE)


def prepared(target: Target, *, redeploy: bool) -> Deployment:
    """What to deploy; with ``redeploy`` services start their tasks anew even where nothing changed."""
    standing = StandingHere(target.run) if target.run else None
    nonce = None
    if not redeploy:
        with told():
            stack = target.engine.status(target.stack)
        nonce = stack.parameters.get(NONCE) if stack else None
    with explained():
        return prepare(target.project.system, target.environment, standing, nonce=nonce)


def bound(target: Target, deployment: Deployment, stands: str | None) -> saved.Binding:
    """What a plan of a deployment is made from."""
    return saved.Binding(
        environment=target.environment.name,
        account=target.account,
        region=target.environment.region,
        definition=deployment.definition_key,
        inputs=deployment.inputs_key,
        stands=stands,
    )


def from_file(target: Target, file: Path) -> Proposal:
    """The change set of a saved plan, after it was compared with what is there now.

    Raises:
        Failure: It is stale.
    """
    with told():
        plan = saved.read(file)
        stack = target.engine.status(plan.stack)
        deployment = prepared(target, redeploy=True)
        saved.check(plan, bound(target, deployment, stack.state if stack else None), target.command)
        changes = target.engine.changes_waiting(plan.proposal)
        return replace(plan.proposal, changes=changes, deployment=deployment)


def _shown(target: Target, proposal: Proposal, cost: CostChange | None) -> dict[str, object]:
    return {
        "environment": target.environment.name,
        "account": target.account,
        "region": target.environment.region,
        **planning.document(proposal, cost.document if cost else None),
    }


def _print(target: Target, proposal: Proposal, cost: CostChange | None, *, as_json: bool) -> None:
    if as_json:
        output.print_json(_shown(target, proposal, cost))
        return
    output.print_text(planning.lines(proposal, target.place, cost.text if cost else None))


def _print_nothing(target: Target, *, as_json: bool) -> None:
    if as_json:
        where = {"environment": target.environment.name, "account": target.account}
        nothing: dict[str, object] = {"has_changes": False, "changes": []}
        output.print_json(where | {"region": target.environment.region, "stack": target.stack} | nothing)
    else:
        output.print_text([f"Stack {target.stack} in {target.place} is as the definition says."])
