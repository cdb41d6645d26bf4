"""``hatoba rollback``: back to what stood before, from wherever the stack is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cli import output
from hatoba.cli.asking import confirm
from hatoba.cli.deployed.deploy import execute
from hatoba.cli.deployed.deploying import explained_by, show_outputs
from hatoba.cli.deployed.narrating import Narrator
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.interrupting import raise_on_signals
from hatoba.cli.target import reach, told
from hatoba.deploy import reversing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hatoba.cli.target import Target
    from hatoba.deploy import Deployed

QUESTIONS: Mapping[reversing.Kind, str] = {
    "cancel": "An update runs. Cancel it and go back?",
    "continue": "A rollback failed. Go on with it?",
    "undo": "An operation failed and was left as it was. Undo it?",
}


def rollback(file: Path | None, name: str, *, skip: Sequence[str], yes: bool, as_json: bool) -> None:
    """Cancel a running update, go on with a failed rollback, or deploy what stood before.

    Raises:
        Failure: There is no way back, somebody said no, or it did not get there.
    """
    target = reach(file, name)
    raise_on_signals()
    with told():
        way = reversing.way_back(target.engine, target.stack)
    if skip and way.kind != "continue":
        raise Failure(
            f"Stack {target.stack} is in {way.stack.status}: --skip is for a rollback that failed.",
            target.command("rollback"),
            Exit.USAGE,
        )
    deployed = _deploy_before(target, way, yes=yes) if way.deployment else _back(target, way, skip, yes=yes)
    if deployed is None:
        output.say("What stood before is what stands now.")
        return
    output.say(f"{deployed.stack} is {deployed.status}")
    show_outputs(deployed, as_json=as_json)


def _deploy_before(target: Target, way: reversing.WayBack, *, yes: bool) -> Deployed | None:
    assert way.deployment is not None
    with told():
        proposal = target.engine.propose(way.deployment)
    return None if proposal is None else execute(target, proposal, yes=yes)


def _back(target: Target, way: reversing.WayBack, skip: Sequence[str], *, yes: bool) -> Deployed:
    output.say(f"Stack {target.stack} in {target.place} is {way.stack.status}. {way.stack.reason}".rstrip())
    confirm(QUESTIONS[way.kind], yes=yes or target.run is not None)
    with Narrator(target.clients) as narrator, explained_by(narrator):
        return reversing.go_back(target.engine, way, narrator, skip=skip)
