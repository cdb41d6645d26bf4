"""``hatoba state``: a system saved, lost, brought back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from hatoba.cli.here.env import variables
from hatoba.cloud.server import runfile
from tests.support.command import Hatoba

UP = ("up", "--detach", "--runtime", "process", "--port", "0")


@pytest.fixture
def hatoba(tmp_path: Path) -> Iterator[Hatoba]:
    command = Hatoba.with_example("sales_support_system", tmp_path)
    yield command
    command("down", "--yes")
    assert command.processes() == []


def put_parameter(hatoba: Hatoba, value: str) -> None:
    run = runfile.read(hatoba.folder / ".hatoba")
    assert run is not None
    settings = variables(run)
    boto3.client(
        "ssm",
        endpoint_url=run.endpoint,
        region_name=run.region,
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="local",
    ).put_parameter(Name="/p", Value=value, Type="String", Overwrite=True)


def parameter(hatoba: Hatoba) -> str:
    run = runfile.read(hatoba.folder / ".hatoba")
    assert run is not None
    client = boto3.client(
        "ssm",
        endpoint_url=run.endpoint,
        region_name=run.region,
        aws_access_key_id=run.account,
        aws_secret_access_key="local",
    )
    return str(client.get_parameter(Name="/p")["Parameter"]["Value"])


@pytest.mark.timeout(600)
def test_a_system_is_saved_while_it_runs_and_loaded_after_it_was_removed(hatoba: Hatoba) -> None:
    hatoba(*UP)
    put_parameter(hatoba, "saved")
    outputs = hatoba.json("status")["outputs"]
    tasks = [each["task"] for each in hatoba.json("ps")["tasks"]]
    hatoba("state", "save", "good")
    put_parameter(hatoba, "later")
    hatoba("down", "--yes")

    assert [each["name"] for each in hatoba.json("state", "list")["snapshots"]] == ["good"]
    hatoba("state", "load", "good")
    hatoba(*UP)

    assert parameter(hatoba) == "saved"
    found = hatoba.json("status")["outputs"]
    assert found["ecs_cluster_arn"] == outputs["ecs_cluster_arn"]
    assert found["ecs_security_group_id"] == outputs["ecs_security_group_id"]
    running = hatoba.json("ps")
    assert [each["running"] for each in running["services"]] == [1]
    assert [each["task"] for each in running["tasks"]] != tasks

    hatoba("state", "reset")
    assert json.loads(hatoba("ps", "--json"))["tasks"] == []
    hatoba("deploy")
    assert [each["running"] for each in hatoba.json("ps")["services"]] == [1]


def test_what_is_wrong_with_a_snapshot_is_said(tmp_path: Path) -> None:
    hatoba = Hatoba.with_example("sales_support_system", tmp_path)

    nothing = hatoba.run("state", "save", "x")
    absent = hatoba.run("state", "load", "x")
    outside = hatoba.run("state", "save", "../x")

    assert (nothing.returncode, absent.returncode, outside.returncode) == (1, 2, 2)
    assert "No state is on disk" in nothing.stderr
    assert "There is no snapshot x" in absent.stderr
    assert "cannot be a snapshot's name" in outside.stderr
    assert hatoba.json("state", "list")["snapshots"] == []
