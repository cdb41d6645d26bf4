"""Calls by name between tasks that run as processes, over the end of a task and of the cloud."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hatoba import System, cloudmap, ecs, iam, logs
from hatoba.definition.environments import Environment
from hatoba.deploy import Deployer, Endpoint, prepare
from tests.functional.server.killing import cloud_that_is_killed
from tests.support.cloud import HTTPD, RunningCloud, running_cloud
from tests.support.waiting import wait_until

HERE = Environment("local", "ap-northeast-1", None, {}, Path("environments.toml"))
ASKING = """
import os, time, urllib.request
print("told", os.environ["STOCK"], os.environ["OTHER"], flush=True)
while True:
    try:
        with urllib.request.urlopen(os.environ["STOCK"], timeout=60) as answer:
            print("got", answer.status, flush=True)
    except OSError as error:
        print("no", error, flush=True)
    time.sleep(0.1)
"""


def bring(cloud: RunningCloud) -> Deployer:
    """Deploy a service, and another one that calls it by its name, and wait for the first answer."""
    cloud.run_instead_of(f"{HTTPD}:2.4")
    asks = {"image": "caller", "command": [sys.executable, "-c", ASKING], "directory": str(cloud.folder)}
    cloud.ask("POST", "local-commands", {"commands": [asks]})
    deployer = Deployer.to(HERE, Endpoint(cloud.endpoint, cloud.run.account))
    deployer.apply(prepare(shop(cloud), HERE, nonce="one"))
    wait_until(lambda: answers(cloud) > 0, within_s=60, what="an answer by name")
    return deployer


def shop(cloud: RunningCloud) -> System:
    subnet = cloud.client("ec2").describe_subnets()["Subnets"][0]
    cluster = ecs.Cluster("shop")
    name = cloudmap.Service(
        "stock", cloudmap.PrivateDnsNamespace("shop.internal", subnet["VpcId"]), record="A", ttl=5
    )
    size, where = ecs.Size(256, 512), [subnet["SubnetId"]]
    web = ecs.Container("web", f"{HTTPD}:2.4", [8080])
    stock = ecs.Service(
        "stock", ecs.TaskDefinition("stock", [web], size), cluster=cluster, subnets=where, registry=name
    )
    asks = ecs.Container(
        "asks",
        "caller",
        environment={"STOCK": name.url(8080, "/items"), "OTHER": "http://nobody.example.com:80"},
        log=logs.LogGroup("/asks"),
    )
    role = iam.ExecutionRole("shop-exec")
    caller = ecs.Service(
        "caller",
        ecs.TaskDefinition("caller", [asks], size, execution_role=role),
        cluster=cluster,
        subnets=where,
    )
    return System("shop", services=[caller, stock])


def said(cloud: RunningCloud) -> list[str]:
    events = cloud.client("logs").filter_log_events(logGroupName="/asks")["events"]
    return [event["message"] for event in events]


def answers(cloud: RunningCloud) -> int:
    return said(cloud).count("got 200")


def tasks(cloud: RunningCloud, service: str) -> list[str]:
    found: list[str] = cloud.client("ecs").list_tasks(cluster="shop", serviceName=service)["taskArns"]
    return found


@pytest.mark.timeout(600)
def test_a_url_by_name_leads_to_whatever_task_is_healthy_now(tmp_path: Path) -> None:
    with running_cloud(tmp_path / "cloud") as cloud:
        deployer = bring(cloud)
        told = said(cloud)[0].split()
        assert told[1].startswith("http://127.0.0.1:")
        assert told[1].endswith("/items")
        assert told[2] == "http://nobody.example.com:80"

        (first,) = tasks(cloud, "stock")
        cloud.client("ecs").stop_task(cluster="shop", task=first)
        wait_until(
            lambda: [task for task in tasks(cloud, "stock") if task != first], within_s=60, what="a new task"
        )
        before = answers(cloud)
        wait_until(lambda: answers(cloud) > before + 10, within_s=60, what="answers by the new task")
        assert said(cloud)[0].split() == told
        assert deployer.destroy("shop")


@pytest.mark.timeout(600)
def test_a_caller_that_outlives_the_cloud_reaches_the_service_by_the_same_address(tmp_path: Path) -> None:
    with cloud_that_is_killed(tmp_path / "cloud") as first:
        bring(first)
        callers = tasks(first, "caller")
    with running_cloud(tmp_path / "cloud") as second:
        before = answers(second)
        wait_until(lambda: answers(second) > before + 10, within_s=60, what="answers after the kill")
        assert tasks(second, "caller") == callers
