"""Saved plans: a change set that waits, bound to what it was made from.

A plan's file is the plan as ``hatoba plan --json`` shows it, and beside it the binding: definition, values
of the inputs, account, region and the stack's state. Where one of them is another one now, the plan is stale:
what it shows is not what would happen.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from hatoba.deploy.deployer import Proposal
from hatoba.deploy.errors import DeployError, StalePlan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hatoba.deploy.commands import Commands

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Binding:
    """What a plan was made from. ``stands`` is the stack's state, None where nothing stood."""

    environment: str
    account: str | None
    region: str
    definition: str
    inputs: str
    stands: str | None


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan's file, read."""

    stack: str
    stack_id: str
    change_set_id: str
    kind: Literal["CREATE", "UPDATE"]
    binding: Binding

    @property
    def proposal(self) -> Proposal:
        """The change set. Its changes are asked of CloudFormation again: a file can be edited."""
        return Proposal(self.stack, self.stack_id, self.change_set_id, self.kind, (), self.binding.stands)


def write(file: Path, proposal: Proposal, binding: Binding, shown: Mapping[str, object]) -> None:
    """Write a plan's file.

    Raises:
        DeployError: It cannot be written.
    """
    document = {
        "format": FORMAT,
        **shown,
        "stack_id": proposal.stack_id,
        "change_set_id": proposal.change_set_id,
        "kind": proposal.kind,
        "made_from": asdict(binding),
    }
    try:
        file.write_text(json.dumps(document, indent=2, default=str) + "\n", encoding="utf-8")
    except OSError as error:
        raise DeployError(
            f"The plan cannot be written to {file}: {error.strerror}.", "Name another file."
        ) from error


def read(file: Path) -> SavedPlan:
    """Read a plan's file.

    Raises:
        DeployError: There is none, or it is no plan.
    """
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise DeployError(
                f"{file} has format {document['format']}; this hatoba reads {FORMAT}.",
                "Make the plan anew with this version.",
            )
        texts = {key: str(document[key]) for key in ("stack", "stack_id", "change_set_id")}
        kind: Literal["CREATE", "UPDATE"] = "CREATE" if document["kind"] == "CREATE" else "UPDATE"
        return SavedPlan(**texts, kind=kind, binding=Binding(**document["made_from"]))
    except OSError as error:
        raise DeployError(
            f"The plan {file} cannot be read: {error.strerror}.", "hatoba plan --out FILE makes one."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DeployError(
            f"{file} is no plan that hatoba saved.", "hatoba plan --out FILE makes one."
        ) from error


_WORDS = {
    "environment": "environment {old}, not {new}",
    "account": "account {old}, not {new}",
    "region": "region {old}, not {new}",
    "definition": "another definition than the one that is here now",
    "inputs": "other values of the inputs than those of now",
    "stands": "another state of the stack: it was changed since",
}


def check(saved: SavedPlan, now: Binding, command: Commands) -> None:
    """Make sure that a plan is still what would happen.

    Raises:
        StalePlan: It was made from something else; the text names each thing.
    """
    old, new = asdict(saved.binding), asdict(now)
    differing = [
        words.format(old=old[key], new=new[key]) for key, words in _WORDS.items() if old[key] != new[key]
    ]
    if differing:
        raise StalePlan(
            f"The plan for stack {saved.stack} is stale. It was made from {'; '.join(differing)}.",
            f"Make a new one: {command('plan', '--out', 'FILE')}",
        )
