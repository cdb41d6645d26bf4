"""Application Auto Scaling of ECS services: by what their tasks use, and by the clock.

::

    RegisterScalableTarget … ─→ companion.answer ── refused: what nobody would act on
                                      │ let through
                                      ↓
                                neighbours (moto) keep it ─→ companion.keep ─→ store
                                                                                 │
    the tasks' CPU and memory,                                                   │
    requests to target groups ─→ measuring: one datapoint a period ─→ control.decide (pure)
                                                                                 │
    the clock ─→ scheduled actions: bounds change ───────────────────────────────┤
                                                                                 ↓
                                           ecs:UpdateService desiredCount, a scaling activity with its cause

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
"""

from hatoba.cloud.scaling.pace import Pace
from hatoba.cloud.scaling.service import Scaling

__all__ = ["Pace", "Scaling"]
