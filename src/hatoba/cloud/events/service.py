"""EventBridge's buses as this cloud's own events, and its users', pass over them."""

from __future__ import annotations

import logging
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec

from hatoba.cloud.dead_letters import bury
from hatoba.cloud.events import entries, pattern, transform
from hatoba.cloud.events.deliver import MOST_AT_ONCE, Carrier
from hatoba.cloud.events.model import DEFAULT_BUS, Delivery, Rule
from hatoba.cloud.events.refusing import check_reach, check_targets, gets_of_ours, readable, service_of
from hatoba.cloud.events.standing import rules_in
from hatoba.cloud.loop import reconcile_forever
from hatoba.cloud.wire import NotImplementedHere, ServiceError, constraints
from hatoba.cloud.wire.models import operation_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hatoba.cloud.events.model import Target
    from hatoba.cloud.state import Change, Scope
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.world import LogSink, Loop, ServiceEvent, World

_log = logging.getLogger(__name__)

COUNTER = "events.delivery"


class _Listening(msgspec.Struct, frozen=True):
    """A rule that is on and has targets, its pattern read.

    ``gets``: which events of services may match it and arrive, by source and detail type.
    """

    rule: Rule
    matches: pattern.Matches
    gets: frozenset[tuple[str, str]]


class Events:
    """Companion of EventBridge, and :class:`hatoba.cloud.world.EventBus` for who sends events."""

    services = frozenset({"events"})

    def __init__(self, world: World, logs: LogSink) -> None:
        self._world = world
        self.rules = world.state.table("events.rule", Rule)
        self.deliveries = world.state.table("events.delivery", Delivery)
        self._carrier = Carrier(world, logs, self)
        self._rule_changes = world.state.feed.subscribe("events.rule")
        self._delivery_changes = world.state.feed.subscribe("events.delivery")
        self._listening: dict[tuple[Scope, str], list[_Listening]] | None = None
        self._wanting: set[tuple[Scope, tuple[str, str]]] = set()
        self._told: set[tuple[str, str, str]] = set()

    # What is asked of EventBridge.

    async def answer(self, call: Call, params: Mapping[str, Any]) -> Result | None:
        """Take events and test patterns; refuse rules that would not do what they say.

        Raises:
            ServiceError: ``InvalidEventPatternException``, ``NotImplementedException``,
                ``ValidationException``.
        """
        match call.operation:
            case "PutRule" if params.get("EventPattern"):
                self._check_rule(call.scope, params)
            case "PutTargets":
                rule = self._rule(call.scope, params.get("EventBusName"), params["Rule"])
                if rule is not None:
                    check_targets(rule.bus, rule.pattern, params["Targets"])
            case "TestEventPattern":
                return {"Result": readable(params["EventPattern"])(entries.event_in(params["Event"]))}
            case "PutEvents":
                constraints.check(operation_model("events", "PutEvents"), params)
                if params.get("EndpointId"):
                    raise NotImplementedHere("events:PutEvents with EndpointId")
                return self._put(call, params["Entries"])
        return None

    def _check_rule(self, scope: Scope, params: Mapping[str, Any]) -> None:
        readable(params["EventPattern"])
        standing = self._rule(scope, params.get("EventBusName"), params["Name"])
        if standing is not None:
            what = "events:PutRule of an event pattern"
            check_reach(what, standing.bus, params["EventPattern"], standing.targets)

    def _rule(self, scope: Scope, bus: str | None, name: str) -> Rule | None:
        place = (_bus(bus), name)
        return next((each for each in self.rules.list(scope) if (each.bus, each.name) == place), None)

    def _put(self, call: Call, given: Sequence[Mapping[str, Any]]) -> Result | None:
        """Take events of users; leave them to the neighbour where its archives are to have them."""
        found = [self._heard(call.scope, _bus(each.get("EventBusName"))) for each in given]
        targets = [target for heard in found for each in heard for target in each.rule.targets]
        if not targets:
            return None
        if any(_is_archive(target) for target in targets):
            for target in targets:
                if service_of(target.arn) not in {"sqs", "events"}:
                    raise NotImplementedHere(
                        f"events:PutEvents to a bus with an archive and a rule with the target {target.arn}"
                    )
            return None
        answers = [self._take(call, each) for each in given]
        return {
            "FailedEntryCount": sum("ErrorCode" in each for each in answers),
            "Entries": answers,
        }

    def _take(self, call: Call, entry: Mapping[str, Any]) -> Mapping[str, object]:
        refused = entries.fault(entry)
        if refused is not None:
            return refused
        event = entries.event(entry, call.scope, str(uuid4()), call.now)
        self._match(call.scope, _bus(entry.get("EventBusName")), event, call.now)
        return {"EventId": event["id"]}

    def keep(self, scope: Scope, service: str, standing: bytes) -> None:
        """Take all rules with an event pattern as they stand now."""
        del service
        old = {each.key: each for each in self.rules.list(scope)}
        for rule in rules_in(standing):
            if old.pop(rule.key, None) != rule:
                self.rules.put(scope, rule)
        for gone in old:
            self.rules.delete(scope, gone)

    # Events come in.

    def wants(self, scope: Scope, source: str, detail_type: str) -> bool:
        """Say whether any rule of the default bus may match such an event."""
        if self._listening is None or self._rule_changes.take():
            self._read_rules()
        return (scope, (source, detail_type)) in self._wanting

    def publish(self, scope: Scope, event: ServiceEvent) -> None:
        """Hand over an event of a service; see :class:`hatoba.cloud.world.EventBus`."""
        now = self._world.clock.now()
        self._match(scope, DEFAULT_BUS, entries.event_of_service(event, scope, str(uuid4()), now), now)

    def pass_on(self, scope: Scope, bus: str, event: Mapping[str, Any]) -> None:
        """Match an event that a rule of another bus sends here."""
        self._match(scope, bus, event, self._world.clock.now(), is_passed_on=True)

    def _heard(self, scope: Scope, bus: str) -> Sequence[_Listening]:
        """Return the rules that listen on a bus, read anew after a change."""
        if self._listening is None or self._rule_changes.take():
            self._read_rules()
        return (self._listening or {}).get((scope, bus), ())

    def _read_rules(self) -> None:
        found: dict[tuple[Scope, str], list[_Listening]] = {}
        for scope, rule in self.rules.everywhere():
            if rule.enabled and rule.targets:
                found.setdefault((scope, rule.bus), []).append(_listening(rule))
        self._listening = found
        self._wanting = {
            (scope, kind) for (scope, _), rules in found.items() for each in rules for kind in each.gets
        }

    def _match(
        self, scope: Scope, bus: str, event: Mapping[str, Any], now: float, *, is_passed_on: bool = False
    ) -> None:
        with self._world.state.transaction():
            for each in self._heard(scope, bus):
                if not each.matches(event):
                    continue
                for target in each.rule.targets:
                    if is_passed_on and service_of(target.arn) == "events":
                        _log.warning("%s: from bus to bus an event goes once only", each.rule.arn)
                    elif not _is_archive(target):
                        self._send(scope, each.rule, target, event, now)

    def _send(self, scope: Scope, rule: Rule, target: Target, event: Mapping[str, Any], now: float) -> None:
        try:
            body = transform.body(rule, target, event)
        except transform.BadPath as error:
            _log.warning("%s: nothing goes to %s: %s", rule.arn, target.arn, error)
            return
        delivery = Delivery(
            number=self._world.state.next_number(scope, COUNTER),
            rule_arn=rule.arn,
            rule_name=rule.name,
            event_id=event["id"],
            at=now,
            target=target,
            body=body,
            is_event=(target.input, target.input_path, target.template) == (None, None, None),
        )
        self.deliveries.put(scope, delivery)

    # Events go out.

    def loops(self) -> tuple[Loop, ...]:
        """Return the loop that delivers."""
        return (self.run,)

    async def run(self) -> None:
        """Deliver what waits, until cancelled."""
        await reconcile_forever("events", self._delivery_changes, self._step)

    async def _step(self, _: tuple[Change, ...]) -> None:
        waiting = self.deliveries.everywhere()
        for scope, batch in _batches(waiting):
            for delivery, error in await self._carrier.carry(batch):
                await self._give_up(scope, delivery, error)
            with self._world.state.transaction():
                for delivery in batch:
                    self.deliveries.delete(scope, delivery.key)

    async def _give_up(self, scope: Scope, delivery: Delivery, error: ServiceError) -> None:
        target = delivery.target
        what = (delivery.rule_arn, target.arn, error.code)
        if what not in self._told:
            self._told.add(what)
            _log.warning(
                "%s: an event did not reach %s: %s: %s (told once; a dead-letter queue gets every event)",
                *(delivery.rule_arn, target.arn, error.code, error.message),
            )
        attributes = {
            "RULE_ARN": delivery.rule_arn,
            "TARGET_ARN": target.arn,
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": error.message,
        }
        await bury(self._world, scope, target.dead_letters, delivery.body, attributes)


def _batches(
    waiting: Iterable[tuple[Scope, Delivery]],
) -> Iterable[tuple[Scope, Sequence[Delivery]]]:
    """Put together what goes to one target, in the order in which it came, a few at a time."""

    def place(each: tuple[Scope, Delivery]) -> tuple[Scope, str, str]:
        scope, delivery = each
        return scope, delivery.rule_arn, delivery.target.id

    for (scope, _, _), found in groupby(sorted(waiting, key=place), key=place):
        ordered = sorted((delivery for _, delivery in found), key=lambda each: each.number)
        while ordered:
            batch = [each for each in ordered[:MOST_AT_ONCE] if each.target == ordered[0].target]
            ordered = [each for each in ordered if each not in batch]
            yield scope, batch


def _listening(rule: Rule) -> _Listening:
    """Read a rule's pattern; one that an older cloud let through matches nothing, and is told."""
    try:
        matches = pattern.read(rule.pattern)
    except pattern.InvalidPattern as error:
        _log.warning("%s matches nothing: %s", rule.arn, error)
        return _Listening(rule, lambda _: False, frozenset())
    arrives = not all(_is_archive(target) for target in rule.targets)
    return _Listening(rule, matches, gets_of_ours(rule.bus, rule.pattern) if arrives else frozenset())


def _bus(name_or_arn: str | None) -> str:
    return (name_or_arn or DEFAULT_BUS).rpartition("/")[2]


def _is_archive(target: Target) -> bool:
    """Say whether it is how the neighbour writes an archive of events."""
    return target.arn.startswith("arn:") and service_of(target.arn) == "events" and target.arn.endswith(":::")
