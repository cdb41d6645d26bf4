"""One stack: VPC link, HTTP API, load balancer, ECS service. What its clients see while it lives."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.functional.loadbalancing.test_balanced import ask
from tests.support.cloud import RunningCloud, running_cloud
from tests.support.waiting import wait_until

WITHIN_S = 90.0
TEMPLATE = (Path(__file__).parent / "service.yaml").read_text()
SERVER = """
import http.server, os, sys, time
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = str(os.getpid()).encode()
        self.send_response(500 if os.path.exists(f"sick-{os.getpid()}") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path == "/slowest":
            open(f"begun-{os.getpid()}-{self.client_address[1]}-{time.monotonic_ns()}", "w").close()
        time.sleep({"/slow": 0.4, "/slowest": 5}.get(self.path, 0))
        self.wfile.write(body)
http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Page).serve_forever()
"""


class Stack:
    """The stack, made by CloudFormation."""

    def __init__(self, cloud: RunningCloud, kind: str, template: str = TEMPLATE) -> None:
        self.cloud, self.name = cloud, kind
        self.ecs, self.elb = cloud.client("ecs"), cloud.client("elbv2")
        self.cfn = cloud.client("cloudformation")
        subnets = cloud.client("ec2").describe_subnets()["Subnets"]
        given = {
            "Vpc": subnets[0]["VpcId"],
            "Subnets": ",".join(each["SubnetId"] for each in subnets[:2]),
            "Kind": kind,
            "Protocol": "HTTP" if kind == "application" else "TCP",
            "Image": "web",
        }
        self.cfn.create_stack(
            StackName=kind,
            TemplateBody=template,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        )
        wait_until(lambda: not self.status().endswith("IN_PROGRESS"), within_s=WITHIN_S)
        assert self.status() == "CREATE_COMPLETE"
        outputs = self.cfn.describe_stacks(StackName=kind)["Stacks"][0]["Outputs"]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in outputs}
        self.url = self.outputs["Endpoint"]

    def status(self) -> str:
        return str(self.cfn.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"])

    def service(self) -> dict[str, Any]:
        found = self.ecs.describe_services(cluster=self.outputs["Cluster"], services=["web"])["services"]
        return dict(found[0])

    def states(self) -> list[str]:
        found = self.elb.describe_target_health(TargetGroupArn=self.outputs["Targets"])
        return sorted(each["TargetHealth"]["State"] for each in found["TargetHealthDescriptions"])

    def reasons(self) -> set[str]:
        found = self.elb.describe_target_health(TargetGroupArn=self.outputs["Targets"])
        return {each["TargetHealth"].get("Reason", "") for each in found["TargetHealthDescriptions"]}

    def events(self) -> list[str]:
        return [each["message"] for each in self.service()["events"]]

    def answers(self, count: int = 6) -> set[str]:
        return {
            body.decode() for status, body, _ in (ask(f"{self.url}/") for _ in range(count)) if status == 200
        }


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    folder: Path = tmp_path_factory.mktemp("stack")
    (folder / "server.py").write_text(SERVER)
    with running_cloud(folder / "cloud") as running:
        command = {
            "image": "web",
            "command": [sys.executable, "../server.py"],
            "directory": str(folder / "cloud"),
        }
        running.ask("POST", "local-commands", {"commands": [command]})
        yield running


@pytest.fixture(scope="module")
def alb(cloud: RunningCloud) -> Stack:
    return Stack(cloud, "application")


@contextmanager
def asked_all_the_time(url: str, *paths: str) -> Iterator[list[int]]:
    """Ask from several threads until the block ends; yield the statuses that were not 200."""
    failures: list[int] = []
    over = threading.Event()

    def go_on(path: str) -> None:
        while not over.is_set():
            try:
                status = ask(url + path)[0]
            except OSError:
                status = 0
            if status != 200:
                failures.append(status)
            time.sleep(0.005)

    threads = [threading.Thread(target=go_on, args=(path,)) for path in paths]
    for each in threads:
        each.start()
    try:
        yield failures
    finally:
        over.set()
        for each in threads:
            each.join()


def test_a_stack_with_an_application_load_balancer_answers(alb: Stack) -> None:
    wait_until(lambda: len(alb.answers()) == 2, within_s=WITHIN_S)
    wait_until(lambda: alb.states() == ["healthy", "healthy"], within_s=WITHIN_S)
    assert ask(f"{alb.url}/closed/today")[:2] == (410, b"closed")
    service = alb.service()
    assert service["loadBalancers"] == [
        {"targetGroupArn": alb.outputs["Targets"], "containerName": "web", "containerPort": 80}
    ]
    assert f"(service web) registered 1 targets in (target-group {alb.outputs['Targets']})" in alb.events()


def test_a_rolling_deployment_behind_a_target_group_fails_no_request(alb: Stack) -> None:
    wait_until(lambda: len(alb.answers()) == 2, within_s=WITHIN_S)
    before = alb.answers()
    with asked_all_the_time(alb.url, "/", "/", "/slow") as failures:
        alb.ecs.update_service(cluster=alb.outputs["Cluster"], service="web", forceNewDeployment=True)
        wait_until(
            lambda: (
                [each["rolloutState"] for each in alb.service()["deployments"]] == ["COMPLETED"]
                and not alb.answers() & before
            ),
            within_s=WITHIN_S,
        )
        wait_until(lambda: alb.states() == ["healthy", "healthy"], within_s=WITHIN_S)
    assert failures == []
    wait_until(
        lambda: any("has begun draining connections on" in each for each in alb.events()), within_s=WITHIN_S
    )


def test_a_long_request_is_answered_though_its_task_is_replaced_meanwhile(
    alb: Stack, cloud: RunningCloud
) -> None:
    wait_until(lambda: len(alb.answers()) == 2, within_s=WITHIN_S)
    before = alb.answers()
    with ThreadPoolExecutor() as pool:
        long = [pool.submit(ask, f"{alb.url}/slowest") for _ in range(4)]
        wait_until(lambda: len([*cloud.folder.glob("begun-*")]) >= 4, within_s=WITHIN_S)
        alb.ecs.update_service(cluster=alb.outputs["Cluster"], service="web", forceNewDeployment=True)
        answers = [each.result() for each in long]
    assert [status for status, _, _ in answers] == [200] * 4
    assert {body.decode() for _, body, _ in answers} <= before
    wait_until(lambda: not alb.answers() & before, within_s=WITHIN_S)
    wait_until(lambda: alb.states() == ["healthy", "healthy"], within_s=WITHIN_S)


def test_a_scale_in_behind_a_target_group_fails_no_request(alb: Stack) -> None:
    wait_until(lambda: len(alb.answers()) == 2, within_s=WITHIN_S)
    with asked_all_the_time(alb.url, "/", "/", "/slow") as failures:
        alb.ecs.update_service(cluster=alb.outputs["Cluster"], service="web", desiredCount=1)
        wait_until(lambda: alb.states() == ["healthy"], within_s=WITHIN_S)
        alb.ecs.update_service(cluster=alb.outputs["Cluster"], service="web", desiredCount=2)
        wait_until(lambda: alb.states() == ["healthy", "healthy"], within_s=WITHIN_S)
    assert failures == []


def test_a_task_that_fails_its_targets_checks_is_replaced_after_the_grace_period(
    alb: Stack, cloud: RunningCloud
) -> None:
    wait_until(lambda: len(alb.answers()) == 2, within_s=WITHIN_S)
    sick = min(alb.answers())
    (cloud.folder / f"sick-{sick}").touch()
    wait_until(lambda: sick not in alb.answers() and len(alb.answers()) == 2, within_s=WITHIN_S)
    group = alb.outputs["Targets"]
    unhealthy = [each for each in alb.events() if "is unhealthy in" in each]
    why = "Health checks failed with these codes: [500]"
    said = next(each for each in unhealthy if why in each)
    assert f"(port 80) is unhealthy in (target-group {group}) due to (reason" in said

    def reasons() -> set[str]:
        cluster = alb.outputs["Cluster"]
        arns = alb.ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
        tasks = alb.ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
        return {each.get("stoppedReason", "") for each in tasks}

    wait_until(
        lambda: f"Task failed ELB health checks in (target-group {group})" in reasons(), within_s=WITHIN_S
    )


def test_a_stack_with_a_network_load_balancer_answers_and_leaves_nothing(
    cloud: RunningCloud, alb: Stack
) -> None:
    stack = Stack(cloud, "network")
    wait_until(lambda: len(stack.answers()) == 2, within_s=WITHIN_S)
    wait_until(lambda: stack.states() == ["healthy", "healthy"], within_s=WITHIN_S)
    for each in (stack, alb):
        each.cfn.delete_stack(StackName=each.name)
    names = [stack.name, alb.name]
    stacks = stack.cfn.get_paginator("list_stacks")
    wait_until(
        lambda: (
            {
                each["StackStatus"]
                for found in stacks.paginate()
                for each in found["StackSummaries"]
                if each["StackName"] in names
            }
            == {"DELETE_COMPLETE"}
        ),
        within_s=WITHIN_S,
    )
    assert stack.elb.describe_load_balancers()["LoadBalancers"] == []
    assert stack.elb.describe_target_groups()["TargetGroups"] == []


def test_a_service_refuses_a_target_group_that_no_load_balancer_uses(cloud: RunningCloud) -> None:
    ecs, elb = cloud.client("ecs"), cloud.client("elbv2")
    subnet = cloud.client("ec2").describe_subnets()["Subnets"][0]
    group = elb.create_target_group(
        Name="idle", Protocol="HTTP", Port=80, VpcId=subnet["VpcId"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(
        family="idle",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "web", "image": "web", "portMappings": [{"containerPort": 80}]}],
    )

    def message(**balancer: Any) -> str:
        with pytest.raises(ecs.exceptions.InvalidParameterException) as caught:
            ecs.create_service(
                cluster="c",
                serviceName="s",
                taskDefinition="idle",
                desiredCount=1,
                launchType="FARGATE",
                networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet["SubnetId"]]}},
                loadBalancers=[
                    {"targetGroupArn": group, "containerName": "web", "containerPort": 80, **balancer}
                ],
            )
        return str(caught.value.response["Error"]["Message"])

    assert message() == (
        f"The target group with targetGroupArn {group} does not have an associated load balancer."
    )
    assert message(containerName="x") == "The container x does not exist in the task definition."
    assert message(containerPort=81) == "The container web did not have a container port 81 defined."
    assert "Unable to describe the target group" in message(targetGroupArn=group[:-1] + "x")
