"""What can go wrong with a deployment. Each error says what happened and what to try.

::

    DeployError
    ├── WrongAccount      the caller's account is not the environment's
    ├── CallFailed        AWS's API refused or was not reached
    ├── NotStanding       there is no such stack
    ├── StackBusy         another operation on the stack is running
    ├── StackStuck        the stack is in a state that only a person can resolve
    ├── StalePlan         a saved plan was made from something else than what is there now
    ├── NoWayBack         there is no deployment to roll back to
    ├── ChangeSetFailed   CloudFormation refused the template or its parameters
    ├── DeploymentFailed  a resource failed; ``cause`` is the first one that did
    ├── TimedOut          it still runs, but we no longer wait
    └── Interrupted       Ctrl-C: what goes on, how to follow and how to cancel it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hatoba.deploy.events import ResourceEvent


class DeployError(Exception):
    """A deployment cannot be done, or failed. ``what`` happened, and the ``remedy``."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}\n    {remedy}")
        self.what = what
        self.remedy = remedy


class WrongAccount(DeployError):
    """The credentials belong to another account than the environment names."""


class CallFailed(DeployError):
    """AWS's API refused a call or was not reached; ``code`` is AWS's error code, or botocore's error."""

    def __init__(self, what: str, remedy: str, code: str) -> None:
        super().__init__(what, remedy)
        self.code = code


class NotStanding(DeployError):
    """There is no such stack."""


class StackBusy(DeployError):
    """Another operation on the stack is running."""


class StackStuck(DeployError):
    """The stack is in a state that only a person can resolve."""


class StalePlan(DeployError):
    """A saved plan was made from something else than what is there now."""


class NoWayBack(DeployError):
    """There is no deployment to roll back to."""


class ChangeSetFailed(DeployError):
    """CloudFormation refused the template or its parameters."""


class DeploymentFailed(DeployError):
    """The stack did not get where it should; ``cause`` is the first resource that failed, if one did."""

    def __init__(self, what: str, remedy: str, cause: ResourceEvent | None) -> None:
        super().__init__(what, remedy)
        self.cause = cause


class TimedOut(DeployError):
    """The operation still runs; nobody waits for it any more."""


class Interrupted(DeployError):
    """The person in front of it has enough; CloudFormation may go on."""
