"""Elastic Load Balancing's tables, and finding things in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.loadbalancing import errors
from hatoba.cloud.loadbalancing.model import Listener, LoadBalancer, Rule, Target, TargetGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatoba.cloud.loadbalancing.model import Action
    from hatoba.cloud.state import Scope, State

CHANGES = (
    "loadbalancing.balancer",
    "loadbalancing.group",
    "loadbalancing.listener",
    "loadbalancing.rule",
    "loadbalancing.target",
)


class Store:
    """All records. The getters raise the service's own not-found errors."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.balancers = state.table("loadbalancing.balancer", LoadBalancer)
        self.groups = state.table("loadbalancing.group", TargetGroup)
        self.listeners = state.table("loadbalancing.listener", Listener)
        self.rules = state.table("loadbalancing.rule", Rule)
        self.targets = state.table("loadbalancing.target", Target)

    def balancer(self, scope: Scope, arn: str) -> LoadBalancer:
        """Return a load balancer."""
        found = self.balancers.get(scope, arn)
        if found is None:
            raise errors.not_found("LoadBalancer", arn)
        return found

    def group(self, scope: Scope, arn: str) -> TargetGroup:
        """Return a target group."""
        found = self.groups.get(scope, arn)
        if found is None:
            raise errors.not_found("TargetGroup", arn)
        return found

    def listener(self, scope: Scope, arn: str) -> Listener:
        """Return a listener."""
        found = self.listeners.get(scope, arn)
        if found is None:
            raise errors.not_found("Listener", arn)
        return found

    def rule(self, scope: Scope, arn: str) -> Rule:
        """Return a rule that is not a listener's default."""
        found = self.rules.get(scope, arn)
        if found is None:
            raise errors.not_found("Rule", arn)
        return found

    def listeners_of(self, scope: Scope, balancer: LoadBalancer) -> tuple[Listener, ...]:
        """Return a load balancer's listeners."""
        head = balancer.arn.partition(":loadbalancer/")[0]
        return self.listeners.list(scope, f"{head}:listener/{balancer.path}/")

    def rules_of(self, scope: Scope, listener: Listener) -> tuple[Rule, ...]:
        """Return a listener's rules without the default one, by priority."""
        found = self.rules.list(scope, listener.arn.replace(":listener/", ":listener-rule/", 1) + "/")
        return tuple(sorted(found, key=lambda rule: rule.priority))

    def targets_of(self, scope: Scope, group_arn: str) -> tuple[Target, ...]:
        """Return a target group's targets, draining ones too, ordered by address."""
        return self.targets.list(scope, f"{group_arn}/")

    def actions(self, scope: Scope) -> Iterator[tuple[str, Action]]:
        """Go through all actions, each with the ARN of its load balancer."""
        for listener in self.listeners.list(scope):
            yield listener.load_balancer_arn, listener.action
            for rule in self.rules_of(scope, listener):
                yield listener.load_balancer_arn, rule.action

    def balancers_using(self, scope: Scope, group_arn: str) -> tuple[str, ...]:
        """Return the ARNs of the load balancers whose listeners forward to a target group."""
        using = (
            balancer
            for balancer, action in self.actions(scope)
            if any(each.group_arn == group_arn for each in action.forward)
        )
        return tuple(dict.fromkeys(using))

    def owner_of_tags(self, scope: Scope, arn: str) -> LoadBalancer | TargetGroup | Listener | Rule:
        """Return whatever an ARN names."""
        kind = arn.split(":")[5].partition("/")[0] if arn.count(":") >= 5 else ""  # noqa: PLR2004 - an ARN's parts
        match kind:
            case "loadbalancer":
                return self.balancer(scope, arn)
            case "targetgroup":
                return self.group(scope, arn)
            case "listener":
                return self.listener(scope, arn)
            case "listener-rule":
                return self.rule(scope, arn)
            case _:
                raise errors.invalid(f"'{arn}' is not a valid load balancer, target group or listener ARN")

    def keep(self, scope: Scope, record: LoadBalancer | TargetGroup | Listener | Rule) -> None:
        """Keep a changed record of any kind that has tags."""
        match record:
            case LoadBalancer():
                self.balancers.put(scope, record)
            case TargetGroup():
                self.groups.put(scope, record)
            case Listener():
                self.listeners.put(scope, record)
            case Rule():
                self.rules.put(scope, record)
