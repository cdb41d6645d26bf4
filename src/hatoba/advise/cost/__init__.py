"""What a system costs in a month, and what it would cost built otherwise. Pure.

::

    template, parameter values ──usage──→ Usage: services, entries, what stands ──┐
    prices.toml (dated) ──prices──→ Prices of a region ───────────────────────────┼─→ estimate → Estimate
    Traffic: requests, sizes, logs ───────────────────────────────────────────────┘       └─→ compare → tables

A template says all that is needed, so what stands in a stack is estimated like what a definition would make,
and ``change`` tells the difference. A price that is not known is said, never taken as nothing; what is
assumed is in the estimate.
"""

from hatoba.advise.cost.compare import Comparison, Option, compare
from hatoba.advise.cost.estimate import Estimate, Line, Traffic, change, estimate
from hatoba.advise.cost.prices import Price, Prices, UnknownRegion, prices
from hatoba.advise.cost.usage import Usage, usage

__all__ = [
    "Comparison",
    "Estimate",
    "Line",
    "Option",
    "Price",
    "Prices",
    "Traffic",
    "UnknownRegion",
    "Usage",
    "change",
    "compare",
    "estimate",
    "prices",
    "usage",
]
