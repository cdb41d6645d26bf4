"""Drives CloudFormation at an endpoint, AWS's or ours. The engine never prints; it tells a host.

::

    System + Environment (+ Defaults) ──prepare──→ Deployment: stack, template, parameters, tags
                                                        │
    Deployer.to(environment, endpoint) ──apply──→ propose: change set ──→ execute ──→ watch ──→ Deployed
                                       └─destroy, status                                  │
                                                                              Host.on_event
"""

from hatoba.deploy.connect import Connection, Endpoint, check_account, connect
from hatoba.deploy.deployer import Deployed, Deployer, Proposal
from hatoba.deploy.errors import (
    CallFailed,
    ChangeSetFailed,
    DeployError,
    DeploymentFailed,
    StackBusy,
    StackStuck,
    TimedOut,
    WrongAccount,
)
from hatoba.deploy.events import (
    Change,
    Clearing,
    DeployEvent,
    Host,
    Proposed,
    ResourceEvent,
    Silent,
    Unchanged,
)
from hatoba.deploy.inputs import Defaults, Deployment, prepare, resolve_values
from hatoba.deploy.stacks import Stack

__all__ = [
    "CallFailed",
    "Change",
    "ChangeSetFailed",
    "Clearing",
    "Connection",
    "Defaults",
    "DeployError",
    "DeployEvent",
    "Deployed",
    "Deployer",
    "Deployment",
    "DeploymentFailed",
    "Endpoint",
    "Host",
    "Proposal",
    "Proposed",
    "ResourceEvent",
    "Silent",
    "Stack",
    "StackBusy",
    "StackStuck",
    "TimedOut",
    "Unchanged",
    "WrongAccount",
    "check_account",
    "connect",
    "prepare",
    "resolve_values",
]
