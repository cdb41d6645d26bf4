"""Following an operation of a stack to its end, whatever comes between."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hatoba.deploy.commands import Commands
from hatoba.deploy.errors import CallFailed, DeploymentFailed, Interrupted, TimedOut
from hatoba.deploy.events import Waiting
from hatoba.deploy.stacks import Events, find_stack
from hatoba.deploy.states import GOOD, busy_remedy, is_busy, obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_cloudformation import CloudFormationClient

    from hatoba.deploy.events import Host, ResourceEvent
    from hatoba.deploy.stacks import Stack

WAITING = Waiting()


@dataclass(frozen=True)
class Watcher:
    """Watches stacks through their events, for ``timeout_s`` at most, though AWS goes on."""

    client: CloudFormationClient
    poll_s: float
    timeout_s: float = 3600.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    command: Commands = field(default_factory=Commands)

    def until_ended(
        self, events: Events, stack_id: str, host: Host
    ) -> tuple[ResourceEvent, ResourceEvent | None]:
        """Pass events on until the stack's own last one; return that and the first failure.

        Raises:
            TimedOut: It took longer than the time given.
            Interrupted: Ctrl-C.
            CallFailed: The events could not be had any more. In each case CloudFormation goes on.
        """
        try:
            with self.interruptible(stack_id):
                return self._follow(events, stack_id, host)
        except CallFailed as error:
            raise CallFailed(
                f"{error.what} CloudFormation goes on with the operation that was watched.",
                f"{error.remedy} Then {self.command('status', '--follow')} follows it.",
                error.code,
            ) from error

    def _follow(
        self, events: Events, stack_id: str, host: Host
    ) -> tuple[ResourceEvent, ResourceEvent | None]:
        deadline = self.now() + self.timeout_s
        cause: ResourceEvent | None = None
        while True:
            for event in events.new():
                host.on_event(event)
                is_own = event.is_stack and event.physical_id == stack_id
                if cause is None and event.has_failed and not is_own:
                    cause = event
                if is_own and event.is_final:
                    return event, cause
            if self.now() > deadline:
                raise TimedOut(
                    f"Stack {stack_id} was still changing after {self.timeout_s:.0f} s.",
                    f"It goes on without us; {self.command('status')} shows where it is.",
                )
            host.on_event(WAITING)
            self.sleep(self.poll_s)

    @contextmanager
    def interruptible(self, stack_id: str) -> Iterator[None]:
        """From the call that begins an operation on: Ctrl-C ends the watching, and says what goes on."""
        try:
            yield
        except KeyboardInterrupt as interrupt:
            raise self._interrupted(stack_id) from interrupt

    def _interrupted(self, stack_id: str) -> Interrupted:
        """What goes on after Ctrl-C. Asked of CloudFormation: it may have come further than we saw."""
        try:
            stack = find_stack(self.client, stack_id)
        except CallFailed:
            stack = None
        status = stack.status if stack else "a status that could not be asked for"
        name = stack.name if stack else stack_id
        if stack is not None and not is_busy(status):
            return Interrupted(
                f"Interrupted. Stack {name} is in {status}; nothing runs.",
                f"{self.command('status')} shows it.",
            )
        return Interrupted(
            f"Interrupted. CloudFormation goes on with stack {name}, which is in {status}.",
            busy_remedy(status, self.command),
        )

    def failure(
        self, stack: str, end: ResourceEvent, cause: ResourceEvent | None, stands: Stack | None = None
    ) -> DeploymentFailed:
        """The error for an operation that did not end well, with the command that leads out."""
        stuck = obstacle(stands, self.command) if stands is not None else None
        if cause is None:
            remedy = stuck.remedy if stuck else f"Look at its events: {self.command('status')}."
            return DeploymentFailed(f"Stack {stack} ended in {end.status}: {end.reason}", remedy, None)
        what = (
            f"Stack {stack} ended in {end.status}: {cause.logical_id} ({cause.resource_type}) was the first "
            f"to fail with {cause.status}: {cause.reason}"
        )
        if stuck is not None:
            remedy = f"Correct {cause.logical_id}. {stuck.remedy}"
        elif "ROLLBACK" in end.status:
            remedy = f"Correct {cause.logical_id} and deploy again; what had changed was rolled back."
        else:
            remedy = f"Correct {cause.logical_id} and try again."
        return DeploymentFailed(what, remedy, cause)


def has_ended_well(end: ResourceEvent) -> bool:
    """Whether the stack's last event is a success."""
    return end.status in GOOD
