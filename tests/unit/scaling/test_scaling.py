"""Services of ECS are scaled by what their tasks use, and by the clock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.scaling import Scaling
from hatoba.cloud.scaling.model import Target
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import Call, NotImplementedHere, Operations, ServiceError
from hatoba.cloud.world import TaskUsage
from tests.support.calls import SCOPE, Bench
from tests.support.fakes import FakeClock
from tests.support.looping import Looping

RESOURCE = "service/c/s"
CPU, MEMORY = "ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization"
REQUESTS = "ALBRequestCountPerTarget"
GROUP = "targetgroup/web/0123456789abcdef"
LABEL = f"app/lb/fedcba9876543210/{GROUP}"


class Pit(Looping):
    """Scaling over a fake clock. ``cpu`` and ``memory`` are what each task uses, in percent."""

    STEP_S = 5.0

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.bench = Bench(clock=self.clock)
        self.desired = 2
        self.cpu: float | None = 50.0
        self.memory = 50.0
        self.deployments = 1
        self.status = "ACTIVE"
        self.bounds: list[Mapping[str, Any]] = []
        self._used: dict[str, float] = {}
        self._at = self.clock.now()
        ecs = Operations("ecs")
        ecs.add("DescribeServices", self._describe)
        ecs.add("UpdateService", self._update)
        self.bench.add(ecs)
        own = Operations("application-autoscaling")
        own.add("RegisterScalableTarget", self._register)
        self.bench.add(own)
        self.scaling = Scaling(self.bench.world, self, counter=self)
        self.per_minute = 0.0
        self._began_at = self.clock.now()
        self.counted: int | None = None

    async def requests(self) -> Mapping[str, int]:
        """Count ``per_minute`` since the beginning, or what the test says."""
        passed = int((self.clock.now() - self._began_at) / 60 * self.per_minute)
        arn = f"arn:aws:elasticloadbalancing:{SCOPE.region}:{SCOPE.account}:{GROUP}"
        return {arn: passed if self.counted is None else self.counted, "another": 1_000_000}

    async def usages(self, scope: Scope, cluster: str, service: str) -> tuple[TaskUsage, ...]:
        assert (scope, cluster, service) == (SCOPE, "c", "s")
        now = self.clock.now()
        if self.cpu is None:
            return ()
        for number in range(self.desired):
            used = self._used.get(f"t{number}", 0.0)
            self._used[f"t{number}"] = used + (now - self._at) * self.cpu / 100 * 0.25
        self._at = now
        memory = int(self.memory / 100 * 512 * 1024 * 1024)
        return tuple(
            TaskUsage(f"t{number}", now, int(self._used[f"t{number}"] * 1e9), memory, 256, 512)
            for number in range(self.desired)
        )

    def _describe(self, call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        del call, request
        service = {"desiredCount": self.desired, "runningCount": self.desired, "status": self.status}
        return {"services": [{**service, "deployments": [{}] * self.deployments}]}

    def _update(self, call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        del call
        assert (request["cluster"], request["service"]) == ("c", "s")
        if request["desiredCount"] > 50:
            raise ServiceError("ServiceNotActiveException", "Service was not ACTIVE.")
        self.desired = request["desiredCount"]
        return {}

    def _register(self, call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        del call
        self.bounds.append(request)
        return {}

    def put(self, policies: list[dict[str, Any]] = [], **members: Any) -> None:  # noqa: B006 - only read
        target = {"ServiceNamespace": "ecs", "ResourceId": RESOURCE, "MinCapacity": 1, "MaxCapacity": 10}
        standing = {
            "Targets": [{**target, **members}],
            "Policies": policies,
            "Actions": members.pop("Actions", []),
        }
        self.scaling.keep(SCOPE, "application-autoscaling", json.dumps(standing).encode())

    def target(self) -> Target:
        [found] = self.scaling.targets.list(SCOPE)
        return found

    def told(self, **params: Any) -> list[Any]:
        call = self.bench.call_as(SCOPE, "x").of("application-autoscaling", "DescribeScalingActivities")
        found = asyncio.run(self.scaling.answer(call, {"ServiceNamespace": "ecs", **params}))
        assert found is not None
        told = found["ScalingActivities"]
        assert isinstance(told, list)
        return told

    async def run(self) -> None:
        await self.scaling.run()


def policy(name: str = "cpu", metric: str = CPU, **tracking: Any) -> dict[str, Any]:
    return {
        "PolicyName": name,
        "ServiceNamespace": "ecs",
        "ResourceId": RESOURCE,
        "TargetTracking": {
            "TargetValue": 50.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
            **tracking,
        },
        "Alarms": [f"{name}-high", f"{name}-low"],
    }


def test_busy_tasks_get_company_and_a_cause_is_told() -> None:
    pit = Pit()

    async def go() -> None:
        async with pit.at_work():
            pit.put([policy()])
            pit.cpu = 120.0
            await pit.wait(20)
            assert pit.desired == 2  # the first look measures nothing, and an alarm needs three datapoints
            await pit.wait(20)
            assert pit.desired == 5
            await pit.wait(100)
            assert pit.desired == 5  # it cools down

    asyncio.run(go())
    [told] = pit.told(ResourceId=RESOURCE)
    assert told["Description"] == "Setting desired count to 5."
    assert told["Cause"] == "monitor alarm cpu-high in state ALARM triggered policy cpu"
    assert told["StatusCode"] == "Successful"
    assert (
        told["StatusMessage"] == "Successfully set desired count to 5. Change successfully fulfilled by ecs."
    )
    assert pit.told(ResourceId="service/c/other") == []


def test_idle_tasks_leave_and_not_while_a_deployment_is_in_progress() -> None:
    pit = Pit()
    pit.desired = 8

    async def go() -> None:
        async with pit.at_work():
            pit.put([policy()])
            pit.cpu = 10.0
            pit.deployments = 2
            await pit.wait(300)
            assert pit.desired == 8
            pit.deployments = 1
            await pit.wait(10)
            assert pit.desired == 2

    asyncio.run(go())
    assert pit.told()[0]["Cause"] == "monitor alarm cpu-low in state ALARM triggered policy cpu"


def test_memory_is_tracked_too_and_the_larger_wish_counts() -> None:
    pit = Pit()

    async def go() -> None:
        async with pit.at_work():
            pit.put([policy(), policy("memory", MEMORY, TargetValue=20.0)])
            pit.cpu, pit.memory = 75.0, 80.0
            await pit.wait(60)

    asyncio.run(go())
    assert pit.desired == 8
    assert "policy memory" in pit.told()[0]["Cause"]


def by_requests(value: float) -> dict[str, Any]:
    predefined = {"PredefinedMetricType": REQUESTS, "ResourceLabel": LABEL}
    return policy("requests", TargetValue=value, PredefinedMetricSpecification=predefined)


def test_requests_to_the_target_group_of_a_load_balancer_are_shared_by_the_tasks() -> None:
    pit = Pit()
    pit.per_minute = 6000.0

    async def go() -> None:
        async with pit.at_work():
            pit.put([by_requests(1000.0)])
            await pit.wait(60)

    asyncio.run(go())
    assert pit.desired == 6
    assert "policy requests" in pit.told()[0]["Cause"]


def test_counts_that_begin_anew_decide_nothing() -> None:
    pit = Pit()

    async def go() -> None:
        async with pit.at_work():
            pit.put([by_requests(1000.0)])
            for count in (90_000, 60_000, 30_000, 10, 0):
                pit.counted = count
                await pit.wait(10)

    asyncio.run(go())
    assert pit.desired == 2


def test_what_cannot_be_measured_decides_nothing() -> None:
    pit = Pit()

    async def go() -> None:
        async with pit.at_work():
            pit.put([policy()])
            pit.cpu = None
            await pit.wait(400)

    asyncio.run(go())
    assert pit.desired == 2
    assert pit.told() == []


def test_a_scaling_that_is_refused_is_told_as_failed() -> None:
    pit = Pit()

    async def go() -> None:
        async with pit.at_work():
            pit.put([policy()], MaxCapacity=100)
            pit.cpu = 2000.0
            await pit.wait(40)

    asyncio.run(go())
    assert pit.desired == 2
    assert pit.told()[0]["StatusCode"] == "Failed"


def test_a_scheduled_action_moves_the_bounds_and_the_count() -> None:
    pit = Pit()
    action = {
        "Name": "morning",
        "ServiceNamespace": "ecs",
        "ResourceId": RESOURCE,
        "Schedule": "rate(10 minutes)",
        "Action": {"MinCapacity": 4, "MaxCapacity": 6},
    }

    async def go() -> None:
        async with pit.at_work():
            pit.put(Actions=[action])
            await pit.wait(590)
            assert pit.desired == 2
            await pit.wait(20)

    asyncio.run(go())
    assert pit.desired == 4
    assert (pit.target().minimum, pit.target().maximum) == (4, 6)
    assert pit.bounds == [
        {
            "ServiceNamespace": "ecs",
            "ResourceId": RESOURCE,
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 4,
            "MaxCapacity": 6,
        }
    ]
    assert pit.told()[0]["Cause"] == "minimum capacity was set to 4"


def test_a_count_outside_of_bounds_that_are_written_is_brought_within() -> None:
    pit = Pit()

    async def go() -> None:
        async with pit.at_work():
            pit.put(MinCapacity=4)
            await pit.wait(10)
            assert pit.desired == 4
            pit.put(MaxCapacity=3)
            await pit.wait(10)
            assert pit.desired == 3
            pit.desired = 9  # by somebody else: nothing is written, no alarm is on
            pit.put(MaxCapacity=3)
            await pit.wait(400)

    asyncio.run(go())
    assert pit.desired == 9
    assert [each["Cause"] for each in pit.told()] == [
        "maximum capacity was set to 3",
        "minimum capacity was set to 4",
    ]


def test_a_count_outside_of_its_bounds_is_brought_within_when_an_alarm_is_on() -> None:
    pit = Pit()

    async def go() -> None:
        async with pit.at_work():
            pit.put([policy()], MaxCapacity=3)
            await pit.wait(10)
            pit.desired = 9
            await pit.wait(400)
            assert pit.desired == 9
            pit.cpu = 120.0
            await pit.wait(60)

    asyncio.run(go())
    assert pit.desired == 3


def test_a_scheduled_action_that_cannot_be_read_never_comes_due() -> None:
    pit = Pit()
    named = {"Name": "odd", "ServiceNamespace": "ecs", "ResourceId": RESOURCE, "Schedule": "rate(1 moon)"}
    pit.put(Actions=[named])
    assert [each.occurs_at for each in pit.target().actions] == [None]


def test_a_target_that_is_gone_is_forgotten_and_one_that_stays_keeps_its_past() -> None:
    pit = Pit()

    async def go() -> None:
        async with pit.at_work():
            pit.put([policy()])
            pit.cpu = 120.0
            await pit.wait(40)

    asyncio.run(go())
    before = pit.target().out_at
    assert before is not None
    pit.put([policy()], MaxCapacity=20)
    assert (pit.target().out_at, pit.target().maximum) == (before, 20)
    pit.scaling.keep(SCOPE, "application-autoscaling", b"{}")
    assert pit.scaling.targets.list(SCOPE) == ()


TRACKED = {"TargetValue": 50.0, "PredefinedMetricSpecification": {"PredefinedMetricType": CPU}}
NAMED = {
    "ServiceNamespace": "ecs",
    "ResourceId": RESOURCE,
    "ScalableDimension": "ecs:service:DesiredCount",
    "PolicyName": "p",
}


@pytest.mark.parametrize(
    ("operation", "params", "told"),
    [
        ("RegisterScalableTarget", {"ResourceId": "service/c/new", "MinCapacity": 1}, "must be specified"),
        ("RegisterScalableTarget", {"MinCapacity": 11}, "cannot be less"),
        ("PutScalingPolicy", {"ResourceId": "service/c/new"}, "No scalable target registered"),
        ("PutScalingPolicy", {"PolicyType": "StepScaling"}, "StepScaling"),
        ("PutScalingPolicy", {"PolicyType": "TargetTrackingScaling"}, "must be specified"),
        ("PutScheduledAction", {"Schedule": "rate(1 moon)"}, "Invalid schedule"),
        ("PutScheduledAction", {"Schedule": "rate(1 hour)", "Timezone": "Moon"}, "Invalid schedule"),
        ("DescribeScalingActivities", {"IncludeNotScaledActivities": True}, "IncludeNotScaled"),
        ("DescribeScalingActivities", {"NextToken": "?"}, "not valid"),
    ],
)
def test_what_nobody_would_act_on_is_refused(operation: str, params: dict[str, Any], told: str) -> None:
    with pytest.raises(ServiceError, match=told):
        ask(operation, params)


def ask(operation: str, params: Mapping[str, Any]) -> None:
    pit = Pit()
    pit.put()
    call = pit.bench.call_as(SCOPE, "x").of("application-autoscaling", operation)
    asyncio.run(pit.scaling.answer(call, NAMED | dict(params)))


def test_only_metrics_that_are_measured_are_tracked() -> None:
    kind = {"PolicyType": "TargetTrackingScaling"}
    ask("PutScalingPolicy", kind | {"TargetTrackingScalingPolicyConfiguration": TRACKED})
    for tracked, told in (
        ({"TargetValue": 1.0, "CustomizedMetricSpecification": {"MetricName": "m"}}, "CustomizedMetric"),
        (
            {**TRACKED, "PredefinedMetricSpecification": {"PredefinedMetricType": "KafkaBrokerStorage"}},
            "KafkaBrokerStorage",
        ),
    ):
        with pytest.raises(NotImplementedHere, match=told):
            ask("PutScalingPolicy", kind | {"TargetTrackingScalingPolicyConfiguration": tracked})
    requests = {"PredefinedMetricType": REQUESTS, "ResourceLabel": LABEL}
    tracked = {**TRACKED, "PredefinedMetricSpecification": requests}
    ask("PutScalingPolicy", kind | {"TargetTrackingScalingPolicyConfiguration": tracked})
    unlabelled = {**TRACKED, "PredefinedMetricSpecification": {"PredefinedMetricType": REQUESTS}}
    with pytest.raises(ServiceError, match="ResourceLabel"):
        ask("PutScalingPolicy", kind | {"TargetTrackingScalingPolicyConfiguration": unlabelled})
    with pytest.raises(ServiceError, match="greater than 0"):
        ask(
            "PutScalingPolicy",
            kind | {"TargetTrackingScalingPolicyConfiguration": {**TRACKED, "TargetValue": 0.0}},
        )


@pytest.mark.parametrize(
    "named",
    [
        {"ResourceId": "service/c"},
        {"ResourceId": "service/c/s/x"},
        {"ResourceId": "cluster/c/s"},
        {"ScalableDimension": "dynamodb:table:ReadCapacityUnits"},
    ],
)
def test_only_the_desired_count_of_a_service_scales(named: dict[str, Any]) -> None:
    bounds = {"MinCapacity": 1, "MaxCapacity": 2}
    with pytest.raises(ServiceError) as refused:
        ask("RegisterScalableTarget", {**bounds, **named})
    assert (refused.value.code, refused.value.message) == (
        "ValidationException",
        "Unsupported service namespace, resource type or scalable dimension",
    )


def test_a_service_that_does_not_stand_does_not_scale() -> None:
    pit = Pit()
    pit.status = "INACTIVE"
    call = pit.bench.call_as(SCOPE, "x").of("application-autoscaling", "RegisterScalableTarget")
    asked = NAMED | {"MinCapacity": 1, "MaxCapacity": 2}
    with pytest.raises(ServiceError, match="ECS service doesn't exist: service/c/s"):
        asyncio.run(pit.scaling.answer(call, asked))
    pit.status = "ACTIVE"
    assert asyncio.run(pit.scaling.answer(call, asked)) is None
