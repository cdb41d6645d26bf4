"""What a container of a task finds around it, asked from inside against a whole cloud."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import RunningCloud, running_cloud
from tests.support.engine import IMAGE, TestEngine, engine
from tests.support.waiting import wait_until

__all__ = ["engine"]

pytestmark = [pytest.mark.containers, pytest.mark.xdist_group("containers")]

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
SERVE = (
    "trap 'exit 0' TERM; mkdir /www; echo hello > /www/index.html; httpd -p 80 -h /www;"
    " while sleep 0.2; do :; done"
)
WHO_AM_I = """
import json, os, boto3
from urllib.request import urlopen
with urlopen(os.environ["ECS_CONTAINER_METADATA_URI_V4"] + "/task", timeout=60) as answer:
    task = json.load(answer)
clusters = boto3.client("ecs").list_clusters()["clusterArns"]
print(json.dumps([boto3.client("sts").get_caller_identity()["Arn"], task["TaskARN"], clusters]))
"""


@pytest.fixture
def cloud(tmp_path: Path, engine: TestEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCloud]:
    """A cloud that runs tasks as containers."""
    monkeypatch.setenv("HATOBA_DOCKER_HOST", engine.url)
    with running_cloud(tmp_path / "cloud", "--runtime", "container") as running:
        yield running


def the_service(cloud: RunningCloud) -> str:
    """A service behind an A record, whose task serves at port 80; return its task's ARN."""
    ecs, iam, ec2 = cloud.client("ecs"), cloud.client("iam"), cloud.client("ec2")
    names = cloud.client("servicediscovery")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]]
    names.create_private_dns_namespace(Name="shop.internal", Vpc=vpc)
    wait_until(lambda: names.list_namespaces()["Namespaces"], what="the namespace")
    namespace = names.list_namespaces()["Namespaces"][0]["Id"]
    registry = names.create_service(
        Name="web",
        NamespaceId=namespace,
        DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 10}]},
        HealthCheckCustomConfig={"FailureThreshold": 1},
    )["Service"]["Arn"]
    role = iam.create_role(RoleName="asker", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(
        family="web",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        taskRoleArn=role,
        containerDefinitions=[
            {
                "name": "web",
                "image": IMAGE,
                "portMappings": [{"containerPort": 80}],
                "command": [
                    *("sh", "-c"),
                    SERVE,
                ],
            }
        ],
    )
    ecs.create_service(
        cluster="c",
        serviceName="web",
        taskDefinition="web",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets[:1]}},
        serviceRegistries=[{"registryArn": registry}],
    )

    def is_ready() -> list[str]:
        found: list[str] = ecs.list_tasks(cluster="c")["taskArns"]
        tasks = ecs.describe_tasks(cluster="c", tasks=found)["tasks"] if found else []
        return [each["taskArn"] for each in tasks if each["lastStatus"] == "RUNNING"]

    return str(wait_until(is_ready, what="the task", within_s=40)[0])


def inside(cloud: RunningCloud, arn: str, *words: str) -> str:
    """Run a command in the task's container; return what it wrote."""
    said: dict[str, Any] = cloud.ask(
        "POST", "execute", {"task": arn.rsplit("/", 1)[-1], "command": list(words), "timeout_s": 30}
    )
    assert said["exit_code"] == 0, said
    return str(said["output"])


def test_a_container_knows_itself_acts_as_its_role_and_finds_its_neighbours_by_name(
    cloud: RunningCloud, engine: TestEngine
) -> None:
    arn = the_service(cloud)
    task_id = arn.rsplit("/", 1)[-1]

    # By name, at the container's own port: nothing but an A record leads there, as on AWS.
    assert inside(cloud, arn, "wget", "-q", "-O", "-", "http://web.shop.internal/") == "hello\n"

    environment = dict(line.split("=", 1) for line in inside(cloud, arn, "env").splitlines())
    assert environment["ECS_CONTAINER_METADATA_URI_V4"].startswith(f"http://127.0.0.1:51679/v4/{task_id}-")
    assert environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"].startswith("http://127.0.0.1:51679/v2/")

    stats = json.loads(inside(cloud, arn, "sh", "-c", "wget -q -O - $ECS_CONTAINER_METADATA_URI_V4/stats"))
    assert stats["memory_stats"]["usage"] > 0

    # A real SDK in the task's network, with the container's environment and nothing else.
    container = engine("ps", "--quiet", "--filter", f"name={task_id}-web").strip()
    pid = engine("inspect", "--format", "{{.State.Pid}}", container).strip()
    done = subprocess.run(
        ["nsenter", "--target", pid, "--net", sys.executable, "-c", WHO_AM_I],
        env={**environment, "HOME": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    caller, task, clusters = json.loads(done.stdout)
    assert caller == f"arn:aws:sts::000000000000:assumed-role/asker/{task_id}"
    assert task == arn
    assert clusters == [arn.replace(":task/", ":cluster/").rsplit("/", 1)[0]]
