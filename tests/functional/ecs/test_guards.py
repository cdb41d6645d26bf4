"""``--enforce-security-groups`` between tasks that run as processes: who reaches whom, and what is told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.functional.server.killing import cloud_that_is_killed
from tests.support.cloud import RunningCloud, running_cloud
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="callers are known on Linux only")

WORDS = ("--runtime", "process", "--enforce-security-groups")
SERVE = """
import http.server, os
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"stock")
http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Page).serve_forever()
"""
# By its name, as its environment has it, and by the address that DiscoverInstances tells.
ASK = """
import os, time, urllib.request, boto3
names = boto3.client("servicediscovery")
found = names.discover_instances(NamespaceName="shop.internal", ServiceName="stock")
at = found["Instances"][0]["Attributes"]
found = f"http://{at['AWS_INSTANCE_IPV4']}:{at['AWS_INSTANCE_PORT']}"
addresses = {"name": os.environ["STOCK"], "found": found}
while True:
    for way, url in addresses.items():
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                print(way, answer.status, flush=True)
        except OSError as error:
            print(way, "reset" if "reset" in str(error) else error, flush=True)
    time.sleep(0.05)
"""


class Shop:
    """Two services, each in a security group of its own; ``web`` calls ``stock`` all the time."""

    record = "SRV"

    def __init__(self, cloud: RunningCloud) -> None:
        self.groups: dict[str, str] = {}
        self.use(cloud)
        self.vpc = self.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        for image, text in (("stock", SERVE), ("web", ASK)):
            command = [sys.executable, "-c", text]
            local = {"image": image, "command": command, "directory": str(cloud.folder)}
            cloud.ask("POST", "local-commands", {"commands": [local]})

    def use(self, cloud: RunningCloud) -> None:
        """Go on with a cloud of the same folder."""
        self.cloud = cloud
        self.ecs, self.ec2 = cloud.client("ecs"), cloud.client("ec2")

    def bring(self) -> None:
        self.groups = {
            name: self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
            for name in ("web", "stock")
        }
        names = self.cloud.client("servicediscovery")
        names.create_private_dns_namespace(Name="shop.internal", Vpc=self.vpc)
        wait_until(lambda: names.list_namespaces()["Namespaces"], within_s=60, what="the namespace")
        registry = names.create_service(
            Name="stock",
            NamespaceId=names.list_namespaces()["Namespaces"][0]["Id"],
            DnsConfig={"DnsRecords": [{"Type": self.record, "TTL": 5}]},
        )["Service"]["Arn"]
        self.cloud.client("logs").create_log_group(logGroupName="/web")
        self.ecs.create_cluster(clusterName="shop")
        port = {"portMappings": [{"containerPort": 8080}]}
        by_port = {"containerName": "stock", "containerPort": 8080} if self.record == "SRV" else {}
        self.service("stock", port, [{"registryArn": registry, **by_port}])
        wait_until(lambda: self.running("stock"), within_s=60, what="the one that is called")
        log = {"awslogs-group": "/web", "awslogs-region": self.cloud.run.region, "awslogs-stream-prefix": "w"}
        given = {
            "STOCK": "http://stock.shop.internal:8080/",
            "AWS_ACCESS_KEY_ID": self.cloud.run.account,
            "AWS_SECRET_ACCESS_KEY": "local",
        }
        calls = [{"name": name, "value": value} for name, value in given.items()]
        logged = {"logConfiguration": {"logDriver": "awslogs", "options": log}, "environment": calls}
        self.service("web", logged, [])

    def service(self, name: str, members: dict[str, Any], registries: list[dict[str, Any]]) -> None:
        self.ecs.register_task_definition(
            family=name,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=f"arn:aws:iam::{self.cloud.run.account}:role/any",
            containerDefinitions=[{"name": name, "image": name, **members}],
        )
        subnet = self.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        network = {"subnets": [subnet], "securityGroups": [self.groups[name]]}
        self.ecs.create_service(
            cluster="shop",
            serviceName=name,
            taskDefinition=name,
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            serviceRegistries=registries,
        )

    def described(self, name: str) -> dict[str, Any]:
        found = self.ecs.describe_services(cluster="shop", services=[name])["services"]
        return dict(found[0])

    def running(self, name: str) -> bool:
        return bool(self.described(name)["runningCount"] == 1)

    def events(self, name: str) -> str:
        return "\n".join(each["message"] for each in self.described(name)["events"])

    def address(self) -> str:
        """Return where ``stock`` is, as Cloud Map tells it."""
        names = self.cloud.client("servicediscovery")
        found = names.discover_instances(NamespaceName="shop.internal", ServiceName="stock")
        at = found["Instances"][0]["Attributes"]
        return f"http://{at['AWS_INSTANCE_IPV4']}:{at['AWS_INSTANCE_PORT']}"

    def let_web_in(self, *, wanted: bool) -> None:
        change = (
            self.ec2.authorize_security_group_ingress if wanted else self.ec2.revoke_security_group_ingress
        )
        peer = [{"GroupId": self.groups["web"]}]
        rule = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": peer}
        change(GroupId=self.groups["stock"], IpPermissions=[rule])

    def said(self) -> list[str]:
        """Return what the caller's last calls came to."""
        events = self.cloud.client("logs").get_paginator("filter_log_events")
        pages = events.paginate(logGroupName="/web")
        return [event["message"] for page in pages for event in page["events"]][-2:]

    def wait_until_it_says(self, way: str, word: str) -> None:
        wait_until(lambda: f"{way} {word}" in self.said(), what=f"{way} {word} from the caller", within_s=60)

    def wait_until_all_say(self, word: str) -> None:
        wanted = [f"found {word}", f"name {word}"]
        wait_until(lambda: sorted(self.said()) == wanted, what=f"{wanted} from the caller", within_s=60)


def test_a_task_reaches_another_only_while_a_rule_lets_it_in(tmp_path: Path) -> None:
    with cloud_that_is_killed(tmp_path / "cloud", *WORDS) as first:
        shop = Shop(first)
        shop.bring()
        shop.wait_until_all_say("reset")
        web, stock = shop.groups["web"], shop.groups["stock"]
        why = f"{stock} of service stock has no ingress rule that lets tcp 8080 in from {web} of service web"
        wait_until(lambda: why in shop.events("web"), within_s=60, what="the reason at the caller")
        wait_until(lambda: why in shop.events("stock"), what="the reason at the one that is called")
        with urlopen(shop.address(), timeout=10) as answer:  # by no task: nobody's groups say anything of it
            assert answer.read() == b"stock"

        shop.let_web_in(wanted=True)
        shop.wait_until_all_say("200")
        shop.let_web_in(wanted=False)
        shop.wait_until_all_say("reset")

    with running_cloud(tmp_path / "cloud", *WORDS) as second:
        shop.use(second)
        shop.let_web_in(wanted=True)
        shop.wait_until_all_say("200")
        shop.let_web_in(wanted=False)
        shop.wait_until_all_say("reset")


def test_a_task_of_a_cloud_that_held_nothing_apart_is_guarded_by_the_next_that_does(tmp_path: Path) -> None:
    with cloud_that_is_killed(tmp_path / "cloud", "--runtime", "process") as first:
        shop = Shop(first)
        shop.bring()
        shop.wait_until_all_say("200")
        bare = shop.address()

    with running_cloud(tmp_path / "cloud", *WORDS) as second:
        shop.use(second)
        shop.wait_until_it_says("name", "reset")
        wait_until(lambda: shop.address() != bare, what="its guard, where Cloud Map tells of it")
        with urlopen(shop.address(), timeout=10) as answer:
            assert answer.read() == b"stock"
        shop.let_web_in(wanted=True)
        shop.wait_until_it_says("name", "200")
