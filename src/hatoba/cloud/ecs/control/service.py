"""What a service needs now: one pure function from the service, its tasks and the time to decisions.

::

    DRAINING ─→ stop everything, end
    ACTIVE   ─→ breaker, or a stop asked for?    → Fail, RollBack
                tasks missing, room under the maximum, no pause? → Start
                tasks too many, unhealthy, or of an older deployment? → Stop, never below the minimum
                old deployments empty?           → Retire
                all as wanted?                   → Complete, Settle

The words: a task is *live* while its desired status is RUNNING; *healthy* when it may get traffic;
*failing* when its health check failed after the grace period. Only the newest deployment starts tasks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.control import alarms, breaker, events, placement
from hatoba.cloud.ecs.control.decisions import (
    Complete,
    Decision,
    End,
    Fail,
    Retire,
    RollBack,
    Settle,
    Start,
    Stop,
    Tell,
    Unsettle,
    Wait,
)
from hatoba.cloud.ecs.control.troubles import told_once

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from hatoba.cloud.ecs.model import Rollout, Service, Task

STEADY_REPEATS_AFTER_S = 6 * 3600.0


def floor(desired_count: int, rollout: Rollout) -> int:
    """Return how many tasks must stay healthy in a deployment."""
    return -(-desired_count * rollout.minimum_healthy_percent // 100)


def ceiling(desired_count: int, rollout: Rollout) -> int:
    """Return how many tasks may be live in a deployment."""
    return desired_count * rollout.maximum_percent // 100


class _Seen(msgspec.Struct, frozen=True):
    """A service's tasks, sorted by what they mean for the decisions."""

    own: tuple[Task, ...]
    """Live tasks of the newest deployment."""
    old: tuple[Task, ...]
    """Live tasks of the deployments before it."""
    serving: frozenset[str]
    """Ids of the healthy ones among both."""
    failing: frozenset[str]
    """Ids of the ones whose health check failed."""
    protected: frozenset[str]
    """Ids of the ones that no scale-in and no deployment may stop now."""

    @property
    def live(self) -> int:
        return len(self.own) + len(self.old)

    @property
    def healthy(self) -> int:
        return len(self.serving)

    def healthy_of(self, tasks: Iterable[Task]) -> int:
        return sum(task.id in self.serving for task in tasks)


def decide(service: Service, tasks: Sequence[Task], now: float) -> list[Decision]:
    """Return what is to be done for the service, in order. Empty when all is as wanted."""
    if service.status == "DRAINING":
        return _drain(tasks)
    if service.status != "ACTIVE":
        return []
    failed = _failed(service)
    if failed:
        return [failed]
    seen = _look(service, tasks, now)
    moves = [*_starts(service, seen, now), *_stops(service, seen)]
    ends = _ends(service, tasks, seen, now, moves)
    decided = [*moves, *ends, *_protections(service, tasks, seen), *_graces(service, tasks, seen)]
    return told_once(service, decided, now)


def _drain(tasks: Sequence[Task]) -> list[Decision]:
    live = tuple(task.id for task in tasks if task.is_live)
    if live:
        return [Stop(live, "the service was deleted")]
    if all(task.last_status == "STOPPED" for task in tasks):
        return [End("the service was deleted and its last task has stopped")]
    return []


def _failed(service: Service) -> Fail | RollBack | None:
    primary = service.primary
    if primary.rollout_state != "IN_PROGRESS":
        return None
    if primary.stop_requested:
        return RollBack(primary.id, "the deployment was stopped on request")
    by_alarm = alarms.failed(service)
    if by_alarm:
        return by_alarm
    if not service.rollout.breaker or not breaker.has_fired(
        primary, service.desired_count, service.rollout.threshold
    ):
        return None
    # A rollback that fails is not rolled back again: there is nowhere else to go.
    rolls_back = service.rollout.rollback and service.last_completed is not None and not primary.rolls_back
    most = breaker.threshold(service.desired_count, service.rollout.threshold)
    failures = f"{primary.failures} of {most} failures"
    return Fail(primary.id, f"the circuit breaker counted {failures}", rolls_back)


def _look(service: Service, tasks: Sequence[Task], now: float) -> _Seen:
    live = [task for task in tasks if task.is_live]
    failing = frozenset(task.id for task in live if _is_failing(service, task, now))
    return _Seen(
        own=tuple(task for task in live if task.deployment == service.primary.id),
        old=tuple(task for task in live if task.deployment != service.primary.id),
        serving=frozenset(task.id for task in live if task.last_status == "RUNNING" and task.is_ready)
        - failing,
        failing=failing,
        protected=frozenset(task.id for task in live if (task.protected_until or 0.0) > now),
    )


def _is_failing(service: Service, task: Task, now: float) -> bool:
    if not _is_unhealthy(task) or task.started_at is None:
        return False
    return now - task.started_at >= service.health_check_grace_s


def _is_unhealthy(task: Task) -> bool:
    return "UNHEALTHY" in {task.health, task.target_health}


def _protections(service: Service, tasks: Sequence[Task], seen: _Seen) -> list[Decision]:
    """Say what protection holds back, and look again when it ends."""
    good = [task for task in seen.own if task.id not in seen.failing]
    kept = [task for task in good if task.id in seen.protected]
    held: Counter[str] = Counter()
    held[service.primary.id] = min(len(good) - service.desired_count, len(kept) - service.desired_count)
    if seen.healthy_of(seen.own) >= service.desired_count:
        held.update(task.deployment or "" for task in seen.old if task.id in seen.protected)
    told: list[Decision] = [
        Tell(texts.event_protected(service.name, deployment, count), "they are protected")
        for deployment, count in (+held).items()
    ]
    ends = [task.protected_until for task in tasks if task.id in seen.protected and task.protected_until]
    has_surplus = bool(seen.old) or len(seen.own) > service.desired_count
    return [*told, Wait(min(ends), "the protection of a task ends")] if ends and has_surplus else told


def _graces(service: Service, tasks: Sequence[Task], seen: _Seen) -> list[Decision]:
    """Look again when the grace of an unhealthy task is over: nothing else tells."""
    ends = [
        task.started_at + service.health_check_grace_s
        for task in tasks
        if task.is_live and _is_unhealthy(task) and task.started_at and task.id not in seen.failing
    ]
    return [Wait(min(ends), "the grace period of an unhealthy task ends")] if ends else []


def _missing(service: Service, seen: _Seen) -> int:
    good = sum(task.id not in seen.failing for task in seen.own)
    return max(service.desired_count - good, 0)


def _starts(service: Service, seen: _Seen, now: float) -> list[Decision]:
    primary = service.primary
    missing = _missing(service, seen)
    if not missing or primary.rollout_state == "FAILED":
        return []
    # A failure in the future: the clock was set back since, and the pause would take as long as that.
    if (primary.last_failure_at or 0.0) <= now < primary.next_start_at:
        return [Wait(primary.next_start_at, "the pause after tasks that failed to start")]
    count = min(missing, ceiling(service.desired_count, service.rollout) - seen.live)
    if count <= 0:
        return []
    replaced = min(count, sum(task.id in seen.failing for task in seen.own))
    why = f"{service.desired_count} wanted, {service.desired_count - missing} there"
    return [Start(primary.id, count, why, replaced)]


def _stops(service: Service, seen: _Seen) -> list[Decision]:
    if service.primary.rollout_state == "FAILED":
        return list(_stop_unwanted(service, seen))
    surplus = _stop_surplus(service, seen)
    decisions = [*_stop_failing(service, seen, {task for each in surplus for task in each.tasks}), *surplus]
    stopped = {task for decision in decisions for task in decision.tasks}
    old = _stop_old(service, seen, seen.healthy - len(stopped & seen.serving))
    if old:
        decisions.append(Stop(old, f"replaced by deployment {service.primary.id}"))
    return list(decisions)


def _stop_unwanted(service: Service, seen: _Seen) -> list[Stop]:
    """Replace nothing any more after a failure; what is not wanted still goes."""
    if service.desired_count:
        return _stop_surplus(service, seen)
    unwanted = tuple(task.id for task in (*seen.own, *seen.old) if task.id not in seen.protected)
    return [Stop(unwanted, "none are wanted")] if unwanted else []


def _stop_failing(service: Service, seen: _Seen, going: Collection[str]) -> list[Stop]:
    """Stop failing tasks once others stand in for them, or where there is no room to start others first.

    ``going`` are stopped as surplus: nobody waits for them.
    """
    failing = [task.id for task in seen.own if task.id in seen.failing]
    if not failing:
        return []
    good = [task for task in seen.own if task.id not in seen.failing and task.id not in going]
    count = len(good) + len(failing) - service.desired_count
    if any(task.id not in seen.serving for task in good):
        return []  # those that come in their place do not serve yet
    room = ceiling(service.desired_count, service.rollout) - seen.live
    if room <= 0 and _missing(service, seen):
        count = max(count, 1 - room)  # one by one: each is replaced before the next one goes
    if count <= 0:
        return []
    return [Stop(tuple(failing[:count]), "its health check failed", is_unhealthy=True)]


def _stop_surplus(service: Service, seen: _Seen) -> list[Stop]:
    """Scale in: those that do not serve yet go first; of each kind, the youngest of the fullest zone."""
    good = [task for task in seen.own if task.id not in seen.failing]
    surplus = len(good) - service.desired_count
    if surplus <= 0:
        return []
    free = [task for task in good if task.id not in seen.protected]
    idle = [task for task in free if task.id not in seen.serving]
    gone = {task.id for task in idle}
    serving = placement.leaving(
        (task for task in free if task.id not in gone), (task for task in good if task.id not in gone)
    )
    # Where protection keeps those that do not serve, a serving one may be needed for the minimum.
    allowed = max(seen.healthy - floor(service.desired_count, service.rollout), 0)
    chosen = [task.id for task in (*placement.leaving(idle, good), *islice(serving, allowed))][:surplus]
    return [Stop(tuple(chosen), f"{service.desired_count} are wanted")] if chosen else []


def _stop_old(service: Service, seen: _Seen, healthy: int) -> tuple[str, ...]:
    """Choose the tasks of older deployments that may go: first what does not serve, then what is replaced.

    A serving one goes when as many as wanted serve without it, or when its place is needed under the
    maximum; never below the minimum.
    """
    idle = [task.id for task in seen.old if task.id not in seen.serving | seen.protected]
    serving = [task.id for task in seen.old if task.id in seen.serving - seen.protected]
    wanted = service.desired_count
    replaced = max(healthy - wanted, 0)
    room = ceiling(wanted, service.rollout) - (seen.live - len(idle))
    missing = _missing(service, seen)
    needed = max(missing - room, 0) if missing else 0
    allowed = max(healthy - floor(wanted, service.rollout), 0)
    count = min(max(replaced, needed), allowed, len(serving))
    return (*idle, *serving[:count])


def _ends(
    service: Service, tasks: Sequence[Task], seen: _Seen, now: float, moves: Sequence[Decision]
) -> list[Decision]:
    """Say which deployments are over, and whether the service is steady."""
    # One that is being stopped still runs until it has left target groups and Cloud Map.
    present = [task for task in tasks if task.last_status not in {"STOPPING", "DEPROVISIONING", "STOPPED"}]
    held = {task.deployment for task in present}
    empty = [each for each in service.deployments[1:] if each.id not in held]
    decisions: list[Decision] = [Retire(each.id, "it has no tasks left") for each in empty]
    healthy = seen.healthy_of(seen.own)
    is_whole = not moves and len(present) == len(seen.own) == service.desired_count == healthy
    if is_whole and service.primary.rollout_state != "FAILED":
        return [*decisions, *_arrive(service, now)]
    if service.steady_since is not None:
        decisions.append(Unsettle(f"{healthy} of {service.desired_count} tasks are healthy"))
    return [*decisions, *_troubles(service, seen, moves)]


def _troubles(service: Service, seen: _Seen, moves: Sequence[Decision]) -> list[Tell]:
    """Say what keeps a service from its steady state, for as long as it does."""
    primary = service.primary
    if primary.rollout_state == "FAILED":
        return []
    found = []
    if primary.cannot_place:
        text = texts.event_cannot_place(service.name, primary.cannot_place)
        why = "what a task needs before its containers could not be had"
        found.append(Tell(text, why, events.CANNOT_PLACE))
    if primary.failed_starts >= breaker.ROUNDS_BEFORE_TOLD:
        why = f"no task was RUNNING in {primary.failed_starts} rounds of starts"
        found.append(Tell(texts.event_cannot_start(service.name), why, events.CANNOT_START))
    if _is_stuck(service, seen, moves):
        why = "the minimum and the maximum leave no room for a step"
        found.append(Tell(texts.event_no_room(service.name), why))
    return found


def _arrive(service: Service, now: float) -> list[Decision]:
    primary = service.primary
    bakes = alarms.baking(service, now)
    if bakes:
        return [bakes]
    decisions: list[Decision] = []
    why = f"{service.desired_count} tasks are healthy, as wanted"
    if primary.rollout_state == "IN_PROGRESS":
        decisions.append(Complete(primary.id, why))
    if service.steady_since is None or now - service.steady_since >= STEADY_REPEATS_AFTER_S:
        decisions.append(Settle(why))
        decisions.append(Wait(now + STEADY_REPEATS_AFTER_S, "the steady state is told again"))
    else:
        decisions.append(
            Wait(service.steady_since + STEADY_REPEATS_AFTER_S, "the steady state is told again")
        )
    return decisions


def _is_stuck(service: Service, seen: _Seen, moves: Sequence[Decision]) -> bool:
    return (
        not moves
        and _missing(service, seen) > 0
        and all(task.id in seen.serving for task in (*seen.own, *seen.old))
    )
