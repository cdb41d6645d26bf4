"""What a process of a task finds in its environment, asked by the process itself against a whole cloud."""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.support.cloud import RunningCloud, cloud
from tests.support.waiting import wait_until

__all__ = ["cloud"]

IMAGE = "example.com/asker:1"
ASKER = """
import json, os, time
from urllib.request import urlopen
import boto3

def get(path):
    with urlopen(os.environ["ECS_CONTAINER_METADATA_URI_V4"] + path, timeout=60) as answer:
        return json.load(answer)

said = {"environment": {k: v for k, v in os.environ.items() if k.startswith(("AWS_", "ECS_", "HOSTNAME"))}}
for path in ("", "/task", "/taskWithTags", "/stats", "/task/stats"):
    said["v4" + path] = get(path)
if "AWS_CONTAINER_CREDENTIALS_FULL_URI" in os.environ:
    said["caller"] = boto3.client("sts").get_caller_identity()["Arn"]
print(json.dumps(said), flush=True)
time.sleep(600)
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class Asker:
    """A cluster, a log group and a task that says what it found."""

    def __init__(self, running: RunningCloud) -> None:
        self.ecs = running.client("ecs")
        self.logs = running.client("logs")
        self.iam = running.client("iam")
        (running.folder / "asker.py").write_text(ASKER)
        command = {
            "image": IMAGE,
            "command": [sys.executable, "asker.py"],
            "directory": str(running.folder),
        }
        running.ask("POST", "local-commands", {"commands": [command]})
        ec2 = running.client("ec2")
        subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]]
        self.place = {"awsvpcConfiguration": {"subnets": subnets[:1]}}
        self.ecs.create_cluster(clusterName="c")
        self.logs.create_log_group(logGroupName="/asker")

    def role(self) -> str:
        made = self.iam.create_role(RoleName="asker", AssumeRolePolicyDocument=json.dumps(TRUST))
        return str(made["Role"]["Arn"])

    def run(self, **more: Any) -> str:
        """Run the task; return its ARN."""
        options = {
            "awslogs-group": "/asker",
            "awslogs-region": "ap-northeast-1",
            "awslogs-stream-prefix": "p",
        }
        self.ecs.register_task_definition(
            family="asker",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn="arn:aws:iam::000000000000:role/exec",
            containerDefinitions=[
                {
                    "name": "app",
                    "image": IMAGE,
                    "logConfiguration": {"logDriver": "awslogs", "options": options},
                    "healthCheck": {"command": ["CMD-SHELL", "exit 0"]},
                }
            ],
            **more,
        )
        answer = self.ecs.run_task(
            cluster="c",
            taskDefinition="asker",
            launchType="FARGATE",
            networkConfiguration=self.place,
            tags=[{"key": "team", "value": "sales"}],
        )
        return str(answer["tasks"][0]["taskArn"])

    def task(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0]
        return found

    def said(self, arn: str) -> dict[str, Any]:
        """Wait until the task said what it found, and return it."""
        stream = f"p/app/{arn.rsplit('/', 1)[-1]}"
        lines: list[str] = []

        def has_said() -> bool:
            task = self.task(arn)
            assert task["lastStatus"] != "STOPPED", task
            events = self.logs.filter_log_events(logGroupName="/asker", logStreamNamePrefix=stream)["events"]
            lines[:] = [each["message"] for each in events]
            assert not any("Error" in each for each in lines), lines
            return any(each.startswith("{") for each in lines)

        wait_until(has_said, what="what the task says", within_s=60)
        found: dict[str, Any] = json.loads(lines[0])
        return found


def test_a_process_acts_as_its_tasks_role_and_knows_itself(cloud: RunningCloud) -> None:
    asker = Asker(cloud)
    role = asker.role()
    arn = asker.run(taskRoleArn=role)
    task_id = arn.rsplit("/", 1)[-1]
    said = asker.said(arn)
    assert said["caller"] == f"arn:aws:sts::000000000000:assumed-role/asker/{task_id}"

    environment = said["environment"]
    assert environment["AWS_EXECUTION_ENV"] == "AWS_ECS_FARGATE"
    assert environment["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert environment["AWS_DISABLE_HOST_PREFIX_INJECTION"] == "true"
    assert environment["HOSTNAME"].startswith("ip-")
    docker_id = said["v4"]["DockerId"]
    assert docker_id.startswith(f"{task_id}-")
    assert environment["ECS_CONTAINER_METADATA_URI_V4"].endswith(f"/v4/{docker_id}")
    assert asker.task(arn)["containers"][0]["runtimeId"] == docker_id

    task = said["v4/task"]
    assert (task["TaskARN"], task["Family"], task["Revision"]) == (arn, "asker", "1")
    assert task["Limits"] == {"CPU": 0.25, "Memory": 512}
    assert task["Containers"][0]["LogOptions"]["awslogs-stream"] == f"p/app/{task_id}"
    assert said["v4/taskWithTags"]["TaskTags"] == {"team": "sales"}
    assert "TaskTags" not in task
    assert said["v4/stats"]["memory_stats"]["usage"] > 1_000_000
    assert list(said["v4/task/stats"]) == [docker_id]

    url = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    for headers in ({}, {"Authorization": "guessed"}):
        with pytest.raises(HTTPError) as refused, urlopen(Request(url, headers=headers), timeout=60):
            pass
        with refused.value as error:
            assert (error.code, json.load(error)["code"]) == (401, "Unauthorized")


def test_a_task_without_a_role_has_no_credentials(cloud: RunningCloud) -> None:
    asker = Asker(cloud)
    environment = asker.said(asker.run())["environment"]
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in environment
    assert "AWS_CONTAINER_AUTHORIZATION_TOKEN" not in environment


def test_a_task_whose_role_is_not_there_fails_to_start(cloud: RunningCloud) -> None:
    asker = Asker(cloud)
    arn = asker.run(taskRoleArn="arn:aws:iam::000000000000:role/nobody")
    wait_until(lambda: asker.task(arn)["lastStatus"] == "STOPPED", what="the end of the task")
    task = asker.task(arn)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(
        "ECS was unable to assume the role 'arn:aws:iam::000000000000:role/nobody' that was provided"
    )
