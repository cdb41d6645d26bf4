"""What the scheduler may decide for a service. Each decision says why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Start:
    """Start tasks of a deployment; ``replaced`` of them stand in for unhealthy ones."""

    deployment: str
    count: int
    reason: str
    replaced: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop tasks: deregister, drain, SIGTERM. ``is_unhealthy`` when their health check failed."""

    tasks: tuple[str, ...]
    reason: str
    is_unhealthy: bool = False


@dataclass(frozen=True, slots=True)
class Complete:
    """The deployment is done."""

    deployment: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retire:
    """The replaced deployment has no tasks left and leaves the list."""

    deployment: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fail:
    """The circuit breaker fired, or an alarm went off.

    ``rolls_back`` when an earlier revision is to be deployed again.
    """

    deployment: str
    reason: str
    rolls_back: bool = False
    is_by_alarm: bool = False


@dataclass(frozen=True, slots=True)
class Bake:
    """All tasks of the deployment serve; from now on its alarms are watched for a while."""

    deployment: str
    reason: str


@dataclass(frozen=True, slots=True)
class RollBack:
    """Somebody asked to stop the deployment and return to the last completed one."""

    deployment: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settle:
    """The service is in its steady state."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unsettle:
    """The service left its steady state."""

    reason: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Something stands in the way. Told once until the service is steady again."""

    trouble: str
    reason: str


@dataclass(frozen=True, slots=True)
class Protected:
    """Tasks of a deployment would go, were they not protected. Told once until the service is steady."""

    deployment: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Decide again at this time: nothing else will wake the loop."""

    until: float
    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """The service that was deleted has no task left."""

    reason: str


Decision = (
    Start
    | Stop
    | Complete
    | Retire
    | Fail
    | Bake
    | RollBack
    | Settle
    | Unsettle
    | Tell
    | Protected
    | Wait
    | End
)

CANNOT_START = "cannot start"
NO_ROOM = "no room"
