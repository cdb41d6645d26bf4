"""How fast this cloud does what AWS does slowly: every local delay, in one place."""

from __future__ import annotations

import msgspec


class Pace(msgspec.Struct, frozen=True):
    """Delays in seconds.

    Attributes:
        settle_s: How long the containers of a service's task must live before the task is RUNNING.
        ready_within_s: How long a mapped TCP port may take to accept a first connection. After that the
            task counts as ready all the same.
        drain_s: How long a deregistered task still serves before SIGTERM: what the gateway needs to follow,
            and what requests in flight need to end.
        first_pause_s: The pause after a first task that failed to start; it doubles with each round.
        longest_pause_s: Where it stops growing.
        short_life_s: A service's task that ended by itself sooner than this is also replaced after a pause.
            AWS pauses only for tasks that never were RUNNING, but there a start takes most of a minute.
        early_check_s: When a new container's health check is first tried; a pass before the check's first
            interval is over already counts, a failure does not.
        bake_s: How long a deployment with alarms is watched after all of its tasks serve.
        alarms_every_s: How often the alarms of a deployment in progress are looked at.
        message_s: How long a message of several lines is held for more of it to come.
        keep_stopped_s: How long a stopped task can still be described.
    """

    settle_s: float = 0.2
    ready_within_s: float = 10.0
    drain_s: float = 0.2
    first_pause_s: float = 0.2
    longest_pause_s: float = 60.0
    short_life_s: float = 5.0
    early_check_s: float = 0.25
    bake_s: float = 10.0
    alarms_every_s: float = 0.5
    message_s: float = 1.0
    keep_stopped_s: float = 3600.0
