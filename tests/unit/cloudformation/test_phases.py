"""What follows when a phase has ended: statuses and texts in AWS's order."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hatoba.cloud.cloudformation.control.phases import Outcome, advance
from hatoba.cloud.cloudformation.model import Kind, OnFailure, Phase, Revision, Stack, StackOperation

GOOD = Outcome()
BAD = Outcome(not_created=("A", "B"), not_updated=("C",))
NEW, OLD = Revision("new"), Revision("old")


def stack(kind: Kind, phase: Phase, on_failure: OnFailure = "ROLLBACK") -> Stack:
    operation = StackOperation("op", kind, phase, NEW, on_failure)
    return Stack("arn", "s", "X_IN_PROGRESS", 1.0, revision=OLD, operation=operation)


@pytest.mark.parametrize(
    ("start", "outcome", "status", "phase"),
    [
        (stack("CREATE", "apply"), GOOD, "CREATE_COMPLETE", None),
        (stack("CREATE", "apply"), BAD, "ROLLBACK_IN_PROGRESS", "undo"),
        (stack("CREATE", "apply", "DO_NOTHING"), BAD, "CREATE_FAILED", None),
        (stack("CREATE", "apply", "DELETE"), BAD, "DELETE_IN_PROGRESS", "delete"),
        (stack("CREATE", "undo"), GOOD, "ROLLBACK_COMPLETE", None),
        (stack("CREATE", "undo"), Outcome(not_deleted=("A",)), "ROLLBACK_FAILED", None),
        (stack("UPDATE", "apply"), GOOD, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "cleanup"),
        (stack("UPDATE", "apply"), BAD, "UPDATE_ROLLBACK_IN_PROGRESS", "revert"),
        (stack("UPDATE", "apply", "DO_NOTHING"), BAD, "UPDATE_FAILED", None),
        (stack("UPDATE", "cleanup"), GOOD, "UPDATE_COMPLETE", None),
        (stack("UPDATE", "cleanup"), Outcome(not_deleted=("A",)), "UPDATE_COMPLETE", None),
        (
            stack("UPDATE", "revert"),
            GOOD,
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "revert_cleanup",
        ),
        (stack("UPDATE", "revert"), BAD, "UPDATE_ROLLBACK_FAILED", None),
        (stack("UPDATE", "revert_cleanup"), GOOD, "UPDATE_ROLLBACK_COMPLETE", None),
        (stack("DELETE", "delete"), GOOD, "DELETE_COMPLETE", None),
        (stack("DELETE", "delete"), Outcome(not_deleted=("A",)), "DELETE_FAILED", None),
    ],
)
def test_each_phase_leads_where_aws_goes(
    start: Stack, outcome: Outcome, status: str, phase: str | None
) -> None:
    after = advance(start, outcome, 2.0)
    assert (after.status, after.operation.phase if after.operation else None) == (status, phase)


def test_the_new_revision_counts_once_it_was_reached_and_the_old_one_after_a_failure() -> None:
    assert advance(stack("UPDATE", "apply"), GOOD, 2.0).revision == NEW
    assert advance(stack("UPDATE", "apply"), BAD, 2.0).revision == OLD


def test_failures_are_told_by_kind() -> None:
    after = advance(stack("UPDATE", "apply"), BAD, 2.0)
    assert after.reason == (
        "The following resource(s) failed to create: [A, B]."
        " The following resource(s) failed to update: [C]. "
    )
    after = advance(stack("CREATE", "apply"), Outcome(not_created=("A",)), 2.0)
    assert after.reason == ("The following resource(s) failed to create: [A]. Rollback requested by user.")
    after = advance(stack("DELETE", "delete"), Outcome(not_deleted=("X",)), 2.0)
    assert after.reason == "The following resource(s) failed to delete: [X]. "


def test_a_cancelled_update_goes_back_even_where_rollback_is_disabled() -> None:
    start = stack("UPDATE", "apply", "DO_NOTHING")
    assert start.operation is not None
    start = replace(start, operation=replace(start.operation, cancelled=True))
    after = advance(start, Outcome(fault="stopped"), 2.0)
    assert (after.status, after.reason) == ("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
