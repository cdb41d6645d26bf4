"""Drives CloudFormation: propose, execute, watch, destroy."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hatoba.deploy.connect import Connection, Endpoint, check_account, connect, told
from hatoba.deploy.errors import (
    CallFailed,
    ChangeSetFailed,
    DeploymentFailed,
    StackBusy,
    StackStuck,
    TimedOut,
)
from hatoba.deploy.events import Change, Clearing, Host, Proposed, ResourceEvent, Silent, Unchanged
from hatoba.deploy.stacks import NO_CHANGES, Events, Stack, changes_of, find_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from types_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef

    from hatoba.definition.environments import Environment
    from hatoba.deploy.inputs import Deployment

FRESH = frozenset({"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"})
"""Statuses of a stack that has no resources: it is created, not updated."""

LEFTOVER = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})
"""Statuses that accept nothing but a deletion."""

SHOWS_TEMPLATE = "Correct what it names; hatoba synth shows the template."

GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})


@dataclass(frozen=True)
class Proposal:
    """A change set that stands and can be executed."""

    stack: str
    stack_id: str
    change_set_id: str
    kind: Literal["CREATE", "UPDATE"]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Deployed:
    """What a deployment came to; ``outputs`` under the names of the definition."""

    stack: str
    has_changed: bool
    status: str
    outputs: Mapping[str, str]


class Deployer:
    """Brings systems to one environment through CloudFormation. All calls block; none prints."""

    def __init__(
        self,
        connection: Connection,
        *,
        timeout_s: float = 3600.0,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Use a connection; an operation is given up after ``timeout_s``, though AWS goes on with it."""
        self._cloudformation = connection.cloudformation
        self._poll_s = connection.poll_s
        self._timeout_s = timeout_s
        self._sleep = sleep
        self._now = now

    @classmethod
    def to(cls, environment: Environment, endpoint: Endpoint | None = None) -> Deployer:
        """A deployer for an environment, after the caller's account was compared with the environment's.

        Raises:
            DeployError: There is no endpoint for ``local``, or the account is another one.
        """
        connection = connect(environment, endpoint)
        check_account(connection, environment)
        return cls(connection)

    def status(self, stack: str) -> Stack | None:
        """The stack as it stands, None where there is none."""
        found = find_stack(self._cloudformation, stack)
        return None if found is None or found.status in FRESH else found

    def apply(
        self, deployment: Deployment, host: Host | None = None, *, keep_failed: bool = False
    ) -> Deployed:
        """Bring the stack to what the deployment says, and wait.

        With ``keep_failed`` a creation that fails is not rolled back, so that one can look at what
        stands; the next :meth:`apply` or :meth:`destroy` removes it. A failed update always is.

        Raises:
            ChangeSetFailed: CloudFormation refuses template or parameters; nothing was changed.
            DeploymentFailed: A resource failed; what was changed is rolled back.
            DeployError: The stack is busy or stuck, a call failed, or it took too long.
        """
        host = host or Silent()
        proposal = self.propose(deployment, host)
        if proposal is None:
            host.on_event(Unchanged(deployment.stack))
            return self._deployed(deployment.stack, has_changed=False)
        return self.execute(proposal, host, keep_failed=keep_failed and proposal.kind == "CREATE")

    def propose(self, deployment: Deployment, host: Host | None = None) -> Proposal | None:
        """Make a change set without executing it; None if it would change nothing.

        What a failed creation left behind is deleted first: CloudFormation allows nothing else.
        """
        stands = self._make_ready(deployment.stack, host or Silent())
        kind: Literal["CREATE", "UPDATE"] = "UPDATE" if stands else "CREATE"
        with _refusals():
            created = self._cloudformation.create_change_set(
                StackName=deployment.stack,
                ChangeSetName=f"hatoba-{time.time_ns()}",
                ChangeSetType=kind,
                TemplateBody=deployment.template,
                Parameters=[
                    {"ParameterKey": name, "ParameterValue": value}
                    for name, value in deployment.parameters.items()
                ],
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Tags=[{"Key": key, "Value": value} for key, value in deployment.tags.items()],
            )
        described = self._wait_for_change_set(created["Id"])
        if described["Status"] == "FAILED":
            self._discard(created["StackId"], created["Id"], kind)
            reason = described.get("StatusReason", "")
            if reason.startswith(NO_CHANGES):
                return None
            raise ChangeSetFailed(
                f"CloudFormation refuses the template or its parameters: {reason}",
                SHOWS_TEMPLATE,
            )
        changes = tuple(self._all_changes(described))
        return Proposal(deployment.stack, created["StackId"], created["Id"], kind, changes)

    def execute(self, proposal: Proposal, host: Host | None = None, *, keep_failed: bool = False) -> Deployed:
        """Execute a change set and wait. See :meth:`apply` for what it raises."""
        host = host or Silent()
        host.on_event(Proposed(proposal.stack, proposal.kind, proposal.changes))
        events = Events(self._cloudformation, proposal.stack_id)
        events.skip()
        with told():
            self._cloudformation.execute_change_set(
                ChangeSetName=proposal.change_set_id, DisableRollback=keep_failed
            )
        end, cause = self._watch(events, proposal.stack_id, host)
        if end.status not in GOOD:
            raise _failed(proposal.stack, end, cause)
        return self._deployed(proposal.stack, has_changed=True)

    def destroy(self, stack: str, host: Host | None = None) -> bool:
        """Delete the stack and wait; False if there was none.

        Raises:
            DeploymentFailed: A resource could not be deleted.
        """
        found = find_stack(self._cloudformation, stack)
        if found is None or found.status == "DELETE_COMPLETE":
            return False
        self._delete(found, host or Silent())
        return True

    def _make_ready(self, name: str, host: Host) -> bool:
        """Make the stack one that accepts a change set; whether it has resources already."""
        stands = find_stack(self._cloudformation, name)
        if stands is None or stands.status in FRESH:
            return False
        if stands.status in LEFTOVER or stands.status == "DELETE_IN_PROGRESS":
            host.on_event(Clearing(name, stands.status))
            self._delete(stands, host)
            return False
        if stands.status.endswith("_IN_PROGRESS"):
            raise StackBusy(
                f"Stack {name} is in {stands.status}: another deployment is running.",
                "Wait until it has ended; hatoba status shows it.",
            )
        if stands.status == "UPDATE_ROLLBACK_FAILED":
            raise StackStuck(
                f"Stack {name} is in UPDATE_ROLLBACK_FAILED: {stands.reason}",
                f"Repair that, then: aws cloudformation continue-update-rollback --stack-name {name}",
            )
        return True

    def _delete(self, stack: Stack, host: Host) -> None:
        events = Events(self._cloudformation, stack.id)
        if stack.status == "DELETE_IN_PROGRESS":
            events.skip_before(stack.status)
        else:
            events.skip()
            with told():
                # By its id: a name finds a stack no longer once it is deleted.
                self._cloudformation.delete_stack(StackName=stack.id)
        end, cause = self._watch(events, stack.id, host)
        if end.status != "DELETE_COMPLETE":
            raise _failed(stack.name, end, cause)

    def _watch(self, events: Events, stack_id: str, host: Host) -> tuple[ResourceEvent, ResourceEvent | None]:
        """Pass events on until the stack's own last one; return that and the first failure."""
        deadline = self._now() + self._timeout_s
        cause: ResourceEvent | None = None
        while True:
            for event in events.new():
                host.on_event(event)
                is_own = event.is_stack and event.physical_id == stack_id
                if cause is None and event.has_failed and not is_own:
                    cause = event
                if is_own and event.is_final:
                    return event, cause
            if self._now() > deadline:
                raise TimedOut(
                    f"Stack {stack_id} was still changing after {self._timeout_s:.0f} s.",
                    "It goes on without us; hatoba status shows where it is.",
                )
            self._sleep(self._poll_s)

    def _wait_for_change_set(self, change_set: str) -> DescribeChangeSetOutputTypeDef:
        deadline = self._now() + self._timeout_s
        while True:
            with told():
                described = self._cloudformation.describe_change_set(ChangeSetName=change_set)
            if described["Status"] in ("CREATE_COMPLETE", "FAILED"):
                return described
            if self._now() > deadline:
                raise TimedOut(f"Change set {change_set} was never ready.", "Try again.")
            self._sleep(self._poll_s)

    def _all_changes(self, described: DescribeChangeSetOutputTypeDef) -> list[Change]:
        changes = list(changes_of(described))
        while described.get("NextToken"):
            with told():
                described = self._cloudformation.describe_change_set(
                    ChangeSetName=described["ChangeSetId"], NextToken=described["NextToken"]
                )
            changes += changes_of(described)
        return changes

    def _discard(self, stack_id: str, change_set: str, kind: str) -> None:
        """Leave nothing of a change set that failed: for a new stack, not even the stack in review."""
        with told():
            self._cloudformation.delete_change_set(ChangeSetName=change_set)
            if kind == "CREATE":
                self._cloudformation.delete_stack(StackName=stack_id)

    def _deployed(self, name: str, *, has_changed: bool) -> Deployed:
        stack = find_stack(self._cloudformation, name)
        if stack is None:
            raise StackStuck(f"Stack {name} went away while it was watched.", "Try again.")
        return Deployed(name, has_changed, stack.status, stack.outputs)


@contextmanager
def _refusals() -> Iterator[None]:
    """Tell a template that CloudFormation will not even look at from a call that went wrong."""
    try:
        with told():
            yield
    except CallFailed as error:
        if error.code != "ValidationError":
            raise
        raise ChangeSetFailed(error.what, SHOWS_TEMPLATE) from error


def _failed(stack: str, end: ResourceEvent, cause: ResourceEvent | None) -> DeploymentFailed:
    if cause is None:
        return DeploymentFailed(
            f"Stack {stack} ended in {end.status}: {end.reason}", "Look at its events: hatoba status.", None
        )
    return DeploymentFailed(
        f"Stack {stack} ended in {end.status}: {cause.logical_id} ({cause.resource_type}) was the first to "
        f"fail with {cause.status}: {cause.reason}",
        f"Correct {cause.logical_id} and deploy again; what had changed was rolled back."
        if "ROLLBACK" in end.status
        else f"Correct {cause.logical_id} and try again.",
        cause,
    )
