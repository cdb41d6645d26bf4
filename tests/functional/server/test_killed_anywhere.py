"""SIGKILL in the midst of many calls of many services: each change that was acknowledged is there."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from hatoba.cloud.server.sweep import sweep_all
from tests.functional.server.killing import cloud_that_is_killed
from tests.functional.server.life import IMAGE, TRUST
from tests.support.cloud import RunningCloud, running_cloud
from tests.support.waiting import wait_until

Write = Callable[[Any, str], object]
Read = Callable[[Any], set[str]]

STACK = '{"Resources": {"G": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/stack/NAME"}}}}'
CONTAINERS = [{"name": "c", "image": IMAGE}]
ALIVE = ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def register(ecs: Any, name: str) -> object:
    return ecs.register_task_definition(
        family=name,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=CONTAINERS,
    )


def names(found: list[Any], member: str) -> set[str]:
    return {each[member] for each in found}


WRITERS: dict[str, tuple[Write, Read]] = {
    "iam": (
        lambda iam, name: iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST),
        lambda iam: names(
            iam.get_paginator("list_roles").paginate().build_full_result()["Roles"], "RoleName"
        ),
    ),
    "ec2": (
        lambda ec2, name: ec2.create_security_group(GroupName=name, Description="d"),
        lambda ec2: names(ec2.describe_security_groups()["SecurityGroups"], "GroupName"),
    ),
    "logs": (
        lambda logs, name: logs.create_log_group(logGroupName=name),
        lambda logs: names(
            logs.get_paginator("describe_log_groups").paginate().build_full_result()["logGroups"],
            "logGroupName",
        ),
    ),
    "servicediscovery": (
        lambda cloud_map, name: cloud_map.create_http_namespace(Name=name),
        lambda cloud_map: names(
            cloud_map.get_paginator("list_namespaces").paginate().build_full_result()["Namespaces"], "Name"
        ),
    ),
    "apigatewayv2": (
        lambda gateway, name: gateway.create_api(Name=name, ProtocolType="HTTP"),
        lambda gateway: names(
            gateway.get_paginator("get_apis").paginate().build_full_result()["Items"], "Name"
        ),
    ),
    "ecs": (
        register,
        lambda ecs: set(
            ecs.get_paginator("list_task_definition_families").paginate().build_full_result()["families"]
        ),
    ),
    "cloudformation": (
        lambda cfn, name: cfn.create_stack(StackName=name, TemplateBody=STACK.replace("NAME", name)),
        lambda cfn: names(cfn.list_stacks(StackStatusFilter=ALIVE)["StackSummaries"], "StackName"),
    ),
    "ssm": (
        lambda ssm, name: ssm.put_parameter(Name=name, Value="v", Type="String"),
        lambda ssm: names(
            ssm.get_paginator("describe_parameters").paginate().build_full_result()["Parameters"], "Name"
        ),
    ),
}


class Writing:
    """One thread for each service, each writing until the cloud does not answer any more."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.acknowledged: dict[str, list[str]] = {service: [] for service in WRITERS}
        self._clients = {service: cloud.client(service) for service in WRITERS}
        self._threads = [threading.Thread(target=self._write, args=(each,), daemon=True) for each in WRITERS]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    @property
    def count(self) -> int:
        return sum(map(len, self.acknowledged.values()))

    def _write(self, service: str) -> None:
        write, _ = WRITERS[service]
        for number in range(1000):
            name = f"n{number}"
            try:
                write(self._clients[service], name)
            except BotoCoreError:  # the cloud is dead
                return
            self.acknowledged[service].append(name)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "cloud"
    asyncio.run(sweep_all(tmp_path / "cloud"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1])
def test_each_change_acknowledged_before_a_kill_at_any_moment_is_there(folder: Path, seed: int) -> None:
    enough = random.Random(seed).randint(40, 200)
    with cloud_that_is_killed(folder) as cloud:
        cloud.client("ssm").describe_parameters()  # moto is loaded, so that all are under way together
        writing = Writing(cloud)
        writing.start()
        wait_until(lambda: writing.count >= enough, within_s=60, what="enough changes")
    writing.join()
    with running_cloud(folder) as again:
        for service, acknowledged in writing.acknowledged.items():
            there = WRITERS[service][1](again.client(service))
            assert set(acknowledged) - there == set(), service
        groups = WRITERS["logs"][1]
        stacks = {f"/stack/{name}" for name in writing.acknowledged["cloudformation"]}
        wait_until(lambda: stacks <= groups(again.client("logs")), within_s=60, what="the stacks' resources")
