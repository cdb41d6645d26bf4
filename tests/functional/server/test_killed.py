"""SIGKILL at many moments: what was acknowledged is there, under the same ids; tasks are taken back."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import psutil
import pytest

from hatoba.cloud.server import runfile
from hatoba.cloud.server.sweep import sweep_all
from tests.functional.server.killing import cloud_that_is_killed, kill
from tests.functional.server.life import IMAGE, Fact, steps
from tests.functional.server.life_beside import steps_beside
from tests.support.cloud import RunningCloud, get, running_cloud
from tests.support.command import Hatoba
from tests.support.waiting import wait_until

KILLS = 0.4
"""How likely a kill is after a change."""

UP = ("up", "--detach", "--runtime", "process", "--port", "0")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "cloud"
    asyncio.run(sweep_all(tmp_path / "cloud"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_each_acknowledged_change_of_a_life_with_kills_is_there(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    facts: list[Fact] = []
    with ExitStack() as lives:
        clouds = [lives.enter_context(cloud_that_is_killed(folder))]
        clouds[-1].run_instead_of(IMAGE)
        for fact in chain(steps(lambda: clouds[-1]), steps_beside(lambda: clouds[-1])):
            facts.append(fact)
            if chance.random() < KILLS:
                lives.close()
                clouds.append(lives.enter_context(cloud_that_is_killed(folder)))
                for each in facts:
                    each.check(clouds[-1])

    with running_cloud(folder) as last:
        for each in facts:
            each.check(last)
        ecs = last.client("ecs")
        wait_until(lambda: len(running_tasks(last)) == 2, within_s=60, what="two tasks")
        wait_until(lambda: len(task_processes(last)) == 2, what="no process but those of the two tasks")
        ecs.update_service(cluster="kept", service="app", desiredCount=0)
        wait_until(lambda: not running_tasks(last), within_s=60, what="no task")


def running_tasks(cloud: RunningCloud) -> list[str]:
    ecs = cloud.client("ecs")
    arns = ecs.list_tasks(cluster="kept")["taskArns"]
    found = ecs.describe_tasks(cluster="kept", tasks=arns)["tasks"] if arns else []
    return [each["taskArn"] for each in found if each["lastStatus"] == "RUNNING"]


def task_processes(cloud: RunningCloud) -> list[str]:
    return [each for each in cloud.processes() if "page.py" in each]


@pytest.fixture
def hatoba(tmp_path: Path) -> Iterator[Hatoba]:
    command = Hatoba.with_example("sales_support_system", tmp_path)
    yield command
    command("down", "--yes")
    assert command.processes() == []


def kill_cloud(hatoba: Hatoba) -> None:
    run = runfile.read(hatoba.folder / ".hatoba")
    assert run is not None
    kill(RunningCloud(hatoba.folder / ".hatoba", run))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("resources", [0, 3, 10])
def test_an_up_whose_cloud_is_killed_is_completed_by_the_next_up(hatoba: Hatoba, resources: int) -> None:
    first = hatoba.start(*UP)
    wait_until(lambda: runfile.read(hatoba.folder / ".hatoba"), within_s=60, what="the cloud")
    run = runfile.read(hatoba.folder / ".hatoba")
    assert run is not None
    cloud = RunningCloud(hatoba.folder / ".hatoba", run)
    wait_until(lambda: made_resources(cloud) >= resources, within_s=60, what="some resources")
    kill(cloud)
    first.communicate(timeout=60)

    hatoba(*UP)

    outputs = json.loads(hatoba("status", "--json"))["outputs"]
    status, page = get(outputs["apigateway_endpoint"] + "/", hatoba("token").strip())
    assert (status, "Congratulations!" in page) == (200, True)
    assert [each["running"] for each in hatoba.json("ps")["services"]] == [1]
    wait_until(lambda: len(page_pids(hatoba)) == 1, what="no process but that of the task")


def made_resources(cloud: RunningCloud) -> int:
    cloudformation = cloud.client("cloudformation")
    stacks = cloudformation.list_stacks()["StackSummaries"]
    if not stacks:
        return 0
    found = cloudformation.describe_stack_resources(StackName=stacks[0]["StackId"])["StackResources"]
    return len([each for each in found if each["ResourceStatus"] == "CREATE_COMPLETE"])


@pytest.mark.timeout(600)
def test_traffic_flows_on_while_the_cloud_is_dead_and_its_task_is_taken_back(hatoba: Hatoba) -> None:
    hatoba(*UP)
    outputs = hatoba.json("status")["outputs"]
    url, token = outputs["apigateway_endpoint"] + "/", hatoba("token").strip()
    tasks = [(each["task"], each["addresses"]) for each in hatoba.json("ps")["tasks"]]
    pids = page_pids(hatoba)
    answers: list[int] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            answers.append(get(url, token)[0])

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(2):
            kill_cloud(hatoba)
            wait_for_traffic(answers)
            hatoba(*UP)
    finally:
        over.set()
        asking.join()

    assert set(answers) == {200}
    assert [(each["task"], each["addresses"]) for each in hatoba.json("ps")["tasks"]] == tasks
    assert page_pids(hatoba) == pids
    assert hatoba.json("status")["outputs"]["ecs_cluster_arn"] == outputs["ecs_cluster_arn"]


def wait_for_traffic(answers: list[int]) -> None:
    before = len(answers)
    wait_until(lambda: len(answers) > before + 10, what="traffic without the cloud")


def page_pids(hatoba: Hatoba) -> list[int]:
    found = [int(each.split()[0]) for each in hatoba.processes() if "page.py" in each]
    return [pid for pid in found if psutil.pid_exists(pid)]
