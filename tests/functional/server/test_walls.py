"""``hatoba up --enforce-security-groups``: whom requests reach, and what is said where they do not."""

from __future__ import annotations

import json
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from hatoba.cloud.server import runfile
from tests.functional.loadbalancing.test_service_stack import SERVER, TEMPLATE, Stack
from tests.support.cloud import RunningCloud, get, running_cloud
from tests.support.command import Hatoba
from tests.support.waiting import wait_until


def test_a_task_is_reached_once_its_group_lets_the_link_in(tmp_path: Path) -> None:
    hatoba = Hatoba.with_example("sales_support_system", tmp_path)
    try:
        hatoba("up", "--detach", "--runtime", "process", "--enforce-security-groups", "--port", "0")
        outputs = hatoba.json("status")["outputs"]
        url, token = outputs["apigateway_endpoint"] + "/", hatoba("token").strip()
        run = runfile.read(hatoba.folder / ".hatoba")
        assert run is not None
        ec2 = RunningCloud(hatoba.folder, run).client("ec2")
        group = outputs["ecs_security_group_id"]
        everybody = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
        wanted = [{**everybody, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]

        # The group admits 10.0.0.0/16; the VPC that stands here is another.
        assert get(url, token) == (503, '{"message":"Service Unavailable"}')
        logged = wait_until(
            lambda: [
                line for line in hatoba("logs", "/aws/api-gateway/mz-dev").splitlines() if group in line
            ],
            what="the reason in the access log",
        )
        line = json.loads(logged[0][logged[0].index("{") :])
        assert "has no ingress rule that lets tcp 80 in from" in line["errMsg"]
        assert f"add one to {group}" in line["errMsg"]

        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=wanted)
        wait_until(lambda: get(url, token)[0] == 200, what="the way through")

        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=wanted)
        wait_until(lambda: get(url, token)[0] == 503, what="the wall")
    finally:
        hatoba.run("down")


ONE_TASK = TEMPLATE.replace("DesiredCount: 2", "DesiredCount: 1").replace(
    "HealthCheckGracePeriodSeconds: 2", "HealthCheckGracePeriodSeconds: 600"
)


def test_a_target_is_reached_once_link_and_load_balancer_are_let_in(tmp_path: Path) -> None:
    words = ("--runtime", "process", "--enforce-security-groups")
    with running_cloud(tmp_path / "cloud", *words) as cloud:
        (cloud.folder / "server.py").write_text(SERVER)
        command = [sys.executable, "server.py"]
        local = {"image": "web", "command": command, "directory": str(cloud.folder)}
        cloud.ask("POST", "local-commands", {"commands": [local]})
        # Everything is in the VPC's default group, whose members reach one another. The link is in none.
        stack = Stack(cloud, "application", ONE_TASK)
        ec2 = cloud.client("ec2")
        group = ec2.describe_security_groups()["SecurityGroups"][0]

        def allow(*, wanted: bool, **peer: Any) -> None:
            change = ec2.authorize_security_group_ingress if wanted else ec2.revoke_security_group_ingress
            change(GroupId=group["GroupId"], IpPermissions=[{"IpProtocol": "-1", **peer}])

        def why() -> str:
            return str(cloud.ask("POST", "requests", {"limit": 1})["requests"][-1]["error"])

        assert get(f"{stack.url}/")[0] == 503
        wait_until(lambda: "lets tcp 80 in from the VPC link" in why(), what="the reason")
        wait_until(lambda: stack.states() == ["healthy"], what="a target that its load balancer reaches")

        subnet = ec2.describe_subnets()["Subnets"][0]
        first = str(ip_network(subnet["CidrBlock"])[4])
        allow(wanted=True, IpRanges=[{"CidrIp": f"{first}/32"}])
        wait_until(lambda: get(f"{stack.url}/")[0] == 200, what="the way through")

        itself = [{"GroupId": group["GroupId"]}]
        allow(wanted=False, UserIdGroupPairs=itself)
        wait_until(lambda: get(f"{stack.url}/")[0] == 504, what="the load balancer kept out")
        assert "504 Gateway Time-out" in get(f"{stack.url}/")[1]
        wait_until(lambda: "of load balancer " in why(), what="the reason")
        wait_until(lambda: "Target.Timeout" in stack.reasons(), what="the failed health check")

        # All of its targets are unhealthy, so the load balancer sends to them, and now they are reached.
        allow(wanted=True, UserIdGroupPairs=itself)
        wait_until(lambda: get(f"{stack.url}/")[0] == 200, what="the way through again")
