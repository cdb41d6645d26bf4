"""A listener as the gateway carries it out: its rules in order, each with the targets that get traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.state import Scope
from hatoba.gateway import snapshot as served

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.loadbalancing.model import Action, Condition, FixedResponse, Redirect, Target, Weighted
    from hatoba.cloud.loadbalancing.store import Store
    from hatoba.cloud.world import TargetWalls


def scope_of(arn: str) -> Scope:
    """Return where an ARN's resource stands."""
    parts = arn.split(":", 5)
    return Scope(parts[4], parts[3])


class Pictures:
    """The :class:`hatoba.cloud.world.ListenerSource` over the store."""

    def __init__(self, store: Store, walls: TargetWalls | None = None) -> None:
        self._store = store
        self._walls = walls

    def listener(self, arn: str) -> served.Listener | None:
        """Return a listener as it is to be carried out now; None where there is none."""
        scope = scope_of(arn)
        listener = self._store.listeners.get(scope, arn)
        if listener is None:
            return None
        balancer = self._store.balancer(scope, listener.load_balancer_arn)
        rules = [
            self._rule(scope, balancer.arn, rule.conditions, rule.action)
            for rule in self._store.rules_of(scope, listener)
        ]
        default = self._rule(scope, balancer.arn, (), listener.action)
        return served.Listener(
            balancer.kind,
            listener.port,
            (*rules, default),
            protocol=listener.protocol,
            certificate_names=listener.certificate_names,
        )

    def _rule(
        self, scope: Scope, balancer_arn: str, conditions: Sequence[Condition], action: Action
    ) -> served.ListenerRule:
        return served.ListenerRule(
            conditions=tuple(_condition(each) for each in conditions),
            targets=tuple(self._targets(scope, balancer_arn, each) for each in action.forward),
            redirect=None if action.redirect is None else _redirect(action.redirect),
            fixed=None if action.fixed is None else _fixed(action.fixed),
        )

    def _targets(self, scope: Scope, balancer_arn: str, to: Weighted) -> served.WeightedTargets:
        """Return the targets that get traffic, those that security groups keep it from left out."""
        chosen = _chosen(self._store.targets_of(scope, to.group_arn))
        refusals = [self._refusal(scope, balancer_arn, each) for each in chosen]
        reached = [each for each, why in zip(chosen, refusals, strict=True) if why is None]
        return served.WeightedTargets(
            to.weight,
            tuple(served.Endpoint(each.address, each.host, each.port) for each in reached),
            to.group_arn,
            "" if reached else next((why for why in refusals if why is not None), ""),
        )

    def _refusal(self, scope: Scope, balancer_arn: str, target: Target) -> str | None:
        if self._walls is None:
            return None
        return self._walls.target_refusal(scope, balancer_arn, target.host, target.port)


def _redirect(to: Redirect) -> served.Redirect:
    return served.Redirect(to.status, to.protocol, to.host, to.port, to.path, to.query)


def _fixed(response: FixedResponse) -> served.FixedResponse:
    return served.FixedResponse(response.status, response.content_type, response.body or "")


def _condition(condition: Condition) -> served.Condition:
    return served.Condition(
        condition.field,
        condition.values,
        condition.header,
        tuple((each.key, each.value) for each in condition.pairs),
    )


def _chosen(targets: Sequence[Target]) -> Sequence[Target]:
    """Choose who gets traffic: the healthy ones; where there is none, the unhealthy ones (fail-open)."""
    healthy = [each for each in targets if each.state == "healthy"]
    return healthy or [each for each in targets if each.state == "unhealthy"]
