"""A system whose subnets are looked up in Systems Manager comes up with no value given, and its job runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Hatoba

DEFINITION = """
from hatoba import Input, Inputs, System, ecs, iam, logs

class Given(Inputs):
    subnet_ids = Input.subnets().looked_up("/network/subnet-ids")

given = Given()
said = ecs.Container(
    "say", "say:1", log=logs.LogGroup("/say"), local_command=["python", "-c", "print('said')"]
)
task = ecs.TaskDefinition("say", [said], ecs.Size(256, 512), execution_role=iam.ExecutionRole("say-exec"))
job = ecs.Job("say", task, cluster=ecs.Cluster("say"), subnets=given.subnet_ids)
system = System("say", inputs=given, jobs=[job])
"""


@pytest.fixture
def hatoba(tmp_path: Path) -> Iterator[Hatoba]:
    (tmp_path / "hatobafile.py").write_text(DEFINITION, encoding="utf-8")
    command = Hatoba(tmp_path)
    yield command
    command("down")
    assert command.processes() == []


def test_a_job_runs_in_subnets_that_are_looked_up(hatoba: Hatoba) -> None:
    hatoba("up", "--detach", "--runtime", "process", "--port", "0")

    assert hatoba("job", "say") == "said\n"
