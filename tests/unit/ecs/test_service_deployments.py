"""Service deployments and revisions: every status, what is told of each, lists, stops (facts: ecs.md 3.6)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs.api.deployments import Deployments
from hatoba.cloud.ecs.control import making
from hatoba.cloud.ecs.model import Alarms, Cluster, Deployment, Rollout, Service, Threshold
from hatoba.cloud.wire import ServiceError
from tests.support.calls import SCOPE, Bench
from tests.unit.ecs.harbour import Harbour
from tests.unit.ecs.yard import Yard

GUARDED = Rollout(breaker=True, rollback=True)
ARN = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}"


class History:
    """A harbour whose service deployments are asked for by ECS's operations."""

    def __init__(self, rollout: Rollout = GUARDED) -> None:
        self.harbour = Harbour(1, rollout)
        self.harbour.store.clusters.put(SCOPE, Cluster("c", self.harbour.now))
        self._call = Bench().call_as(SCOPE, "ecs")
        self._operations: Any = Deployments(self.harbour.store).operations

    def ask(self, operation: str, **params: Any) -> Any:
        return self._operations[operation](self._call, params)

    @property
    def arn(self) -> str:
        """Of the newest service deployment that is not a way back."""
        found = next(each for each in self.harbour.service.deployments if each.rolls_back is None)
        return f"{ARN}:service-deployment/c/s/{found.service_deployment_id}"

    def told(self, arn: str) -> Any:
        (found,) = self.ask("DescribeServiceDeployments", serviceDeploymentArns=[arn])["serviceDeployments"]
        return found

    def completed(self) -> History:
        """Return it with a first deployment that is done and a second one under way."""
        self.harbour.sail(6)
        self.harbour.now += 1.0
        self.harbour.deploy(2)
        self.harbour.keep()
        return self

    def fail(self) -> None:
        """Let the newest deployment fail by the circuit breaker."""
        failing = self.harbour.service.primary.id
        while self.harbour.service.primary.id == failing and self.is_under_way:
            self.harbour.now += 1000.0
            self.harbour.keep()
            for task in self.harbour.live:
                if task.deployment == failing:
                    self.harbour.end(task)
            self.harbour.keep()

    @property
    def is_under_way(self) -> bool:
        return self.harbour.service.primary.rollout_state == "IN_PROGRESS"


def test_a_deployment_is_pending_then_in_progress_then_successful() -> None:
    history = History()
    told = history.told(history.arn)
    assert (told["status"], told["startedAt"], told["finishedAt"]) == ("PENDING", None, None)
    history.harbour.now += 1.0
    history.harbour.keep()
    told = history.told(history.arn)
    assert (told["status"], told["finishedAt"]) == ("IN_PROGRESS", None)
    assert told["startedAt"] - told["createdAt"] == timedelta(seconds=1)
    history.harbour.sail(6)
    told = history.told(history.arn)
    assert told["status"] == "SUCCESSFUL"
    assert told["finishedAt"] > told["startedAt"]
    assert told["stoppedAt"] is None


def test_a_deployment_without_a_rollback_ends_stopped() -> None:
    history = History(Rollout(breaker=True))
    history.fail()
    told = history.told(history.arn)
    assert told["status"] == "STOPPED"
    assert told["statusReason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert told["stoppedAt"] == told["finishedAt"]
    assert told["stoppedAt"] is not None
    assert "rollback" not in told


def test_a_failed_deployment_is_rolled_back_and_says_to_what() -> None:
    history = History().completed()
    arn, before = history.arn, history.harbour.service.deployments[1]
    history.fail()
    told, back = history.told(arn), history.harbour.service.primary
    assert told["status"] == "ROLLBACK_IN_PROGRESS"
    assert told["rollback"]["reason"] == (
        f"ECS deployment circuit breaker: rolling back to deploymentId {before.id}."
    )
    assert told["rollback"]["startedAt"].timestamp() == back.created_at
    assert told["rollback"]["serviceRevisionArn"] == f"{ARN}:service-revision/c/s/{back.number}"
    history.harbour.sail(8)
    assert history.told(arn)["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_rollback_that_fails_too_is_the_end() -> None:
    history = History().completed()
    arn = history.arn
    # The old task goes as well: else the way back were done before it could fail.
    history.harbour.put(replace(history.harbour.service, desired_count=2))
    history.fail()
    assert history.told(arn)["status"] == "ROLLBACK_IN_PROGRESS"
    history.fail()
    assert history.told(arn)["status"] == "ROLLBACK_FAILED"
    assert history.harbour.service.primary.rollout_state == "FAILED"


def test_a_rollback_that_a_newer_deployment_overtakes_has_failed() -> None:
    history = History().completed()
    arn = history.arn
    history.fail()
    history.harbour.now += 1.0
    history.harbour.deploy(2)
    assert history.told(arn)["status"] == "ROLLBACK_FAILED"


def test_a_deployment_that_is_overtaken_stops_with_its_last_task() -> None:
    history = History().completed()
    arn = history.arn
    history.harbour.now += 1.0
    history.harbour.deploy(1)
    assert history.told(arn)["status"] == "STOP_REQUESTED"
    history.harbour.sail(8)
    told = history.told(arn)
    assert told["status"] == "STOPPED"
    assert told["stoppedAt"] is not None


def test_a_deployment_stops_with_its_service() -> None:
    history = History().completed()
    arn = history.arn
    history.harbour.put(replace(history.harbour.service, status="DRAINING", desired_count=0))
    assert history.told(arn)["status"] == "STOP_REQUESTED"
    history.harbour.sail(8)
    assert history.harbour.service.status == "INACTIVE"
    assert history.told(arn)["status"] == "STOPPED"


@pytest.mark.parametrize("rollout", [GUARDED, Rollout()])
def test_a_deployment_that_is_stopped_goes_back_whatever_its_breaker_says(rollout: Rollout) -> None:
    history = History(rollout).completed()
    arn = history.arn
    assert history.ask("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ROLLBACK") == {
        "serviceDeploymentArn": arn
    }
    assert history.told(arn)["status"] == "ROLLBACK_REQUESTED"
    history.ask("StopServiceDeployment", serviceDeploymentArn=arn)
    history.harbour.keep()
    assert history.told(arn)["status"] == "ROLLBACK_IN_PROGRESS"
    back = history.harbour.service.primary
    assert history.ask("StopServiceDeployment", serviceDeploymentArn=arn)["serviceDeploymentArn"] == arn
    assert history.harbour.service.primary == back
    history.harbour.sail(8)
    assert history.told(arn)["status"] == "ROLLBACK_SUCCESSFUL"
    assert history.harbour.service.current.task_definition.endswith("app:1")


def test_what_is_pending_is_stopped_too() -> None:
    history = History()
    history.harbour.sail(6)
    history.harbour.now += 1.0
    history.harbour.deploy(2)
    assert history.told(history.arn)["status"] == "PENDING"
    history.ask("StopServiceDeployment", serviceDeploymentArn=history.arn)
    assert history.told(history.arn)["status"] == "ROLLBACK_REQUESTED"


def refused(work: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ServiceError) as error:
        work()
    return error.value.code, error.value.message


def test_what_cannot_be_stopped_is_refused() -> None:
    history = History()
    first = history.arn

    def stop(arn: str, **params: str) -> Callable[[], Any]:
        return lambda: history.ask("StopServiceDeployment", serviceDeploymentArn=arn, **params)

    assert refused(stop(f"{ARN}:service-deployment/c/s/x"))[0] == "ServiceDeploymentNotFoundException"
    code, message = refused(stop(first))
    assert (code, "no completed deployment to roll back to" in message) == ("ConflictException", True)
    history.completed()
    assert refused(stop(first)) == ("ConflictException", "The service deployment is not in progress.")
    assert "ABORT" in refused(stop(history.arn, stopType="ABORT"))[1]


@pytest.mark.parametrize(
    ("rollout", "how", "status"),
    [
        (Rollout(), "keep", "DISABLED"),
        (GUARDED, "keep", "MONITORING"),
        (GUARDED, "sail", "MONITORING_COMPLETE"),
        (GUARDED, "fail", "TRIGGERED"),
    ],
)
def test_the_breaker_says_whether_it_watches(rollout: Rollout, how: str, status: str) -> None:
    history = History(rollout)
    {"keep": history.harbour.keep, "sail": history.harbour.sail, "fail": history.fail}[how]()
    breaker = history.told(history.arn)["deploymentCircuitBreaker"]
    failures = 3 if status == "TRIGGERED" else 0
    assert breaker == {"status": status, "failureCount": failures, "threshold": 3}


def alarmed(*, enable: bool) -> Rollout:
    return Rollout(alarms=Alarms(("errors",), enable=enable, rollback=True))


@pytest.mark.parametrize(
    ("enable", "how", "status"),
    [(False, "keep", "DISABLED"), (True, "keep", "MONITORING"), (False, "sail", "DISABLED")],
)
def test_alarms_say_whether_they_are_watched(
    enable: bool,  # noqa: FBT001 - a parameter
    how: str,
    status: str,
) -> None:
    history = History(alarmed(enable=enable))
    {"keep": history.harbour.keep, "sail": history.harbour.sail}[how]()
    told = history.told(history.arn)["alarms"]
    assert told == {"status": status, "alarmNames": ["errors"], "triggeredAlarmNames": []}


def test_alarms_of_a_deployment_that_is_done_are_watched_no_more() -> None:
    history = History(alarmed(enable=True))
    history.harbour.sail()
    assert history.told(history.arn)["status"] == "SUCCESSFUL"
    assert history.told(history.arn)["alarms"]["status"] == "MONITORING_COMPLETE"


def test_what_is_over_is_told_with_the_configuration_of_its_time() -> None:
    history = History(Rollout(breaker=True, threshold=Threshold("COUNT", 7))).completed()
    (first,) = [each for each in history.harbour.service.deployments if each.finished_at]
    arn = f"{ARN}:service-deployment/c/s/{first.service_deployment_id}"
    history.harbour.sail(8)
    history.harbour.put(replace(history.harbour.service, rollout=Rollout(minimum_healthy_percent=50)))
    told = history.told(arn)
    assert told["deploymentConfiguration"]["minimumHealthyPercent"] == 100
    assert told["deploymentCircuitBreaker"] == {
        "status": "MONITORING_COMPLETE",
        "failureCount": 0,
        "threshold": 7,
    }
    assert history.told(history.arn)["deploymentConfiguration"]["minimumHealthyPercent"] == 50


def test_the_names_of_deployments_and_revisions_are_as_on_aws() -> None:
    history = History().completed()
    told = history.told(history.arn)
    assert re.fullmatch(ARN + r":service-deployment/c/s/[A-Za-z0-9_-]{21}", told["serviceDeploymentArn"])
    revision = told["targetServiceRevision"]["arn"]
    assert re.fullmatch(ARN + r":service-revision/c/s/[1-9][0-9]{18}", revision)
    assert history.harbour.service.primary.id == f"ecs-svc/{revision.rpartition('/')[2]}"
    assert told["targetServiceRevision"] == {
        "arn": revision,
        "requestedTaskCount": 1,
        "runningTaskCount": 0,
        "pendingTaskCount": 1,
    }
    (source,) = told["sourceServiceRevisions"]
    assert (source["requestedTaskCount"], source["runningTaskCount"]) == (1, 1)


def with_history(count: int) -> History:
    """Return a service with this many deployments, a second apart."""
    history = History()
    service: Service = history.harbour.service
    every: list[Deployment] = []
    for number in range(count):
        made = making.new_deployment(service.current, 1, service.created_at + number)
        every.insert(0, replace(made, rollout_state="COMPLETED"))
    history.harbour.put(replace(service, deployments=tuple(every)))
    return history


def test_deployments_are_listed_newest_first_twenty_at_a_time() -> None:
    history = with_history(25)
    listed = history.ask("ListServiceDeployments", cluster="c", service="s")
    assert len(listed["serviceDeployments"]) == 20
    times = [each["createdAt"] for each in listed["serviceDeployments"]]
    assert times == sorted(times, reverse=True)
    rest = history.ask("ListServiceDeployments", cluster="c", service="s", nextToken=listed["nextToken"])
    assert len(rest["serviceDeployments"]) == 5
    assert rest["nextToken"] is None
    assert rest["serviceDeployments"][-1].keys() == {
        "serviceDeploymentArn",
        "serviceArn",
        "clusterArn",
        "createdAt",
        "startedAt",
        "finishedAt",
        "targetServiceRevisionArn",
        "status",
        "statusReason",
    }


def test_of_two_deployments_of_one_moment_both_are_listed() -> None:
    history = History()
    history.harbour.deploy(2)
    listed = history.ask("ListServiceDeployments", cluster="c", service="s")["serviceDeployments"]
    assert len({each["serviceDeploymentArn"] for each in listed}) == 2


@pytest.mark.parametrize(("limit", "is_taken"), [(0, False), (1, True), (100, True), (101, False)])
def test_a_list_of_deployments_has_at_most_a_hundred(
    limit: int,
    is_taken: bool,  # noqa: FBT001 - a parameter
) -> None:
    history = with_history(2)
    if is_taken:
        assert history.ask("ListServiceDeployments", cluster="c", service="s", maxResults=limit)
    else:
        params = {"cluster": "c", "service": "s", "maxResults": limit}
        code, _ = refused(lambda: history.ask("ListServiceDeployments", **params))
        assert code == "InvalidParameterException"


def test_deployments_are_found_by_status_and_time() -> None:
    history = with_history(3)
    middle = history.ask("ListServiceDeployments", cluster="c", service="s")["serviceDeployments"][1]

    def found(**params: Any) -> list[str]:
        listed = history.ask("ListServiceDeployments", cluster="c", service="s", **params)
        return [each["serviceDeploymentArn"] for each in listed["serviceDeployments"]]

    around = {
        "after": middle["createdAt"] - timedelta(seconds=0.5),
        "before": middle["createdAt"] + timedelta(seconds=0.5),
    }
    assert found(createdAt=around) == [middle["serviceDeploymentArn"]]
    assert len(found(status=["SUCCESSFUL"])) == 3
    assert found(status=["PENDING", "STOPPED"]) == []


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("DescribeServiceDeployments", "serviceDeploymentArns"),
        ("DescribeServiceRevisions", "serviceRevisionArns"),
    ],
)
def test_at_most_twenty_are_described_and_unknown_ones_are_missing(operation: str, member: str) -> None:
    history = History()
    answer = history.ask(operation, **{member: [f"{ARN}:x/c/s/{number}" for number in range(20)]})
    assert answer["failures"][0] == {"arn": f"{ARN}:x/c/s/0", "reason": "MISSING"}
    code, _ = refused(lambda: history.ask(operation, **{member: ["x"] * 21}))
    assert code == "InvalidParameterException"


def in_a_yard(story: Callable[[Yard], Awaitable[None]]) -> None:
    async def with_yard() -> None:
        await story(Yard())

    asyncio.run(with_yard())


def test_a_service_names_its_current_deployment_and_revisions() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        made = await yard.create(desiredCount=2)
        updated = (await yard.call("UpdateService", cluster="c", service="s", forceNewDeployment=True))[
            "service"
        ]
        assert made["currentServiceDeployment"] != updated["currentServiceDeployment"]
        new, old = updated["currentServiceRevisions"]
        assert old["arn"] == made["currentServiceRevisions"][0]["arn"]
        assert new == {
            "arn": new["arn"],
            "requestedTaskCount": 2,
            "runningTaskCount": 0,
            "pendingTaskCount": 0,
        }
        found = await yard.call("DescribeServiceRevisions", serviceRevisionArns=[new["arn"]])
        revision = found["serviceRevisions"][0]
        assert revision["taskDefinition"] == updated["taskDefinition"]
        assert revision["serviceRegistries"] == updated["serviceRegistries"]
        assert revision["networkConfiguration"] == updated["networkConfiguration"]
        assert revision["launchType"] == "FARGATE"

    in_a_yard(story)


HOOK = {
    "hookTargetArn": "arn:aws:lambda:ap-northeast-1:000000000000:function:f",
    "roleArn": "arn:aws:iam::000000000000:role/r",
    "lifecycleStages": ["PRE_SCALE_UP"],
}
SUCCESS = {"enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "DEFERRED"}


@pytest.mark.parametrize(
    ("configuration", "text"),
    [
        ({"strategy": "BLUE_GREEN"}, "deployment strategy BLUE_GREEN"),
        ({"strategy": "LINEAR"}, "deployment strategy LINEAR"),
        ({"strategy": "CANARY"}, "deployment strategy CANARY"),
        ({"bakeTimeInMinutes": 5}, "bakeTimeInMinutes"),
        ({"lifecycleHooks": [HOOK]}, "lifecycleHooks"),
        ({"linearConfiguration": {"stepPercent": 10.0}}, "linearConfiguration"),
        ({"canaryConfiguration": {"canaryPercent": 5.0}}, "canaryConfiguration"),
        ({"earlySuccessCriteria": SUCCESS}, "earlySuccessCriteria"),
    ],
)
def test_other_ways_to_deploy_than_rolling_are_refused_by_name(
    configuration: dict[str, Any], text: str
) -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        with pytest.raises(ServiceError, match=text) as error:
            await yard.create(deploymentConfiguration=configuration)
        assert error.value.code == "NotImplementedException"

    in_a_yard(story)


def test_a_rolling_service_says_so_and_may_say_so() -> None:
    async def story(yard: Yard) -> None:
        await yard.register()
        given = {"strategy": "ROLLING", "bakeTimeInMinutes": 0, "earlySuccessCriteria": {"enable": False}}
        made = (await yard.create(deploymentConfiguration=given))["deploymentConfiguration"]
        assert (made["strategy"], made["bakeTimeInMinutes"]) == ("ROLLING", 0)

    in_a_yard(story)


def test_a_paused_deployment_cannot_be_continued_for_none_pauses() -> None:
    async def story(yard: Yard) -> None:
        with pytest.raises(ServiceError, match="ecs:ContinueServiceDeployment") as error:
            await yard.call("ContinueServiceDeployment", serviceDeploymentArn="a", hookId="h")
        assert error.value.code == "NotImplementedException"

    in_a_yard(story)
