"""The way back, from wherever a stack is.

::

    UPDATE_IN_PROGRESS ─────────────────→ cancel     CancelUpdateStack
    UPDATE_ROLLBACK_FAILED ─────────────→ continue   ContinueUpdateRollback, without what is skipped
    UPDATE_FAILED, CREATE_FAILED ───────→ undo       RollbackStack
    … _COMPLETE ────────────────────────→ previous   a deployment of what stood before
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hatoba.deploy.connect import told
from hatoba.deploy.deployer import Deployed
from hatoba.deploy.errors import NotStanding, NoWayBack
from hatoba.deploy.events import Silent
from hatoba.deploy.inputs import Deployment
from hatoba.deploy.previous import carried
from hatoba.deploy.stacks import Events, template_of
from hatoba.deploy.states import CANCELLABLE, obstacle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.deploy.deployer import Deployer
    from hatoba.deploy.events import Host
    from hatoba.deploy.stacks import Stack

Kind = Literal["cancel", "continue", "undo", "previous"]

_BY_STATUS: Mapping[str, Kind] = {
    CANCELLABLE: "cancel",
    "UPDATE_ROLLBACK_FAILED": "continue",
    "UPDATE_FAILED": "undo",
    "CREATE_FAILED": "undo",
}
_BACK = frozenset({"UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE"})


@dataclass(frozen=True, slots=True)
class WayBack:
    """How a stack gets back; ``deployment`` is what to deploy where that is the way."""

    kind: Kind
    stack: Stack
    deployment: Deployment | None = None


def way_back(deployer: Deployer, name: str) -> WayBack:
    """Find the way back of a stack, changing nothing.

    Raises:
        NotStanding: There is no such stack.
        NoWayBack: Nothing is known of a deployment before.
        StackBusy, StackStuck: Only something else helps.
    """
    stack = deployer.status(name)
    if stack is None:
        raise NotStanding(f"Stack {name} does not stand.", f"{deployer.command('deploy')} creates it.")
    kind = _BY_STATUS.get(stack.status)
    if kind is not None:
        return WayBack(kind, stack)
    error = obstacle(stack, deployer.command)
    if error is not None:
        raise error
    before = carried(template_of(deployer.client, stack))
    if before is None:
        raise NoWayBack(
            f"Stack {name} carries nothing of a deployment before the one that stands.",
            f"Go back to the definition's earlier version and run {deployer.command('deploy')}.",
        )
    if not before.can_return:
        raise NoWayBack(
            f"The deployment before had parameters whose values CloudFormation does not show ({name}).",
            f"Go back to the definition's earlier version and run {deployer.command('deploy')}.",
        )
    return WayBack("previous", stack, Deployment(name, before.template, before.parameters, before.tags))


def go_back(
    deployer: Deployer, way: WayBack, host: Host | None = None, *, skip: Sequence[str] = ()
) -> Deployed:
    """Go a way back that needs no deployment, and wait.

    Args:
        deployer: To the environment of the stack.
        way: As found; not one of kind ``previous``.
        host: Who watches.
        skip: Logical ids that a continued rollback leaves as they are.

    Raises:
        DeploymentFailed: It did not get there.
    """
    host = host or Silent()
    client, stack = deployer.client, way.stack
    events = Events(client, stack.id)
    events.skip()
    with deployer.watcher.interruptible(stack.id):
        with told():
            if way.kind == "cancel":
                client.cancel_update_stack(StackName=stack.id)
            elif way.kind == "continue":
                client.continue_update_rollback(StackName=stack.id, ResourcesToSkip=list(skip))
            else:
                client.rollback_stack(StackName=stack.id)
        end, cause = deployer.watcher.until_ended(events, stack.id, host)
    now = deployer.find(stack.id)
    if end.status not in _BACK:
        raise deployer.watcher.failure(stack.name, end, cause, now)
    return Deployed(stack.name, True, end.status, now.outputs if now else {})
