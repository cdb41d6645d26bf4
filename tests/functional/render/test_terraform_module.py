"""The exported module: real Terraform applies it, and makes the system that CloudFormation makes."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from hatoba.definition.project import load
from hatoba.definition.system import System
from hatoba.plan import parameter_values, plan
from hatoba.render import template, to_json
from hatoba.render.terraform import module, variable_values
from tests.functional.clients.standing import what_stands
from tests.support.cloud import RunningCloud
from tests.support.command import EXAMPLES
from tests.support.grown import grown
from tests.support.live import live_system
from tests.support.terraform import NOTHING_TO_DO, Terraform
from tests.support.waiting import wait_until
from tests.unit.render.test_cloudformation import crowded

OTHER_ACCOUNT = "222222222222"

pytestmark = [pytest.mark.terraform, pytest.mark.timeout(600)]


def reference() -> System:
    return load(start=EXAMPLES / "sales_support_system").system


def written(system: System, folder: Path) -> Path:
    folder.mkdir()
    for name, text in module(plan(system)).items():
        (folder / name).write_text(text)
    return folder


class Account:
    """One account of the running cloud, and the inputs' values from what stands in it."""

    def __init__(self, cloud: RunningCloud, account: str) -> None:
        self.cloud, self.account = cloud, account
        ec2 = self.client("ec2")
        (vpc,) = ec2.describe_vpcs()["Vpcs"]
        self.vpc = vpc["VpcId"]
        subnets = sorted(ec2.describe_subnets()["Subnets"], key=itemgetter("AvailabilityZone"))
        self.subnets = [each["SubnetId"] for each in subnets[:2]]
        (group,) = ec2.describe_security_groups()["SecurityGroups"]
        self.group = group["GroupId"]

    def client(self, service: str) -> Any:
        return self.cloud.client(service, aws_access_key_id=self.account)

    @property
    def environment(self) -> dict[str, str]:
        return self.cloud.environment | {"AWS_ACCESS_KEY_ID": self.account}

    def values(self, system: System) -> dict[str, object]:
        """Values for those inputs of a system that have no default, and other ones for some that do."""
        declared = {given.name for given in system.inputs}
        return {name: value for name, value in self._values().items() if name in declared}

    def _values(self) -> dict[str, object]:
        stands = self.cloud.ask("GET", "defaults")
        return {
            "vpc_id": self.vpc,
            "private_subnet_ids": self.subnets,
            "default_security_group_id": self.group,
            "allow_origins": ["http://localhost:3000"],
            "cognito_user_pool_endpoint": stands["user_pool_endpoint"],
            "user_pool_client_ids": stands["user_pool_client_ids"],
            "ecs_service.http_methods": ["GET", "POST"],
            "ecs_task.memory": 1024,
        }

    def system(self) -> dict[str, Any]:
        given = {self.vpc: "<vpc>", self.group: "<default group>"}
        given |= {subnet: f"<subnet {number}>" for number, subnet in enumerate(self.subnets)}
        return live_system(self.client, given)

    def deploy(self, system: System) -> None:
        """Make the system by CloudFormation."""
        planned = plan(system)
        given = parameter_values(planned, self.values(system))
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=planned.system,
            TemplateBody=to_json(template(planned)),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[],
        )

        def status() -> str:
            (stack,) = cloudformation.describe_stacks(StackName=planned.system)["Stacks"]
            return str(stack["StackStatus"])

        wait_until(lambda: not status().endswith("IN_PROGRESS"), within_s=180, what="the stack")
        events = cloudformation.describe_stack_events(StackName=planned.system)["StackEvents"]
        failed = [
            str(each.get("ResourceStatusReason")) for each in events if "FAILED" in each["ResourceStatus"]
        ]
        assert status() == "CREATE_COMPLETE", "\n".join(failed)


@pytest.mark.parametrize("make", [crowded, grown])
def test_terraform_takes_the_module(tmp_path: Path, make: Callable[[], System]) -> None:
    folder = written(make(), tmp_path / "module")

    assert "Success" in Terraform(tmp_path / "checked", folder, os.environ, by_init=True)("validate")


SYSTEMS = {"reference": reference, "grown": grown}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(f"terraform {name}")) for name in SYSTEMS]
)
def test_terraform_makes_what_cloudformation_makes_and_leaves_nothing(
    cloud: RunningCloud, tmp_path: Path, name: str
) -> None:
    system = SYSTEMS[name]()
    ours, others = Account(cloud, cloud.run.account), Account(cloud, OTHER_ACCOUNT)
    for account in (ours, others):
        account.client("ssm").put_parameter(Name="/shop/retention", Value="14", Type="String")
    stood = what_stands(cloud)
    others.deploy(system)
    terraform = Terraform(tmp_path / "applied", written(system, tmp_path / "module"), cloud.environment)
    terraform.give(**variable_values(plan(system).parameters, ours.values(system)))

    terraform.apply()

    with suppress(AssertionError):  # the comparison below says what differs
        wait_until(lambda: ours.system() == others.system(), within_s=60, what="two systems that are equal")
    made = ours.system()
    assert {each.partition(" ")[0] for each in made} >= {"api", "service", "role", "group", "namespace"}
    assert made == others.system()
    assert terraform.outputs().keys() >= {output.name for output in plan(system).outputs}
    terraform.plan(expect=NOTHING_TO_DO)

    terraform.destroy()

    wait_until(lambda: what_stands(cloud) == stood, within_s=60, what="a cloud with nothing of it left")
