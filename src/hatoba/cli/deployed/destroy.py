"""``hatoba destroy``: the stack of an environment is deleted. Here the local cloud runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cli import output
from hatoba.cli.asking import confirm_by_name
from hatoba.cli.deployed.deploying import explained_by
from hatoba.cli.deployed.narrating import Narrator
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.interrupting import raise_on_signals
from hatoba.cli.target import reach, told
from hatoba.deploy.order import going
from hatoba.deploy.stacks import standing_resources, template_of
from hatoba.deploy.states import REVIEW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hatoba.cli.target import Target
    from hatoba.deploy import Stack


def destroy(file: Path | None, name: str, *, retain: Sequence[str], yes: bool) -> None:
    """Show what goes, in its order, and what stays; ask for the environment's name; delete.

    Raises:
        Failure: Somebody said no, or a resource could not be deleted.
    """
    target = reach(file, name)
    raise_on_signals()
    with told():
        stack = target.engine.find(target.stack)
    if stack is None or stack.status == "DELETE_COMPLETE":
        output.say(f"Stack {target.stack} does not stand in {target.place}.")
        return
    if retain and stack.status != "DELETE_FAILED":
        raise Failure(
            f"Stack {target.stack} is in {stack.status}: --retain is for a deletion that failed.",
            target.command("destroy"),
            Exit.USAGE,
        )
    _show(target, stack, retain)
    confirm_by_name("All of this is deleted.", target.environment.name, yes=yes)
    with Narrator() as narrator, explained_by(narrator):
        target.engine.destroy(target.stack, narrator, retain=retain)
    output.say(f"Stack {target.stack} is gone.")


def _show(target: Target, stack: Stack, retain: Sequence[str]) -> None:
    output.say(f"Stack {stack.name} in {target.place}, in {stack.status}, goes in this order:")
    if stack.status == REVIEW:
        output.say("  nothing stands yet; its change sets are thrown away")
        return
    with told():
        resources = going(
            template_of(target.engine.client, stack), standing_resources(target.engine.client, stack)
        )
    for each in resources:
        stays = each.is_retained or each.logical_id in retain
        sign, word = ("=", "stays") if stays else ("-", "delete")
        output.say(f"  {sign} {word:<7} {each.logical_id} ({each.resource_type}) {each.physical_id}".rstrip())
