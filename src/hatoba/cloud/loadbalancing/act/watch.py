"""The loop that has a coroutine for each target: checks it again and again, or lets it drain and go."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from hatoba.cloud.loadbalancing.control.health import FAILED, TIMED_OUT, Look, Wellness, judge, pause_s
from hatoba.cloud.loadbalancing.store import CHANGES
from hatoba.cloud.loop import reconcile_forever

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from hatoba.cloud.clock import Clock
    from hatoba.cloud.loadbalancing.act.probe import Probe
    from hatoba.cloud.loadbalancing.model import HealthCheck, Target
    from hatoba.cloud.loadbalancing.store import Store
    from hatoba.cloud.state import Change, Scope
    from hatoba.cloud.world import FlightCounter, TargetWalls

_log = logging.getLogger(__name__)

FLIGHTS_EVERY_S = 0.1
EARLY_S = 0.05
"""When a new target is looked at for the second time; it can only become healthy sooner by that."""


class _Job(msgspec.Struct, frozen=True):
    """What is done about one target: checked this way, or (without a check) seen off at ``gone_at``.

    ``is_barred``: security groups let no check through, so that each one fails.
    """

    registered_at: float
    check: HealthCheck | None = None
    is_barred: bool = False
    gone_at: float | None = None
    gone_by: float | None = None


class Watch:
    """Keeps one coroutine for each target that a listener uses, and for each that drains."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        probe: Probe,
        flights: FlightCounter | None = None,
        walls: TargetWalls | None = None,
    ) -> None:
        self._flights = flights
        self._walls = walls
        self._store = store
        self._clock = clock
        self._probe = probe
        self._running: dict[tuple[Scope, str], tuple[_Job, asyncio.Task[None]]] = {}

    async def run(self) -> None:
        """Watch until cancelled."""
        walls = self._walls.kinds if self._walls else ()
        changes = self._store.state.feed.subscribe(*dict.fromkeys((*CHANGES, *walls)))
        try:
            await reconcile_forever("loadbalancing", changes, self._step)
        finally:
            self._store.state.feed.unsubscribe(changes)
            running = [task for _, task in self._running.values()]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            self._running.clear()

    async def _step(self, _woken_by: tuple[Change, ...]) -> None:
        wanted = self._wanted()
        for place, (job, task) in list(self._running.items()):
            if wanted.get(place) != job:
                task.cancel()
                del self._running[place]
        for place, job in wanted.items():
            if place not in self._running:
                task = asyncio.create_task(self._work(*place, job), name=f"target {place[1]}")
                self._running[place] = (job, task)

    def _wanted(self) -> dict[tuple[Scope, str], _Job]:
        wanted: dict[tuple[Scope, str], _Job] = {}
        used: dict[tuple[Scope, str], tuple[HealthCheck | None, tuple[str, ...]]] = {}
        for scope, target in self._store.targets.everywhere():
            if target.state == "draining":
                wanted[scope, target.key] = _Job(
                    target.registered_at, gone_at=target.gone_at, gone_by=target.gone_by
                )
                continue
            place = (scope, target.group_arn)
            if place not in used:
                group = self._store.groups.get(*place)
                balancers = self._store.balancers_using(*place)
                used[place] = (group.check if group is not None and balancers else None, balancers)
            check, balancers = used[place]
            if check is not None:
                is_barred = self._is_barred(scope, balancers, target, check)
                wanted[scope, target.key] = _Job(target.registered_at, check, is_barred)
        return wanted

    def _is_barred(
        self, scope: Scope, balancers: tuple[str, ...], target: Target, check: HealthCheck
    ) -> bool:
        """Say whether security groups keep every load balancer from where it checks a target."""
        if self._walls is None:
            return False
        port = _checked_port(check, target)
        whys = [self._walls.target_refusal(scope, each, target.host, port) for each in balancers]
        return all(why is not None for why in whys)

    def _work(self, scope: Scope, key: str, job: _Job) -> Coroutine[None, None, None]:
        if job.check is None:
            return self._see_off(scope, key, job.gone_at or 0.0, job.gone_by or 0.0)
        return self._check(scope, key, job.check, self._barred if job.is_barred else self._probe)

    @staticmethod
    async def _barred(check: HealthCheck, _host: str, _port: int) -> Look:
        """Stand in for a check that would wait for its time to run out; only HTTP's say that it did."""
        return Look(FAILED if check.protocol == "TCP" else TIMED_OUT)

    async def _see_off(self, scope: Scope, key: str, gone_at: float, gone_by: float) -> None:
        """Let a target go when nothing is in flight to it, or when its group's delay is over."""
        address = key.rpartition("/")[2]
        await self._clock.sleep(max(gone_at - self._clock.now(), 0.0))
        while self._flights is not None and self._clock.now() < gone_by:
            if not (await self._flights.in_flight()).get(address):
                break
            await self._clock.sleep(FLIGHTS_EVERY_S)
        self._store.targets.delete(scope, key)

    async def _check(self, scope: Scope, key: str, check: HealthCheck, probe: Probe) -> None:
        target = self._store.targets.get(scope, key)
        if target is None:
            return
        seen = Wellness(target.state, _trouble(target))
        port = _checked_port(check, target)
        while True:
            age_s = self._clock.now() - target.registered_at
            look = await probe(check, target.host, port)
            seen = judge(check, seen, look, is_early=age_s < check.interval_s)
            self._tell(scope, key, seen)
            age_s = self._clock.now() - target.registered_at
            await self._clock.sleep(pause_s(check, seen.state, age_s, EARLY_S))

    def _tell(self, scope: Scope, key: str, seen: Wellness) -> None:
        with self._store.state.transaction():
            target = self._store.targets.get(scope, key)
            if target is None or target.state == "draining":
                return
            reason, description = seen.trouble or (None, None)
            if (target.state, target.reason, target.description) == (seen.state, reason, description):
                return
            if target.state != seen.state:
                _log.info("target %s: %s (%s)", key, seen.state, description or "checks pass")
            self._store.targets.put(
                scope, replace(target, state=seen.state, reason=reason, description=description)
            )


def _checked_port(check: HealthCheck, target: Target) -> int:
    return target.port if check.port == "traffic-port" else int(check.port)


def _trouble(target: Target) -> tuple[str, str] | None:
    return None if target.reason is None else (target.reason, target.description or "")
