"""The containers of a task among themselves, and where tasks are placed: pure decisions."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs.control import containers, placement
from hatoba.cloud.ecs.control.containers import EndTask, StartContainer
from hatoba.cloud.ecs.definition import ContainerDefinition, Dependency, RestartPolicy
from hatoba.cloud.ecs.model import Container, Health, StrategyItem, Subnet, Task
from tests.unit.ecs.harbour import Harbour


def definition(name: str, *needs: tuple[str, str], **members: Any) -> ContainerDefinition:
    return ContainerDefinition(
        name=name, image="i", depends_on=tuple(Dependency(other, how) for other, how in needs), **members
    )


def container(name: str, status: str = "PENDING", **members: Any) -> Container:
    return Container(name=name, id=name, image="i", last_status=status, **members)


@pytest.mark.parametrize(
    ("condition", "other", "may_start"),
    [
        ("START", container("b"), False),
        ("START", container("b", "RUNNING"), True),
        ("START", container("b", "STOPPED", exit_code=1), True),
        ("COMPLETE", container("b", "RUNNING"), False),
        ("COMPLETE", container("b", "STOPPED", exit_code=1), True),
        ("SUCCESS", container("b", "STOPPED", exit_code=0), True),
        ("HEALTHY", container("b", "RUNNING"), False),
        ("HEALTHY", container("b", "RUNNING", health="UNHEALTHY"), False),
        ("HEALTHY", container("b", "RUNNING", health="HEALTHY"), True),
    ],
)
def test_a_container_waits_for_what_it_depends_on(
    condition: str, other: Container, *, may_start: bool
) -> None:
    definitions = [definition("a", ("b", condition)), definition("b", essential=False)]
    starts = [
        each.name
        for each in containers.decide(definitions, [container("a"), other])
        if isinstance(each, StartContainer)
    ]
    assert ("a" in starts) is may_start


@pytest.mark.parametrize("condition", ["HEALTHY", "SUCCESS"])
def test_who_waits_for_a_container_that_starts_again_goes_on_waiting(condition: str) -> None:
    patient = RestartPolicy(enabled=True, restart_attempt_period=60)
    definitions = [
        definition("b", essential=False, restart_policy=patient),
        definition("a", ("b", condition)),
    ]
    ended = container("b", "STOPPED", exit_code=1, started_at=0.0, stopped_at=60.0)
    assert [
        (each.name, each.again)
        for each in containers.decide(definitions, [ended, container("a")])
        if isinstance(each, StartContainer)
    ] == [("b", True)]
    [over] = containers.decide(definitions, [replace(ended, stopped_at=59.0), container("a")])
    assert isinstance(over, EndTask)


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        ("START", container("b", "STOPPED")),
        ("HEALTHY", container("b", "RUNNING", health="UNHEALTHY")),
        ("HEALTHY", container("b", "STOPPED", exit_code=1)),
    ],
)
def test_what_a_container_depends_on_counts_for_its_start_only(condition: str, other: Container) -> None:
    definitions = [definition("a", ("b", condition)), definition("b", essential=False)]
    assert containers.decide(definitions, [container("a", "RUNNING"), other]) == []


@pytest.mark.parametrize(
    ("policy", "ran_s", "exit_code", "again"),
    [
        (RestartPolicy(enabled=True), 300.0, 1, True),
        (RestartPolicy(enabled=True), 299.0, 1, False),
        (RestartPolicy(enabled=True, restart_attempt_period=60), 60.0, 0, True),
        (RestartPolicy(enabled=True, ignored_exit_codes=(0,)), 400.0, 0, False),
        (RestartPolicy(enabled=False), 400.0, 1, False),
    ],
)
def test_a_restart_policy_counts_how_long_the_container_ran(
    policy: RestartPolicy, ran_s: float, exit_code: int, *, again: bool
) -> None:
    ended = container("a", "STOPPED", exit_code=exit_code, started_at=1000.0, stopped_at=1000.0 + ran_s)
    decision = containers.decide([definition("a", restart_policy=policy)], [ended])[0]
    assert isinstance(decision, StartContainer) is again


def test_a_task_is_over_when_its_essential_container_ended() -> None:
    definitions = [definition("a"), definition("b", essential=False)]
    decisions = containers.decide(
        definitions, [container("a", "STOPPED", exit_code=2), container("b", "RUNNING")]
    )
    assert decisions == [
        EndTask(
            "EssentialContainerExited",
            "Essential container in task exited",
            "container a ended with code 2",
        )
    ]


def test_a_container_that_is_not_essential_may_end() -> None:
    definitions = [definition("a"), definition("b", essential=False)]
    assert containers.decide(definitions, [container("a", "RUNNING"), container("b", "STOPPED")]) == []


def test_containers_stop_before_what_they_depend_on() -> None:
    definitions = [
        definition("web", ("db", "START"), ("cache", "START")),
        definition("db", ("disk", "START")),
        definition("cache"),
        definition("disk"),
    ]
    waves = containers.stop_order(definitions)
    assert waves == [("web",), ("db", "cache"), ("disk",)]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_task_is_as_healthy_as_its_worst_essential_container(count: int) -> None:
    order: tuple[Health, ...] = ("UNHEALTHY", "UNKNOWN", "HEALTHY")
    definitions = [*(definition(str(number)) for number in range(count)), definition("side", essential=False)]
    side = container("side", "RUNNING", health="UNHEALTHY")
    for states in product(order, repeat=count):
        seen = [container(str(number), "RUNNING", health=health) for number, health in enumerate(states)]
        assert containers.task_health(definitions, [*seen, side]) == min(states, key=order.index)


def test_a_strategy_fills_its_base_first_and_then_goes_by_weight() -> None:
    strategy = [StrategyItem("FARGATE", weight=1, base=2), StrategyItem("FARGATE_SPOT", weight=3)]
    harbour = Harbour(0)
    harbour.scale(1)
    harbour.keep()
    one = harbour.live[0]
    tasks: list[Task] = []
    for number in range(10):
        provider = placement.provider(strategy, tasks)
        tasks.append(replace(one, id=str(number), capacity_provider=provider))
    chosen = [task.capacity_provider for task in tasks]
    assert chosen[:2] == ["FARGATE", "FARGATE"]
    assert chosen.count("FARGATE") == 4
    assert chosen.count("FARGATE_SPOT") == 6


def test_zones_come_before_subnets() -> None:
    subnets = [Subnet("a1", "a"), Subnet("a2", "a"), Subnet("c1", "c")]
    harbour = Harbour(0)
    harbour.scale(1)
    harbour.keep()
    one = harbour.live[0]
    tasks: list[Task] = []
    for number in range(4):
        place = placement.spread(subnets, tasks)
        attachment = replace(one.attachment, subnet_id=place.id, zone=place.zone)
        tasks.append(replace(one, id=str(number), attachment=attachment))
    assert [task.attachment.subnet_id for task in tasks] == ["a1", "c1", "a2", "c1"]
