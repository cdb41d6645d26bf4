"""The machine fails under a whole cloud: it is killed in a deployment, its disk is full."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from hatoba.cloud.server import runfile
from tests.support.cloud import RunningCloud, running_cloud
from tests.support.waiting import wait_until

IMAGES = ("example.com/page:1", "example.com/page:2")
LONG_S = 60


class Pages:
    """A service of a cloud, whose two revisions serve a page."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.ecs = cloud.client("ecs")
        cloud.run_instead_of(*IMAGES)
        subnets = [each["SubnetId"] for each in cloud.client("ec2").describe_subnets()["Subnets"]]
        self.place = {"awsvpcConfiguration": {"subnets": subnets[:1]}}

    def create(self, tasks: int) -> None:
        self.ecs.create_cluster(clusterName="c")
        for image in IMAGES:
            self.ecs.register_task_definition(
                family="page",
                networkMode="awsvpc",
                requiresCompatibilities=["FARGATE"],
                cpu="256",
                memory="512",
                containerDefinitions=[
                    {"name": "app", "image": image, "portMappings": [{"containerPort": 80}]}
                ],
            )
        self.ecs.create_service(
            cluster="c",
            serviceName="s",
            taskDefinition="page:1",
            desiredCount=tasks,
            launchType="FARGATE",
            networkConfiguration=self.place,
        )
        self.until_steady("page:1", tasks)

    def create_clusters(self, count: int) -> None:
        for number in range(count):
            self.ecs.create_cluster(clusterName=f"new-{number}", tags=[{"key": "k", "value": "v" * 200}])

    def service(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_services(cluster="c", services=["s"])["services"][0]
        return found

    def until_steady(self, definition: str, tasks: int) -> None:
        def is_steady() -> bool:
            service = self.service()
            (first, *others) = service["deployments"]
            return (
                not others
                and first["rolloutState"] == "COMPLETED"
                and first["taskDefinition"].endswith(definition)
                and (service["runningCount"], service["pendingCount"]) == (tasks, 0)
            )

        wait_until(is_steady, what=f"{tasks} tasks of {definition}", within_s=LONG_S)


def kill(cloud: RunningCloud) -> None:
    """End the cloud's own process at once; its tasks and its gateway run on."""
    process = psutil.Process(cloud.run.pid)
    os.kill(cloud.run.pid, signal.SIGKILL)
    process.wait(60)
    runfile.remove(cloud.folder)


@pytest.mark.parametrize("running", [0, 1])
def test_a_cloud_killed_in_the_middle_of_a_deployment_finishes_it(tmp_path: Path, running: int) -> None:
    folder = tmp_path / "cloud"
    with _killed_cloud(folder) as cloud:
        pages = Pages(cloud)
        pages.create(2)
        pages.ecs.update_service(cluster="c", service="s", taskDefinition="page:2")

        def is_in_the_middle() -> bool:
            return bool(pages.service()["deployments"][0]["runningCount"] >= running)

        wait_until(is_in_the_middle, what="the middle of the deployment", within_s=LONG_S)
        kill(cloud)
    with running_cloud(folder) as again:
        Pages(again).until_steady("page:2", 2)

        def are_two() -> bool:
            return sum("page.py" in line for line in again.processes()) == 2

        # A deployment is complete while its old tasks are still stopping.
        wait_until(are_two, what="no process but those of the two tasks", within_s=LONG_S)


@contextmanager
def _killed_cloud(folder: Path) -> Iterator[RunningCloud]:
    """A cloud that the test kills."""
    with pytest.raises(OSError, match=r"refused|reset"), running_cloud(folder) as cloud:
        yield cloud


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=24m", "hatoba-test", str(folder)]
    if sys.platform != "linux" or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs Linux and root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def test_a_full_disk_fails_calls_and_when_it_has_room_again_services_are_as_wanted(
    small_disk: Path,
) -> None:
    with running_cloud(small_disk / "cloud") as cloud:
        pages = Pages(cloud)
        pages.create(1)
        filler = small_disk / "filler"
        _fill(filler)

        with pytest.raises((ClientError, BotoCoreError)):
            pages.create_clusters(2000)  # more than the journal has room for already
        for process in psutil.process_iter():
            if "page.py" in " ".join(_words(process)) and _folder(process) == str(cloud.folder):
                process.kill()
        filler.unlink()

        pages.ecs.update_service(cluster="c", service="s", desiredCount=2)
        pages.until_steady("page:1", 2)


def _fill(filler: Path) -> None:
    """Take all room, to the last byte."""
    free = shutil.disk_usage(filler.parent).free
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * max(free // 4, 4096))
        except OSError:
            pass
        try:
            while True:
                file.write(b"x")
        except OSError:
            pass


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _folder(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.Error:
        return ""
