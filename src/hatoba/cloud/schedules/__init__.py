"""EventBridge's scheduled rules and EventBridge Scheduler: tasks of ECS, run on time.

::

    PutRule, CreateSchedule … ─→ companion.answer ── refused: what nobody would run here
                                      │ let through
                                      ↓
                                neighbours (moto) keep it ─→ companion.keep ─→ store ─→ change feed
                                                                                           │
    the clock ─────────────────────────────────────────────→ act: what is due? ←───────────┘
                                                               │  control (pure)
                                                               └─→ ecs:RunTask, a token for each time

moto answers the API and keeps the records; here stands when each comes due next, so that a cloud that is
killed and started again runs nothing twice. A time that passed while no cloud ran is not made up for.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/tasks-scheduled-eventbridge-scheduler.html
"""

from hatoba.cloud.schedules.service import Schedules

__all__ = ["Schedules"]
