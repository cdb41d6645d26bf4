"""The records of CloudFormation in the state store, and the few questions asked of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from msgspec.structs import replace

from hatoba.cloud.cloudformation.model import (
    ChangeSet,
    DriftDetection,
    ResourceDrift,
    Stack,
    StackEvent,
    StackResource,
    WaitHandle,
)

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.model import StackOperation, StackOutput
    from hatoba.cloud.state import Scope, State

KEPT_S = 90 * 86_400
"""How long a deleted stack can still be asked for by its ARN."""

STACK_TYPE = "AWS::CloudFormation::Stack"


class Store:
    """Stacks, resources, events and change sets of all accounts and regions."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.stacks = state.table("cloudformation.stack", Stack)
        self.resources = state.table("cloudformation.resource", StackResource)
        self.events = state.table("cloudformation.event", StackEvent)
        self.change_sets = state.table("cloudformation.change_set", ChangeSet)
        self.drifts = state.table("cloudformation.resource_drift", ResourceDrift)
        self.wait_handles = state.table("cloudformation.wait_handle", WaitHandle)
        self._told_ms: dict[str, int] = {}
        self.detections = state.table("cloudformation.drift_detection", DriftDetection)

    def find(self, scope: Scope, name: str) -> Stack | None:
        """Return the stack of this name (a deleted one has lost it) or ARN."""
        if name.startswith("arn:"):
            return self.stacks.get(scope, name)
        prefix = f"{stack_arn_prefix(scope)}{name}/"
        return next((stack for stack in self.stacks.list(scope, prefix) if not stack.is_gone), None)

    def all(self, scope: Scope) -> tuple[Stack, ...]:
        """Return every stack, newest first, deleted ones too."""
        return tuple(sorted(self.stacks.list(scope), key=lambda stack: -stack.created))

    def resources_of(self, scope: Scope, stack_id: str) -> dict[str, StackResource]:
        """Return a stack's resources by logical id."""
        return {item.logical_id: item for item in self.resources.list(scope, f"{stack_id}|")}

    def events_of(self, scope: Scope, stack_id: str) -> tuple[StackEvent, ...]:
        """Return a stack's events, newest first."""
        return self.events.list(scope, f"{stack_id}|")[::-1]

    def change_sets_of(self, scope: Scope, stack_id: str) -> tuple[ChangeSet, ...]:
        """Return a stack's change sets, oldest first."""
        found = (item for item in self.change_sets.list(scope) if item.stack_id == stack_id)
        return tuple(sorted(found, key=lambda item: item.created))

    def exports(self, scope: Scope) -> dict[str, tuple[Stack, StackOutput]]:
        """Return export name to the stack that exports it and the output."""
        return {
            output.export_name: (stack, output)
            for stack in self.stacks.list(scope)
            if not stack.is_gone
            for output in stack.outputs
            if output.export_name is not None
        }

    def importers(self, scope: Scope, export: str) -> tuple[str, ...]:
        """Return the names of the stacks that import an export."""
        return tuple(
            stack.name for stack in self.stacks.list(scope) if export in stack.imports and not stack.is_gone
        )

    def nested_in(self, scope: Scope, stack_id: str) -> tuple[Stack, ...]:
        """Return the stacks that stand in a stack."""
        return tuple(each for each in self.stacks.list(scope) if each.parent_id == stack_id)

    def put_stack(
        self, scope: Scope, stack: Stack, now: float, *, operation: StackOperation | None = None
    ) -> Stack:
        """Keep a stack in a new status, with the event that tells of it.

        Args:
            scope: Where the stack is.
            stack: As it is from now on.
            now: Epoch seconds.
            operation: Whose event it is, where that is not the stack's any more.
        """
        subject = StackResource(stack.id, stack.name, STACK_TYPE, stack.status, now, stack.id, stack.reason)
        with self.state.transaction():
            self.stacks.put(scope, stack)
            teller = replace(stack, operation=operation or stack.operation)
            self._event(scope, teller, now, subject, None)
        return stack

    def forget_change_sets(self, scope: Scope, stack_id: str, *, but: str | None = None) -> None:
        """Drop a stack's change sets, all but one."""
        for change_set in self.change_sets_of(scope, stack_id):
            if change_set.id != but:
                self.change_sets.delete(scope, change_set.id)

    def prune(self, now: float) -> None:
        """Forget what was deleted ninety days ago."""
        for scope, stack in self.stacks.everywhere():
            if not stack.is_gone or stack.deleted is None or now - stack.deleted < KEPT_S:
                continue
            with self.state.transaction():
                for table in (self.resources, self.events, self.drifts):
                    for item in table.list(scope, f"{stack.id}|"):
                        table.delete(scope, item.key)
                self.stacks.delete(scope, stack.id)

    def put_resource(
        self, scope: Scope, stack: Stack, resource: StackResource, properties: str | None = None
    ) -> StackResource:
        """Keep a resource in a new status, with its event. ``properties`` is the event's JSON text."""
        with self.state.transaction():
            self.resources.put(scope, resource)
            self._event(scope, stack, resource.updated, resource, properties)
        return resource

    def tell(
        self, scope: Scope, stack: Stack, resource: StackResource, properties: str | None = None
    ) -> None:
        """Add an event of a physical resource that is no longer the resource's own."""
        self._event(scope, stack, resource.updated, resource, properties)

    def _event(
        self, scope: Scope, stack: Stack, now: float, subject: StackResource, properties: str | None
    ) -> None:
        is_stack = subject.type == STACK_TYPE and subject.physical_id == stack.id
        suffix = str(uuid4())
        # Clients put events in order by their milliseconds: no two of a stack may share one.
        self._told_ms[stack.id] = max(int(now * 1000), self._told_ms.get(stack.id, 0) + 1)
        self.events.put(
            scope,
            StackEvent(
                number=self.state.next_number(scope, "cloudformation.event"),
                id=suffix if is_stack else f"{subject.logical_id}-{subject.status}-{suffix}",
                stack_id=stack.id,
                stack_name=stack.name,
                logical_id=subject.logical_id,
                physical_id=subject.physical_id,
                type=subject.type,
                status=subject.status,
                at=self._told_ms[stack.id] / 1000,
                reason=subject.reason,
                properties=properties,
                token=stack.operation.token if stack.operation else None,
                operation_id=stack.operation.id if stack.operation else None,
            ),
        )


def stack_arn_prefix(scope: Scope) -> str:
    """Return what the ARNs of a scope's stacks begin with."""
    return f"arn:aws:cloudformation:{scope.region}:{scope.account}:stack/"


def new_stack_arn(scope: Scope, name: str) -> str:
    """Return the ARN of a new stack."""
    return f"{stack_arn_prefix(scope)}{name}/{uuid4()}"


def new_change_set_arn(scope: Scope, name: str) -> str:
    """Return the ARN of a new change set."""
    return f"arn:aws:cloudformation:{scope.region}:{scope.account}:changeSet/{name}/{uuid4()}"
