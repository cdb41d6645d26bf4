"""The scaling of this cloud's services: measured, decided, done."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.loop import reconcile_forever
from hatoba.cloud.scaling import control
from hatoba.cloud.scaling.measuring import Measurements
from hatoba.cloud.scaling.model import DIMENSION, NAMESPACE, REQUESTS, Activity, Target
from hatoba.cloud.scaling.pace import Pace
from hatoba.cloud.scaling.refusing import check, unknown_service
from hatoba.cloud.scaling.standing import targets_in
from hatoba.cloud.scaling.tags import Tags
from hatoba.cloud.state import Change
from hatoba.cloud.wire import NotImplementedHere, ServiceError
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.scaling.model import Action
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.world import Loop, Meter, RequestCounter, World

_log = logging.getLogger(__name__)

SERVICE = "application-autoscaling"
MOST_ACTIVITIES = 100
PAGE = 50
END_OF_TIME = 9_999_999_999
LONGEST_NAP_S = 60.0
TICK = Change("scaling.tick", None, "")  # type: ignore[arg-type]  # the alarm is of no scope


class Scaling:
    """Companion of Application Auto Scaling; see :class:`hatoba.cloud.world.Companion`."""

    services = frozenset({SERVICE})

    def __init__(
        self, world: World, meter: Meter, pace: Pace | None = None, *, counter: RequestCounter | None = None
    ) -> None:
        self._world = world
        self._meter = meter
        self._counter = counter
        self._pace = pace or Pace()
        self.targets = world.state.table("scaling.target", Target)
        self.activities = world.state.table("scaling.activity", Activity)
        self._tags = Tags(world)
        self._changes = world.state.feed.subscribe("scaling.target")
        self._measured = Measurements(self._pace)
        self._measures_at = 0.0
        self._alarm: asyncio.Task[None] | None = None

    async def answer(self, call: Call, params: Mapping[str, Any]) -> Result | None:
        """Tell activities, refuse what is not acted on; leave everything else to the neighbour.

        Raises:
            ServiceError: ``NotImplementedException``, ``ValidationException``, ``ObjectNotFoundException``.
        """
        told = await self._tags.answer(call, params)
        if told is not None or params.get("ServiceNamespace") != NAMESPACE:
            return told
        if call.operation == "DescribeScalingActivities":
            return self._describe(call, params)
        target = self.targets.get(call.scope, params.get("ResourceId") or "")
        check(call.operation, params, target)
        if call.operation == "RegisterScalableTarget":
            await self._check_service(call.scope, params["ResourceId"])
        return None

    async def _check_service(self, scope: Scope, resource: str) -> None:
        if await self._look(scope, Target(resource, 0, 0)) is None:
            raise unknown_service(resource)

    def _describe(self, call: Call, params: Mapping[str, Any]) -> Result:
        if params.get("IncludeNotScaledActivities"):
            raise NotImplementedHere(f"{SERVICE}:DescribeScalingActivities with IncludeNotScaledActivities")
        resource = params.get("ResourceId")
        found = [each for each in self.activities.list(call.scope) if resource in {None, each.resource}]
        found.sort(key=_newest_first)
        try:
            chosen, token = page(
                found,
                token=params.get("NextToken"),
                limit=params.get("MaxResults") or PAGE,
                key=_newest_first,
            )
        except InvalidToken as error:
            raise ServiceError("InvalidNextTokenException", "The next token is not valid.") from error
        return {"ScalingActivities": [_told(each) for each in chosen], "NextToken": token}

    def keep(self, scope: Scope, service: str, standing: bytes) -> None:
        """Take all scalable targets as they are now, with what is known of their past."""
        del service
        gone = {each.key for each in self.targets.list(scope)}
        for fresh in targets_in(standing):
            gone.discard(fresh.key)
            before = self.targets.get(scope, fresh.key)
            after = _taken_over(fresh, before, self._world.clock.now())
            if after != before:
                self.targets.put(scope, after)
        for key in gone:
            self.targets.delete(scope, key)

    def loops(self) -> tuple[Loop, ...]:
        """Return the loop that measures and scales."""
        return (self.run,)

    async def run(self) -> None:
        """Measure and scale, until cancelled."""
        try:
            await reconcile_forever("scaling", self._changes, self._step)
        finally:
            self._set_alarm(None)

    async def _step(self, _: tuple[Change, ...]) -> None:
        now = self._world.clock.now()
        measures = now >= self._measures_at
        if measures:
            self._measures_at = now + self._pace.period_s
        everything = self.targets.everywhere()
        self._measured.forget(f"{scope} {target.resource}" for scope, target in everything)
        for scope, target in everything:
            try:
                await self._attend(scope, target, now, measures=measures)
            except ServiceError as error:
                _log.warning("%s could not be scaled: %s", target.resource, error)
        self._set_alarm(self._wakes_at())

    def _wakes_at(self) -> float | None:
        everything = [target for _, target in self.targets.everywhere()]
        times = [action.occurs_at for target in everything for action in target.actions]
        if any(target.policies for target in everything):
            times.append(self._measures_at)
        return min((each for each in times if each is not None), default=None)

    def _set_alarm(self, when: float | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if when is not None:
            self._alarm = asyncio.create_task(self._ring(when), name="scaling alarm")

    async def _ring(self, when: float) -> None:
        await self._world.clock.sleep(min(max(when - self._world.clock.now(), 0.0), LONGEST_NAP_S))
        self._changes.deliver(TICK)

    async def _attend(self, scope: Scope, target: Target, now: float, *, measures: bool) -> None:
        due = [each for each in target.actions if each.occurs_at is not None and each.occurs_at <= now]
        if not due and target.is_compared and not (measures and target.policies):
            return
        seen = await self._look(scope, target)
        if seen is None:
            return
        if not target.is_compared:
            await self._compare(scope, target, seen, now)
            return
        for action in sorted(due, key=lambda each: each.occurs_at or 0.0):
            await self._come_due(scope, target.key, action, seen, now)
        if due or not measures:
            return
        where = f"{scope} {target.resource}"
        usages = await self._meter.usages(scope, target.cluster, target.service)
        self._measured.add(where, target, usages)
        await self._count(scope, where, target, seen.running)
        measured = control.Measured(self._measured.of(where, target), now, self._pace)
        change = control.decide(target, seen, measured)
        if change is not None:
            await self._scale(scope, change, now)
            self._put_over(scope, change.target)

    async def _count(self, scope: Scope, where: str, target: Target, tasks: int) -> None:
        """Count the requests for the policies that go by them."""
        policies = [each for each in target.policies if each.metric == REQUESTS]
        if not policies or self._counter is None:
            return
        counted, now = await self._counter.requests(), self._world.clock.now()
        for policy in policies:
            group = policy.label[policy.label.index("targetgroup/") :]
            arn = f"arn:aws:elasticloadbalancing:{scope.region}:{scope.account}:{group}"
            self._measured.add_requests(where, policy, counted.get(arn, 0), tasks, now)

    async def _look(self, scope: Scope, target: Target) -> control.Seen | None:
        call = self._world.call_as_service(scope, SERVICE)
        asked = {"cluster": target.cluster, "services": [target.service]}
        try:
            answer = await self._world.invoke(call, "ecs", "DescribeServices", asked)
        except ServiceError:
            return None
        found = [each for each in answer["services"] if each["status"] == "ACTIVE"]
        if not found:
            return None
        service = found[0]
        return control.Seen(service["desiredCount"], service["runningCount"], len(service["deployments"]) > 1)

    async def _compare(self, scope: Scope, target: Target, seen: control.Seen, now: float) -> None:
        """Bring the count within bounds that were written."""
        self._put(scope, replace(target, is_compared=True))
        change = control.brought_within(target, seen.desired)
        if change is not None:
            await self._scale(scope, change, now)

    async def _come_due(self, scope: Scope, key: str, action: Action, seen: control.Seen, now: float) -> None:
        """Set an action's bounds, at the neighbour too, and move the count between them."""
        target = self.targets.get(scope, key)
        assert action.occurs_at is not None
        if target is None or action not in target.actions:
            return  # written anew meanwhile
        is_missed = now - action.occurs_at > control.LATE_S
        next_one = control.went_on(action, now if is_missed else action.occurs_at)
        target = replace(
            target, actions=tuple(next_one if each == action else each for each in target.actions)
        )
        if is_missed or target.suspended.scheduled:
            _log.warning("%s: the scheduled action %s was passed over", key, action.name)
            self._put(scope, target)
            return
        bounded, change = control.act_on_schedule(target, action, seen.desired)
        if change is not None:
            await self._scale(scope, change, now)
        self._put(scope, bounded)
        call = self._world.call_as_service(scope, SERVICE)
        bounds = {"MinCapacity": bounded.minimum, "MaxCapacity": bounded.maximum}
        asked = {"ServiceNamespace": NAMESPACE, "ResourceId": key, "ScalableDimension": DIMENSION, **bounds}
        await self._world.invoke(call, SERVICE, "RegisterScalableTarget", asked)

    async def _scale(self, scope: Scope, change: control.Change, now: float) -> None:
        target = change.target
        call = self._world.call_as_service(scope, SERVICE)
        asked = {"cluster": target.cluster, "service": target.service, "desiredCount": change.desired}
        description = f"Setting desired count to {change.desired}."
        status, message = (
            "Successful",
            f"Successfully set desired count to {change.desired}. Change successfully fulfilled by ecs.",
        )
        try:
            await self._world.invoke(call, "ecs", "UpdateService", asked)
        except ServiceError as error:
            status, message = (
                "Failed",
                f"Failed to set desired count to {change.desired}. Reason: {error.message}",
            )
        _log.info("%s: %s Cause: %s", target.resource, message, change.cause)
        ended = self._world.clock.now()
        told = Activity(str(uuid4()), target.resource, description, change.cause, now, ended, status, message)
        with self._world.state.transaction():
            self.activities.put(scope, told)
            for old in self.activities.list(scope, f"{target.resource} ")[:-MOST_ACTIVITIES]:
                self.activities.delete(scope, old.key)

    def _put_over(self, scope: Scope, after: Target) -> None:
        """Note when it scaled, in the target as it is by now."""
        now = self.targets.get(scope, after.key)
        if now is not None:
            self._put(scope, replace(now, out_at=after.out_at, out_from=after.out_from, in_at=after.in_at))

    def _put(self, scope: Scope, target: Target) -> None:
        self.targets.put(scope, target)


def _taken_over(fresh: Target, before: Target | None, now: float) -> Target:
    past = {each.name: each for each in before.actions} if before is not None else {}
    actions = []
    for action in fresh.actions:
        old = past.get(action.name)
        same = old is not None and replace(old, since=0.0, occurs_at=None) == action
        actions.append(old if old is not None and same else control.begun(action, now))
    told = replace(fresh, actions=tuple(actions))
    if before is None:
        return replace(told, is_compared=False)
    is_as_before = (told.minimum, told.maximum) == (before.minimum, before.maximum)
    told = replace(told, is_compared=before.is_compared and is_as_before)
    return replace(told, out_at=before.out_at, out_from=before.out_from, in_at=before.in_at)


def _newest_first(activity: Activity) -> str:
    return f"{END_OF_TIME - activity.started_at:020.6f} {activity.id}"


def _told(activity: Activity) -> dict[str, object]:
    return {
        "ActivityId": activity.id,
        "ServiceNamespace": NAMESPACE,
        "ResourceId": activity.resource,
        "ScalableDimension": DIMENSION,
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": timestamp(activity.started_at),
        "EndTime": timestamp(activity.ended_at),
        "StatusCode": activity.status,
        "StatusMessage": activity.message,
    }
