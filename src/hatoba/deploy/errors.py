"""What can go wrong with a deployment. Each error says what happened and what to try.

::

    DeployError
    ├── WrongAccount      the caller's account is not the environment's
    ├── CallFailed        AWS's API refused or was not reached
    ├── StackBusy         another operation on the stack is running
    ├── StackStuck        the stack is in a state that only a person can resolve
    ├── ChangeSetFailed   CloudFormation refused the template or its parameters
    ├── DeploymentFailed  a resource failed; ``cause`` is the first one that did
    └── TimedOut          it still runs, but we no longer wait
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


class StackBusy(DeployError):
    """Another operation on the stack is running."""


class StackStuck(DeployError):
    """The stack is in a state that only a person can resolve."""


class ChangeSetFailed(DeployError):
    """CloudFormation refused the template or its parameters."""


class DeploymentFailed(DeployError):
    """The stack did not get where it should; ``cause`` is the first resource that failed, if one did."""

    def __init__(self, what: str, remedy: str, cause: ResourceEvent | None) -> None:
        super().__init__(what, remedy)
        self.cause = cause


class TimedOut(DeployError):
    """The operation still runs; nobody waits for it any more."""
