"""``hatoba drift``: what somebody changed beside the definition."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from hatoba.cli import output
from hatoba.cli.exits import Exit
from hatoba.cli.target import reach, told
from hatoba.deploy import drifting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def drift(file: Path | None, name: str, *, exit_code: bool, as_json: bool) -> int:
    """Compare what stands with the template that was deployed; return the exit code.

    Raises:
        Failure: The stack does not stand, or is in a status in which CloudFormation does not look.
    """
    target = reach(file, name)
    with told():
        found = drifting.detect(target.careful, target.stack)
    if as_json:
        output.print_json(
            {
                "stack": found.stack,
                "has_drifted": bool(found.drifted),
                "problem": found.problem,
                "resources": [asdict(each) for each in found.resources],
            }
        )
    else:
        output.print_text(_lines(found))
    if found.problem:
        output.say(found.problem)
    if found.drifted and not as_json:
        output.say(
            "A deployment corrects only what it changes: take the difference into the definition, or undo it "
            "where it was made."
        )
    return int(Exit.CHANGES if exit_code and found.drifted else Exit.DONE)


def _lines(found: drifting.Drift) -> Iterator[str]:
    checked = [each for each in found.resources if each.status != "NOT_CHECKED"]
    for each in found.drifted:
        yield f"  {'-' if each.status == 'DELETED' else '~'} {each.logical_id} ({each.resource_type})"
        if each.status == "DELETED":
            yield "      is gone"
        for one in each.differences:
            yield f"      {_path(one.path)}: {one.expected} → {one.actual}"
    told = f"{len(found.drifted)} of {len(checked)} resources that CloudFormation can compare have drifted"
    unseen = len(found.resources) - len(checked)
    yield f"{told}; {unseen} cannot be compared." if unseen else f"{told}."


def _path(pointer: str) -> str:
    return pointer.strip("/").replace("/", ".")
