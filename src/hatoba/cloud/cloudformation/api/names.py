"""Names in requests: what may be one, and which stack is meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import Invalid, no_such_stack, no_such_stack_id
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.model import Stack
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.wire import Call

_STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
_STACK_NAME_OR_ARN = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*")
_CHANGE_SET_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/]*")
LONGEST_NAME = 128


def _refuse(value: str, member: str, pattern: str) -> Invalid:
    return Invalid(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member"
        f" must satisfy regular expression pattern: {pattern}"
    )


def check_new_stack_name(name: str) -> None:
    """Refuse what cannot be the name of a new stack."""
    if not _STACK_NAME.fullmatch(name):
        raise _refuse(name, "stackName", _STACK_NAME.pattern)
    if len(name) > LONGEST_NAME:
        raise Invalid(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member"
            f" must have length less than or equal to {LONGEST_NAME}"
        )


def check_stack_name(name: str) -> None:
    """Refuse what is neither a stack's name nor an ARN."""
    if not _STACK_NAME_OR_ARN.fullmatch(name):
        raise _refuse(name, "stackName", _STACK_NAME_OR_ARN.pattern)


def check_change_set_name(name: str) -> None:
    """Refuse what is neither a change set's name nor an ARN."""
    if not _CHANGE_SET_NAME.fullmatch(name):
        raise _refuse(name, "changeSetName", _CHANGE_SET_NAME.pattern)


def refuse_members(operation: str, request: Mapping[str, object], *members: str) -> None:
    """Refuse members that would change what is done and are not implemented; false ones would not."""
    for member in members:
        if request.get(member):
            raise NotImplementedHere(f"{member} of cloudformation:{operation}")


def stack_with_id(store: Store, call: Call, name: str) -> Stack:
    """Return the stack of this name or ARN, for operations that only read.

    Raises:
        Invalid: ``Stack with id X does not exist``.
    """
    check_stack_name(name)
    stack = store.find(call.scope, name)
    if stack is None:
        raise no_such_stack_id(name)
    return stack


def stack_named(store: Store, call: Call, name: str) -> Stack:
    """Return the stack of this name or ARN.

    Raises:
        Invalid: ``Stack [X] does not exist``.
    """
    check_stack_name(name)
    stack = store.find(call.scope, name)
    if stack is None:
        raise no_such_stack(name)
    return stack


UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "CREATE_FAILED",
        "UPDATE_FAILED",
    }
)


def check_updatable(stack: Stack) -> None:
    """Refuse to change a stack that is busy, or in a state with no way but deletion."""
    if stack.operation is not None or stack.status not in UPDATABLE:
        raise Invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
