"""Operations on the rules of Application Load Balancers' listeners.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.loadbalancing import errors
from hatoba.cloud.loadbalancing.api.common import answer_page, read_tags, require_one
from hatoba.cloud.loadbalancing.api.listeners import check_groups
from hatoba.cloud.loadbalancing.control.actions import describe_action, read_action
from hatoba.cloud.loadbalancing.control.conditions import describe_condition, read_conditions
from hatoba.cloud.loadbalancing.model import Rule
from hatoba.cloud.wire import NotImplementedHere, ServiceError
from hatoba.cloud.wire.call import random_hex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.loadbalancing.model import Listener
    from hatoba.cloud.loadbalancing.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Operations, Result

    Request = Mapping[str, Any]


class Rules:
    """The operations on rules."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        for name, function in (
            ("CreateRule", self.create),
            ("DescribeRules", self.describe),
            ("ModifyRule", self.modify),
            ("DeleteRule", self.delete),
            ("SetRulePriorities", self.set_priorities),
        ):
            operations.add(name, function)

    def create(self, call: Call, request: Request) -> Result:
        """Make a rule."""
        listener = self._store.listener(call.scope, request["ListenerArn"])
        balancer = self._store.balancer(call.scope, listener.load_balancer_arn)
        if balancer.kind == "network":
            raise ServiceError("UnsupportedProtocol", "Rules are for listeners of Application Load Balancers")
        _refuse(request)
        self._check_free(self._store.rules_of(call.scope, listener), {request["Priority"]})
        action = read_action(request["Actions"], is_network=False)
        check_groups(self._store, call.scope, balancer, action)
        rule = Rule(
            arn=f"{listener.arn.replace(':listener/', ':listener-rule/', 1)}/{random_hex(16)}",
            listener_arn=listener.arn,
            priority=request["Priority"],
            conditions=read_conditions(request["Conditions"]),
            action=action,
            tags=read_tags(request.get("Tags")),
        )
        return {"Rules": [_describe(self._store.rules.put(call.scope, rule))]}

    @staticmethod
    def _check_free(standing: Sequence[Rule], priorities: set[int]) -> None:
        for each in standing:
            if each.priority in priorities:
                raise ServiceError("PriorityInUse", f"Priority '{each.priority}' is currently in use")

    def describe(self, call: Call, request: Request) -> Result:
        """Describe a listener's rules with the default one, or those named."""
        require_one(request, "ListenerArn", "RuleArns")
        if request.get("ListenerArn"):
            listener = self._store.listener(call.scope, request["ListenerArn"])
            rules = self._store.rules_of(call.scope, listener)
            found = [*map(_describe, rules), _default(listener)]
        elif request.get("RuleArns"):
            found = [self._named(call.scope, arn) for arn in request["RuleArns"]]
        else:
            raise errors.invalid("You must specify either listener ARN or rule ARNs")
        numbered = [(f"{number:05}", rule) for number, rule in enumerate(found)]
        return answer_page(request, "Rules", numbered, lambda each: each[0], lambda each: each[1])

    def _named(self, scope: Scope, arn: str) -> dict[str, object]:
        default = next(
            (each for each in self._store.listeners.list(scope) if each.default_rule_arn == arn), None
        )
        return _default(default) if default else _describe(self._store.rule(scope, arn))

    def modify(self, call: Call, request: Request) -> Result:
        """Change conditions and actions."""
        rule = self._of_its_own(call.scope, request["RuleArn"], "modified")
        _refuse(request)
        if request.get("Conditions"):
            rule = replace(rule, conditions=read_conditions(request["Conditions"]))
        if request.get("Actions"):
            listener = self._store.listener(call.scope, rule.listener_arn)
            balancer = self._store.balancer(call.scope, listener.load_balancer_arn)
            rule = replace(rule, action=read_action(request["Actions"], is_network=False))
            check_groups(self._store, call.scope, balancer, rule.action)
        return {"Rules": [_describe(self._store.rules.put(call.scope, rule))]}

    def delete(self, call: Call, request: Request) -> Result:
        """Delete a rule."""
        rule = self._of_its_own(call.scope, request["RuleArn"], "deleted")
        self._store.rules.delete(call.scope, rule.key)
        return {}

    def set_priorities(self, call: Call, request: Request) -> Result:
        """Change the priorities of several rules at once."""
        given = {each["RuleArn"]: each["Priority"] for each in request["RulePriorities"]}
        moved = [self._of_its_own(call.scope, arn, "moved") for arn in given]
        if len(set(given.values())) != len(given):
            raise errors.invalid("Two rules cannot have the same priority")
        changed = [replace(rule, priority=given[rule.arn]) for rule in moved]
        for rule in changed:
            listener = self._store.listener(call.scope, rule.listener_arn)
            others = [each for each in self._store.rules_of(call.scope, listener) if each.arn not in given]
            self._check_free(others, {rule.priority})
        return {"Rules": [_describe(self._store.rules.put(call.scope, rule)) for rule in changed]}

    def _of_its_own(self, scope: Scope, arn: str, done: str) -> Rule:
        """Return a rule that is no listener's default."""
        if any(each.default_rule_arn == arn for each in self._store.listeners.list(scope)):
            raise errors.not_permitted(f"Default rule '{arn}' cannot be {done}")
        return self._store.rule(scope, arn)


def _refuse(request: Request) -> None:
    if request.get("Transforms"):
        raise NotImplementedHere("elbv2: Transforms (rewrites of Host and URL)")


def _describe(rule: Rule) -> dict[str, object]:
    return {
        "RuleArn": rule.arn,
        "Priority": str(rule.priority),
        "Conditions": [describe_condition(each) for each in rule.conditions],
        "Actions": describe_action(rule.action),
        "IsDefault": False,
    }


def _default(listener: Listener) -> dict[str, object]:
    return {
        "RuleArn": listener.default_rule_arn,
        "Priority": "default",
        "Conditions": [],
        "Actions": describe_action(listener.action),
        "IsDefault": True,
    }
