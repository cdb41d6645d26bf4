"""What checks of targets mean, who gets traffic, and how targets come and go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from hatoba.cloud.loadbalancing.control.health import (
    FAILED,
    TIMED_OUT,
    Look,
    Wellness,
    judge,
    matches,
    pause_s,
)
from hatoba.cloud.loadbalancing.model import HealthCheck, Target
from tests.support.calls import SCOPE
from tests.support.fakes import FakeClock
from tests.unit.loadbalancing.bench import BalancingBench, targets

CHECK = HealthCheck("HTTP", "traffic-port", 10, 5, 3, 2, "/", "200")
MISMATCH = ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")


def after(start: str, *looks: tuple[str, str] | None, is_early: bool = False) -> Wellness:
    seen = Wellness(start)
    for trouble in looks:
        seen = judge(CHECK, seen, Look(trouble), is_early=is_early)
    return seen


def test_a_new_target_is_healthy_after_its_first_good_check() -> None:
    assert after("initial", None) == Wellness("healthy")


def test_a_new_target_is_unhealthy_after_so_many_bad_checks() -> None:
    assert after("initial", FAILED).state == "initial"
    assert after("initial", FAILED, MISMATCH) == Wellness("unhealthy", MISMATCH)


def test_bad_checks_before_the_first_interval_do_not_count() -> None:
    assert after("initial", *[FAILED] * 9, is_early=True).state == "initial"


def test_a_healthy_target_survives_a_bad_check_between_good_ones() -> None:
    assert after("healthy", FAILED, None, FAILED, None) == Wellness("healthy")
    assert after("healthy", FAILED, TIMED_OUT) == Wellness("unhealthy", TIMED_OUT)


def test_an_unhealthy_target_needs_good_checks_in_a_row() -> None:
    assert after("unhealthy", None, None).state == "unhealthy"
    assert after("unhealthy", None, None, FAILED, None, None).state == "unhealthy"
    assert after("unhealthy", None, None, None).state == "healthy"


@pytest.mark.parametrize(
    ("matcher", "status", "expected"),
    [("200", 200, True), ("200", 204, False), ("200-299", 204, True), ("200,404", 404, True)],
)
def test_a_matcher_names_codes_and_ranges(matcher: str, status: int, expected: bool) -> None:  # noqa: FBT001
    assert matches(matcher, status) is expected


def test_a_new_target_is_looked_at_at_doubling_distances_up_to_the_interval() -> None:
    assert pause_s(CHECK, "initial", 0.0, 0.05) == 0.05
    assert pause_s(CHECK, "initial", 4.0, 0.05) == 4.0
    assert pause_s(CHECK, "initial", 8.0, 0.05) == 2.0
    assert pause_s(CHECK, "initial", 11.0, 0.05) == 10
    assert pause_s(CHECK, "healthy", 0.0, 0.05) == 10


@asynccontextmanager
async def watched(bench: BalancingBench) -> AsyncIterator[None]:
    (loop,) = bench.service.loops()
    running = asyncio.ensure_future(loop())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def states_of(bench: BalancingBench, group: str) -> set[str | None]:
    return {state_of(bench, group, port) for port in (1, 2)}


async def until(bench: BalancingBench, seen: Callable[[], bool], seconds: float = 0.0) -> None:
    """Let the loop work, moving the clock by ``seconds`` at a time, until ``seen`` holds."""
    assert isinstance(bench.clock, FakeClock)
    for _ in range(500):
        if seen():
            return
        await asyncio.sleep(0)
        bench.clock.advance(seconds)
    raise AssertionError("it never came")


def state_of(bench: BalancingBench, group: str, port: int) -> str | None:
    rows = bench.state.table("loadbalancing.target", Target).list(SCOPE, f"{group}/")
    return next((each.state for each in rows if each.port == port), None)


def test_the_health_of_targets_is_shown_with_awss_states_and_reasons(bench: BalancingBench) -> None:
    group = bench.group()
    bench.register(group, 1, 2)
    assert bench.health(group) == {1: ("unused", "Target.NotInUse"), 2: ("unused", "Target.NotInUse")}
    bench.listener(bench.balancer(), group)
    assert bench.health(group)[1] == ("initial", "Elb.RegistrationInProgress")
    assert bench.health(group, Targets=targets(3)) == {3: ("unused", "Target.NotRegistered")}

    async def run() -> None:
        bench.probe.troubles["10.0.0.1:2"] = MISMATCH
        async with watched(bench):
            await until(bench, lambda: state_of(bench, group, 1) == "healthy")
            await until(bench, lambda: state_of(bench, group, 2) == "unhealthy", 5)
            bench.probe.troubles.clear()
            await until(bench, lambda: state_of(bench, group, 2) == "healthy", 5)
            bench.probe.troubles["10.0.0.1:1"] = TIMED_OUT
            await until(bench, lambda: state_of(bench, group, 1) == "unhealthy", 5)

    asyncio.run(run())
    assert bench.health(group) == {1: ("unhealthy", "Target.Timeout"), 2: ("healthy", None)}


def test_targets_that_no_listener_uses_are_not_checked(bench: BalancingBench) -> None:
    bench.register(bench.group("idle"), 1)
    used = bench.group()
    bench.register(used, 2)
    bench.listener(bench.balancer(), used)

    async def run() -> None:
        async with watched(bench):
            await until(bench, lambda: state_of(bench, used, 2) == "healthy")

    asyncio.run(run())
    assert set(bench.probe.asked) == {"10.0.0.1:2"}


def test_a_deregistered_target_drains_and_then_is_gone(bench: BalancingBench) -> None:
    group = bench.group()
    listener = bench.listener(bench.balancer(), group)
    bench.register(group, 1, 2)

    async def run() -> None:
        async with watched(bench):
            await until(bench, lambda: state_of(bench, group, 1) == "healthy")
            await bench.acall("elbv2", "DeregisterTargets", TargetGroupArn=group, Targets=targets(1))
            shown = await bench.acall(
                "elbv2", "DescribeTargetHealth", TargetGroupArn=group, Targets=targets(1)
            )
            health = shown["TargetHealthDescriptions"][0]["TargetHealth"]
            assert (health["State"], health["Reason"]) == ("draining", "Target.DeregistrationInProgress")
            assert [each.port for each in bench.picture(listener).rules[0].targets[0].endpoints] == [2]
            await until(bench, lambda: state_of(bench, group, 1) is None, 0.5)

    asyncio.run(run())
    assert bench.health(group, Targets=targets(1)) == {1: ("unused", "Target.NotRegistered")}


def test_a_target_drains_until_it_has_answered_but_no_longer_than_its_groups_delay(
    bench: BalancingBench,
) -> None:
    group = bench.group()
    bench.listener(bench.balancer(), group)
    bench.lb(
        "ModifyTargetGroupAttributes",
        TargetGroupArn=group,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}],
    )
    bench.register(group, 1, 2)

    async def run() -> None:
        async with watched(bench):
            await until(bench, lambda: states_of(bench, group) == {"healthy"})
            bench.flights = {"10.0.0.1:1": 1, "10.0.0.1:2": 3}
            began_at = bench.clock.now()
            await bench.acall("elbv2", "DeregisterTargets", TargetGroupArn=group, Targets=targets(1, 2))
            await until(bench, lambda: bench.clock.now() > began_at + 5, 0.1)
            assert states_of(bench, group) == {"draining"}
            bench.flights = {"10.0.0.1:2": 3}
            await until(bench, lambda: state_of(bench, group, 1) is None, 0.05)
            assert state_of(bench, group, 2) == "draining"
            await until(bench, lambda: state_of(bench, group, 2) is None, 0.1)
            assert bench.clock.now() - began_at >= 20

    asyncio.run(run())


def test_a_target_registered_again_while_it_drains_comes_back(bench: BalancingBench) -> None:
    group = bench.group()
    bench.listener(bench.balancer(), group)
    bench.register(group, 1)

    async def run() -> None:
        async with watched(bench):
            await until(bench, lambda: state_of(bench, group, 1) == "healthy")
            await bench.acall("elbv2", "DeregisterTargets", TargetGroupArn=group, Targets=targets(1))
            await bench.acall("elbv2", "RegisterTargets", TargetGroupArn=group, Targets=targets(1))
            await until(bench, lambda: state_of(bench, group, 1) == "healthy", 0.1)

    asyncio.run(run())


def test_unhealthy_targets_get_traffic_only_when_all_are_unhealthy(bench: BalancingBench) -> None:
    group = bench.group()
    listener = bench.listener(bench.balancer(), group)
    bench.register(group, 1, 2)

    def ports() -> list[int]:
        return [each.port for each in bench.picture(listener).rules[0].targets[0].endpoints]

    assert ports() == []

    async def run() -> None:
        bench.probe.troubles["10.0.0.1:2"] = FAILED
        async with watched(bench):
            await until(bench, lambda: state_of(bench, group, 2) == "unhealthy", 5)
            assert ports() == [1]
            bench.probe.troubles["10.0.0.1:1"] = FAILED
            await until(bench, lambda: state_of(bench, group, 1) == "unhealthy", 5)
            assert ports() == [1, 2]

    asyncio.run(run())


def test_other_checks_begin_when_they_are_changed(bench: BalancingBench) -> None:
    group = bench.group()
    bench.listener(bench.balancer(), group)
    bench.register(group, 1)

    async def run() -> None:
        async with watched(bench):
            await until(bench, lambda: state_of(bench, group, 1) == "healthy")
            await bench.acall("elbv2", "ModifyTargetGroup", TargetGroupArn=group, HealthCheckPort="9")
            await until(bench, lambda: "10.0.0.1:9" in bench.probe.asked)

    asyncio.run(run())
