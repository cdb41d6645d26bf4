"""What the scheduler may decide for a service. Each decision says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from hatoba.cloud.ecs.control.events import Action


class Start(msgspec.Struct, frozen=True):
    """Start tasks of a deployment; ``replaced`` of them stand in for unhealthy ones."""

    deployment: str
    count: int
    reason: str
    replaced: int = 0


class Stop(msgspec.Struct, frozen=True):
    """Stop tasks: deregister, drain, SIGTERM. ``is_unhealthy`` when their health check failed."""

    tasks: tuple[str, ...]
    reason: str
    is_unhealthy: bool = False


class Complete(msgspec.Struct, frozen=True):
    """The deployment is done."""

    deployment: str
    reason: str


class Retire(msgspec.Struct, frozen=True):
    """The replaced deployment has no tasks left and leaves the list."""

    deployment: str
    reason: str


class Fail(msgspec.Struct, frozen=True):
    """The circuit breaker fired, or an alarm went off.

    ``rolls_back`` when an earlier revision is to be deployed again.
    """

    deployment: str
    reason: str
    rolls_back: bool = False
    is_by_alarm: bool = False


class Bake(msgspec.Struct, frozen=True):
    """All tasks of the deployment serve; from now on its alarms are watched for a while."""

    deployment: str
    reason: str


class RollBack(msgspec.Struct, frozen=True):
    """Somebody asked to stop the deployment and return to the last completed one."""

    deployment: str
    reason: str


class Settle(msgspec.Struct, frozen=True):
    """The service is in its steady state."""

    reason: str


class Unsettle(msgspec.Struct, frozen=True):
    """The service left its steady state."""

    reason: str


class Tell(msgspec.Struct, frozen=True):
    """Something stands in the way: the service's events say so, in this text.

    ``action`` is what EventBridge calls it, where it does.
    """

    text: str
    reason: str
    action: Action | None = None


class Forget(msgspec.Struct, frozen=True):
    """What was told by this text stands in the way no more: should it come again, it is told again."""

    text: str
    reason: str


class Wait(msgspec.Struct, frozen=True):
    """Decide again at this time: nothing else will wake the loop."""

    until: float
    reason: str


class End(msgspec.Struct, frozen=True):
    """The service that was deleted has no task left."""

    reason: str


Decision = (
    Start | Stop | Complete | Retire | Fail | Bake | RollBack | Settle | Unsettle | Tell | Forget | Wait | End
)
