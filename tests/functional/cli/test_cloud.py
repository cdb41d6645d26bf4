"""``hatoba cloud``: no definition, only the local cloud and what drives it by AWS's API."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from hatoba.cli.exits import Exit
from tests.support.command import Hatoba
from tests.support.waiting import wait_until


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Hatoba]:
    """A folder without a definition."""
    command = Hatoba(tmp_path)
    yield command
    command.run("down", "--force")
    wait_until(lambda: command.processes() == [], what="no process of the folder")


@contextmanager
def cloud(hatoba: Hatoba, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``hatoba cloud``; yields its process and the line that it prints when it is ready."""
    with subprocess.Popen(
        [sys.executable, "-m", "hatoba", "cloud", "--port", "0", "--runtime", "process", *words],
        cwd=hatoba.folder,
        env=hatoba.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


def client(hatoba: Hatoba, service: str) -> Any:
    """Return boto3's client as ``hatoba env`` sets it up."""
    environment = hatoba.json("env")["environment"]
    return boto3.client(  # type: ignore[call-overload]  # any service
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def test_it_says_where_it_answers_drains_on_ctrl_c_and_keeps_its_state(alone: Hatoba) -> None:
    with cloud(alone, "--region", "eu-west-1") as (process, ready):
        endpoint = alone.json("env")["endpoint"]
        assert ready == f"ready at {endpoint}\n"
        client(alone, "ecs").create_cluster(clusterName="kept")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert "its state is kept" in process.stderr.read()
    assert alone.processes() == []

    with cloud(alone, "--region", "eu-west-1"):
        arns = client(alone, "ecs").list_clusters()["clusterArns"]
    assert [arn.split(":cluster/")[1] for arn in arns] == ["kept"]


def test_an_image_without_an_engine_runs_as_the_local_command_given_for_it(alone: Hatoba) -> None:
    with cloud(alone, "--local-command", "greeter=echo listening on $PORT"):
        ecs = client(alone, "ecs")
        ecs.create_cluster(clusterName="default")
        ecs.register_task_definition(
            family="greeter",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[
                {"name": "greeter", "image": "greeter", "portMappings": [{"containerPort": 80}]}
            ],
        )
        subnet = client(alone, "ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        task = ecs.run_task(
            taskDefinition="greeter",
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        )["tasks"][0]["taskArn"]
        stopped = wait_until(
            lambda: [t for t in ecs.describe_tasks(tasks=[task])["tasks"] if t["lastStatus"] == "STOPPED"],
            within_s=60,
            what="the task to stop",
        )
    assert stopped[0]["containers"][0]["exitCode"] == 0


@pytest.mark.parametrize("given", ["greeter", "=echo", "greeter=", "greeter='unclosed"])
def test_a_local_command_that_cannot_be_read_is_refused(alone: Hatoba, given: str) -> None:
    done = alone.run("cloud", "--port", "0", "--local-command", given)

    assert done.returncode == Exit.USAGE
    assert "IMAGE=COMMAND" in done.stderr
