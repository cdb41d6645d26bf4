"""Drives CloudFormation: propose, execute, destroy; what goes back is in :mod:`hatoba.deploy.reversing`."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hatoba.deploy.changes import Change, changes_of, with_redeployments
from hatoba.deploy.commands import Commands
from hatoba.deploy.connect import Connection, Endpoint, check_account, connect, told
from hatoba.deploy.errors import CallFailed, ChangeSetFailed, StackBusy, StackStuck, StalePlan, TimedOut
from hatoba.deploy.events import Clearing, Host, Proposed, Silent, Unchanged
from hatoba.deploy.inputs import Deployment, is_same
from hatoba.deploy.previous import Snapshot, carried, carrying
from hatoba.deploy.stacks import NO_CHANGES, Events, Stack, find_stack, snapshot_of, waiting_change_sets
from hatoba.deploy.states import FRESH, LEFTOVER, REVIEW, busy_remedy, obstacle
from hatoba.deploy.templates import limit, sent
from hatoba.deploy.watching import Watcher, has_ended_well

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from types_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef

    from hatoba.definition.environments import Environment

SHOWS_TEMPLATE = "Correct what it names; hatoba synth shows the template."
CHANGE_SET_PREFIX = "hatoba-"


@dataclass(frozen=True)
class Proposal:
    """A change set that stands and can be executed.

    ``stands`` is the stack's state that it was made from, ``deployment`` what was asked for.
    """

    stack: str
    stack_id: str
    change_set_id: str
    kind: Literal["CREATE", "UPDATE"]
    changes: tuple[Change, ...]
    stands: str | None = None
    deployment: Deployment | None = None

    @property
    def has_changes(self) -> bool:
        """Whether it does more than start services anew."""
        return not self.changes or any(change.verb != "redeploy" for change in self.changes)


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
        command: Commands | None = None,
        clears: bool = True,
    ) -> None:
        """Use a connection; an operation is given up after ``timeout_s``, though AWS goes on with it.

        With ``clears``, what a failed creation left is deleted without asking: right on one's own machine.
        """
        self.connection = connection
        self.command = command or Commands()
        self.client = connection.cloudformation
        self.watcher = Watcher(self.client, connection.poll_s, timeout_s, sleep, now, self.command)
        self._clears = clears

    @classmethod
    def to(cls, environment: Environment, endpoint: Endpoint | None = None) -> Deployer:
        """A deployer for an environment, after the caller's account was compared with the environment's.

        Raises:
            DeployError: There is no endpoint for ``local``, or the account is another one.
        """
        connection = connect(environment, endpoint)
        check_account(connection, environment)
        return cls.over(connection, environment)

    @classmethod
    def over(cls, connection: Connection, environment: Environment) -> Deployer:
        """A deployer over a connection whose account was compared."""
        return cls(connection, command=Commands(environment.name), clears=environment.is_local)

    def find(self, stack: str) -> Stack | None:
        """The stack of a name in whatever status, None where there is none."""
        return find_stack(self.client, stack)

    def status(self, stack: str) -> Stack | None:
        """The stack as it stands, None where nothing of it does."""
        found = self.find(stack)
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
            return self.unchanged(deployment.stack)
        return self.execute(proposal, host, keep_failed=keep_failed and proposal.kind == "CREATE")

    def propose(
        self, deployment: Deployment, host: Host | None = None, *, beside_others: bool = False
    ) -> Proposal | None:
        """Make a change set without executing it; None if it would change nothing.

        ``beside_others`` allows other change sets to wait for a stack that does not stand yet.

        Raises:
            StackBusy, StackStuck: The stack takes no change now.
            ChangeSetFailed: CloudFormation refuses the template or its parameters.
        """
        stands = self._ready(deployment.stack, host or Silent(), beside_others=beside_others)
        kind: Literal["CREATE", "UPDATE"] = "UPDATE" if stands else "CREATE"
        template = deployment.template
        if stands is not None:
            template = self._with_way_back(deployment, stands)
        with _refusals(self.command):
            created = self.client.create_change_set(
                StackName=deployment.stack,
                ChangeSetName=f"{CHANGE_SET_PREFIX}{time.time_ns()}",
                ChangeSetType=kind,
                **sent(self.connection, deployment.stack, template),
                Parameters=[
                    {"ParameterKey": name, "ParameterValue": value}
                    for name, value in deployment.parameters.items()
                ],
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Tags=[{"Key": key, "Value": value} for key, value in deployment.tags.items()],
            )
        proposal = Proposal(
            deployment.stack,
            created["StackId"],
            created["Id"],
            kind,
            (),
            stands.state if stands else None,
            deployment,
        )
        try:
            changes = self._changes(proposal)
        except BaseException:
            self.discard(proposal)
            raise
        if changes is None:
            self.discard(proposal)
            return None
        return replace(proposal, changes=changes)

    def changes_waiting(self, proposal: Proposal) -> tuple[Change, ...]:
        """What a change set that was made earlier would do.

        Raises:
            StalePlan: It is not there any more, or cannot be executed any more.
        """
        again = f"Make a new one: {self.command('plan', '--out', 'FILE')}"
        try:
            with told():
                described = self.client.describe_change_set(ChangeSetName=proposal.change_set_id)
        except CallFailed as error:
            if error.code != "ChangeSetNotFound":
                raise
            raise StalePlan(
                f"The change set of the plan for stack {proposal.stack} is gone.", again
            ) from error
        if described.get("ExecutionStatus", "AVAILABLE") != "AVAILABLE":
            state = described["ExecutionStatus"]
            raise StalePlan(f"The change set of the plan for stack {proposal.stack} is {state}.", again)
        return self._changes(proposal) or ()

    def execute(self, proposal: Proposal, host: Host | None = None, *, keep_failed: bool = False) -> Deployed:
        """Execute a change set and wait. See :meth:`apply` for what it raises."""
        host = host or Silent()
        host.on_event(Proposed(proposal.stack, proposal.kind, proposal.changes))
        events = Events(self.client, proposal.stack_id)
        events.skip()
        with self.watcher.interruptible(proposal.stack_id):
            with _overtaken(proposal.stack, self.command), told():
                self.client.execute_change_set(
                    ChangeSetName=proposal.change_set_id, DisableRollback=keep_failed
                )
            return self.watched(events, proposal.stack, proposal.stack_id, host)

    def watched(self, events: Events, name: str, stack_id: str, host: Host) -> Deployed:
        """Wait for the end of what was begun.

        Raises:
            DeploymentFailed: It did not end well.
        """
        end, cause = self.watcher.until_ended(events, stack_id, host)
        if not has_ended_well(end):
            raise self.watcher.failure(name, end, cause, self._stands_now(stack_id))
        return self._deployed(name, has_changed=True)

    def follow(self, stack: Stack, host: Host) -> str:
        """Pass on the events of an operation that runs; return the status that the stack came to."""
        events = Events(self.client, stack.id)
        events.skip_before_operation()
        end, _ = self.watcher.until_ended(events, stack.id, host)
        return end.status

    def discard(self, proposal: Proposal) -> None:
        """Leave nothing of a change set: for a new stack, not even the stack in review if it was the last."""
        with told():
            self.client.delete_change_set(ChangeSetName=proposal.change_set_id)
            if proposal.kind != "CREATE":
                return
            stack = self.find(proposal.stack_id)
            if stack is not None and stack.status == REVIEW and not waiting_change_sets(self.client, stack):
                self.client.delete_stack(StackName=proposal.stack_id)

    def destroy(self, stack: str, host: Host | None = None, *, retain: Sequence[str] = ()) -> bool:
        """Delete the stack and wait; False if there was none.

        ``retain`` leaves resources standing that could not be deleted, after a deletion that failed.

        Raises:
            DeploymentFailed: A resource could not be deleted.
            StackBusy: Another operation is running.
        """
        found = self.find(stack)
        if found is None or found.status == "DELETE_COMPLETE":
            return False
        self._delete(found, host or Silent(), retain)
        return True

    def unchanged(self, stack: str) -> Deployed:
        """What a deployment comes to that had nothing to do."""
        return self._deployed(stack, has_changed=False)

    def _ready(self, name: str, host: Host, *, beside_others: bool) -> Stack | None:
        """The stack if it has resources already, after what stands in the way is gone."""
        stands = self.find(name)
        if stands is None or stands.status == "DELETE_COMPLETE":
            return None
        if self._clears and (stands.status in LEFTOVER or stands.status == "DELETE_IN_PROGRESS"):
            host.on_event(Clearing(name, stands.status))
            self._delete(stands, host, ())
            return None
        waiting: tuple[str, ...] = ()
        if stands.status == REVIEW and not (self._clears or beside_others):
            waiting = waiting_change_sets(self.client, stands)
        error = obstacle(stands, self.command, waiting)
        if error is not None:
            raise error
        return None if stands.status in FRESH else stands

    def _with_way_back(self, deployment: Deployment, stands: Stack) -> str:
        """The template with what stands now in it; after a mere redeployment with what stood before that."""
        now = snapshot_of(self.client, stands)
        before: Snapshot | None = now
        if is_same(deployment, now):
            before = carried(now.template)
        longest = limit(self.connection.bucket)
        return carrying(deployment.template, before, longest) if before else deployment.template

    def _delete(self, stack: Stack, host: Host, retain: Sequence[str]) -> None:
        events = Events(self.client, stack.id)
        if stack.status == "DELETE_IN_PROGRESS":
            events.skip_before(stack.status)
        else:
            events.skip()
        with self.watcher.interruptible(stack.id):
            if stack.status != "DELETE_IN_PROGRESS":
                self._begin_deletion(stack, retain)
            end, cause = self.watcher.until_ended(events, stack.id, host)
        if end.status != "DELETE_COMPLETE":
            raise self.watcher.failure(stack.name, end, cause, self._stands_now(stack.id))

    def _begin_deletion(self, stack: Stack, retain: Sequence[str]) -> None:
        with _overtaken(stack.name, self.command), _protected(stack.name), told():
            # By its id: a name finds a stack no longer once it is deleted.
            if retain:
                self.client.delete_stack(StackName=stack.id, RetainResources=list(retain))
            else:
                self.client.delete_stack(StackName=stack.id)

    def _changes(self, proposal: Proposal) -> tuple[Change, ...] | None:
        """What a change set would do; None for nothing.

        Raises:
            ChangeSetFailed: CloudFormation refuses it.
        """
        described = self._wait_for_change_set(proposal.change_set_id)
        if described["Status"] == "FAILED":
            reason = described.get("StatusReason", "")
            if reason.startswith(NO_CHANGES):
                return None
            what = f"CloudFormation refuses the template or its parameters: {reason}"
            raise ChangeSetFailed(what, SHOWS_TEMPLATE)
        changes = list(changes_of(described))
        while described.get("NextToken"):
            with told():
                described = self.client.describe_change_set(
                    ChangeSetName=described["ChangeSetId"],
                    NextToken=described["NextToken"],
                    IncludePropertyValues=True,
                )
            changes += changes_of(described)
        return with_redeployments(changes)

    def _wait_for_change_set(self, change_set: str) -> DescribeChangeSetOutputTypeDef:
        watcher = self.watcher
        deadline = watcher.now() + watcher.timeout_s
        while True:
            with told():
                described = self.client.describe_change_set(
                    ChangeSetName=change_set, IncludePropertyValues=True
                )
            if described["Status"] in ("CREATE_COMPLETE", "FAILED"):
                return described
            if watcher.now() > deadline:
                raise TimedOut(f"Change set {change_set} was never ready.", "Try again.")
            watcher.sleep(watcher.poll_s)

    def _stands_now(self, stack_id: str) -> Stack | None:
        try:
            return self.find(stack_id)
        except CallFailed:
            return None

    def _deployed(self, name: str, *, has_changed: bool) -> Deployed:
        stack = self.find(name)
        if stack is None:
            raise StackStuck(f"Stack {name} went away while it was watched.", "Try again.")
        return Deployed(name, has_changed, stack.status, stack.outputs)


@contextmanager
def _refusals(command: Commands) -> Iterator[None]:
    """Tell a template that CloudFormation will not even look at from a call that went wrong."""
    try:
        with _overtaken("", command), told():
            yield
    except CallFailed as error:
        if error.code != "ValidationError":
            raise
        raise ChangeSetFailed(error.what, SHOWS_TEMPLATE) from error


@contextmanager
def _overtaken(stack: str, command: Commands) -> Iterator[None]:
    """Tell another deployment that came between our looking and our acting."""
    try:
        yield
    except CallFailed as error:
        busy = "_IN_PROGRESS state and can not be updated" in error.what
        if not busy and error.code not in ("InvalidChangeSetStatus", "OperationInProgressException"):
            raise
        which = f"of stack {stack} " if stack else ""
        raise StackBusy(
            f"Another operation {which}came between; nothing was changed by this one. {error.what}",
            f"{busy_remedy('', command)} Then try again.",
        ) from error


@contextmanager
def _protected(stack: str) -> Iterator[None]:
    """Tell a stack that somebody protected from deletion."""
    try:
        yield
    except CallFailed as error:
        if "TerminationProtection" not in error.what:
            raise
        raise StackStuck(
            f"Stack {stack} is protected from deletion.",
            "Where that is meant: aws cloudformation update-termination-protection "
            f"--no-enable-termination-protection --stack-name {stack}",
        ) from error
