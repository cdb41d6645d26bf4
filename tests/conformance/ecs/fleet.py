"""A service and its tasks as records alone: tests say what happens, and what is decided is done to them.

The model of the door :class:`hatoba.cloud.ecs.act.services.ServiceKeeper`, without a store: quick enough for
thousands of histories. ``test_fleet`` holds it to the door.
"""

from __future__ import annotations

from itertools import product
from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st
from msgspec.structs import replace

from hatoba.cloud.ecs import Pace, texts
from hatoba.cloud.ecs.control import alarms, breaker, making
from hatoba.cloud.ecs.control import decisions as d
from hatoba.cloud.ecs.control.service import decide
from hatoba.cloud.ecs.model import Alarms, Attachment, Health, Rollout, Service, Task, TaskStatus, Threshold
from tests.unit.ecs.harbour import PLACE, WAY_UP, revision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hatoba.cloud.ecs.model import Deployment

MOST_ROUNDS = 12
ATTACHMENT = Attachment("a", "subnet-a", "a")


class Seed(NamedTuple):
    """A task that lives at first, of the deployment that is so many before the newest."""

    deployment: int
    status: TaskStatus
    is_ready: bool
    is_sick: bool
    is_protected: bool


ALL_SEEDS = [
    Seed(deployment, status, is_ready=is_ready, is_sick=is_sick, is_protected=is_protected)
    for status in WAY_UP
    for is_sick, is_protected, is_ready in product([False, status == "RUNNING"], [False, True], [False, True])
    for deployment in range(3)
]
SEEDS = st.lists(st.sampled_from(ALL_SEEDS), max_size=12)
THRESHOLDS = st.one_of(
    st.none(),
    st.builds(Threshold, st.just("COUNT"), st.integers(1, 8)),
    st.builds(
        Threshold,
        st.sampled_from(["BOUNDED_PERCENT", "UNBOUNDED_PERCENT"]),
        st.sampled_from([1, 33, 50, 100]),
    ),
)
ROLLOUTS = st.builds(
    Rollout,
    minimum_healthy_percent=st.one_of(st.sampled_from([0, 50, 99, 100]), st.integers(0, 100)),
    maximum_percent=st.one_of(st.sampled_from([100, 101, 150, 200]), st.integers(100, 400)),
    breaker=st.booleans(),
    rollback=st.booleans(),
    alarms=st.one_of(
        st.none(), st.builds(Alarms, st.just(("bell",)), enable=st.booleans(), rollback=st.booleans())
    ),
    threshold=THRESHOLDS,
    resets_on_healthy_task=st.sampled_from([None, True, False]),
)
TO_A_TASK = ("advance", "end", "fail", "sicken", "recover", "lose", "protect", "free", "kill", "interrupt")
TO_ALL = ("tide", "tide", "wait", "long wait", "back", "scale", "deploy", "stop", "ring", "percents")
HAPPENING = st.tuples(st.sampled_from((*TO_A_TASK, *TO_ALL)), st.integers(0, 11))
HAPPENINGS = st.one_of(
    *(st.lists(HAPPENING, min_size=size, max_size=size + 10) for size in (0, 10, 20, 30)),
)
"""Left to itself, Hypothesis prefers histories of a handful."""
SERVICES = st.tuples(
    st.integers(0, 8), ROLLOUTS, st.sampled_from([0, 0, 30]), st.one_of(st.just(list[Seed]()), SEEDS)
)
"""What is wanted, how it rolls, the grace for health checks, and the tasks that it has at first."""


CROWDS = st.tuples(
    st.integers(0, 3),
    st.sampled_from([Rollout(small, large) for small in (0, 50, 100) for large in (100, 150, 200)]),
    st.sampled_from([0, 30]),
    st.lists(
        st.sampled_from(
            [each for each in ALL_SEEDS if each.deployment < 2 and each.status in {"PENDING", "RUNNING"}]
        ),
        max_size=6,
    ),
)
"""Small services in the midst of anything, for a single round."""

Wanted = tuple[int, Rollout, int, list[Seed]]
Happenings = list[tuple[str, int]]


class Round(NamedTuple):
    """What was decided at once, and what of."""

    service: Service
    tasks: tuple[Task, ...]
    decisions: list[d.Decision]


class Fleet:
    """One service ``c/s``, at first with the tasks of some seeds. Time stands still until a test moves it."""

    def __init__(self, desired: int, rollout: Rollout, grace_s: int = 0, seeds: Sequence[Seed] = ()) -> None:
        self.now = 1_000_000.0
        self.pace = Pace()
        self.by_id: dict[str, Task] = {}
        self.made = 0
        older = [making.new_deployment(revision(1), desired, self.now - 200 + age) for age in range(3)]
        used = 1 + max((each.deployment for each in seeds), default=0)
        self.service = Service(
            "c", "s", desired, self.now, "me", revision(1), rollout=rollout, health_check_grace_s=grace_s
        )
        for each in older[:used]:
            self.service = making.with_deployment(self.service, each)
        if used > 1:
            self.service = replace(self.service, last_completed=older[0])
        for seed in seeds:
            self._plant(seed)

    def _plant(self, seed: Seed) -> None:
        task = self.start(self.service.deployments[seed.deployment].id)
        runs, sick = seed.status == "RUNNING", "UNHEALTHY" if seed.is_sick else "UNKNOWN"
        task = replace(
            task,
            created_at=self.now - 100,
            last_status=seed.status,
            started_at=self.now - 10 if runs else None,
            is_ready=runs and seed.is_ready,
            health=sick if runs else "UNKNOWN",
            protected_until=self.now + 60 if seed.is_protected else None,
        )
        self.put(task)

    # What is seen.

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(self.by_id.values())

    @property
    def live(self) -> tuple[Task, ...]:
        return tuple(each for each in self.tasks if each.is_live)

    @property
    def own(self) -> tuple[Task, ...]:
        """The live tasks of the newest deployment."""
        return tuple(each for each in self.live if each.deployment == self.service.primary.id)

    @property
    def serving(self) -> tuple[Task, ...]:
        return tuple(each for each in self.live if self.serves(each))

    def serves(self, task: Task) -> bool:
        """Say whether a task may get traffic: it runs, is ready, and no check failed after its grace."""
        return task.is_live and task.last_status == "RUNNING" and task.is_ready and not self.fails(task)

    def fails(self, task: Task) -> bool:
        is_sick = task.health == "UNHEALTHY" or task.target_health == "UNHEALTHY"
        began = task.started_at
        return is_sick and began is not None and self.now - began >= self.service.health_check_grace_s

    def effective(self) -> list[d.Decision]:
        """Return what would be decided now and change anything."""
        decisions = decide(self.service, self.tasks, self.now)
        return [each for each in decisions if not isinstance(each, d.Wait)]

    # What is done.

    def keep(self) -> list[Round]:
        """Count, decide and act until nothing changes any more; return each round of it."""
        if self.service.status == "ACTIVE" and self.service.primary.started_at is None:
            self._change(replace(self.service.primary, started_at=self.now))
        for deployment in self.service.deployments:
            self._change(breaker.count(deployment, self.tasks, self.now, self.pace, self.service.rollout))
        for task in self.tasks:
            if task.stopped_at is not None and self.now - task.stopped_at >= self.pace.keep_stopped_s:
                del self.by_id[task.id]
            elif task.last_status == "STOPPED":
                self.put(replace(task, is_counted=True))
        rounds: list[Round] = []
        for _ in range(MOST_ROUNDS):
            seen = Round(self.service, self.tasks, decide(self.service, self.tasks, self.now))
            rounds.append(seen)
            for decision in seen.decisions:
                self.act(decision)
            if (self.service, self.tasks) == (seen.service, seen.tasks):
                return rounds
        raise AssertionError(f"no end of deciding: {rounds[-2:]}")

    def act(self, decision: d.Decision) -> None:  # noqa: C901, PLR0912 - one line for each
        match decision:
            case d.Start(deployment, count):
                for _ in range(count):
                    self.start(deployment)
            case d.Stop(tasks, _, is_unhealthy):
                for each in tasks:
                    self._stop(self.by_id[each], is_unhealthy=is_unhealthy)
            case d.Complete(identifier):
                done = replace(self.deployment(identifier), rollout_state="COMPLETED")
                self._change(done)
                self.service = replace(self.service, last_completed=done)
            case d.Retire(identifier):
                left = tuple(each for each in self.service.deployments if each.id != identifier)
                self.service = replace(self.service, deployments=left)
            case d.Fail(identifier, _, rolls_back):
                self._fail(identifier, rolls_back=rolls_back)
            case d.RollBack(identifier):
                self._fail(identifier, rolls_back=True)
            case d.Bake(identifier):
                until = self.now + self.pace.bake_s
                self._change(replace(self.deployment(identifier), bakes_until=until))
            case d.Settle():
                self.service = replace(self.service, steady_since=self.now)
            case d.Unsettle():
                self.service = replace(self.service, steady_since=None)
            case d.Tell(text):
                troubles = {**self.service.troubles, text: self.now}
                self.service = replace(self.service, troubles=troubles)
            case d.Forget(text):
                troubles = {each: at for each, at in self.service.troubles.items() if each != text}
                self.service = replace(self.service, troubles=troubles)
            case d.End():
                self.service = replace(self.service, status="INACTIVE", deployments=())
            case d.Wait():
                pass

    def deployment(self, identifier: str) -> Deployment:
        return next(each for each in self.service.deployments if each.id == identifier)

    def put(self, task: Task) -> None:
        self.by_id[task.id] = task

    def _change(self, deployment: Deployment) -> None:
        self.service = making.with_changed(self.service, deployment)

    def start(self, deployment: str) -> Task:
        """Start one more task of a deployment."""
        self.made += 1
        task = Task(
            cluster="c",
            id=f"t{self.made}",
            task_definition="app:1",
            group="service:s",
            created_at=self.now,
            network=PLACE,
            attachment=ATTACHMENT,
            containers=(),
            cpu="256",
            memory="512",
            service="s",
            deployment=deployment,
        )
        self.put(task)
        return task

    def _stop(self, task: Task, *, is_unhealthy: bool) -> None:
        reason = texts.FAILED_HEALTH_CHECKS if is_unhealthy else texts.scaling_activity(task.deployment or "")
        self.put(
            replace(
                task,
                desired_status="STOPPED",
                stop_code="ServiceSchedulerInitiated",
                stopped_reason=reason,
                is_ready=False,
            )
        )

    def _fail(self, identifier: str, *, rolls_back: bool) -> None:
        self._change(replace(self.deployment(identifier), rollout_state="FAILED"))
        if rolls_back:
            assert self.service.last_completed is not None, "there is nowhere to go back to"
            back = making.new_deployment(
                self.service.last_completed.revision, self.service.desired_count, self.now
            )
            self.service = making.with_deployment(self.service, replace(back, rolls_back=identifier))

    # What happens.

    def happen(self, what: str, number: int) -> None:
        """Let something happen, a moment later."""
        self.now += 0.01
        if what in TO_A_TASK:
            if self.live:
                self.to_a_task(what, self.live[number % len(self.live)])
        elif what == "tide":
            for each in self.tasks:
                self.advance(each)
        elif what in {"wait", "long wait", "back"}:
            self.now += {"wait": 10.0, "long wait": 7 * 3600.0, "back": -50.0}[what]
        elif self.service.status == "ACTIVE":
            self.to_the_service(what, number)

    def to_a_task(self, what: str, task: Task) -> None:
        match what:
            case "advance":
                self.advance(task)
            case "end" | "fail":
                self.end(task)
            case "kill":
                self.ask_for_end(task, "UserInitiated", texts.STOPPED_BY_USER)
            case "interrupt":
                self.ask_for_end(task, "SpotInterruption", texts.SPOT_INTERRUPTED)
            case "protect" | "free":
                self.put(replace(task, protected_until=self.now + 60 if what == "protect" else None))
            case "lose":
                if task.last_status == "RUNNING":
                    self.put(replace(task, target_health="UNHEALTHY", is_ready=False))
            case _:
                self.sicken(task, "UNHEALTHY" if what == "sicken" else "HEALTHY")

    def to_the_service(self, what: str, number: int) -> None:
        service = self.service
        if what == "scale":
            self.service = replace(service, desired_count=number % 9)
        elif what == "deploy":
            fresh = making.new_deployment(revision(1 + number % 2), service.desired_count, self.now)
            self.service = making.with_deployment(service, fresh)
        elif what == "percents":
            small, large = (0, 50, 90, 100)[number % 4], (101, 150, 200)[number % 3]
            self.service = replace(
                service,
                rollout=replace(service.rollout, minimum_healthy_percent=small, maximum_percent=large),
            )
        elif what == "stop" and service.primary.rollout_state == "IN_PROGRESS" and service.last_completed:
            self._change(replace(service.primary, stop_requested=True))
        elif what == "ring" and alarms.watched(service) is not None:
            self._change(alarms.looked_at(service.primary, ["bell"] if number % 2 else []))

    def advance(self, task: Task) -> None:
        """Move a task one status along its way."""
        if task.last_status == "STOPPED":
            return
        if task.desired_status == "STOPPED":
            self.put(replace(task, last_status="STOPPED", stopped_at=self.now))
        elif task.last_status != "RUNNING":
            status = WAY_UP[WAY_UP.index(task.last_status) + 1]
            runs = status == "RUNNING"
            began = self.now if runs else task.started_at
            self.put(replace(task, last_status=status, started_at=began, is_ready=runs))

    def end(self, task: Task, reason: str | None = None) -> None:
        """Let a task end by itself, or for a reason."""
        ended = replace(task, desired_status="STOPPED", last_status="STOPPED", stopped_at=self.now)
        code = task.stop_code or "EssentialContainerExited"
        self.put(
            replace(
                ended,
                is_ready=False,
                stop_code=code,
                stopped_reason=reason or task.stopped_reason or texts.ESSENTIAL_EXITED,
            )
        )

    def ask_for_end(self, task: Task, code: str, reason: str) -> None:
        self.put(
            replace(task, desired_status="STOPPED", stop_code=code, stopped_reason=reason, is_ready=False)
        )

    def sicken(self, task: Task, health: Health) -> None:
        if task.is_live and task.last_status == "RUNNING":
            ready = task.is_ready or health == "HEALTHY"
            self.put(replace(task, health=health, target_health=health, is_ready=ready))

    def behave(self) -> None:
        """Let time pass in which all tasks go on, get well and are protected no more."""
        self.now += 100.0
        for each in self.tasks:
            self.advance(each)
        for each in self.live:
            self.sicken(each, "HEALTHY")
        for each in self.live:
            self.put(replace(self.by_id[each.id], protected_until=None))


def lived(wanted: Wanted, happenings: Happenings) -> Fleet:
    """Return a fleet after all that happened to it."""
    fleet = Fleet(*wanted)
    fleet.keep()
    for what, number in happenings:
        fleet.happen(what, number)
        fleet.keep()
    return fleet


def each_round(wanted: Wanted, happenings: Happenings) -> Iterator[tuple[Fleet, list[d.Decision]]]:
    """Go through a history; yield what was decided in each round, with a fleet that stands just before it."""
    fleet = Fleet(*wanted)
    for what, number in [("wait", 0), *happenings]:
        fleet.happen(what, number)
        for seen in fleet.keep():
            before = Fleet(*wanted[:3])
            before.now, before.service, before.made = fleet.now, seen.service, fleet.made
            before.by_id = {each.id: each for each in seen.tasks}
            yield before, seen.decisions


def most(service: Service) -> int:
    """Return how many tasks may live: rounded down."""
    return floor(service.desired_count * service.rollout.maximum_percent / 100)


def least(service: Service) -> int:
    """Return how many tasks must stay healthy: rounded up."""
    return ceil(service.desired_count * service.rollout.minimum_healthy_percent / 100)


def has(seen: Round, kind: type[d.Decision]) -> bool:
    """Say whether a decision of that kind was made in a round."""
    return any(isinstance(each, kind) for each in seen.decisions)
