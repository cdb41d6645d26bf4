"""What a plan changes in a month's cost: an estimate, for the traffic that ``hatoba cost`` assumes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatoba.deploy.stacks import template_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.advise.cost import Estimate, Prices
    from hatoba.cli.target import Target
    from hatoba.deploy import Proposal


@dataclass(frozen=True, slots=True)
class CostChange:
    """US dollars a month, before and after, and the same in a line for people."""

    before: float
    after: float
    text: str

    @property
    def document(self) -> dict[str, object]:
        """The same for a script."""
        before, after = round(self.before, 2), round(self.after, 2)
        return {"before": before, "after": after, "change": round(after - before, 2), "unit": "USD a month"}


def cost_change(target: Target, proposal: Proposal) -> CostChange | None:
    """Estimate both sides of a plan; None where the region's prices or a template cannot be read."""
    from hatoba.advise import cost

    if proposal.deployment is None:
        return None
    try:
        prices = cost.prices(target.environment.region)
        after = _estimate(proposal.deployment.template, proposal.deployment.parameters, prices)
        stack = target.engine.status(target.stack) if proposal.kind == "UPDATE" else None
        before = None
        if stack is not None:
            before = _estimate(template_of(target.engine.client, stack), stack.parameters, prices)
    except (cost.UnknownRegion, ValueError):
        return None
    text = f"{cost.change(before, after)}; an estimate, explained by {target.command('cost')}."
    return CostChange(before.total if before else 0.0, after.total, text)


def _estimate(template: str, parameters: Mapping[str, str], prices: Prices) -> Estimate:
    from hatoba.advise import cost

    return cost.estimate(cost.usage(json.loads(template), parameters), cost.Traffic(), prices)
