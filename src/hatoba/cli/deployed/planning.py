"""A change set as a person and as a script read it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from hatoba.deploy.changes import FORCE_NEW_DEPLOYMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hatoba.deploy import Change, Proposal

SIGNS: Mapping[str, str] = {
    "add": "+",
    "import": "+",
    "change": "~",
    "redeploy": "~",
    "replace": "!",
    "delete": "-",
}
LONGEST = 60
"""Characters of a value that are shown."""


def lines(proposal: Proposal, place: str, monthly_cost: str | None = None) -> Iterator[str]:
    """Tell a plan, line by line: what happens to each resource, then what it opens, then how much it is."""
    begins = "created" if proposal.kind == "CREATE" else "updated"
    yield f"Stack {proposal.stack} in {place} is to be {begins}:"
    yield ""
    width = max((len(change.logical_id) for change in proposal.changes), default=0)
    for change in sorted(proposal.changes, key=_rank):
        yield from _change(change, width)
    if not proposal.changes:
        yield "  No resource changes; outputs or tags of the stack do."
    yield from _marks(proposal)
    yield ""
    yield summary(proposal)
    if monthly_cost:
        yield monthly_cost


def document(proposal: Proposal, monthly_cost: object = None) -> dict[str, object]:
    """The same for a script."""
    counts = _counts(proposal)
    return {
        "stack": proposal.stack,
        "kind": proposal.kind,
        "has_changes": proposal.has_changes,
        "summary": {verb: counts[verb] for verb in SIGNS},
        "changes": [_row(change) for change in sorted(proposal.changes, key=_rank)],
        "monthly_cost_change": monthly_cost,
    }


def summary(proposal: Proposal) -> str:
    """One line: how many of what."""
    counts = _counts(proposal)
    told = [f"{counts[verb]} to {verb}" for verb in SIGNS if verb != "redeploy" and counts[verb]]
    again = counts["redeploy"]
    if again:
        told.append(f"{again} to start anew")
    return (", ".join(told) or "Nothing to change") + "."


def _counts(proposal: Proposal) -> Counter[str]:
    return Counter(change.verb for change in proposal.changes)


def _rank(change: Change) -> tuple[int, str]:
    return tuple(SIGNS).index(change.verb), change.logical_id


def _change(change: Change, width: int) -> Iterator[str]:
    kept = ", what stands is kept" if change.is_kept and change.verb in ("replace", "delete") else ""
    name = f"{change.logical_id:<{width}}"
    yield f"  {SIGNS[change.verb]} {change.verb:<8} {name}  {change.resource_type}{kept}"
    if change.verb == "redeploy":
        return
    if change.verb == "replace":
        certainly = "" if change.replacement == "True" else "perhaps "
        yield f"      {certainly}made anew, because {' and '.join(change.replaces) or 'something'} changes"
    for each in change.properties:
        if each.name == FORCE_NEW_DEPLOYMENT:
            yield "      its tasks start anew"
            continue
        because = f"  (by {each.cause})" if each.cause else ""
        for path, before, after in _leaves(each.name, each.before, each.after):
            yield f"      {path}: {_value(before)} → {_value(after)}{because}"


def _leaves(path: str, before: object, after: object) -> Iterator[tuple[str, object, object]]:
    """Where two values differ, as deep as both have the same shape."""
    if before == after and before is not None:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            if before.get(key) != after.get(key):
                yield from _leaves(f"{path}.{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            if old != new:
                yield from _leaves(f"{path}.{number}", old, new)
    else:
        yield path, before, after


def _value(value: object) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), default=str)
    if text == "{{changeSet:KNOWN_AFTER_APPLY}}":
        return "known later"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _marks(proposal: Proposal) -> Iterator[str]:
    titles = (("network", "Openings in the network:"), ("policy", "Permissions:"))
    for kind, title in titles:
        found = [
            (change.logical_id, mark)
            for change in proposal.changes
            for mark in change.marks
            if mark.kind == kind
        ]
        if not found:
            continue
        yield ""
        yield title
        for name, mark in found:
            sign = ("!" if mark.is_wide else "+") if mark.comes else "-"
            verb = mark.text if mark.comes else f"no longer {mark.text}"
            yield f"  {sign} {name} {verb}"


def _row(change: Change) -> dict[str, object]:
    return {
        "verb": change.verb,
        "logical_id": change.logical_id,
        "type": change.resource_type,
        "physical_id": change.physical_id,
        "replacement": change.replacement,
        "replaces": list(change.replaces),
        "is_kept": change.is_kept,
        "properties": [asdict(each) for each in change.properties],
        "marks": [asdict(mark) for mark in change.marks],
    }
