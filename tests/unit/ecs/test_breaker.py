"""The deployment circuit breaker: what counts, what fires it, where it goes back to (facts: ecs.md 3.5)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.ecs import texts
from hatoba.cloud.ecs.control import breaker
from hatoba.cloud.ecs.model import Rollout, Task, Threshold
from hatoba.cloud.wire import ServiceError
from tests.unit.ecs.harbour import Harbour
from tests.unit.ecs.yard import Yard

BREAKER = {"enable": True, "rollback": True}


@pytest.mark.parametrize(
    ("kind", "value", "desired", "failures"),
    [
        ("BOUNDED_PERCENT", 50, 7, 4),
        ("BOUNDED_PERCENT", 100, 7, 7),
        ("BOUNDED_PERCENT", 10, 20, 3),
        ("BOUNDED_PERCENT", 300, 100, 200),
        ("UNBOUNDED_PERCENT", 10, 20, 2),
        ("UNBOUNDED_PERCENT", 50, 1, 1),
        ("UNBOUNDED_PERCENT", 50, 0, 1),
        ("UNBOUNDED_PERCENT", 300, 100, 300),
        ("COUNT", 1, 100, 1),
        ("COUNT", 500, 1, 500),
    ],
)
def test_a_threshold_is_a_count_or_a_share_of_the_desired_count_with_bounds_or_without(
    kind: str, value: int, desired: int, failures: int
) -> None:
    assert breaker.threshold(desired, Threshold(kind, value)) == failures


def own(harbour: Harbour) -> list[Task]:
    return [task for task in harbour.live if task.deployment == harbour.service.primary.id]


def fail_starts(harbour: Harbour, times: int) -> None:
    """Let tasks of the newest deployment end before they were RUNNING."""
    failing = harbour.service.primary.id
    for _ in range(times):
        harbour.now += 1000.0
        harbour.keep()
        if harbour.service.primary.id != failing:
            return
        harbour.end(own(harbour)[0])
        harbour.keep()


def run_one(harbour: Harbour) -> str:
    """Let a task of the newest deployment reach RUNNING and serve; return its id."""
    harbour.now += 1000.0
    harbour.keep()
    (identifier,) = (task.id for task in own(harbour))
    for _ in range(3):
        harbour.advance(harbour.task(identifier))
    return identifier


def test_the_breaker_fires_at_the_threshold_that_is_given() -> None:
    harbour = Harbour(1, Rollout(breaker=True, threshold=Threshold("COUNT", 5)))
    fail_starts(harbour, 4)
    assert harbour.service.primary.rollout_state == "IN_PROGRESS"
    fail_starts(harbour, 1)
    assert harbour.service.primary.rollout_state == "FAILED"


@pytest.mark.parametrize(("resets", "counted"), [(None, 0), (True, 0), (False, 2)])
def test_a_healthy_task_puts_the_counter_to_0_unless_it_is_told_not_to(
    resets: bool | None,  # noqa: FBT001 - a parameter
    counted: int,
) -> None:
    # Two are wanted, of which one alone serves: the deployment goes on.
    rollout = Rollout(breaker=True, resets_on_healthy_task=resets)
    harbour = Harbour(2, rollout)
    fail_starts(harbour, 2)
    assert harbour.service.primary.failures == 2
    harbour.now += 1000.0
    harbour.keep()
    for _ in range(3):
        harbour.advance(harbour.task(own(harbour)[0].id))
    harbour.keep()
    assert harbour.service.primary.rollout_state == "IN_PROGRESS"
    assert harbour.service.primary.failures == counted


@pytest.mark.parametrize(
    ("how", "counts"),
    [
        ("ends by itself", False),
        (texts.FAILED_HEALTH_CHECKS, True),
        (texts.failed_target_checks("arn"), True),
    ],
)
def test_once_a_task_has_been_running_only_failed_checks_count(
    how: str,
    counts: bool,  # noqa: FBT001 - a parameter
) -> None:
    harbour = Harbour(1, Rollout(breaker=True, resets_on_healthy_task=False))
    first = run_one(harbour)
    harbour.end(harbour.task(first), how)
    harbour.keep()
    assert harbour.service.primary.failures == (1 if counts else 0)


def test_after_a_running_task_one_that_fails_to_start_does_not_count() -> None:
    harbour = Harbour(2, Rollout(breaker=True))
    harbour.keep()
    running, failing = harbour.live
    for _ in range(3):
        harbour.advance(harbour.task(running.id))
    harbour.keep()
    harbour.now += 1.0
    harbour.end(failing)
    harbour.keep()
    primary = harbour.service.primary
    assert (primary.has_run, primary.failures, primary.failed_tasks) == (True, 0, 1)


def test_a_rollback_goes_to_the_newest_of_the_completed_deployments() -> None:
    harbour = Harbour(1, Rollout(breaker=True, rollback=True))
    harbour.sail(6)
    harbour.deploy(2)
    harbour.sail(6)
    newest = harbour.service.primary
    assert newest.rollout_state == "COMPLETED"
    harbour.deploy(1)
    fail_starts(harbour, 3)
    back = harbour.service.primary
    assert back.revision == newest.revision
    assert f"rolling back to deploymentId {newest.id}." in back.rollout_reason


def test_without_a_rollback_the_failed_deployment_stays_and_the_old_tasks_with_it() -> None:
    harbour = Harbour(1, Rollout(breaker=True))
    harbour.sail(6)
    serving = harbour.serving
    harbour.deploy(2)
    fail_starts(harbour, 3)
    harbour.sail(3)
    assert harbour.service.primary.rollout_state == "FAILED"
    assert harbour.live == serving


def test_no_breaker_means_no_end() -> None:
    harbour = Harbour(1, Rollout())
    fail_starts(harbour, 20)
    assert harbour.service.primary.rollout_state == "IN_PROGRESS"


async def configured(yard: Yard, given: dict[str, Any]) -> Any:
    configuration = {"deploymentCircuitBreaker": given}
    answer = await yard.call("UpdateService", cluster="c", service="s", deploymentConfiguration=configuration)
    return answer["service"]["deploymentConfiguration"]["deploymentCircuitBreaker"]


def test_the_breaker_is_described_as_it_was_given_and_a_new_one_replaces_it() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        whole = {
            **BREAKER,
            "resetOnHealthyTask": False,
            "thresholdConfiguration": {"type": "COUNT", "value": 7},
        }
        made = await yard.create(deploymentConfiguration={"deploymentCircuitBreaker": whole})
        assert made["deploymentConfiguration"]["deploymentCircuitBreaker"] == whole
        arns = [made["currentServiceDeployment"]]
        found = await yard.call("DescribeServiceDeployments", serviceDeploymentArns=arns)
        assert found["serviceDeployments"][0]["deploymentCircuitBreaker"] == {
            "status": "MONITORING",
            "failureCount": 0,
            "threshold": 7,
        }
        kept = await yard.call("UpdateService", cluster="c", service="s", desiredCount=2)
        assert kept["service"]["deploymentConfiguration"]["deploymentCircuitBreaker"] == whole
        assert await configured(yard, BREAKER) == BREAKER

    asyncio.run(story())


@pytest.mark.parametrize(
    "threshold",
    [{"type": "COUNT", "value": 0}, {"type": "UNBOUNDED_PERCENT", "value": -1}, {"type": "MOON", "value": 1}],
)
def test_a_threshold_that_means_nothing_is_refused(threshold: dict[str, Any]) -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.create()
        with pytest.raises(ServiceError) as refused:
            await configured(yard, {**BREAKER, "thresholdConfiguration": threshold})
        assert refused.value.code == "InvalidParameterException"

    asyncio.run(story())


@pytest.mark.parametrize("given", [{"enable": True}, {"rollback": False}])
def test_both_of_enable_and_rollback_are_required(given: dict[str, Any]) -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.create()
        with pytest.raises(ServiceError, match="deploymentCircuitBreaker"):
            await configured(yard, given)

    asyncio.run(story())
