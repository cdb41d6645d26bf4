"""From a definition to the graph of AWS resources that it means. Pure: no call, no file, no clock.

::

    System ──build.plan──→ Plan: parameters, conditions, resources (typed, in AWS's words), outputs
                            │
                            ├─ references inside properties ─┐
                            └─ depends_on: what no property  ├─→ order of creation, and of deletion backwards
                               says and yet must stand first ┘

The plan is the same for every environment: inputs stay parameters, and what exists only for some values of an
input (a route per HTTP method) has a condition.
"""

from hatoba.plan.build import NONCE, parameter_values, plan
from hatoba.plan.graph import Output, Plan, PlanParameter

__all__ = ["NONCE", "Output", "Plan", "PlanParameter", "parameter_values", "plan"]
