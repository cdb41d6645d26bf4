"""What ECS tells EventBridge, against the events that AWS documents and that users have kept."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs.act.telling import Teller
from hatoba.cloud.ecs.control import events
from hatoba.cloud.ecs.model import (
    Attachment,
    Container,
    Network,
    Registry,
    Revision,
    Rollout,
    Service,
    StrategyItem,
    Subnet,
    Task,
)
from hatoba.cloud.state import Scope
from hatoba.cloud.world import ServiceEvent
from tests.support.calls import SCOPE
from tests.support.fakes import FakeClock
from tests.unit.ecs.harbour import Harbour

PLACE = Scope("111122223333", "us-west-2")
ARN = "arn:aws:ecs:us-west-2:111122223333"
CREATED = 1_579_802_254.402
TASK = Task(
    cluster="FargateCluster",
    id="c13b4cb40f1f4fe4a2971f76ae5a47ad",
    task_definition=f"{ARN}:task-definition/sample-fargate:1",
    group="family:sample-fargate",
    created_at=CREATED,
    network=Network((Subnet("subnet-abcd1234", "us-west-2c"),)),
    attachment=Attachment(
        "1789bcae-ddfb-4d10-8ebe-8ac87ddba5b8",
        "subnet-abcd1234",
        "us-west-2c",
        "ATTACHED",
        "eni-abcd1234",
        "0a:98:eb:a7:29:ba",
        private_ip="10.0.0.139",
    ),
    containers=(
        Container(
            "FargateApp", "cf159fd6", "hello:latest", last_status="RUNNING", image_digest="sha256:74b2"
        ),
    ),
    cpu="256",
    memory="512",
    last_status="RUNNING",
    version=4,
    connectivity_at=CREATED + 4,
    pull_started_at=CREATED + 18,
    pull_stopped_at=CREATED + 21,
    started_at=CREATED + 24,
)
DOCUMENTED: dict[str, Any] = {
    "attachments": [
        {
            "id": "1789bcae-ddfb-4d10-8ebe-8ac87ddba5b8",
            "type": "eni",
            "status": "ATTACHED",
            "details": [
                {"name": "subnetId", "value": "subnet-abcd1234"},
                {"name": "networkInterfaceId", "value": "eni-abcd1234"},
                {"name": "macAddress", "value": "0a:98:eb:a7:29:ba"},
                {"name": "privateIPv4Address", "value": "10.0.0.139"},
            ],
        }
    ],
    "availabilityZone": "us-west-2c",
    "clusterArn": f"{ARN}:cluster/FargateCluster",
    "containers": [
        {
            "containerArn": f"{ARN}:container/FargateCluster/c13b4cb40f1f4fe4a2971f76ae5a47ad/cf159fd6",
            "lastStatus": "RUNNING",
            "name": "FargateApp",
            "image": "hello:latest",
            "imageDigest": "sha256:74b2",
            "taskArn": f"{ARN}:task/FargateCluster/c13b4cb40f1f4fe4a2971f76ae5a47ad",
            "networkInterfaces": [
                {
                    "attachmentId": "1789bcae-ddfb-4d10-8ebe-8ac87ddba5b8",
                    "privateIpv4Address": "10.0.0.139",
                }
            ],
            "cpu": "0",
        }
    ],
    "createdAt": "2020-01-23T17:57:34.402Z",
    "launchType": "FARGATE",
    "cpu": "256",
    "memory": "512",
    "desiredStatus": "RUNNING",
    "group": "family:sample-fargate",
    "lastStatus": "RUNNING",
    "overrides": {"containerOverrides": [{"name": "FargateApp"}]},
    "connectivity": "CONNECTED",
    "connectivityAt": "2020-01-23T17:57:38.402Z",
    "pullStartedAt": "2020-01-23T17:57:52.402Z",
    "startedAt": "2020-01-23T17:57:58.402Z",
    "pullStoppedAt": "2020-01-23T17:57:55.402Z",
    "updatedAt": "2020-01-23T17:57:58.402Z",
    "taskArn": f"{ARN}:task/FargateCluster/c13b4cb40f1f4fe4a2971f76ae5a47ad",
    "taskDefinitionArn": f"{ARN}:task-definition/sample-fargate:1",
    "version": 4,
    "platformVersion": "1.4.0",
}
SEEN_BY_USERS = {
    "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
    "enableExecuteCommand": False,
    "ephemeralStorage": {"sizeInGiB": 20},
}
"""What is in events that users kept, and not in the older one of the documentation."""


def detail_of(task: Task) -> dict[str, Any]:
    [event] = events.of_task(PLACE, None, task, CREATED + 24)
    return dict(event.detail)


def test_a_running_task_is_told_as_documented() -> None:
    [event] = events.of_task(PLACE, None, TASK, CREATED + 24)

    assert (event.source, event.detail_type) == ("aws.ecs", "ECS Task State Change")
    assert event.resources == (DOCUMENTED["taskArn"],)
    assert event.detail == DOCUMENTED | SEEN_BY_USERS


def test_a_stopped_task_tells_why_and_its_exit_codes() -> None:
    stopped = replace(
        TASK,
        desired_status="STOPPED",
        last_status="STOPPED",
        containers=(replace(TASK.containers[0], last_status="STOPPED", exit_code=137, health="UNHEALTHY"),),
        stop_code="UserInitiated",
        stopped_reason="bye",
        stopping_at=CREATED + 30,
        stopped_at=CREATED + 40,
        health="UNHEALTHY",
        enable_execute_command=True,
    )

    detail = detail_of(stopped)

    assert (detail["stopCode"], detail["stoppedReason"]) == ("UserInitiated", "bye")
    assert (detail["stoppingAt"], detail["stoppedAt"]) == (
        "2020-01-23T17:58:04.402Z",
        "2020-01-23T17:58:14.402Z",
    )
    [container] = detail["containers"]
    assert (container["exitCode"], container["healthStatus"]) == (137, "UNHEALTHY")
    assert container["managedAgents"] == [{"name": "ExecuteCommandAgent", "status": "STOPPED"}]
    assert detail["healthStatus"] == "UNHEALTHY"


def test_a_task_that_is_in_the_same_state_is_not_told_again() -> None:
    assert events.of_task(PLACE, TASK, replace(TASK, is_ready=True, is_registered=True), CREATED) == []


class Mailbox:
    """A bus on which everything is wanted, or nothing."""

    def __init__(self, *, wants: bool = True) -> None:
        self.wanted = wants
        self.sent: list[ServiceEvent] = []

    def wants(self, scope: Scope, source: str, detail_type: str) -> bool:
        assert (scope, source) == (SCOPE, "aws.ecs")
        assert detail_type.startswith("ECS ")
        return self.wanted

    def publish(self, scope: Scope, event: ServiceEvent) -> None:
        assert scope == SCOPE
        self.sent.append(event)

    def of(self, detail_type: str) -> list[dict[str, Any]]:
        return [dict(each.detail) for each in self.sent if each.detail_type == detail_type]

    @property
    def actions(self) -> list[tuple[str, str]]:
        return [(each["eventType"], each["eventName"]) for each in self.of(events.ACTION)]

    @property
    def deployments(self) -> list[tuple[str, str, str, str]]:
        """Type, name, deployment and reason of each."""
        return [
            (each["eventType"], each["eventName"], each["deploymentId"], each["reason"])
            for each in self.of(events.DEPLOYMENT)
        ]


def harbour(box: Mailbox, **given: Any) -> Harbour:
    return Harbour(**given, watcher=Teller(FakeClock(1_000_000.0), box))


def test_a_task_is_told_of_once_for_each_version() -> None:
    box = Mailbox()
    port = harbour(box)
    port.sail(4)
    [task] = port.live
    port.store.update_container(SCOPE, task.key, "app", last_status="RUNNING")
    port.store.update_container(SCOPE, task.key, "app", last_status="STOPPED", exit_code=1)
    port.end(task)

    told = box.of(events.TASK)
    assert [(each["version"], each["lastStatus"], each["desiredStatus"]) for each in told] == [
        (1, "PROVISIONING", "RUNNING"),
        (2, "PENDING", "RUNNING"),
        (3, "ACTIVATING", "RUNNING"),
        (4, "RUNNING", "RUNNING"),
        (5, "RUNNING", "RUNNING"),
        (6, "RUNNING", "RUNNING"),
        (7, "STOPPED", "STOPPED"),
    ]
    assert told[5]["containers"][0]["lastStatus"] == "STOPPED"


def test_a_deployment_is_told_when_it_begins_and_when_it_is_done() -> None:
    box = Mailbox()
    port = harbour(box)
    first = port.service.primary.id
    port.sail(6)

    assert box.deployments == [
        ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS", first, f"ECS deployment {first} in progress."),
        ("INFO", "SERVICE_DEPLOYMENT_COMPLETED", first, f"ECS deployment {first} completed."),
    ]
    [event] = [each for each in box.sent if each.detail.get("eventName") == "SERVICE_STEADY_STATE"]
    service_arn = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}:service/c/s"
    assert (event.detail_type, event.resources) == ("ECS Service Action", (service_arn,))
    assert {name: event.detail[name] for name in ("eventType", "clusterArn")} == {
        "eventType": "INFO",
        "clusterArn": f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}:cluster/c",
    }
    assert box.actions == [
        ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
        ("INFO", "SERVICE_DEPLOYMENT_COMPLETED"),
        ("INFO", "SERVICE_STEADY_STATE"),
    ]


def test_the_times_of_an_action_have_milliseconds_and_those_of_a_deployment_have_none() -> None:
    box = Mailbox()
    port = harbour(box)
    port.sail(6)

    assert {each["createdAt"][-5:] for each in box.of(events.ACTION)} == {".000Z"}
    [began, _] = box.of(events.DEPLOYMENT)
    assert began["updatedAt"] == "1970-01-12T13:46:40Z"


def failing(port: Harbour) -> None:
    """Let a second deployment fail until the breaker fires."""
    port.sail(6)
    port.deploy(2)
    for _ in range(12):
        port.now += 1000.0
        port.keep()
        for task in port.live:
            if task.task_definition.endswith(":2"):
                port.end(task)


def test_a_deployment_that_fails_is_told_with_its_way_back() -> None:
    box = Mailbox()
    port = harbour(box, rollout=Rollout(breaker=True, rollback=True))
    first = port.service.primary.id
    failing(port)
    port.sail(6)

    second = box.deployments[2][2]
    back = box.deployments[4][2]
    assert box.deployments[2:] == [
        ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS", second, f"ECS deployment {second} in progress."),
        (
            "ERROR",
            "SERVICE_DEPLOYMENT_FAILED",
            second,
            "ECS deployment circuit breaker: tasks failed to start.",
        ),
        (
            "INFO",
            "SERVICE_DEPLOYMENT_IN_PROGRESS",
            back,
            f"ECS deployment circuit breaker: rolling back to deploymentId {first}.",
        ),
        ("INFO", "SERVICE_DEPLOYMENT_COMPLETED", back, f"ECS deployment {back} completed."),
    ]
    assert ("ERROR", "SERVICE_DEPLOYMENT_FAILED") in box.actions


def test_a_service_that_cannot_start_its_tasks_says_so() -> None:
    box = Mailbox()
    port = harbour(box)
    failing(port)

    assert box.actions.count(("WARN", "SERVICE_TASK_START_IMPAIRED")) == 1


def test_a_task_that_cannot_be_placed_is_told_with_its_reason_and_the_capacity_providers() -> None:
    box = Mailbox()
    port = harbour(box)
    reason = "ResourceInitializationError: no secret"
    service = port.service
    revision = replace(service.primary.revision, strategy=(StrategyItem("FARGATE_SPOT", 1),))
    stuck = replace(service.primary, revision=revision, cannot_place=reason)
    port.put(replace(service, deployments=(stuck,)))
    port.keep()

    [told] = [each for each in box.of(events.ACTION) if each["eventType"] == "ERROR"]
    arn = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}:capacity-provider/FARGATE_SPOT"
    assert (told["eventName"], told["reason"]) == ("SERVICE_TASK_PLACEMENT_FAILURE", reason)
    assert told["capacityProviderArns"] == [arn]


def test_scaling_in_tells_that_tasks_were_stopped() -> None:
    box = Mailbox()
    port = harbour(box, desired=2)
    port.sail(6)
    port.scale(1)
    port.sail(1)

    assert box.actions[-2:] == [("INFO", "TASKS_STOPPED"), ("INFO", "SERVICE_STEADY_STATE")]
    assert ("INFO", "SERVICE_DESIRED_COUNT_UPDATED") not in box.actions


@pytest.mark.parametrize("registry", [None, Registry("arn:aws:servicediscovery:r:a:service/srv-1")])
def test_an_unhealthy_task_is_told_where_the_service_is_in_cloud_map(registry: Registry | None) -> None:
    box = Mailbox()
    port = harbour(box)
    port.sail(6)
    [task] = port.live
    port.store.tasks.put(SCOPE, replace(task, registry=registry))
    port.sicken(port.task(task.id))
    port.sail(6)

    is_told = ("WARN", "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY") in box.actions
    assert is_told == (registry is not None)


def test_where_nobody_listens_nothing_is_even_made() -> None:
    box = Mailbox(wants=False)
    port = harbour(box)
    port.sail(6)

    assert box.sent == []
    assert port.service.primary.rollout_state == "COMPLETED"


def test_a_service_made_anew_under_an_old_name_tells_its_own_deployment() -> None:
    fresh = Harbour().service.primary
    old = Service("c", "s", 1, 0.0, "me", Revision("td", Network(())), status="INACTIVE")
    new = replace(old, status="ACTIVE", deployments=(fresh,))

    told = events.of_service(SCOPE, old, new, 0.0)

    assert [each.detail["eventName"] for each in told] == ["SERVICE_DEPLOYMENT_IN_PROGRESS"] * 2
