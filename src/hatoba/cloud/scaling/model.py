"""What scales, as it is kept here. Times are epoch seconds."""

from __future__ import annotations

import msgspec

NAMESPACE = "ecs"
REQUESTS = "ALBRequestCountPerTarget"
DIMENSION = "ecs:service:DesiredCount"
COOLDOWN_S = 300
"""Of a policy for ECS that names none."""


class Policy(msgspec.Struct, frozen=True):
    """A target tracking policy: keep a metric near a value, in percent or in requests a minute.

    Attributes:
        metric: The predefined metric, such as ``ECSServiceAverageCPUUtilization``.
        alarms: The names of its two alarms: the high one, the low one.
        label: What ALBRequestCountPerTarget counts: ``app/LB/ID/targetgroup/GROUP/ID``.
    """

    name: str
    metric: str
    value: float
    out_cooldown_s: int = COOLDOWN_S
    in_cooldown_s: int = COOLDOWN_S
    scales_in: bool = True
    alarms: tuple[str, ...] = ()
    label: str = ""


class Action(msgspec.Struct, frozen=True):
    """A scheduled action: new bounds at a time. ``occurs_at`` is when next; None when never again."""

    name: str
    expression: str
    zone: str = "UTC"
    start: float | None = None
    end: float | None = None
    minimum: int | None = None
    maximum: int | None = None
    since: float = 0.0
    occurs_at: float | None = None


class Suspended(msgspec.Struct, frozen=True):
    """What is suspended of a target's scaling."""

    inward: bool = False
    outward: bool = False
    scheduled: bool = False


class Target(msgspec.Struct, frozen=True):
    """A service that scales.

    Attributes:
        resource: ``service/CLUSTER/SERVICE``.
        out_at: When it was last scaled out by a policy.
        out_from: How many tasks ran then.
        in_at: When it was last scaled in, unless it was scaled out since.
        is_compared: The service's count was compared with the bounds since they were written.
    """

    resource: str
    minimum: int
    maximum: int
    suspended: Suspended = Suspended()
    policies: tuple[Policy, ...] = ()
    actions: tuple[Action, ...] = ()
    out_at: float | None = None
    out_from: int = 0
    in_at: float | None = None
    is_compared: bool = True

    @property
    def key(self) -> str:
        """The resource."""
        return self.resource

    @property
    def cluster(self) -> str:
        """The name of the service's cluster."""
        return self.resource.split("/")[1]

    @property
    def service(self) -> str:
        """The service's name."""
        return self.resource.split("/")[2]


class Tagged(msgspec.Struct, frozen=True):
    """The tags of what scales."""

    resource: str
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """The resource."""
        return self.resource


class Activity(msgspec.Struct, frozen=True):
    """A scaling activity, as DescribeScalingActivities tells it."""

    id: str
    resource: str
    description: str
    cause: str
    started_at: float
    ended_at: float
    status: str
    message: str

    @property
    def key(self) -> str:
        """The resource, its time and its id, so that keys sort by it."""
        return f"{self.resource} {self.started_at:020.6f} {self.id}"
