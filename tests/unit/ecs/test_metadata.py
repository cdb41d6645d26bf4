"""What the task metadata endpoint answers, from records alone."""

from __future__ import annotations

from typing import cast

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs.control import metadata
from hatoba.cloud.ecs.definition import TaskDefinitionView, read
from hatoba.cloud.ecs.model import Attachment, Container, Network, Subnet, Task
from hatoba.runtime.protocol import Blocks, Usage
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
    attachment=Attachment(
        "a",
        "subnet-a",
        "ap-northeast-1a",
        private_ip="10.0.1.9",
        private_dns_name="ip-10-0-1-9.internal",
        mac_address="02:00",
    ),
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


def test_a_task_is_described_whole_with_its_limits_in_whole_cpus() -> None:
    pulled = replace(TASK, pull_started_at=5.0, pull_stopped_at=8.5)
    told = metadata.task(subject(pulled))
    containers = told.pop("Containers")
    assert containers == [metadata.container(subject(), TASK.containers[0])]
    assert told == {
        "Cluster": f"{PREFIX}:cluster/c",
        "TaskARN": f"{PREFIX}:task/c/{TASK_ID}",
        "Family": "app",
        "Revision": "7",
        "ServiceName": "s",
        "DesiredStatus": "RUNNING",
        "KnownStatus": "RUNNING",
        "Limits": {"CPU": 0.5, "Memory": 1024},
        "PullStartedAt": "1970-01-01T00:00:05Z",
        "PullStoppedAt": "1970-01-01T00:00:08.500000Z",
        "AvailabilityZone": "ap-northeast-1a",
        "LaunchType": "FARGATE",
        "FaultInjectionEnabled": False,
    }


@pytest.mark.parametrize(
    ("written_bytes", "told"),
    [(None, None), (0, 0), (1, 1), (3 * 1024 * 1024, 3), (3 * 1024 * 1024 + 1, 4)],
)
def test_the_disk_is_told_in_mib_where_it_is_measured(written_bytes: int | None, told: int | None) -> None:
    task = replace(TASK, ephemeral_storage_gib=30)
    disk = metadata.task(replace(subject(task), written_bytes=written_bytes)).get("EphemeralStorageMetrics")
    assert disk == (None if told is None else {"Utilized": told, "Reserved": 30720})


def test_a_task_of_no_service_names_none() -> None:
    assert "ServiceName" not in metadata.task(subject(replace(TASK, service=None)))


def test_a_container_is_described_whole() -> None:
    told = metadata.container(subject(), replace(TASK.containers[0], image_digest="sha256:1", memory=256))
    for named_elsewhere in ("Labels", "Networks"):
        assert told.pop(named_elsewhere)
    assert told == {
        "DockerId": f"{TASK_ID}-0000000010",
        "Name": "app",
        "DockerName": "app",
        "Image": "shop:1",
        "ImageID": "sha256:1",
        "DesiredStatus": "RUNNING",
        "KnownStatus": "RUNNING",
        "Limits": {"CPU": 128, "Memory": 256},
        "CreatedAt": "1970-01-01T00:00:10Z",
        "StartedAt": "1970-01-01T00:00:10Z",
        "Type": "NORMAL",
        "ContainerARN": f"{PREFIX}:container/c/{TASK_ID}/{CONTAINER_ID}",
    }


def test_a_container_whose_name_server_is_the_tasks_own_is_told_of_it() -> None:
    (network,) = cast(
        "list[dict[str, object]]", metadata.container(subject(), TASK.containers[0])["Networks"]
    )
    assert "DomainNameServers" not in network
    inside = replace(subject(), nameservers=("169.254.169.253",))
    (network,) = cast("list[dict[str, object]]", metadata.container(inside, TASK.containers[0])["Networks"])
    assert network["DomainNameServers"] == ["169.254.169.253"]


def test_containers_of_an_engine_have_a_snapshotter() -> None:
    inside = subject(replace(TASK, runtime="container"))
    assert metadata.container(inside, TASK.containers[0])["Snapshotter"] == "overlayfs"


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
            "PrivateDNSName": "ip-10-0-1-9.internal",
            "SubnetGatewayIpv4Address": "10.0.1.1/24",
        }
    ]
    assert told["StartedAt"] == "1970-01-01T00:00:10Z"
    assert "ExitCode" not in told


def test_health_is_told_of_a_container_that_has_a_check() -> None:
    assert "Health" not in metadata.container(subject(), TASK.containers[0])
    checked = subject(healthCheck={"command": ["CMD", "true"]})
    well = {"status": "HEALTHY", "statusSince": "1970-01-01T00:00:12.500000Z"}
    assert metadata.container(checked, TASK.containers[0])["Health"] == well
    talking = replace(TASK.containers[0], health_output="all is well")
    assert metadata.container(checked, talking)["Health"] == {**well, "output": "all is well"}


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


def test_statistics_tell_of_network_and_disk_where_they_are_counted() -> None:
    first = Usage(1.0, 10, 100, 2, 4096, None, 3)
    assert (
        not {"networks", "network_rate_stats", "blkio_stats"} & metadata.stats("a", "i", first, None).keys()
    )
    counted = replace(
        first,
        networks={"eth0": {"rx_bytes": 300, "tx_bytes": 50, "rx_packets": 2}},
        blocks=(Blocks(8, 0, "Read", 4096),),
    )
    told = metadata.stats("app", "i", counted, None)
    assert told["networks"] == {"eth0": {"rx_bytes": 300, "tx_bytes": 50, "rx_packets": 2}}
    assert told["network_rate_stats"] == {"rx_bytes_per_sec": 0.0, "tx_bytes_per_sec": 0.0}
    block = {"major": 8, "minor": 0, "op": "Read", "value": 4096}
    assert told["blkio_stats"] == {"io_service_bytes_recursive": [block]}


def test_the_rates_of_the_network_are_those_since_the_measurement_before() -> None:
    first = Usage(1.0, 10, 100, 2, 4096, None, 3, networks={"eth0": {"rx_bytes": 100, "tx_bytes": 100}})
    second = replace(
        first, at=5.0, networks={"eth0": {"rx_bytes": 500, "tx_bytes": 100}, "eth1": {"rx_bytes": 2}}
    )
    told = metadata.stats("app", "i", second, first)
    assert told["network_rate_stats"] == {"rx_bytes_per_sec": 100.5, "tx_bytes_per_sec": 0.0}
    restarted = replace(first, at=9.0, networks={"eth0": {"rx_bytes": 0, "tx_bytes": 0}})
    told = metadata.stats("app", "i", restarted, second)
    assert told["network_rate_stats"] == {"rx_bytes_per_sec": 0.0, "tx_bytes_per_sec": 0.0}
    assert metadata.stats("app", "i", second, second)["network_rate_stats"] == {
        "rx_bytes_per_sec": 0.0,
        "tx_bytes_per_sec": 0.0,
    }
