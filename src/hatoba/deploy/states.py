"""What a stack's status means for who wants to change it, and the command that leads out of it. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.deploy.errors import DeployError, StackBusy, StackStuck

if TYPE_CHECKING:
    from hatoba.deploy.commands import Commands
    from hatoba.deploy.stacks import Stack

REVIEW = "REVIEW_IN_PROGRESS"

FRESH = frozenset({REVIEW, "DELETE_COMPLETE"})
"""Statuses of a stack that has no resources: it is created, not updated."""

LEFTOVER = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})
"""Statuses that accept nothing but a deletion."""

GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})

CANCELLABLE = "UPDATE_IN_PROGRESS"
"""The one status in which CancelUpdateStack is accepted."""


def is_busy(status: str) -> bool:
    """Whether an operation runs on a stack in this status."""
    return status.endswith("_IN_PROGRESS") and status != REVIEW


def obstacle(stack: Stack, command: Commands, waiting: tuple[str, ...] = ()) -> DeployError | None:
    """Why a stack accepts no change now, with the way out; None if it does.

    Args:
        stack: As it stands.
        command: How commands are spelled.
        waiting: Names of change sets that wait for their execution.
    """
    name, status = stack.name, stack.status
    said = f"Stack {name} is in {status}"
    if is_busy(status):
        return StackBusy(f"{said}: another operation is running.", busy_remedy(status, command))
    if status == "UPDATE_ROLLBACK_FAILED":
        return StackStuck(
            f"{said}: an update failed, and so did its rollback. {stack.reason}".rstrip(),
            f"Repair what the reason names, then {command('rollback')} goes on with the rollback "
            f"({command('rollback', '--skip', 'LOGICAL_ID')} leaves a resource out of it).",
        )
    if status == "UPDATE_FAILED":
        return StackStuck(
            f"{said}: an update failed and was not rolled back. {stack.reason}".rstrip(),
            f"{command('rollback')} brings back what stood before it.",
        )
    if status in LEFTOVER:
        return StackStuck(
            f"{said}: {_LEFT[status]} {stack.reason}".rstrip(), _leftover_remedy(status, command)
        )
    if status == REVIEW and waiting:
        return StackStuck(
            f"{said}: nothing stands yet, and {_sets(waiting)} for its execution.",
            f"{command('deploy', '--plan', 'FILE')} executes a saved plan; "
            f"{command('destroy')} throws {'it' if len(waiting) == 1 else 'them'} away.",
        )
    return None


def busy_remedy(status: str, command: Commands) -> str:
    """How to follow an operation that runs, and how to cancel it where CloudFormation can."""
    follow = f"{command('status', '--follow')} follows it"
    return f"{follow}; {command('rollback')} cancels it." if status == CANCELLABLE else f"{follow}."


_LEFT = {
    "ROLLBACK_COMPLETE": "its creation failed and was rolled back; CloudFormation takes only a deletion.",
    "ROLLBACK_FAILED": "its creation failed, and its rollback left resources behind.",
    "CREATE_FAILED": "its creation failed, and what was made was left to be looked at.",
    "DELETE_FAILED": "some of its resources could not be deleted.",
}


def _leftover_remedy(status: str, command: Commands) -> str:
    if status == "DELETE_FAILED":
        retain = command("destroy", "--retain", "LOGICAL_ID")
        return f"{command('destroy')} tries again; {retain} leaves a resource standing and removes the rest."
    return f"{command('destroy')} removes it, then {command('deploy')} creates it anew."


def _sets(waiting: tuple[str, ...]) -> str:
    return f"change set {waiting[0]} waits" if len(waiting) == 1 else f"{len(waiting)} change sets wait"
