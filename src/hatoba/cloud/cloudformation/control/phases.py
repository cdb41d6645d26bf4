"""What follows when a phase of an operation has ended: the stack's next status, phase and text.

::

    CREATE  apply ─ok→ CREATE_COMPLETE            ─failed→ undo ─→ ROLLBACK_COMPLETE | ROLLBACK_FAILED
    UPDATE  apply ─ok→ cleanup → UPDATE_COMPLETE  ─failed→ revert
            revert ─ok→ revert_cleanup → UPDATE_ROLLBACK_COMPLETE  ─failed→ UPDATE_ROLLBACK_FAILED
    IMPORT  apply ─ok→ IMPORT_COMPLETE            ─failed→ let_go ─→ IMPORT_ROLLBACK_COMPLETE
    DELETE  delete ─→ DELETE_COMPLETE | DELETE_FAILED
"""

# ruff: noqa: ARG001 - one signature for all phases, called by a table
from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.model import Phase, Stack, StackOperation, StackOutput


class Outcome(msgspec.Struct, frozen=True):
    """How a phase ended. ``fault`` is a failure of the stack itself, such as an output that has no value."""

    not_created: tuple[str, ...] = ()
    not_updated: tuple[str, ...] = ()
    not_deleted: tuple[str, ...] = ()
    not_imported: tuple[str, ...] = ()
    fault: str | None = None
    outputs: tuple[StackOutput, ...] = ()
    imports: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Nothing failed."""
        return not (
            self.not_created or self.not_updated or self.not_deleted or self.not_imported or self.fault
        )

    @property
    def reason(self) -> str | None:
        """What failed, in AWS's words."""
        kinds = (
            ("create", self.not_created),
            ("update", self.not_updated),
            ("delete", self.not_deleted),
            ("import", self.not_imported),
        )
        told = "".join(
            f"The following resource(s) failed to {verb}: [{', '.join(names)}]. "
            for verb, names in kinds
            if names
        )
        return (self.fault or "") + told or None


def advance(stack: Stack, outcome: Outcome, now: float) -> Stack:
    """Return the stack after its operation's phase ended so."""
    operation = stack.operation
    assert operation is not None
    return _AFTER[operation.phase](stack, operation, outcome, now)


def _after_apply(stack: Stack, operation: StackOperation, outcome: Outcome, now: float) -> Stack:
    if not outcome.is_good:
        return _after_failure(stack, operation, outcome, now)
    reached = replace(
        stack,
        revision=operation.target,
        outputs=outcome.outputs,
        imports=outcome.imports,
        reason=None,
        updated=now,
    )
    if operation.kind == "CREATE":
        return replace(reached, status="CREATE_COMPLETE", operation=None, updated=stack.updated)
    if operation.kind == "IMPORT":
        return _end(reached, "IMPORT_COMPLETE")
    return _next(reached, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", operation, "cleanup")


def _after_failure(stack: Stack, operation: StackOperation, outcome: Outcome, now: float) -> Stack:
    reason = "User Initiated" if operation.cancelled else outcome.reason
    if operation.kind == "CREATE":
        stack = replace(stack, revision=operation.target)
        told = f"{(reason or '').rstrip()} Rollback requested by user."
        if operation.on_failure == "DO_NOTHING":
            return _end(replace(stack, reason=reason), "CREATE_FAILED")
        if operation.on_failure == "DELETE":
            return _next(replace(stack, reason=reason), "DELETE_IN_PROGRESS", operation, "delete")
        return _next(replace(stack, reason=told), "ROLLBACK_IN_PROGRESS", operation, "undo")
    stack = replace(stack, reason=reason, updated=now)
    if operation.kind == "IMPORT":
        return _next(stack, "IMPORT_ROLLBACK_IN_PROGRESS", operation, "let_go")
    if operation.on_failure == "DO_NOTHING" and not operation.cancelled:
        return _end(stack, "UPDATE_FAILED")
    return _next(stack, "UPDATE_ROLLBACK_IN_PROGRESS", operation, "revert")


def _after_cleanup(stack: Stack, operation: StackOperation, outcome: Outcome, now: float) -> Stack:
    # what the cleanup could not delete is left behind, as AWS does; its events tell
    return _end(replace(stack, reason=None, updated=now), "UPDATE_COMPLETE")


def _after_revert(stack: Stack, operation: StackOperation, outcome: Outcome, now: float) -> Stack:
    stack = replace(stack, reason=outcome.reason, updated=now)
    if not outcome.is_good:
        return _end(stack, "UPDATE_ROLLBACK_FAILED")
    return _next(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", operation, "revert_cleanup")


def _after_revert_cleanup(stack: Stack, operation: StackOperation, outcome: Outcome, now: float) -> Stack:
    return _end(replace(stack, reason=None, updated=now), "UPDATE_ROLLBACK_COMPLETE")


def _after_undo(stack: Stack, operation: StackOperation, outcome: Outcome, now: float) -> Stack:
    ended = replace(stack, reason=outcome.reason, updated=now)
    return _end(ended, "ROLLBACK_COMPLETE" if outcome.is_good else "ROLLBACK_FAILED")


def _after_let_go(stack: Stack, operation: StackOperation, outcome: Outcome, now: float) -> Stack:
    return _end(replace(stack, reason=None, updated=now), "IMPORT_ROLLBACK_COMPLETE")


def _after_delete(stack: Stack, operation: StackOperation, outcome: Outcome, now: float) -> Stack:
    if not outcome.is_good:
        return _end(replace(stack, reason=outcome.reason), "DELETE_FAILED")
    return _end(replace(stack, reason=None, deleted=now, outputs=(), imports=()), "DELETE_COMPLETE")


def _next(stack: Stack, status: str, operation: StackOperation, phase: Phase) -> Stack:
    return replace(stack, status=status, operation=replace(operation, phase=phase))


def _end(stack: Stack, status: str) -> Stack:
    return replace(stack, status=status, operation=None)


_AFTER = {
    "apply": _after_apply,
    "cleanup": _after_cleanup,
    "revert": _after_revert,
    "revert_cleanup": _after_revert_cleanup,
    "undo": _after_undo,
    "delete": _after_delete,
    "let_go": _after_let_go,
}
