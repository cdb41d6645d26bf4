"""Drives CloudFormation at an endpoint, AWS's or ours. The engine never prints; it tells a host.

::

    System + Environment (+ Defaults) ──prepare──→ Deployment: stack, template, parameters, tags
                                                        │
    Deployer.to(environment, endpoint) ──apply──→ propose: change set ──→ execute ──→ watch ──→ Deployed
         │                             └─destroy, status, follow                        │
         │                                                                     Host.on_event
         ├── reversing: the way back      saved: plans that wait, bound to what they were made from
         └── drifting: what changed beside the template

What is decided is pure and apart: ``changes`` and ``openings`` read a change set, ``states`` says what a
stack's status means and which command leads out of it, ``order`` in what order things go, ``previous``
carries the deployment before inside the template.
"""

from hatoba.deploy.changes import Change, PropertyChange
from hatoba.deploy.clients import Clients
from hatoba.deploy.commands import Commands
from hatoba.deploy.connect import Connection, Endpoint, check_account, connect, told
from hatoba.deploy.deployer import Deployed, Deployer, Proposal
from hatoba.deploy.errors import (
    CallFailed,
    ChangeSetFailed,
    DeployError,
    DeploymentFailed,
    Interrupted,
    NotStanding,
    NoWayBack,
    StackBusy,
    StackStuck,
    StalePlan,
    TimedOut,
    WrongAccount,
)
from hatoba.deploy.events import (
    Clearing,
    DeployEvent,
    Host,
    Proposed,
    ResourceEvent,
    Silent,
    Unchanged,
    Waiting,
)
from hatoba.deploy.inputs import Defaults, Deployment, prepare, resolve_values
from hatoba.deploy.openings import Mark
from hatoba.deploy.stacks import Stack

__all__ = [
    "CallFailed",
    "Change",
    "ChangeSetFailed",
    "Clearing",
    "Clients",
    "Commands",
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
    "Interrupted",
    "Mark",
    "NoWayBack",
    "NotStanding",
    "PropertyChange",
    "Proposal",
    "Proposed",
    "ResourceEvent",
    "Silent",
    "Stack",
    "StackBusy",
    "StackStuck",
    "StalePlan",
    "TimedOut",
    "Unchanged",
    "Waiting",
    "WrongAccount",
    "check_account",
    "connect",
    "prepare",
    "resolve_values",
    "told",
]
