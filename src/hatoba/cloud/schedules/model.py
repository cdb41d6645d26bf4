"""A schedule as it is kept here: what its owner wrote, and when it comes due next."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["rule", "schedule"]
Json = dict[str, object]


class Target(msgspec.Struct, frozen=True):
    """What a schedule runs: tasks in a cluster.

    Attributes:
        id: A rule's name for it; a schedule has one target without a name.
        arn: The cluster's ARN. Another target's is kept and never run.
        parameters: ``EcsParameters`` as they were given.
        input: JSON text: the tasks' overrides.
        dead_letters: The ARN of the queue that is told of runs that failed.
    """

    id: str
    arn: str
    parameters: Json = msgspec.field(default_factory=dict)
    input: str | None = None
    dead_letters: str | None = None


class Timing(msgspec.Struct, frozen=True):
    """When it comes due. Times are epoch seconds; a window is in minutes."""

    expression: str
    zone: str = "UTC"
    start: float | None = None
    end: float | None = None
    window: int = 0


class Schedule(msgspec.Struct, frozen=True):
    """A scheduled rule, or a schedule of EventBridge Scheduler.

    Attributes:
        since: When its timing was last written or it was last enabled: a rate counts from there.
        occurs_at: When it comes due next; None when never again, or while it is disabled.
        last_at: The newest time that it came due, and what came of it.
        deletes_itself: It is deleted when it never comes due again.
    """

    arn: str
    name: str
    kind: Kind
    group: str
    timing: Timing
    enabled: bool
    targets: tuple[Target, ...]
    since: float
    occurs_at: float | None = None
    last_at: float | None = None
    last_tasks: tuple[str, ...] = ()
    last_failure: str | None = None
    deletes_itself: bool = False

    @property
    def key(self) -> str:
        """Its ARN."""
        return self.arn
