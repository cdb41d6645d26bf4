"""The containers of a task as records alone: what is decided is done to them as the task's keeper does it."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from hatoba.cloud.ecs.control.containers import (
    ContainerDecision,
    EndTask,
    decide,
    patience_s,
    stop_order,
)
from hatoba.cloud.ecs.definition import ContainerDefinition, Dependency, RestartPolicy
from hatoba.cloud.ecs.model import Container

CONDITIONS = ("START", "COMPLETE", "SUCCESS", "HEALTHY")
POLICIES = st.one_of(
    st.none(),
    st.builds(
        RestartPolicy,
        enabled=st.sampled_from([True, True, False]),
        ignored_exit_codes=st.sampled_from([(), (), (0,), (1, 137)]),
        restart_attempt_period=st.sampled_from([60, 60, 300]),
    ),
)
EXITS: dict[str, int | None] = {"ends": 0, "fails": 1, "is killed": 137, "is lost": None}
WAITS = {"a second": 1.0, "a minute": 60.0, "ten minutes": 600.0, "an hour back": -3600.0}
HAPPENING = st.tuples(
    st.sampled_from((*EXITS, *WAITS, "a minute", "gets well", "gets well", "gets sick")), st.integers(0, 5)
)
HAPPENINGS = st.one_of(*(st.lists(HAPPENING, min_size=size, max_size=size + 8) for size in (0, 8, 16)))

Definitions = tuple[ContainerDefinition, ...]
Happenings = list[tuple[str, int]]


@st.composite
def definitions(draw: st.DrawFn) -> Definitions:
    """Up to six containers in any order; each may depend on some others, never in a circle."""
    found: list[ContainerDefinition] = []
    for number in range(draw(st.integers(1, 6))):
        needs = draw(st.lists(st.sampled_from([each.name for each in found]), unique=True)) if found else []
        found.append(
            ContainerDefinition(
                name=f"c{number}",
                image="i",
                essential=number == 0 or draw(st.booleans()),
                depends_on=tuple(Dependency(each, draw(st.sampled_from(CONDITIONS))) for each in needs),
                restart_policy=draw(POLICIES),
                start_timeout=draw(st.sampled_from([None, None, 2, 120])),
            )
        )
    return tuple(draw(st.permutations(found)))


class Pod:
    """The containers of one task. Time stands still until a test moves it."""

    def __init__(self, wanted: Definitions) -> None:
        self.wanted = wanted
        self.now = 1_000_000.0
        self.containers = {each.name: Container(each.name, each.name, "i") for each in wanted}
        self.end: EndTask | None = None

    @property
    def all(self) -> tuple[Container, ...]:
        return tuple(self.containers.values())

    def definition(self, name: str) -> ContainerDefinition:
        return next(each for each in self.wanted if each.name == name)

    def names(self, status: str) -> list[str]:
        return [name for name, each in self.containers.items() if each.last_status == status]

    def decide(self) -> list[ContainerDecision]:
        return decide(self.wanted, self.all, now=self.now)

    def patience_s(self) -> float | None:
        return patience_s(self.wanted, self.all, self.now)

    def keep(self) -> list[list[ContainerDecision]]:
        """Decide and act until nothing more is decided, or the task ends; return each round."""
        rounds: list[list[ContainerDecision]] = []
        while self.end is None and (decisions := self.decide()):
            rounds.append(decisions)
            for each in decisions:
                self.act(each)
            assert len(rounds) <= len(self.wanted) + 1, f"no end of deciding: {rounds}"
        return rounds

    def act(self, decision: ContainerDecision) -> None:
        if isinstance(decision, EndTask):
            self.end = decision
            return
        before = self.containers[decision.name]
        self.containers[decision.name] = replace(
            before,
            last_status="RUNNING",
            started_at=self.now,
            exit_code=None,
            health="UNKNOWN",
            restarts=before.restarts + int(decision.again),
        )

    def happen(self, what: str, number: int) -> None:
        """Let something happen to one of the containers that run, or let time pass."""
        self.now += WAITS.get(what, 0.0)
        running = self.names("RUNNING")
        if what in WAITS or not running:
            return
        name = running[number % len(running)]
        if what in EXITS:
            self.exit(name, EXITS[what])
        else:
            health = "HEALTHY" if what == "gets well" else "UNHEALTHY"
            self.containers[name] = replace(self.containers[name], health=health)

    def exit(self, name: str, code: int | None) -> None:
        self.containers[name] = replace(
            self.containers[name], last_status="STOPPED", exit_code=code, stopped_at=self.now
        )

    def stop(self) -> list[str]:
        """Stop what runs, wave by wave; return in which order it ended."""
        ended: list[str] = []
        for wave in stop_order(self.wanted):
            for name in wave:
                if self.containers[name].last_status == "RUNNING":
                    self.exit(name, 143)
                    ended.append(name)
        return ended

    # What holds, told apart from the code that decides.

    def is_met(self, need: Dependency) -> bool:
        other = self.containers[need.container_name]
        return {
            "START": other.last_status != "PENDING",
            "COMPLETE": other.last_status == "STOPPED",
            "SUCCESS": other.last_status == "STOPPED" and other.exit_code == 0,
            "HEALTHY": other.last_status == "RUNNING" and other.health == "HEALTHY",
        }[need.condition]

    def comes_back(self, name: str) -> bool:
        """Say whether a container has ended and its policy starts it again."""
        policy, container = self.definition(name).restart_policy, self.containers[name]
        if container.last_status != "STOPPED" or policy is None or not policy.enabled:
            return False
        assert container.started_at is not None
        assert container.stopped_at is not None
        has_run_long = container.stopped_at - container.started_at >= policy.restart_attempt_period
        return has_run_long and container.exit_code not in policy.ignored_exit_codes

    def is_over(self, name: str) -> bool:
        return self.containers[name].last_status == "STOPPED" and not self.comes_back(name)

    def is_late(self, name: str) -> bool:
        """Say whether a container runs longer than its start may take."""
        container, timeout = self.containers[name], self.definition(name).start_timeout
        if container.last_status != "RUNNING" or timeout is None or container.started_at is None:
            return False
        return self.now >= container.started_at + timeout

    def is_hopeless(self, need: Dependency) -> bool:
        """Say whether what a container waits for never comes, or has not come in time."""
        other = self.containers[need.container_name]
        if self.is_over(other.name):
            return need.condition == "HEALTHY" or (need.condition == "SUCCESS" and other.exit_code != 0)
        return self.is_late(other.name) and not self.is_met(need)

    def hopeless(self) -> list[Dependency]:
        waiting = [self.definition(name) for name in self.names("PENDING")]
        return [need for each in waiting for need in each.depends_on if self.is_hopeless(need)]

    def has_lost_an_essential(self) -> bool:
        return any(each.essential and self.is_over(each.name) for each in self.wanted)


def lived(wanted: Definitions, happenings: Happenings) -> Pod:
    """Return a task's containers after all that happened to them."""
    pod = Pod(wanted)
    pod.keep()
    for what, number in happenings:
        if pod.end is None:
            pod.happen(what, number)
            pod.keep()
    return pod
