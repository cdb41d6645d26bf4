"""How many tasks run follows the load: Application Auto Scaling."""

from __future__ import annotations

from dataclasses import KW_ONLY

from hatoba.definition.construct import Construct, construct
from hatoba.definition.values import Count


@construct
class AutoScaling(Construct):
    """Keeps the number of a service's tasks between ``min`` and ``max``, and the load at its targets.

    ``cpu`` and ``memory`` are the average use to keep, in percent of what the tasks have; with both, the one
    that asks for more tasks counts. Cooldowns in seconds.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
    """

    min: Count
    max: Count
    _: KW_ONLY
    cpu: Count | None = None
    memory: Count | None = None
    scale_in_cooldown: int | None = None
    scale_out_cooldown: int | None = None
