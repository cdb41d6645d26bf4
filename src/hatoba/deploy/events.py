"""What a deployment tells while it runs. The engine never prints: it hands these to a host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from hatoba.deploy.changes import Change

STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change set stands and is about to be executed."""

    stack: str
    kind: Literal["CREATE", "UPDATE"]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What stands is already what was asked for."""

    stack: str


@dataclass(frozen=True, slots=True)
class Clearing:
    """What an earlier failed creation left is deleted first."""

    stack: str
    status: str


@dataclass(frozen=True, slots=True)
class ResourceEvent:
    """One resource, or the stack itself, came to a new status."""

    logical_id: str
    resource_type: str
    physical_id: str | None
    status: str
    reason: str
    at: datetime

    @property
    def is_stack(self) -> bool:
        """Whether it is about the stack itself."""
        return self.resource_type == STACK

    @property
    def has_failed(self) -> bool:
        """Whether the resource failed for a reason of its own, not because another one did."""
        return self.status.endswith("_FAILED") and "cancelled" not in self.reason

    @property
    def is_final(self) -> bool:
        """Whether nothing follows for this operation: complete (cleaned up as well) or failed."""
        return self.status.endswith(("_COMPLETE", "_FAILED"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing happened since the last look; told at every look, so that a host can show time passing."""


DeployEvent: TypeAlias = Proposed | Unchanged | Clearing | ResourceEvent | Waiting


class Host(Protocol):
    """Who watches a deployment."""

    def on_event(self, event: DeployEvent) -> None:
        """Take one event. Called in order, from the thread that deploys; what it raises ends the watching."""


class Silent:
    """A host that does not listen."""

    def on_event(self, event: DeployEvent) -> None:
        """Drop it."""
