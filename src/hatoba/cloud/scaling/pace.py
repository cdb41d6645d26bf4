"""Local delays of scaling. AWS measures once a minute; here a period is shorter, and counted as a minute."""

from __future__ import annotations

import msgspec


class Pace(msgspec.Struct, frozen=True):
    """How often is measured, in seconds, and how many datapoints an alarm needs in a row, as on AWS."""

    period_s: float = 10.0
    high_after: int = 3
    low_after: int = 15
