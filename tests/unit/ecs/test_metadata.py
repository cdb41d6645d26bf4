"""What the task metadata endpoint answers, from records alone."""

from __future__ import annotations

from msgspec.structs import replace

from hatoba.cloud.ecs.control import metadata
from hatoba.cloud.ecs.definition import TaskDefinitionView, read
from hatoba.cloud.ecs.model import Attachment, Container, Network, Subnet, Task
from hatoba.runtime.protocol import Usage
from tests.support.calls import SCOPE

TASK_ID = "0123456789abcdef0123456789abcdef"
CONTAINER_ID = "00000000-0000-0000-0000-00000000000a"
PREFIX = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}"
TASK = Task(
    cluster="c",
    id=TASK_ID,
    task_definition=f"{PREFIX}:task-definition/app:7",
    group="service:s",
    created_at=0.0,
    network=Network((Subnet("subnet-a", "ap-northeast-1a"),)),
    attachment=Attachment("a", "subnet-a", "ap-northeast-1a", private_ip="10.0.1.9", mac_address="02:00"),
    containers=(
        Container(
            "app",
            CONTAINER_ID,
            "shop:1",
            cpu=128,
            last_status="RUNNING",
            health="HEALTHY",
            health_since=12.5,
            started_at=10.0,
        ),
    ),
    cpu="512",
    memory="1024",
    service="s",
    last_status="RUNNING",
    runtime="process",
    tags={"team": "sales"},
)


def subject(task: Task = TASK, **members: object) -> metadata.Subject:
    return metadata.Subject(SCOPE, task, view(**members), "10.0.1.0/24")


def view(**members: object) -> TaskDefinitionView:
    return read({"family": "app", "containerDefinitions": [{"name": "app", "image": "shop:1", **members}]})


def test_a_task_is_described_with_its_limits_in_whole_cpus() -> None:
    told = metadata.task(subject())
    assert told["Cluster"] == f"{PREFIX}:cluster/c"
    assert told["TaskARN"] == f"{PREFIX}:task/c/{TASK_ID}"
    assert (told["Family"], told["Revision"], told["ServiceName"]) == ("app", "7", "s")
    assert (told["DesiredStatus"], told["KnownStatus"]) == ("RUNNING", "RUNNING")
    assert told["Limits"] == {"CPU": 0.5, "Memory": 1024}
    assert told["LaunchType"] == "FARGATE"


def test_tags_are_told_only_where_they_are_asked_for() -> None:
    assert "TaskTags" not in metadata.task(subject())
    assert metadata.task(subject(), with_tags=True)["TaskTags"] == {"team": "sales"}


def test_a_container_has_the_id_the_labels_and_the_network_of_fargate() -> None:
    told = metadata.container(subject(), TASK.containers[0])
    assert told["DockerId"] == f"{TASK_ID}-0000000010"
    assert told["ContainerARN"] == f"{PREFIX}:container/c/{TASK_ID}/{CONTAINER_ID}"
    assert told["Labels"] == {
        "com.amazonaws.ecs.cluster": f"{PREFIX}:cluster/c",
        "com.amazonaws.ecs.container-name": "app",
        "com.amazonaws.ecs.task-arn": f"{PREFIX}:task/c/{TASK_ID}",
        "com.amazonaws.ecs.task-definition-family": "app",
        "com.amazonaws.ecs.task-definition-version": "7",
    }
    assert told["Networks"] == [
        {
            "NetworkMode": "awsvpc",
            "IPv4Addresses": ["10.0.1.9"],
            "AttachmentIndex": 0,
            "MACAddress": "02:00",
            "IPv4SubnetCIDRBlock": "10.0.1.0/24",
            "SubnetGatewayIpv4Address": "10.0.1.1/24",
        }
    ]
    assert told["StartedAt"] == "1970-01-01T00:00:10Z"
    assert "ExitCode" not in told


def test_health_is_told_of_a_container_that_has_a_check() -> None:
    assert "Health" not in metadata.container(subject(), TASK.containers[0])
    checked = subject(healthCheck={"command": ["CMD", "true"]})
    assert metadata.container(checked, TASK.containers[0])["Health"] == {
        "status": "HEALTHY",
        "statusSince": "1970-01-01T00:00:12.500000Z",
    }


def test_the_log_options_name_the_stream_instead_of_its_prefix() -> None:
    options = {"awslogs-group": "/g", "awslogs-region": "r", "awslogs-stream-prefix": "p"}
    logged = subject(logConfiguration={"logDriver": "awslogs", "options": options})
    told = metadata.container(logged, TASK.containers[0])
    assert told["LogDriver"] == "awslogs"
    assert told["LogOptions"] == {
        "awslogs-group": "/g",
        "awslogs-region": "r",
        "awslogs-stream": f"p/app/{TASK_ID}",
    }


def test_an_ended_container_tells_its_exit_and_its_restarts() -> None:
    ended = replace(TASK.containers[0], last_status="STOPPED", exit_code=3, stopped_at=20.0, restarts=2)
    restarted = subject(restartPolicy={"enabled": True})
    told = metadata.container(restarted, ended)
    assert (told["ExitCode"], told["FinishedAt"], told["RestartCount"]) == (3, "1970-01-01T00:00:20Z", 2)


def test_statistics_carry_the_measurement_before() -> None:
    first = Usage(1.0, 10, 100, 2, 4096, None, 3)
    second = Usage(2.0, 20, 200, 2, 8192, 9000, 1)
    assert metadata.stats("app", "i", first, None)["precpu_stats"] == {"cpu_usage": {"total_usage": 0}}
    told = metadata.stats("app", "i", second, first)
    assert told["precpu_stats"] == {
        "cpu_usage": {"total_usage": 10},
        "system_cpu_usage": 100,
        "online_cpus": 2,
    }
    assert told["memory_stats"] == {"usage": 8192, "limit": 9000}
    assert (told["preread"], told["read"]) == ("1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z")
