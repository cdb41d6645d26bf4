"""EventBridge's rules with an event pattern: who sends events, and where they arrive.

::

    PutRule, PutTargets … ─→ companion.answer ── refused: what could not be read, or would not arrive
                                   │ let through
                                   ↓
                             neighbours (moto) keep it ─→ companion.keep ─→ rules
                                                                             │
    ECS ─→ publish ─┐                                                        ↓
    PutEvents ──────┴─→ an event ─→ pattern: which rules match? ─→ transform: what arrives?
                                                                             │
               log groups, queues, topics, clusters of ECS, buses            ↓
                        ↑                                             deliveries, kept
                        └──────────────── deliver ←── change feed ←──────────┘

moto answers the API and keeps the records. What waits to be delivered stands in the state, so that a cloud
that is killed delivers it when it is started again; it may then arrive twice, as on AWS. While no rule has
a pattern and a target, an event is not even made.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
"""

from hatoba.cloud.events.service import Events

__all__ = ["Events"]
