"""Whatever the containers of a task do, some things always hold."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hatoba.cloud.ecs.control.containers import EndTask, StartContainer, decide, stop_order
from hatoba.cloud.ecs.definition import ContainerDefinition, Dependency, RestartPolicy
from hatoba.cloud.ecs.model import Container

CONDITIONS = ("START", "COMPLETE", "SUCCESS", "HEALTHY")
NOW = 1000.0


@st.composite
def definitions(draw: st.DrawFn) -> tuple[ContainerDefinition, ...]:
    """Up to six containers; each may depend on some before it."""
    found: list[ContainerDefinition] = []
    for number in range(draw(st.integers(1, 6))):
        needs = draw(st.lists(st.sampled_from([each.name for each in found]), unique=True)) if found else []
        found.append(
            ContainerDefinition(
                name=f"c{number}",
                image="i",
                essential=number == 0 or draw(st.booleans()),
                depends_on=tuple(Dependency(each, draw(st.sampled_from(CONDITIONS))) for each in needs),
                restart_policy=RestartPolicy(enabled=True, restart_attempt_period=60)
                if draw(st.booleans())
                else None,
            )
        )
    order = draw(st.permutations(found))
    return tuple(order)


HAPPENINGS = st.lists(
    st.tuples(st.sampled_from(["end", "fail", "healthy", "sick", "start"]), st.integers(0, 5)), max_size=20
)


def fresh(wanted: tuple[ContainerDefinition, ...]) -> dict[str, Container]:
    return {each.name: Container(each.name, each.name, "i") for each in wanted}


def started(container: Container, at: float = NOW) -> Container:
    return replace(container, last_status="RUNNING", started_at=at, exit_code=None, health="UNKNOWN")


def happen(containers: dict[str, Container], what: str, number: int) -> None:
    name = sorted(containers)[number % len(containers)]
    container = containers[name]
    if container.last_status != "RUNNING":
        return
    if what in {"end", "fail"}:
        code = 0 if what == "end" else 1
        containers[name] = replace(
            container, last_status="STOPPED", exit_code=code, stopped_at=NOW + number * 30
        )
    elif what in {"healthy", "sick"}:
        containers[name] = replace(container, health="HEALTHY" if what == "healthy" else "UNHEALTHY")


def is_met(need: Dependency, containers: dict[str, Container]) -> bool:
    other = containers[need.container_name]
    return {
        "START": other.last_status != "PENDING",
        "COMPLETE": other.last_status == "STOPPED",
        "SUCCESS": other.last_status == "STOPPED" and other.exit_code == 0,
        "HEALTHY": other.last_status == "RUNNING" and other.health == "HEALTHY",
    }[need.condition]


@settings(max_examples=150, deadline=None)
@given(definitions(), HAPPENINGS)
def test_a_container_starts_only_when_all_that_it_depends_on_is_there(
    wanted: tuple[ContainerDefinition, ...], happenings: list[tuple[str, int]]
) -> None:
    """And every decision says why; deciding again after acting on it does not decide it again."""
    containers = fresh(wanted)
    by_name = {each.name: each for each in wanted}
    for what, number in happenings:
        decisions = decide(wanted, tuple(containers.values()), now=NOW)
        assert all(each.reason.strip() for each in decisions)
        for decision in decisions:
            if isinstance(decision, EndTask):
                assert decisions == [decision]
                assert decision.stopped_reason
                return
            assert isinstance(decision, StartContainer)
            definition = by_name[decision.name]
            assert decision.again or all(is_met(need, containers) for need in definition.depends_on)
            assert decision.again == (containers[decision.name].last_status == "STOPPED")
        for decision in decisions:
            if isinstance(decision, StartContainer):
                containers[decision.name] = started(containers[decision.name])
        done = {each.name for each in decisions if isinstance(each, StartContainer)}
        again = decide(wanted, tuple(containers.values()), now=NOW)
        assert not done & {each.name for each in again if isinstance(each, StartContainer)}
        happen(containers, what, number)


@settings(max_examples=100, deadline=None)
@given(definitions())
def test_what_ends_well_comes_to_the_tasks_end(wanted: tuple[ContainerDefinition, ...]) -> None:
    """Each container gets healthy and ends with 0: the task is over at last, whatever waits for what."""
    containers = fresh(wanted)
    for _ in range(4 * len(wanted)):
        for decision in decide(wanted, tuple(containers.values()), now=NOW):
            if isinstance(decision, EndTask):
                return
            containers[decision.name] = replace(started(containers[decision.name]), health="HEALTHY")
        if not decide(wanted, tuple(containers.values()), now=NOW):
            running = [name for name, each in containers.items() if each.last_status == "RUNNING"]
            containers[running[0]] = replace(
                containers[running[0]], last_status="STOPPED", exit_code=0, stopped_at=NOW
            )
    raise AssertionError(f"the task never ends: {containers}")


@settings(max_examples=100, deadline=None)
@given(definitions())
def test_a_container_is_stopped_before_what_it_depends_on(wanted: tuple[ContainerDefinition, ...]) -> None:
    waves = stop_order(wanted)
    when = {name: number for number, wave in enumerate(waves) for name in wave}
    assert sorted(when) == sorted(each.name for each in wanted)
    for each in wanted:
        assert all(when[each.name] < when[need.container_name] for need in each.depends_on)
